import { leasesClear, leasesView, machineList, releases } from './commands.ts';
import type { DeployReport } from './deploy.ts';
import type { DeployNote } from './deploy-note.ts';
import type { Flyctl } from './process.ts';
import type { Lease } from './schemas.ts';

/** Somebody else's lease that is being waited for. */
export interface LeaseWait {
  readonly machineId: string;
  /** e.g. an e-mail address; `''` when unsaid. */
  readonly owner: string;
  /** Milliseconds until the lease ends if its holder does not renew it. */
  readonly remainingMs: number;
}

/** A holder that lives renews its lease every few seconds, so the end that is named now is only the earliest. */
const lookEveryMs = 5_000;

/**
 * Waits until none of the machines is leased.
 *
 * @param options.deadlineMs how long to wait in all
 * @param options.onWait told at each look that finds a lease; say it once
 * @returns whether all are free; false at the deadline, on abort, and when the leases cannot be read
 */
export async function awaitLeases(
  flyctl: Flyctl,
  app: string,
  machineIds: readonly string[],
  options: {
    readonly deadlineMs: number;
    readonly signal?: AbortSignal | undefined;
    readonly onWait?: ((wait: LeaseWait) => void) | undefined;
    /** Milliseconds since the epoch. */
    readonly wallClock?: (() => number) | undefined;
  },
): Promise<boolean> {
  const { now, sleep } = flyctl.patience;
  const wallClock = options.wallClock ?? Date.now;
  const deadlineAt = now() + options.deadlineMs;
  while (now() < deadlineAt && !options.signal?.aborted) {
    try {
      const held = await leasesView(flyctl, app, machineIds, { signal: options.signal });
      const [first] = held;
      if (first === undefined) return true;
      const remainingMs = Math.max(0, first.expiresAt - wallClock());
      options.onWait?.({ machineId: first.machineId, owner: first.owner, remainingMs });
      // A lease may outlast its end by the difference of two clocks.
      const pauseMs = Math.min(Math.max(1_000, remainingMs + 250), lookEveryMs, deadlineAt - now());
      await sleep(Math.max(0, pauseMs), options.signal);
    } catch {
      return false;
    }
  }
  return false;
}

export interface Interrupted {
  readonly app: string;
  /** Machines there were before the deploy; `null` when nobody looked, and then none counts as created by it. */
  readonly machinesBefore: readonly string[] | null;
  /** Number of the release there was before; 0 for none. */
  readonly releaseBefore: number;
  /** What the deploy reported; `null` when the main step was killed, and only what was saved before is known. */
  readonly report: Pick<DeployReport, 'reached' | 'machineIds' | 'createdIds'> | null;
  /** Who the token says we are, as leases name it; `null` when unknown. */
  readonly owner: string | null;
}

export interface Settled {
  /** Machines whose lease was ours and is cleared. */
  readonly cleared: readonly string[];
  /** Leases that are somebody else's, left alone. */
  readonly foreign: readonly Lease[];
  /** A release that still says `running` although nobody works on it; flyctl cannot change that, the next deploy does. */
  readonly releaseLeftRunning: number | null;
  /** What could not be done, one sentence each. */
  readonly trouble: readonly string[];
}

/**
 * Puts right what an interrupted deploy leaves. On a signal flyctl gives back no lease in spite of saying so: an
 * update's is gone after 13 s, that of a machine it created lasts as long as its wait timeout (recordings 229 to 236,
 * 254 to 256). A lease is ours when the machine was created by this very run, or when the deploy named the machine,
 * which it does only once it holds the lease; and never when it names another owner than ours. To be called right
 * after flyctl ended: for 9 s at least (renewed every 4 s, for 13 s) nobody else can have got the lease it held.
 * Never throws.
 */
export async function settleInterruptedDeploy(
  flyctl: Flyctl,
  interrupted: Interrupted,
  options: { readonly signal?: AbortSignal | undefined; readonly deadlineMs?: number | undefined } = {},
): Promise<Settled> {
  const { app, report } = interrupted;
  const settled = { cleared: [] as string[], foreign: [] as Lease[], trouble: [] as string[] };
  if (report !== null && (report.reached === 'config' || report.reached === 'image')) {
    return { ...settled, releaseLeftRunning: null };
  }
  const quick = { signal: options.signal, deadlineMs: options.deadlineMs ?? 2_000, patience: null };
  const attempt = async <T>(what: string, action: () => Promise<T>): Promise<T | null> => {
    try {
      return await action();
    } catch (error) {
      settled.trouble.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  };

  const [machines, made] = await Promise.all([
    attempt('The machines could not be listed', () => machineList(flyctl, app, quick)),
    attempt('The releases could not be listed', () => releases(flyctl, app, quick)),
  ]);
  const created = new Set(report?.createdIds);
  if (interrupted.machinesBefore !== null) {
    const before = new Set(interrupted.machinesBefore);
    for (const { id } of machines ?? []) if (!before.has(id)) created.add(id);
  }
  const ours = new Set([...created, ...(report?.machineIds ?? [])]);
  const leases = await attempt('The leases could not be read', () =>
    leasesView(flyctl, app, [...ours], quick),
  );
  await Promise.all(
    (leases ?? []).map(async (lease) => {
      const { owner } = interrupted;
      if (owner !== null && lease.owner !== '' && lease.owner !== owner) {
        settled.foreign.push(lease);
        return;
      }
      const clear = async () => {
        await leasesClear(flyctl, app, lease.machineId, quick);
        settled.cleared.push(lease.machineId);
      };
      await attempt(`The lease of machine ${lease.machineId} could not be cleared`, clear);
    }),
  );
  const newest = made?.[0];
  const left = newest?.status === 'running' && newest.version > interrupted.releaseBefore;
  return { ...settled, releaseLeftRunning: left ? newest.version : null };
}

/** A lease is as good as ours for so long after the last flyctl of a killed main step was noted, in milliseconds. */
const surelyOursMs = 9_000;

/**
 * The same for a deploy whose main step was killed. flyctl may have gone on by itself, or have died at its next line,
 * since nobody reads it any more: the lease of a machine that it named is ours only if it ran until now, or until so
 * short a time ago that nobody else can have got it.
 *
 * @param options.ran it was running still, and has just been ended
 * @param options.sinceMs milliseconds since the main step last noted a flyctl; `null` when it never did
 */
export async function settleKilledDeploy(
  flyctl: Flyctl,
  { app, machinesBefore, releaseBefore, machineIds, createdIds }: DeployNote,
  options: { readonly ran: boolean; readonly sinceMs: number | null; readonly signal: AbortSignal },
): Promise<Settled> {
  const { ran, sinceMs, signal } = options;
  const ours = ran || (sinceMs !== null && sinceMs < surelyOursMs);
  const report = { reached: 'machines', machineIds: ours ? machineIds : [], createdIds } as const;
  return settleInterruptedDeploy(
    flyctl,
    { app, machinesBefore, releaseBefore, report, owner: null },
    { signal },
  );
}
