import type { CauseCode } from '../causes.ts';
import type { Assessment } from './assess.ts';
import { type Death, exitWords, rank } from './death.ts';
import { refused, unprobed } from './feeds.ts';
import { isDown } from './moments.ts';
import { type MachineWatch, machineName as name, type WatchState } from './state.ts';
import type { Evidence, VerdictName } from './verdict.ts';

/** An exit whose reason the log may still bring: a page is read about once a second. */
const logLagMs = 1_500;
const logPatienceMs = 6_000;
/** The first line of a gateway comes that soon after its start (23 s for a cold 1.29, whose log has it all). */
const silenceMs = 6_000;
/** How long an answer from inside is waited for before the log's word is taken. */
const probePatienceMs = 10_000;
/** The second of two lines (1.29 names each address on a line of its own) is there by then. */
const addressSettleMs = 1_000;
/** Discord's own restarts of the channel come after 5 s, 10 s and 20 s. */
const discordFailingMs = 15_000;
/** A machine that was told to start shows it by then. */
const startPatienceMs = 30_000;
/** Fly's pauses between restarts grow, but not beyond this for the first few. */
const restartPatienceMs = 60_000;
/** Between two boots of its own a machine may be down for that long before verify calls it down. */
const downPatienceMs = 10_000;
/** A gateway that cannot start has exited by then (lock: 5 to 10 s); longer than that nothing is learnt. */
const unseenMs = 45_000;
/** A log that no longer reaches back to the start of the boot will not bring its login any more. */
const lostLoginMs = 20_000;

/** What decides about a machine. */
export interface Decided {
  readonly verdict: VerdictName;
  readonly cause: CauseCode;
  readonly evidence: Evidence | null;
  readonly death?: Death;
}

/** What one machine amounts to so far. */
export type Judgement = Decided | { readonly verdict: null; readonly waits: string };

/** Everything about one machine but deadlines: decided as soon as the evidence allows, and never earlier. */
export function judge(state: WatchState, assessment: Assessment, now: number): Judgement {
  const { machine, openedAt, boot } = assessment;
  if (openedAt === null || boot === null)
    return { verdict: null, waits: `the new version on ${name(machine)}` };
  return (
    byDeath(state, assessment, now) ??
    byState(state, assessment, now) ??
    (assessment.listening === null ? notListening(state, assessment, now) : listening(state, assessment, now))
  );
}

/** The log has had its time to explain what was learnt at `since`. */
function logHasSpoken(state: WatchState, since: number, now: number): boolean {
  const { logs } = state.feeds;
  return logs.health === 'refused' || logs.heardAt >= since + logLagMs || now >= since + logPatienceMs;
}

function byDeath(state: WatchState, assessment: Assessment, now: number): Judgement | null {
  const { machine, deaths, boots, boot, listening } = assessment;
  const last = deaths.at(-1);
  if (!last) return null;
  const failed = (death: Death, cause = death.cause): Judgement => ({
    verdict: 'failed',
    cause,
    evidence: death.evidence,
    death,
  });
  // One boot that failed and another that listens: the second decides, if it stays up.
  const conclusive = deaths.findLast((death) => death.conclusive);
  if (conclusive && listening === null) {
    const heard = !conclusive.reasonFollows || logHasSpoken(state, conclusive.boot.exitLearntAt, now);
    return heard ? failed(conclusive) : { verdict: null, waits: 'the last words in the log' };
  }
  const alike = deaths.filter((death) => death.mark === last.mark).length;
  const enough = last.boot.exitInferred ? 3 : 2;
  if (alike >= enough || deaths.length >= 3) {
    if (!logHasSpoken(state, last.boot.exitLearntAt, now))
      return { verdict: null, waits: 'the last words in the log' };
    const explained = conclusive ?? last;
    return failed(explained, explained.cause === 'exited' ? 'crash-loop' : explained.cause);
  }
  const endedLast = boots.at(-2) === last.boot && boot?.startAt === null;
  if (endedLast && isDown(machine.snapshot?.state ?? '')) {
    const forGood = last.boot.exit?.restarting === false && !last.boot.exitInferred;
    const patience = forGood ? 0 : restartPatienceMs;
    if (now - (machine.downSince ?? now) >= patience && logHasSpoken(state, last.boot.exitLearntAt, now)) {
      return failed(last);
    }
    return {
      verdict: null,
      waits: `the restart of ${name(machine)}, which ended with ${exitWords(last.boot)}`,
    };
  }
  return null;
}

