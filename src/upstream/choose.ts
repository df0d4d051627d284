import picomatch from 'picomatch';
import { elapsed } from '../report/elapsed.ts';
import { compareVersions, parseRelease, type Version, withoutV } from './version.ts';

/** A release of upstream, as GitHub lists it. */
export interface Release {
  /** e.g. `v2026.9.6` */
  readonly tag: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  /** Milliseconds since the epoch; `null` for one that is not published. */
  readonly publishedAt: number | null;
}

export interface ReleaseRules {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly minAgeMs: number;
  /** Globs over versions, with or without the `v`. */
  readonly ignored: readonly string[];
  /** The version that runs: following upstream never goes back behind it, since state does not go back. */
  readonly running: Version | null;
}

/** A version that was not taken although it is newer, and why, as the end of a sentence. */
export interface PassedOver {
  readonly version: string;
  readonly why: string;
}

export interface Candidate {
  readonly tag: string;
  /** The tag without its `v`. */
  readonly version: string;
  readonly numbers: Version;
}

/**
 * The stable releases that may be deployed, newest first, and what was left out by a wish of the user's. Prereleases
 * and drafts are no candidates at all, so they are not spoken of.
 */
export function eligibleReleases(
  releases: readonly Release[],
  { now, minAgeMs, ignored, running }: ReleaseRules,
): { readonly candidates: readonly Candidate[]; readonly passedOver: readonly PassedOver[] } {
  const isIgnored = picomatch([...ignored]);
  const candidates: Candidate[] = [];
  const passedOver: PassedOver[] = [];
  for (const { tag, draft, prerelease, publishedAt } of releases) {
    const numbers = parseRelease(tag);
    if (numbers === null || draft || prerelease) continue;
    if (running !== null && compareVersions(numbers, running) < 0) continue;
    const version = withoutV(tag);
    const ageMs = publishedAt === null ? 0 : now - publishedAt;
    if (isIgnored(version) || isIgnored(`v${version}`)) {
      passedOver.push({ version, why: 'ignore-versions names it' });
    } else if (ageMs < minAgeMs) {
      const age = elapsed(Math.max(0, ageMs) / 1000);
      passedOver.push({ version, why: `it is ${age} old, and min-age asks for ${elapsed(minAgeMs / 1000)}` });
    } else {
      candidates.push({ tag, version, numbers });
    }
  }
  return { candidates: candidates.sort((a, b) => compareVersions(b.numbers, a.numbers)), passedOver };
}

/** e.g. `2026.9.6 (failed here), 2026.9.5 (ignore-versions names it)`; the newest few of many. */
export function sayPassedOver(passedOver: readonly PassedOver[]): string {
  const said = passedOver.slice(0, 5).map(({ version, why }) => `${version} (${why})`);
  const more = passedOver.length > said.length ? [`${passedOver.length - said.length} more`] : [];
  return [...said, ...more].join(', ');
}
