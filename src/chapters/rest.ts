import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Machine } from '../flyctl/schemas.ts';
import type { Journey } from '../journey.ts';
import { quietTime, uncleanEnds } from '../recover/unclean-boots.ts';
import { elapsed } from '../report/elapsed.ts';
import { withEvents } from './events.ts';

/**
 * Puts the next boot off until it is not one that starts no channels, with the machines stopped meanwhile. Where the
 * input `timeout` leaves no time for that, it says so and goes on: 2026.9.6 starts its channels by itself later.
 *
 * @param version what is to boot; `null` where it is not known
 */
export async function letItRest(
  { clock, console, inputs, report, signal }: Journey,
  flyctl: Flyctl,
  app: string,
  machines: readonly Machine[],
  version: string | null,
): Promise<void> {
  const ends = (await withEvents(flyctl, app, machines, signal)).flatMap(({ events }) => uncleanEnds(events));
  const waitMs = quietTime(ends, version, clock.now());
  if (waitMs === 0) return;
  const left = Date.parse(report.startedAt) + inputs.timeoutMs - clock.now();
  if (waitMs + inputs.stableForMs >= left) {
    console.phase('there is no time to let the gateway rest: it may start without its channels at first');
    return;
  }
  const why = `after ${ends.length} unclean boots the next one would start no channels`;
  console.phase(`the gateway rests for ${elapsed(waitMs / 1000)}: ${why}`);
  for (const { id } of machines) await commands.machineStop(flyctl, app, id, {}, { signal });
  const until = clock.now() + waitMs;
  while (clock.now() < until) {
    console.tick('the gateway to have rested');
    await clock.sleep(Math.min(10_000, until - clock.now()), signal);
    signal.throwIfAborted();
  }
}
