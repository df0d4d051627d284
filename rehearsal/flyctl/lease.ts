import { type Backoff, spreadBackoff } from './backoff.ts';
import { CommandError, within } from './failure-report.ts';
import { getMachine, type Machine } from './machines.ts';
import type { Session } from './session.ts';

/** How long a lease that another holds is asked for again, in milliseconds. */
const PATIENCE = 60_000;

interface Lease {
  nonce: string;
  version?: string;
}

/** Asks for a lease until it is given, whatever the refusal, for about a minute. */
export async function requestLease(
  session: Session,
  app: string,
  id: string,
  ttl: number,
  signal = session.surroundings.signal,
): Promise<Lease> {
  const { clock } = session.surroundings;
  const pauses: Backoff = spreadBackoff(100, 500, 2, 0.5);
  const start = clock.now();
  for (;;) {
    try {
      const path = `/apps/${app}/machines/${id}/lease?ttl=${ttl}`;
      const reply = await within(
        `failed to get lease on VM ${id}`,
        session.api.flaps('POST', path, { signal }),
      );
      return ((reply as { data?: Lease })?.data ?? { nonce: '' }) as Lease;
    } catch (error) {
      if (!(error instanceof CommandError) || error.details.cancelled || signal.aborted) throw error;
      const pause = pauses.next();
      if (clock.now() - start + pause > PATIENCE) throw error;
      await clock.sleep(pause, signal);
    }
  }
}

/**
 * Leases the machines for `work`, saying so when it takes more than two seconds, and gives the leases back after
 * it, also when a signal ended it.
 */
export async function withLeases<T>(
  session: Session,
  app: string,
  machines: readonly Machine[],
  work: (leased: Machine[]) => Promise<T>,
): Promise<T> {
  const leased: Machine[] = [];
  try {
    const outcomes = await Promise.allSettled(
      machines.map(async (machine) => {
        if (machine.host_status !== 'ok') return machine;
        const lease = await saidWhenSlow(session, machine.id, requestLease(session, app, machine.id, 120));
        const held = { ...machine, nonce: lease.nonce };
        leased.push(held);
        if (lease.version === machine.instance_id) return held;
        return { ...(await getMachine(session.api, app, machine.id)), nonce: lease.nonce };
      }),
    );
    const ready: Machine[] = [];
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') ready.push(outcome.value);
      else if (outcome.reason instanceof CommandError) throw outcome.reason.within('failed to obtain lease');
      else throw outcome.reason;
    }
    return await work(ready);
  } finally {
    await Promise.all(leased.map((machine) => giveBack(session, app, machine)));
  }
}

async function saidWhenSlow<T>(session: Session, id: string, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const notice = session.surroundings.clock.sleep(2000, done.signal).then(() => {
    if (!done.signal.aborted) session.out(`Waiting on lease for machine ${id}...\n`);
  });
  try {
    return await work;
  } finally {
    done.abort();
    await notice;
  }
}

async function giveBack(session: Session, app: string, { id, nonce }: Machine): Promise<void> {
  if (session.surroundings.signal.aborted) session.out(`Releasing lease for machine ${id}...\n`);
  try {
    // Not under the session's signal: a lease is given back after a signal too.
    const signal = new AbortController().signal;
    await session.api.flaps('DELETE', `/apps/${app}/machines/${id}/lease`, { nonce, signal });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (!error.message.includes('lease not found')) {
      session.out(`failed to release lease for machine ${id}: ${error.message}\n`);
    }
  }
}
