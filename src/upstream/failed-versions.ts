import { compareVersions, parseVersion } from './version.ts';

/**
 * Versions that failed on an app, remembered where nothing but the app itself is needed: in the environment of its
 * machines' own config.
 *
 * - A deploy sends the whole environment, so the rollback writes the memory on its way and each later deploy carries it
 *   on, with no call and no restart of its own (flyctl recordings 383 and 385; 387: what a deploy does not send is gone).
 * - Metadata is kept by deploys (398), but `machine update` is the only way to set it, and that restarts the machine,
 *   even where nothing changes (395).
 * - The release history says which deploys failed, not which failed by the version: a release whose gateway never came
 *   up is `complete` (485), and only the last 25 are listed.
 * - A cache or a branch of the repository would need a permission more than `contents: read`.
 *
 * `fly deploy` by hand forgets it, as it forgets all of the environment that fly.toml does not have.
 */
export const failedVersionsName = 'OPENCLAW_DEPLOY_FAILED';

/** A version, and the very image or commit that failed. */
export interface FailedVersion {
  /** e.g. `2026.9.6`, or the name that was followed, such as `main`. */
  readonly version: string;
  /** Digest of the image or full commit; `null` where a person wrote the version alone: all of it counts as failed. */
  readonly identity: string | null;
}

/** A machine's environment has its limits, and a list nobody can read is no memory. */
const mostRemembered = 10;

const token = /^([\w][\w.+-]{0,63})(?:@(sha256:[0-9a-f]{64}|[0-9a-f]{40}))?$/;

/** Reads the list, oldest first. It may have been written by hand: what is no entry is passed over. */
export function readFailedVersions(env: Readonly<Record<string, string>>): readonly FailedVersion[] {
  const seen = new Map<string, FailedVersion>();
  for (const word of (env[failedVersionsName] ?? '').split(/[\s,]+/)) {
    const [, version, identity = null] = token.exec(word) ?? [];
    if (version !== undefined) seen.set(word, { version, identity });
  }
  return [...seen.values()].slice(-mostRemembered);
}

/** The value of the variable; `null` where there is nothing to remember. */
export function writeFailedVersions(failed: readonly FailedVersion[]): string | null {
  if (failed.length === 0) return null;
  return [...new Set(failed.map(sayEntry))].slice(-mostRemembered).join(' ');
}

function sayEntry({ version, identity }: FailedVersion): string {
  return identity === null ? version : `${version}@${identity}`;
}

/**
 * Whether this failed here. A tag that was published again with other content is another try; where the identity is
 * not known, the version alone decides.
 */
export function failedHere(
  failed: readonly FailedVersion[],
  version: string,
  identity: string | null,
): boolean {
  return failed.some(
    (entry) =>
      entry.version === version &&
      (entry.identity === null || identity === null || entry.identity === identity),
  );
}

/**
 * What is still to be remembered while `version` is deployed: what is newer. What is older cannot come back, since
 * nothing follows upstream backwards; what bears the same name is just being tried.
 */
export function carriedOn(
  failed: readonly FailedVersion[],
  version: string | null,
): readonly FailedVersion[] {
  if (version === null) return failed;
  const deployed = parseVersion(version);
  return failed.filter((entry) => {
    if (entry.version === version) return false;
    const numbers = parseVersion(entry.version);
    return deployed === null || numbers === null || compareVersions(numbers, deployed) > 0;
  });
}

/** What a rollback writes: all that was remembered before, and what failed now. */
export function withFailure(
  failed: readonly FailedVersion[],
  latest: FailedVersion,
): readonly FailedVersion[] {
  const others = failed.filter(({ version }) => version !== latest.version);
  return [...others, latest].slice(-mostRemembered);
}

/** For people: `2026.9.6`, `main (3f1c9a7d2b4e)`. */
export function sayFailedVersion({ version, identity }: FailedVersion): string {
  if (identity === null || parseVersion(version) !== null) return version;
  return `${version} (${identity.replace(/^sha256:/, '').slice(0, 12)})`;
}

const leftAlone = 'Failed on this app, and not tried again by itself: ';

/** What to do about them, for the summary. */
export function howToTryAgain(failed: readonly FailedVersion[]): string {
  const names = failed.map(sayFailedVersion).join(', ');
  return `${leftAlone}${names}. A newer version is tried. To try one of these all the same, run the workflow by hand (workflow_dispatch) or this run again (Re-run jobs); to forget them all, deploy once with fly deploy.`;
}

/** Whether a text is {@link howToTryAgain} of some versions. */
export function isHowToTryAgain(text: string): boolean {
  return text.startsWith(leftAlone);
}
