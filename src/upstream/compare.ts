import { compareVersions, parseVersion, withoutV } from './version.ts';

/** A version or a commit of upstream, as far as it is known. */
export interface UpstreamPoint {
  readonly version: string | null;
  /** Full. */
  readonly commit: string | null;
}

/**
 * GitHub's view of what lies between two points, the older one first, as it shows nothing the other way round.
 *
 * @param repository owner/name
 * @returns `null` where one of them is not known, or both are the same
 */
export function compareUrl(repository: string, from: UpstreamPoint, to: UpstreamPoint): string | null {
  const [before, after] = [refOf(from), refOf(to)];
  if (before === null || after === null || before === after) return null;
  const [a, b] = [parseVersion(from.version ?? ''), parseVersion(to.version ?? '')];
  const backwards = a !== null && b !== null && compareVersions(a, b) > 0;
  const range = backwards ? `${after}...${before}` : `${before}...${after}`;
  return `https://github.com/${repository}/compare/${range}`;
}

/** A release has a tag of its name; a variant of its image (`2026.9.6-slim`) is built from the same one. */
function refOf({ version, commit }: UpstreamPoint): string | null {
  if (version === null || parseVersion(version) === null) return commit;
  return `v${withoutV(version).replace(/-(?:slim|amd64|arm64)\b.*$/, '')}`;
}
