import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configAsJson, configAsToml, configAsYaml } from '../config-text.ts';
import { CommandError } from '../failure-report.ts';
import type { AppConfig } from '../fly-toml.ts';
import { remoteConfig } from '../remote-config.ts';
import type { Session } from '../session.ts';

/** `config show`: JSON by default, of the latest release or with --local of the file. */
export async function showConfig(session: Session): Promise<void> {
  const { flags, surroundings } = session;
  const app = await session.app();
  const local = flags.on('local') ? await session.config() : undefined;
  if (flags.on('local') && !local) throw new CommandError('No local fly.toml found');
  const config = local ?? (await remoteConfig(session.api, app));
  const now = new Date(surroundings.clock.now());
  if (flags.on('toml')) session.out(configAsToml(named(config, app), app, now));
  else if (flags.on('yaml')) session.out(configAsYaml(named(config, app), app, now));
  else session.out(configAsJson(named(config, app)));
}

const named = (config: AppConfig, app: string) => ({ ...config.definition, app });

/** `config save`: over fly.toml of the working directory, or over the file -c names, which must be there. */
export async function saveConfig(session: Session): Promise<void> {
  const { flags, surroundings } = session;
  const app = await session.app();
  const present = await session.config();
  const config = await remoteConfig(session.api, app);
  const ending = flags.on('json') ? 'json' : flags.on('yaml') ? 'yaml' : 'toml';
  const file = flags.text('config') || `fly.${ending}`;
  const target = resolve(session.cwd, file);
  if (present && existsSync(target) && !flags.on('yes')) throw new CommandError('prompt: non interactive');
  const now = new Date(surroundings.clock.now());
  const definition = named(config, app);
  const text = file.endsWith('.json')
    ? configAsJson(definition)
    : file.endsWith('.yaml')
      ? configAsYaml(definition, app, now)
      : configAsToml(definition, app, now);
  writeFileSync(target, text);
  session.out(`Wrote config file ${join('.', file)}\n`);
}

/** `config validate [--strict]`: local alone where there is a file. */
export async function validateConfig(session: Session): Promise<void> {
  const { validate, assertValid } = await import('../fly-toml-validation.ts');
  const app = await session.app();
  const config = (await session.config()) ?? (await remoteConfig(session.api, app));
  if (config.problem) throw new CommandError(config.problem);
  const { report, valid } = validate(config);
  session.out(`${report}\n`);
  if (session.flags.on('strict')) {
    const { unknownKeys } = await import('../fly-toml-fields.ts');
    const unknown = unknownKeys(config.raw);
    if (unknown.length > 0) {
      const lines = unknown.map((key) => `  - ${key}`).join('\n');
      session.out(`\nStrict validation found unrecognised sections or keys:\n${lines}\n\n\n`);
      assertValid(valid);
      throw new CommandError('strict validation failed');
    }
  }
  assertValid(valid);
}
