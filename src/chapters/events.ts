import { machineStatusEvents } from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Machine } from '../flyctl/schemas.ts';

/** Machines with their events: some servers leave them out of a list, and tell them of one machine at a time only. */
export async function withEvents(
  flyctl: Flyctl,
  app: string,
  machines: readonly Machine[],
  signal: AbortSignal,
): Promise<readonly Machine[]> {
  return Promise.all(
    machines.map(async (machine) => {
      if (machine.events !== null) return machine;
      const { events } = await machineStatusEvents(flyctl, app, machine.id, { signal });
      return { ...machine, events };
    }),
  );
}
