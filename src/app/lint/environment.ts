import { splitCommand } from '../command.ts';
import { isTable } from '../config-file.ts';
import { holdsCredential, isCredential } from '../credentials.ts';
import { modelKeyNames } from '../model-keys.ts';
import type { Subject } from './subject.ts';

/** Credentials in `[env]` and elsewhere in the file, and model keys that are nowhere. */
export function lintEnv(lint: Subject): void {
  for (const [name, { value, path }] of lint.config.env) {
    if (!isCredential(name, value)) continue;
    lint.add('secret-in-env', 'error', path, `${name} in [env] holds a credential`, null);
  }
  lintCommands(lint);
  const args = isTable(lint.config.data.build) ? lint.config.data.build.args : null;
  for (const [name, value] of Object.entries(isTable(args) ? args : {})) {
    if (typeof value !== 'string' || !isCredential(name, value)) continue;
    const message = `${name} in [build.args] holds a credential`;
    lint.add('secret-in-env', 'error', ['build', 'args', name], message, null);
  }
  const names = lint.context.secretNames;
  if (names === null) return;
  const all = new Set([...names, ...lint.config.env.keys()]);
  if (modelKeyNames.some((name) => all.has(name))) return;
  lint.add('model-key-missing', 'warning', [], 'no API key of a model provider is among the secrets');
}

/** By their shape, or as what follows `--token` and the like. */
function lintCommands(lint: Subject): void {
  for (const [group, { command, path }] of lint.config.processes) {
    const words = (splitCommand(command) ?? []).flatMap((word) => word.split(/[\s=]+/));
    const given = words.some((word, at) => word.startsWith('--') && isCredential(word, words[at + 1] ?? ''));
    if (!given && !holdsCredential(command)) continue;
    lint.add('secret-in-env', 'error', path, `the command of "${group}" holds a credential`, null);
  }
}
