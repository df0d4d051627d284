import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Surroundings } from './surroundings.ts';

const LOGS_KEPT = 10;

/**
 * `$FLY_CONFIG_DIR`, with the real CLI's careless habit: each run's log file holds every request and reply body,
 * whatever the log level, so that secret values lie there in clear after an import.
 */
export interface ConfigDirectory {
  /** Appends to this run's log file. */
  log(text: string): void;
  /** Smallest secrets version this directory has seen for the app, noted by an earlier import. */
  secretsVersion(app: string): number | undefined;
  noteSecretsVersion(app: string, version: number): void;
  /** True once a config.yml exists: from then on metrics are sent unless FLY_SEND_METRICS=0. */
  readonly hasConfig: boolean;
}

export function openConfigDirectory({ env, clock }: Pick<Surroundings, 'env' | 'clock'>): ConfigDirectory {
  const directory = env.FLY_CONFIG_DIR || join(homedir(), '.fly');
  const logs = join(directory, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  for (const lock of ['flyctl.config.lock', 'flyctl.cache.lock']) {
    writeFileSync(join(directory, lock), '', { flag: 'a', mode: 0o600 });
  }
  const old = readdirSync(logs).sort();
  for (const name of old.slice(0, Math.max(0, old.length - LOGS_KEPT + 1)))
    rmSync(join(logs, name), { force: true });
  // A colon is no part of a file name on Windows.
  const stamp = new Date(clock.now())
    .toISOString()
    .replace(/\.\d+/, '')
    .replaceAll(':', process.platform === 'win32' ? '-' : ':');
  const logFile = join(logs, `flyctl-${stamp}.log`);
  const configFile = join(directory, 'config.yml');
  const versions = (): Map<string, number> => {
    const text = existsSync(configFile) ? readFileSync(configFile, 'utf8') : '';
    return new Map(
      [...text.matchAll(/^ {4}(\S+): (\d+)$/gm)].map(([, app, version]) => [app ?? '', Number(version)]),
    );
  };

  return {
    log: (text) => appendFileSync(logFile, text, { mode: 0o600 }),
    secretsVersion: (app) => versions().get(app),
    noteSecretsVersion: (app, version) => {
      const lines = [...versions().set(app, version)].map(([name, number]) => `    ${name}: ${number}\n`);
      writeFileSync(configFile, `app_secrets_minvers:\n${lines.join('')}`, { mode: 0o600 });
    },
    hasConfig: existsSync(configFile),
  };
}
