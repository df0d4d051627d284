import type { Machine } from '../flyctl/schemas.ts';
import { exitsOf, troubleOf } from '../upstream/skip.ts';

/** How a gateway was: `down` is stopped on request or never started, `ailing` dies or does not listen. */
export type Condition = 'up' | 'down' | 'ailing';

/** A gateway that was started again after a death and has lasted so long since, in milliseconds, is up. */
const steadyMs = 600_000;

/** @param now milliseconds since the epoch */
export function conditionOf(machine: Pick<Machine, 'state' | 'events'>, now: number): Condition {
  const [last] = exitsOf(machine);
  const died = last !== undefined && !last.requestedStop;
  if (machine.state !== 'started') return died || machine.state === 'failed' ? 'ailing' : 'down';
  if (troubleOf(machine, now) !== null) return 'ailing';
  return died && now - last.at < steadyMs ? 'ailing' : 'up';
}
