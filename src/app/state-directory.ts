import { posix } from 'node:path';
import type { AppConfig } from './config.ts';
import type { Path } from './places.ts';

/** Where the gateway keeps its state, as far as the file tells. */
interface StateDirectory {
  readonly path: string;
  /** The variable that says so. */
  readonly variable: string;
  readonly at: Path;
}

/**
 * The state directory by `[env]`: OPENCLAW_STATE_DIR, or whatever a renamed fork made of it (`MINION_STATE_DIR`,
 * `genesis_STATE_DIR`), or OPENCLAW_HOME or HOME with the gateway's folder in it. `null` where the file is silent.
 */
export function stateDirectory(config: AppConfig): StateDirectory | null {
  const names = [...config.env.keys()];
  const direct =
    names.find((name) => name === 'OPENCLAW_STATE_DIR') ??
    names.find((name) => /(?:^|_)STATE_DIR$/.test(name));
  if (direct !== undefined) return at(config, direct, '');
  const home = ['OPENCLAW_HOME', 'HOME'].find((name) => config.env.has(name));
  return home === undefined ? null : at(config, home, '.openclaw');
}

function at(config: AppConfig, variable: string, below: string): StateDirectory | null {
  const entry = config.env.get(variable);
  return entry ? { path: posix.join(entry.value, below), variable, at: entry.path } : null;
}

/** Whether a folder is the mount's or inside it. `/database` is not inside `/data`. */
export function isInside(path: string, destination: string): boolean {
  const base = posix.normalize(destination).replace(/\/+$/, '');
  const inner = posix.normalize(path).replace(/\/+$/, '');
  return inner === base || inner.startsWith(`${base}/`);
}

/** A mount on the gateway's own folder, or on the home directory that holds it, needs no variable. */
export function holdsDefaultState(destination: string): boolean {
  const path = posix.normalize(destination).replace(/\/+$/, '');
  return (
    /\/\.(?:openclaw|clawdbot|moltbot)(?:\/|$)/.test(path) || /^(?:\/root|\/home|\/home\/[^/]+)?$/.test(path)
  );
}
