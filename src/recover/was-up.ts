import type { Machine } from '../flyctl/schemas.ts';

/** Whether a gateway ran on a machine as far as its state and its events tell: it is started, and it did not die last. */
export function wasUp({ state, events }: Pick<Machine, 'state' | 'events'>): boolean {
  if (state !== 'started') return false;
  const last = (events ?? []).find(({ exit }) => exit !== undefined)?.exit;
  return last === undefined || last.requestedStop;
}
