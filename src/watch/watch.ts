import { Failure } from '../causes.ts';
import type { Fact, FeedHealth, FeedName, LogLine, MachineSnapshot, ProbeReading } from './facts.ts';
import {
  awaited,
  beginWatch,
  type Expectations,
  lastLookIn,
  machinesToStart,
  type Phase,
  phases,
  probesWanted,
  reduce,
  urlWanted,
  verdictOf,
  type WatchState,
} from './reduce.ts';
import type { Verdict } from './verdict.ts';

/** The clock that the watch lives by; tests hold another. Milliseconds. */
export interface Clock {
  now(): number;
  /** Returns early, without an error, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Where facts come from. Each call has its own deadline and throws a Failure when it does not get an answer. */
export interface Sources {
  machines(signal: AbortSignal): Promise<readonly MachineSnapshot[]>;
  /** One page of a machine's log, oldest line first, repeating what earlier pages had; empty: nothing yet. */
  logs(machineId: string, signal: AbortSignal): Promise<readonly LogLine[]>;
  probe(machineId: string, signal: AbortSignal): Promise<ProbeReading>;
  /** HTTP status of the public URL, `null` when nobody answers; the source is `null` where there is no URL. */
  readonly url: ((signal: AbortSignal) => Promise<number | null>) | null;
  start(machineId: string, signal: AbortSignal): Promise<void>;
}

/** How the deploy (or restart) that runs beside the watch ended. */
export type ActEnd =
  | { readonly ok: true; readonly releaseVersion: number | null }
  | { readonly ok: false; readonly failure: Failure };

export interface WatchRun {
  readonly expectations: Expectations;
  readonly sources: Sources;
  /** Begun once the feeds have seen what is there now. `null`: nothing is changed, only watched. */
  readonly act: ((signal: AbortSignal) => Promise<ActEnd>) | null;
  readonly clock: Clock;
  /** Pause between two looks, in milliseconds. */
  readonly pollMs: number;
  /** Aborts the watch; what runs is stopped first. */
  readonly signal: AbortSignal;
  readonly onPhase: (phase: Phase) => void;
  /** The gateway's own lines as they come, raw. */
  readonly onLines: (lines: readonly LogLine[]) => void;
  /** A feed changed its health. Said once each way. */
  readonly onFeed: (feed: FeedName, health: FeedHealth, detail: string) => void;
  /** What is awaited, called at every tick. */
  readonly onTick: (awaited: string) => void;
}

export interface Watched {
  readonly verdict: Verdict;
  readonly state: WatchState;
  /** `null`: there was none, or it had to be interrupted because the verdict was there before its end. */
  readonly act: ActEnd | null;
  readonly actInterrupted: boolean;
}

/** A page is the newest hundred lines: what a talkative gateway says in between is lost unless the next look comes soon. */
const busyPage = 40;
/** After a healthy verdict flyctl gets this long to finish on its own: interrupting it would mark a good release as interrupted. */
const actGraceMs = 60_000;
/** After a failed one it gets a moment, since a detached deploy is nearly always at its end by then. */
const failedGraceMs = 1_000;
const probePauseMs = 3_000;
const firstLookMs = 3_000;

/**
 * Watches until the facts allow a verdict.
 *
 * The feeds only bring facts; `reduce.ts` alone judges them. The feeds begin before the act does, so that what
 * was there before can be told from what comes after.
 *
 * @throws the reason of `signal` when it aborts, after everything that runs has stopped
 */
export async function watch(run: WatchRun): Promise<Watched> {
  const { clock, sources, pollMs } = run;
  const over = new AbortController();
  const stop = () => over.abort(run.signal.reason);
  if (run.signal.aborted) throw run.signal.reason;
  run.signal.addEventListener('abort', stop, { once: true });

  let state = beginWatch(run.expectations, clock.now());
  let verdict: Verdict | null = null;
  let saidPhases = 0;
  const health = new Map<FeedName, FeedHealth>();
  const followed = new Set<string>();
  const started = new Set<string>();
  const probed = new Map<string, number>();
  const probing = new Set<string>();
  const running: Promise<void>[] = [];
  const baselineIds = new Set(run.expectations.baseline.map((machine) => machine.id));
  const firstLooks = new Map([...baselineIds].map((id) => [id, Promise.withResolvers<void>()]));
  let hurry = new AbortController();
  let askingUrl = false;
  let urlAsked = Number.NEGATIVE_INFINITY;

  const take = (fact: Fact): void => {
    if (verdict !== null || over.signal.aborted) return;
    const now = clock.now();
    state = reduce(state, fact, now);
    const known = phases(state);
    for (const phase of known.slice(saidPhases)) run.onPhase(phase);
    saidPhases = known.length;
    verdict = verdictOf(state, now);
    if (verdict !== null) {
      over.abort();
      return;
    }
    for (const id of machinesToStart(state, now)) startOnce(id);
    for (const id of probesWanted(state, now)) probeSoon(id, now);
    if (urlWanted(state, now)) askUrlSoon(now);
  };

  const report = (feed: FeedName, now: FeedHealth, detail: string): void => {
    if ((health.get(feed) ?? 'working') !== now) run.onFeed(feed, now, detail);
    health.set(feed, now);
    take({ kind: 'feed', feed, health: now, detail });
  };

  /** Ends the pauses between looks: there is news. */
  const lookNow = (): void => {
    hurry.abort();
    hurry = new AbortController();
  };

  /** Looks again and again; a look that fails costs a longer pause, one that is refused is the last. */
  const follow = async (feed: FeedName, look: () => Promise<number>): Promise<void> => {
    for (let failures = 0; !over.signal.aborted; ) {
      let pause: number;
      // Of before the look: news that came in the middle of it is not in its answer.
      let until = AbortSignal.any([over.signal, hurry.signal]);
      try {
        pause = await look();
        failures = 0;
        // Said after every answer: also that nothing new was there is evidence.
        report(feed, 'working', '');
        pause = Math.min(pause, lastLookIn(state, clock.now()));
      } catch (error) {
        if (over.signal.aborted) return;
        const failure = asFailure(error);
        if (isRefusal(failure)) return report(feed, 'refused', failure.message);
        failures += 1;
        until = over.signal;
        report(feed, 'failing', failure.message);
        pause = Math.min(pollMs * 2 ** failures, Math.max(pollMs, 10_000));
      }
      await clock.sleep(pause, until);
    }
  };

  const lookAtMachines = async (): Promise<number> => {
    const machines = await sources.machines(over.signal);
    for (const machine of machines) followLog(machine.id);
    take({ kind: 'machines', machines });
    return pollMs;
  };

  const followLog = (machineId: string): void => {
    if (followed.has(machineId) || health.get('logs') === 'refused') return;
    followed.add(machineId);
    running.push(follow('logs', pageReader(machineId)));
  };

  const pageReader = (machineId: string): (() => Promise<number>) => {
    let seen = new Set<string>();
    // What the former boot said is judged by its time; nobody wants to read it again.
    let old = run.act !== null && baselineIds.has(machineId);
    return async () => {
      const page = await sources.logs(machineId, over.signal);
      const keys = page.map((line) => `${line.at} ${line.provider} ${line.text}`);
      const fresh = page.filter((_, i) => !seen.has(keys[i] ?? ''));
      // A line that left the page does not come back, so only the page itself has to be remembered.
      if (page.length > 0) seen = new Set(keys);
      if (fresh.length > 0) {
        if (!old) run.onLines(fresh.filter((line) => line.provider === 'app'));
        for (const line of fresh) take({ kind: 'log', line });
      }
      const busy = fresh.length >= busyPage && !old;
      old = false;
      firstLooks.get(machineId)?.resolve();
      return busy ? 0 : pollMs;
    };
  };

  const startOnce = (machineId: string): void => {
    if (started.has(machineId)) return;
    started.add(machineId);
    running.push(
      sources.start(machineId, over.signal).then(
        () => take({ kind: 'start-asked', machineId, ok: true, detail: '' }),
        (error: unknown) =>
          take({ kind: 'start-asked', machineId, ok: false, detail: asFailure(error).message }),
      ),
    );
  };

  const probeSoon = (machineId: string, now: number): void => {
    if (probing.has(machineId) || health.get('probe') === 'refused') return;
    if (now - (probed.get(machineId) ?? Number.NEGATIVE_INFINITY) < Math.min(probePauseMs, pollMs * 4))
      return;
    probing.add(machineId);
    running.push(
      (async () => {
        try {
          take({ kind: 'probe', reading: await sources.probe(machineId, over.signal) });
          report('probe', 'working', '');
        } catch (error) {
          const failure = asFailure(error);
          if (!over.signal.aborted)
            report('probe', isRefusal(failure) ? 'refused' : 'failing', failure.message);
        } finally {
          probed.set(machineId, clock.now());
          probing.delete(machineId);
        }
      })(),
    );
  };

  const tick = async (): Promise<void> => {
    while (!over.signal.aborted) {
      take({ kind: 'tick' });
      if (!over.signal.aborted) run.onTick(awaited(state, clock.now()));
      await clock.sleep(Math.min(pollMs, 500), over.signal);
    }
  };

  const askUrlSoon = (now: number): void => {
    if (sources.url === null || askingUrl || now - urlAsked < Math.min(probePauseMs, pollMs * 2)) return;
    const { url } = sources;
    askingUrl = true;
    running.push(
      url(over.signal)
        .then((status) => take({ kind: 'url', status }))
        .finally(() => {
          urlAsked = clock.now();
          askingUrl = false;
        }),
    );
  };

  try {
    for (const machine of run.expectations.baseline) followLog(machine.id);
    running.push(follow('machines', lookAtMachines));
    running.push(tick());
    if (run.act !== null && firstLooks.size > 0) {
      // A feed that does not answer must not hold the deploy up: what it says later is told apart by its time.
      const looked = Promise.all([...firstLooks.values()].map((look) => look.promise));
      await Promise.race([looked, settled(over.signal), clock.sleep(firstLookMs, over.signal)]);
    }
    const act = new AbortController();
    let ended: ActEnd | null = null;
    const acting =
      run.act === null || over.signal.aborted
        ? null
        : run.act(act.signal).then((end) => {
            ended = end;
            if (end.ok && end.releaseVersion !== null) take({ kind: 'release', version: end.releaseVersion });
            take({
              kind: 'deploy-ended',
              ok: end.ok,
              cause: end.ok ? null : end.failure.code,
              detail: end.ok ? '' : end.failure.message,
            });
            // A detached deploy ends as soon as the machine has its new version.
            lookNow();
          });
    await Promise.all([
      settled(over.signal),
      acting === null ? null : Promise.race([acting, settled(over.signal)]),
    ]);
    await Promise.all(running);
    const judged = verdict as Verdict | null;
    if (acting !== null && ended === null) {
      if (judged !== null) {
        const patience = new AbortController();
        const grace = judged.verdict === 'failed' ? Math.min(pollMs, failedGraceMs) : actGraceMs;
        await Promise.race([acting, clock.sleep(grace, patience.signal)]);
        patience.abort();
      }
      if (ended === null) act.abort(run.signal.reason);
    }
    const actInterrupted = acting !== null && ended === null;
    await acting;
    if (judged === null) throw run.signal.reason;
    return { verdict: judged, state, act: actInterrupted ? null : ended, actInterrupted };
  } finally {
    run.signal.removeEventListener('abort', stop);
    over.abort();
    await Promise.all(running);
  }
}

function settled(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function asFailure(error: unknown): Failure {
  return error instanceof Failure
    ? error
    : new Failure('internal', error instanceof Error ? error.message : String(error), { cause: error });
}

function isRefusal(failure: Failure): boolean {
  return failure.code === 'token-rights' || failure.code === 'token-invalid';
}
