import { Failure } from '../causes.ts';
import type { Machine, Release } from '../flyctl/schemas.ts';
import { type FailedVersion, failedHere } from '../upstream/failed-versions.ts';
import { formatReference, imageVersion, parseReference } from '../upstream/reference.ts';
import { withoutV } from '../upstream/version.ts';
import { type Running, sameImage } from './snapshot-due.ts';

/** An image to go back to. */
export interface RollbackTarget {
  /** As it is handed to flyctl: by digest where Fly names one. */
  readonly image: string;
  /** OpenClaw version, where the image says it. */
  readonly version: string | null;
  /** Release of Fly that had it; `null` where it is known from the machine alone. */
  readonly release: number | null;
  /** Where it comes from, in one clause. */
  readonly why: string;
}

export interface TargetQuestion {
  /** `latest` for the previous one; else a release number, a version, a tag or a digest. */
  readonly wanted: string;
  /** Newest first, as far back as Fly lists them. */
  readonly releases: readonly Release[];
  readonly running: Running & { readonly releaseVersion: number | null };
  /** What ran before that, where it was not well either: nobody goes back to it. */
  readonly ailing?: Pick<Running, 'imageRef' | 'imageDigest'> | null;
  readonly failed: readonly FailedVersion[];
}

/** A release that did not end well may never have run at all. */
const neverRan = new Set(['failed', 'interrupted', 'pending', 'running']);

/**
 * The release to go back to: the newest earlier one with another image that is not known to have failed, or the one
 * that is named.
 *
 * @throws Failure `inputs-invalid` when what is named is not among the releases; `null` is for no previous one
 */
export function chooseTarget(question: TargetQuestion): RollbackTarget | null {
  const { wanted, releases, running, ailing = null, failed } = question;
  if (wanted !== 'latest') return named(wanted, releases, running);
  const current = running.releaseVersion ?? releases[0]?.version ?? 0;
  const earlier = releases.filter(
    (release) =>
      release.version < current && release.imageRef !== '' && !neverRan.has(release.status.toLowerCase()),
  );
  const found = earlier.find((release) => {
    const version = imageVersion(release.imageRef);
    const digest = parseReference(release.imageRef)?.digest ?? null;
    return (
      !sameImage(release.imageRef, running) &&
      !(ailing !== null && sameImage(release.imageRef, ailing)) &&
      !(version !== null && failedHere(failed, version, digest))
    );
  });
  return found === undefined ? null : targetOf(found, 'the newest earlier release with another image');
}

function named(
  wanted: string,
  releases: readonly Release[],
  running: TargetQuestion['running'],
): RollbackTarget {
  const number = /^v?(\d{1,9})$/.exec(wanted)?.[1];
  const found =
    number === undefined
      ? releases.find((release) => names(wanted, release.imageRef) && !sameImage(release.imageRef, running))
      : releases.find((release) => release.version === Number(number) && release.imageRef !== '');
  if (found !== undefined) return targetOf(found, `as the input version says`);
  const known = releases
    .slice(0, 10)
    .map((release) => `${release.version} (${imageVersion(release.imageRef) ?? release.imageRef})`);
  throw new Failure(
    'inputs-invalid',
    `version: "${wanted}" is no earlier release that Fly still lists, nor a version that one of them has` +
      `${known.length === 0 ? '' : `; there are ${known.join(', ')}`}. To deploy any version, use operation: deploy.`,
  );
}

/** Whether an image goes by that name: its version, its tag or its digest. */
function names(wanted: string, imageRef: string): boolean {
  const reference = parseReference(imageRef);
  return (
    reference !== null &&
    (reference.digest === wanted || (reference.tag !== null && withoutV(reference.tag) === withoutV(wanted)))
  );
}

function targetOf(release: Release, why: string): RollbackTarget {
  return {
    image: release.imageRef,
    version: imageVersion(release.imageRef),
    release: release.version,
    why,
  };
}

/**
 * What to tell people of an image that nobody can name by its digest; `null` where the name cannot move. Fly makes a new
 * tag of its own registry for each build.
 */
export function mayHaveMoved({ image, release }: Pick<RollbackTarget, 'image' | 'release'>): string | null {
  const reference = parseReference(image);
  if (reference === null || reference.digest !== null || reference.registry === 'registry.fly.io')
    return null;
  const of = release === null ? 'What ran before' : `Release ${release}`;
  return `${of} names its image by the tag alone, ${image}: what that means today is deployed, which may not be what ran then.`;
}

/** The image of a machine with its digest, so that it is this very one, and with its tag, so that people know it. */
export function wholeReference({
  imageRef,
  imageDigest,
  image,
}: Pick<Machine, 'imageRef' | 'imageDigest' | 'image'>): string {
  const reference = parseReference(imageRef);
  if (reference === null || imageDigest === '') return image;
  return formatReference({ ...reference, digest: reference.digest ?? imageDigest });
}
