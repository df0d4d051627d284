import { posix } from 'node:path';
import type { Machine } from '../flyctl/schemas.ts';
import { compareVersions, parseVersion } from '../upstream/version.ts';

/**
 * Where a version of the gateway keeps its locks. `boot`: below the system's temporary folder, which is new with each
 * boot of a machine. `volume`: in `tmp/openclaw-<uid>` of the state directory. From the sources of 2026.5.12, 2026.7.1,
 * 2026.7.35 (`boot`), 2026.8.2, 2026.9.5 and 2026.9.6 (`volume`). `unknown`: either.
 */
export type LockPlace = 'boot' | 'volume' | 'unknown';

const firstOnVolume = parseVersion('2026.8.0');

export function lockPlace(version: string | null): LockPlace {
  const parsed = version === null ? null : parseVersion(version);
  if (parsed === null || firstOnVolume === null) return 'unknown';
  return compareVersions(parsed, firstOnVolume) < 0 ? 'boot' : 'volume';
}

/**
 * Where the gateway of a machine keeps its state, as its environment says, or as the place of its volume suggests: a
 * volume on a home directory holds the gateway's own folder.
 */
export function stateDirOf({ env, volumes }: Pick<Machine, 'env' | 'volumes'>): string | null {
  const mount = volumes[0]?.path ?? null;
  const named = env.OPENCLAW_STATE_DIR ?? null;
  if (named !== null || mount === null) return named;
  return /^\/(?:root|home\/[^/]+)\/?$/.test(mount) ? posix.join(mount, '.openclaw') : mount;
}

/**
 * Shell patterns of the lock files in a state directory. The first is that of early versions, and of the guide. A
 * lock's database is a file of its own, with what SQLite keeps beside it; it holds nothing but the lock.
 *
 * @returns `null` for a path that a shell would read as more than a path: it goes into a command line
 */
export function lockPatterns(stateDir: string): readonly string[] | null {
  const directory = posix.normalize(stateDir).replace(/\/+$/, '');
  if (!/^\/[\w./-]+$/.test(directory) || directory.includes('..')) return null;
  const folder = `${directory}/tmp/openclaw-*`;
  return [
    `${directory}/gateway.*.lock`,
    `${folder}/gateway.*.lock`,
    `${folder}/gateway.*.lock.sqlite`,
    `${folder}/gateway.*.lock.sqlite-*`,
  ];
}
