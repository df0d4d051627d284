import type { Snapshot } from '../flyctl/schemas.ts';
import type { Inputs } from '../inputs.ts';
import { parseReference } from '../upstream/reference.ts';

/** What is known before a change about what runs, and about what comes. */
export interface SnapshotQuestion {
  readonly wish: Inputs['snapshot'];
  /** Volumes that hold state now, and that the change may write to. */
  readonly volumeIds: readonly string[];
  /** `null`: no machine runs, so whatever comes is another version to the volume. */
  readonly running: Running | null;
  readonly wanted: {
    /** `null`: built from source, and what that brings is only known afterwards. */
    readonly reference: string | null;
    readonly version: string | null;
  };
}

/** The image of a machine as it was asked for, with what is known of it. */
export interface Running {
  readonly imageRef: string;
  readonly imageDigest: string;
  readonly version: string | null;
}

export interface SnapshotDecision {
  readonly due: boolean;
  /** One clause. */
  readonly reason: string;
}

/** Whether the volume is saved before the change. `best-effort` is `auto` that may fail. */
export function decideSnapshot({ wish, volumeIds, running, wanted }: SnapshotQuestion): SnapshotDecision {
  if (wish === 'never') return { due: false, reason: 'the input snapshot says never' };
  if (volumeIds.length === 0) return { due: false, reason: 'no volume holds anything yet' };
  if (wish === 'always') return { due: true, reason: 'the input snapshot says always' };
  if (running === null) return { due: true, reason: 'nothing runs that the version could be compared with' };
  if (wanted.version !== null && running.version !== null) {
    return wanted.version === running.version
      ? { due: false, reason: `the version stays ${running.version}` }
      : { due: true, reason: `the version changes from ${running.version} to ${wanted.version}` };
  }
  if (wanted.reference === null) return { due: true, reason: 'what is built may be another version' };
  return sameImage(wanted.reference, running)
    ? { due: false, reason: 'the image stays the same' }
    : { due: true, reason: 'the image changes' };
}

/** Whether a reference names the image that a machine has: by digest where both have one, else word for word. */
export function sameImage(reference: string, running: Pick<Running, 'imageRef' | 'imageDigest'>): boolean {
  const digest = parseReference(reference)?.digest ?? null;
  const digests = [running.imageDigest, parseReference(running.imageRef)?.digest ?? ''].filter(Boolean);
  if (digest !== null && digests.length > 0) return digests.includes(digest);
  return reference === running.imageRef;
}

/**
 * The snapshot that was asked for since `before` was listed, once the platform says that it is done. Its id comes
 * with time, and the command that asks for it names none (flyctl recordings 118 and 312): it is the newest of those
 * that were not in the list before. One that was still nameless then is somebody else's.
 *
 * @param listed oldest first
 */
export function finishedSnapshot(before: readonly Snapshot[], listed: readonly Snapshot[]): Snapshot | null {
  const known = new Set(before.map(({ id }) => id));
  const nameless = before.filter(({ id }) => id === '').length;
  const fresh = listed.filter(({ id, status }) => id !== '' && !known.has(id) && status === 'created');
  return fresh.length > nameless ? (fresh.at(-1) ?? null) : null;
}