/** Machines that are down although nothing in them died. */
function byState(state: WatchState, assessment: Assessment, now: number): Judgement | null {
  const { machine, deaths } = assessment;
  const shown = machine.snapshot?.state ?? '';
  if (!isDown(shown) || machine.downSince === null || deaths.length > 0) return null;
  const failed = (text: string): Decided => ({
    verdict: 'failed',
    cause: 'timeout',
    evidence: { text, source: 'machine', at: machine.snapshot?.updatedAt ?? null },
  });
  if (/^(?:failed|destroyed)$/.test(shown)) {
    if (!logHasSpoken(state, machine.downSince, now))
      return { verdict: null, waits: 'the last words in the log' };
    return { ...failed(`${name(machine)} is ${shown}`), cause: 'exited' };
  }
  const { startAsked } = machine;
  if (startAsked !== null && !startAsked.ok) {
    return failed(`${name(machine)} is ${shown} and could not be started: ${startAsked.detail}`);
  }
  const verify = state.expectations.operation === 'verify';
  const from = verify ? machine.downSince : startAsked?.at;
  const patience = verify ? downPatienceMs : startPatienceMs;
  if (from !== undefined && now - Math.max(from, machine.downSince) >= patience) {
    return failed(`${name(machine)} is ${shown}${startAsked === null ? '' : ' again after it was started'}`);
  }
  return { verdict: null, waits: `the start of ${name(machine)}, which is ${shown}` };
}

/** Nobody can look inside: the token may not, or the log is refused and looks keep failing. */
function blind(state: WatchState): boolean {
  return refused(state, 'logs') && unprobed(state);
}

function notListening(state: WatchState, assessment: Assessment, now: number): Judgement {
  const { machine, running, boot } = assessment;
  const started = boot?.startAt ?? null;
  if (running && boot !== null && blind(state) && state.expectations.url === undefined) {
    const from = Math.max(boot.learntAt, assessment.openedAt ?? boot.learntAt);
    const until = from + Math.max(unseenMs, state.expectations.stableForMs);
    if (now >= until && machine.seenAt >= until) return unverified(assessment);
  }
  const what =
    started === null
      ? `the start of ${name(machine)}`
      : `the gateway's listening line (${since(assessment, now)})`;
  return { verdict: null, waits: what };
}

function listening(state: WatchState, assessment: Assessment, now: number): Judgement {
  const { machine, boot, reach, discord, degraded } = assessment;
  const { expectations } = state;
  const proof = assessment.listening;
  if (proof === null || boot === null) return { verdict: null, waits: 'the gateway' };

  const unreachable = byReach(state, assessment, now);
  if (unreachable) return unreachable;

  if (discord.status === 'off') {
    return { verdict: 'failed', cause: discord.cause ?? 'discord-timeout', evidence: discord.evidence };
  }
  if (discord.status === 'failing' && now - discord.since >= discordFailingMs) {
    return { verdict: 'failed', cause: discord.cause ?? 'discord-timeout', evidence: discord.evidence };
  }

  const stableAt = Math.max(proof.learntAt, boot.learntAt) + expectations.stableForMs;
  if (now < stableAt || machine.seenAt < stableAt) {
    const left = Math.max(0, Math.ceil((stableAt - now) / 1000));
    return { verdict: null, waits: `the gateway to stay up (${name(machine)}, ${left} s to go)` };
  }
  if (!assessment.running) return { verdict: null, waits: `${name(machine)} to be started` };
  const check = criticalCheck(machine);
  if (check && reach.by !== 'url') return { verdict: null, waits: `the health check ${check.name} to pass` };

  if (expectations.expectDiscord && discord.status !== 'confirmed') {
    const settled =
      discord.status === 'claimed' &&
      now - discord.since >= discord.settleMs &&
      (refused(state, 'logs') ||
        state.feeds.logs.heardAt === Number.NEGATIVE_INFINITY ||
        state.feeds.logs.heardAt >= discord.since + discord.settleMs);
    if (!settled) {
      if (loginIsLost(state, assessment) && now - stableAt >= lostLoginMs) {
        const text = `the log of ${name(machine)} no longer reaches back to the Discord login`;
        return { verdict: 'degraded', cause: 'unverified', evidence: { text, source: 'log', at: null } };
      }
      const what = discord.status === 'claimed' ? 'the Discord login to last' : 'the Discord login';
      return { verdict: null, waits: `${what} (${name(machine)})` };
    }
  }
  const finding = degraded.toSorted(
    (a, b) => severity(a.signature.cause) - severity(b.signature.cause) || rank(a) - rank(b) || a.at - b.at,
  )[0];
  if (finding?.signature.cause) {
    return {
      verdict: 'degraded',
      cause: finding.signature.cause,
      evidence: { text: finding.text, source: 'log', at: finding.at },
    };
  }
  const evidence = expectations.expectDiscord ? (discord.evidence ?? proof.evidence) : proof.evidence;
  return { verdict: 'healthy', cause: 'healthy', evidence };
}

