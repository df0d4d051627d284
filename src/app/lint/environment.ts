import { isCredential } from '../credentials.ts';
import { modelKeyNames } from '../model-keys.ts';
import type { Subject } from './subject.ts';

/** Credentials in `[env]`, and model keys that are nowhere. */
export function lintEnv(lint: Subject): void {
  for (const [name, { value, path }] of lint.config.env) {
    if (!isCredential(name, value)) continue;
    lint.add('secret-in-env', 'error', path, `${name} in [env] holds a credential`, null);
  }
  const names = lint.context.secretNames;
  if (names === null) return;
  const all = new Set([...names, ...lint.config.env.keys()]);
  if (modelKeyNames.some((name) => all.has(name))) return;
  lint.add('model-key-missing', 'warning', [], 'no API key of a model provider is among the secrets');
}
