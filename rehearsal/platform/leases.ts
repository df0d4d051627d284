import { type Fly, iso, Refusal } from './fly.ts';
import type { Lease, Machine } from './world.ts';

/** The lease that holds now. */
export function currentLease(fly: Fly, machine: Machine): Lease | null {
  const lease = machine.lease;
  return lease !== null && lease.expiresAt > fly.clock.now() ? lease : null;
}

/** Throws if somebody else holds the machine. */
export function checkLease(fly: Fly, machine: Machine, nonce: string | null): void {
  const lease = currentLease(fly, machine);
  if (lease === null || lease.nonce === nonce) return;
  throw new Refusal(
    409,
    `failed to acquire lease: machine ID ${machine.id} lease currently held by ${lease.owner}, expires at ${iso(lease.expiresAt).replace(/\.\d+Z$/, 'Z')}`,
  );
}

/**
 * Leases a machine for so many seconds of the client's time. Whoever comes with the nonce of the lease gets it
 * longer, under the same nonce.
 */
export function acquireLease(
  fly: Fly,
  machine: Machine,
  ttl: number,
  nonce: string | null,
  owner = 'dev@example.com',
): Lease {
  checkLease(fly, machine, nonce);
  const expiresAt = fly.clock.now() + fly.clock.clientTime(ttl * 1000);
  if (machine.lease !== null && machine.lease.nonce === nonce) machine.lease.expiresAt = expiresAt;
  else machine.lease = { nonce: fly.ids.hex(12), owner, expiresAt };
  return machine.lease;
}

/** Gives it back. Throws if there is none, or if the nonce is not its own (whoever clears another's lease reads its nonce first). */
export function releaseLease(fly: Fly, machine: Machine, nonce: string | null): void {
  if (machine.state === 'destroyed') return;
  const lease = currentLease(fly, machine);
  if (lease === null) throw new Refusal(404, 'lease not found');
  checkLease(fly, machine, nonce);
  machine.lease = null;
}

export function leaseJson(machine: Machine, lease: Lease) {
  return {
    status: 'success',
    data: {
      nonce: lease.nonce,
      expires_at: Math.floor(lease.expiresAt / 1000),
      owner: lease.owner,
      description: '',
      version: machine.instanceId,
    },
  };
}
