import type { CauseCode } from '../causes.ts';
import { type FailedVersion, withFailure } from '../upstream/failed-versions.ts';

/** With these the version is not to blame: another one would have met the same. */
const blameless: ReadonlySet<CauseCode> = new Set([
  'discord-auth',
  'discord-intents',
  'discord-no-token',
  'discord-unreachable',
  // It counts the boots of before as well.
  'restart-breaker',
  'state-full',
  'fly-api',
  'capacity',
]);

/** The versions to be remembered as failed, after a deploy that failed and before what was there is put back. */
export function toBeRemembered(failed: {
  readonly remembered: readonly FailedVersion[];
  /** What was deployed; `null` for what nobody could choose again. */
  readonly identity: FailedVersion | null;
  readonly cause: CauseCode;
  /** The image that is put back is the very same: the config made the difference. */
  readonly sameImage: boolean;
}): readonly FailedVersion[] {
  const { remembered, identity, cause, sameImage } = failed;
  if (identity === null || sameImage || blameless.has(cause)) return remembered;
  return withFailure(remembered, identity);
}
