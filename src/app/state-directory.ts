import { posix } from 'node:path';
import type { AppConfig } from './config.ts';
import type { Path } from './places.ts';

/** Where the gateway keeps its state, as far as the file tells. */
interface StateDirectory {
  readonly path: string;
  /** The home that it is in; `null` where the directory itself is named. */
  readonly home: string | null;
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
    names.find((name) => /(?:^|_)STATE_DIR$/.test(name) && !/^(?:TS|TAILSCALE|XDG)_/.test(name));
  if (direct !== undefined) return at(config, direct, null);
  const home = ['OPENCLAW_HOME', 'HOME'].find((name) => config.env.has(name));
  return home === undefined ? null : at(config, home, '.openclaw');
}

function at(config: AppConfig, variable: string, below: string | null): StateDirectory | null {
  const entry = config.env.get(variable);
  if (entry === undefined) return null;
  const path = below === null ? inHome(entry.value, config) : posix.join(entry.value, below);
  return { path, home: below === null ? null : entry.value, variable, at: entry.path };
}

/** `~` is the home, where the file says which that is. */
function inHome(path: string, config: AppConfig): string {
  const home = config.env.get('OPENCLAW_HOME') ?? config.env.get('HOME');
  return posix.normalize(home === undefined ? path : path.replace(/^~(?=\/|$)/, home.value));
}

/** Whether a folder is the mount's or inside it. `/database` is not inside `/data`. */
export function isInside(path: string, destination: string): boolean {
  const base = posix.normalize(destination).replace(/\/+$/, '');
  const inner = posix.normalize(path).replace(/\/+$/, '');
  return inner === base || inner.startsWith(`${base}/`);
}

/**
 * A mount on the gateway's own folder, which a fork names after itself, or on the home directory that holds it, needs
 * no variable.
 */
export function holdsDefaultState(destination: string): boolean {
  const path = posix.normalize(destination).replace(/\/+$/, '');
  return /\/\.(?:openclaw|clawdbot|moltbot)(?:\/|$)/.test(path) || holdsHome.test(path);
}

const holdsHome = /^(?:\/home|(?:\/root|\/home\/[^/]+)(?:\/\.[^/]+)?)?$/;

/** Whether a volume on `destination` may hold the state of a gateway, of whatever name, whose home is `home`. */
export function holdsState(destination: string, home: string | null): boolean {
  return home !== null && isInside(destination, home) && /\/\.[^/]+\/?$/.test(destination);
}
