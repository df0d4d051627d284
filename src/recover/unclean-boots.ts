import { compareVersions, parseVersion } from '../upstream/version.ts';
import type { MachineEvent } from '../watch/facts.ts';

/**
 * From 2026.7.1 the gateway counts the boots on a state directory that did not end cleanly, and with three within
 * 300 s it starts no channels (its own `restart-loop breaker`; threshold and window from the sources of 2026.9.6).
 */
const breaker = { boots: 3, windowMs: 300_000 } as const;
const firstWithBreaker = parseVersion('2026.7.1');

/** Times at which boots of a machine ended although nobody had asked for it, or were killed when they did not stop. */
export function uncleanEnds(events: readonly MachineEvent[] | null): readonly number[] {
  return (events ?? []).flatMap(({ exit }) =>
    exit !== undefined && (!exit.requestedStop || exit.signal === 9) ? [exit.at] : [],
  );
}

/**
 * How long the gateway has to stay down so that its next boot is not one that starts no channels, in milliseconds.
 *
 * @param ends unclean ends, milliseconds since the epoch
 * @param version `null`: not known, and then it may be one that counts
 */
export function quietTime(ends: readonly number[], version: string | null, now: number): number {
  const parsed = version === null ? null : parseVersion(version);
  if (parsed !== null && firstWithBreaker !== null && compareVersions(parsed, firstWithBreaker) < 0) return 0;
  const recent = ends.filter((at) => at > now - breaker.windowMs).sort((a, b) => b - a);
  const decisive = recent[breaker.boots - 1];
  // Fly's clock is not the runner's: never longer than the window itself.
  return decisive === undefined
    ? 0
    : Math.min(breaker.windowMs, Math.max(0, decisive + breaker.windowMs - now));
}
