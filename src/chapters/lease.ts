import type { LeaseWait } from '../flyctl/leases.ts';
import type { Journey } from '../journey.ts';
import { elapsed } from '../report/elapsed.ts';

/** Says once for each holder of a machine's lease who it is and how long it has it. */
export function leaseTeller({ console }: Pick<Journey, 'console'>): (wait: LeaseWait) => void {
  const told = new Set<string>();
  return ({ machineId, owner, remainingMs }) => {
    const holder = `${machineId} ${owner}`;
    if (told.has(holder)) return;
    told.add(holder);
    console.phase(
      `machine ${machineId} is leased to ${owner || 'somebody else'} for ${elapsed(remainingMs / 1000)} more: waiting for it`,
    );
  };
}