/** What the operator must hear of first. */
const severities: readonly CauseCode[] = [
  'restart-breaker',
  'state-full',
  'state-unwritable',
  'auth-missing',
  'state-newer',
  'migrations-failed',
  'model-key-missing',
];
const severity = (cause: CauseCode | null) =>
  cause === null || !severities.includes(cause) ? severities.length : severities.indexOf(cause);

/** The port is open, but perhaps not for Fly's proxy. `null`: nothing to say against it. */
function byReach(state: WatchState, assessment: Assessment, now: number): Judgement | null {
  const { reach, machine, listening: proof } = assessment;
  if (reach.to === 'open' || proof === null) return null;
  const age = now - proof.learntAt;
  const canAsk = !refused(state, 'probe') && assessment.running;
  if (reach.by !== 'probe' && (age < addressSettleMs || (canAsk && age < probePatienceMs))) {
    return { verdict: null, waits: `a look inside ${name(machine)}: on which address it listens` };
  }
  if (reach.to === 'closed') return { verdict: null, waits: `an open port on ${name(machine)}` };
  if (reach.to === 'unsure') {
    if (canAsk && reach.by !== 'probe' && !unprobed(state)) {
      return { verdict: null, waits: `a look inside ${name(machine)}: on which address it listens` };
    }
    const text = `${name(machine)} listens, and nothing says whether on an address that can be reached`;
    return { verdict: 'degraded', cause: 'unverified', evidence: { text, source: proof.by, at: null } };
  }
  const { internalPort } = state.expectations;
  if (reach.to === 'loopback') {
    const text = `on port ${reach.port ?? internalPort} of ${name(machine)} something listens on loopback only`;
    const evidence: Evidence = reach.by === 'probe' ? { text, source: 'probe', at: null } : proof.evidence;
    return { verdict: 'failed', cause: 'bind-loopback', evidence };
  }
  const text = `the gateway on ${name(machine)} listens on port ${reach.port}, internal_port is ${internalPort}`;
  const evidence: Evidence =
    reach.by === 'log'
      ? proof.evidence
      : { text, source: reach.by === 'probe' ? 'probe' : 'machine', at: null };
  return { verdict: 'failed', cause: 'port-mismatch', evidence };
}

/** `machine 148e…, started 12 s ago`, by the runner's clock. */
export function since({ machine, boot, openedAt }: Assessment, now: number): string {
  const from = Math.max(boot?.learntAt ?? now, openedAt ?? now);
  return `${name(machine)}, started ${Math.max(0, Math.round((now - from) / 1000))} s ago`;
}

/** It runs, and that is all anybody can say. */
export function unverified({ machine }: Assessment): Decided {
  const text = `${name(machine)} is started, and neither its log nor a look inside nor a URL could be read`;
  return { verdict: 'degraded', cause: 'unverified', evidence: { text, source: 'machine', at: null } };
}

/** A check of Fly's own that does not pass: its proxy sends nothing to such a machine. */
export function criticalCheck(machine: MachineWatch) {
  return machine.snapshot?.checks.find((check) => check.status === 'critical');
}

/** The boot began before this watch, and the log has forgotten its beginning. */
export function loginIsLost(state: WatchState, { machine, boot, discord }: Assessment): boolean {
  if (state.expectations.operation !== 'verify' || discord.status !== 'awaited') return false;
  const earliest = state.lines.get(machine.id)?.earliestAt ?? Number.POSITIVE_INFINITY;
  return boot?.startAt === undefined || boot.startAt === null || earliest > boot.startAt + silenceMs;
}
