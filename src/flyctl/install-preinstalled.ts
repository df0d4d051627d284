import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import * as z from 'zod/mini';
import { Failure } from '../causes.ts';
import { pinnedVersion, quoted, requireMinimum, workflowFix } from './releases.ts';

/** A flyctl that was on PATH before this action ran. `version` is `X.Y.Z`. */
export interface PreinstalledFlyctl {
  readonly path: string;
  readonly version: string;
}

/**
 * The first `flyctl`, else the first `fly`, on PATH. Folders that are not absolute are passed over: they would mean
 * the repository's own files.
 *
 * @param path the variable PATH as it is
 * @returns absolute path; null for none
 */
export function findOnPath(path: string, platform: string): string | null {
  const suffix = platform === 'win32' ? '.exe' : '';
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  for (const name of [`flyctl${suffix}`, `fly${suffix}`]) {
    for (const folder of folders) {
      const candidate = join(folder, name);
      if (isProgram(candidate)) return candidate;
    }
  }
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** flyctl 0.4.87 prints a string; the object is how its source describes the version. */
const versionReply = z.object({
  Version: z.union([
    z.string(),
    z.pipe(
      z.object({ Major: z.number(), Minor: z.number(), Patch: z.number() }),
      z.transform(({ Major, Minor, Patch }) => `${Major}.${Minor}.${Patch}`),
    ),
  ]),
});

/**
 * Reads what `flyctl version --json` prints.
 * @returns `X.Y.Z`; null when that is not what it is
 */
export function parseVersionReply(stdout: string): string | null {
  // Notices of flyctl come on stdout too, before the one line of JSON.
  const line = stdout.split('\n').find((candidate) => candidate.trimStart().startsWith('{'));
  try {
    const { Version } = versionReply.parse(JSON.parse(line ?? ''));
    return /^v?(\d{1,6}\.\d{1,6}\.\d{1,6})(?:[-+]|$)/.exec(Version)?.[1] ?? null;
  } catch {
    return null;
  }
}

/**
 * The flyctl that the job brought along, which is used as it is.
 *
 * @param readVersion runs `<path> version --json` and gives its standard output
 * @throws Failure `flyctl-install` for none, or one that does not tell its version; `flyctl-version` for one too old
 */
export async function usePreinstalled(
  path: string,
  platform: string,
  readVersion: (path: string) => Promise<string>,
): Promise<PreinstalledFlyctl> {
  const found = findOnPath(path, platform);
  if (found === null) {
    throw new Failure(
      'flyctl-install',
      'flyctl-version is preinstalled, but there is neither flyctl nor fly on PATH.',
      {
        fix: workflowFix('Install flyctl in an earlier step, or let this action install it.', pinnedVersion),
      },
    );
  }
  const reply = await readVersion(found);
  const version = parseVersionReply(reply);
  if (version === null) {
    throw new Failure(
      'flyctl-install',
      `${found} is on PATH, but \`version --json\` does not tell a version of flyctl: ${quoted(reply.trim())}.`,
      { fix: workflowFix('Look which program that is, or let this action install flyctl.', pinnedVersion) },
    );
  }
  requireMinimum(version, `${found} is flyctl ${version}`);
  return { path: found, version };
}
