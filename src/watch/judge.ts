import { type CauseCode, causeCodes, type FixContext } from '../causes.ts';
import {
  type Assessment,
  assess,
  type Death,
  exitWords,
  machineName as name,
  supersededBy,
} from './assess.ts';
import type { FeedName } from './facts.ts';
import { isDown } from './moments.ts';
import { lastLines } from './recent-lines.ts';
import type { MachineWatch, WatchState } from './state.ts';
import type { Evidence, Verdict, VerdictName, Warning } from './verdict.ts';

/** An exit whose reason the log may still bring: a page is read about once a second. */
const logLagMs = 1_500;
const logPatienceMs = 6_000;
/** Silence after a start that is worth a look inside. */
const silenceMs = 6_000;
const probePauseMs = 3_000;
/** How long an answer from inside is waited for before the log's word is taken. */
const probePatienceMs = 10_000;
/** The second of two lines (1.29 names each address on a line of its own) is there by then. */
const addressSettleMs = 1_000;
/** Discord's own restarts of the channel come after 5 s, 10 s and 20 s. */
const discordFailingMs = 15_000;
/** A machine that was told to start shows it by then. */
const startPatienceMs = 30_000;
/** The platform's own pauses: between an update and the start, and after a creation. */
const downPatienceMs = 3_000;
const createdPatienceMs = 10_000;
/** A gateway that cannot start has exited by then (lock: 5 to 10 s); longer than that nothing is learnt. */
const unseenMs = 45_000;
/** A log that no longer reaches back to the start of the boot will not bring its login any more. */
const lostLoginMs = 20_000;
const shownLines = 50;

interface Decided {
  readonly verdict: VerdictName;
  readonly cause: CauseCode;
  readonly evidence: Evidence | null;
  readonly death?: Death;
}

/** What one machine amounts to so far. */
type Judgement = Decided | { readonly verdict: null; readonly waits: string };

/** The verdict the evidence allows, or `null` when it allows none yet. Ask after every fact and every tick. */
export function verdictOf(state: WatchState, now: number): Verdict | null {
  const assessments = awaitedMachines(state).map((machine) => assess(state, machine));
  for (const assessment of assessments) {
    const { snapshot } = assessment.machine;
    const other = snapshot && supersededBy(state, snapshot);
    if (!other) continue;
    const text = `${name(snapshot)} runs release ${other}, which this run did not make`;
    return verdict(state, assessments, assessment, {
      verdict: 'failed',
      cause: 'superseded',
      evidence: { text, source: 'machine', at: snapshot.updatedAt },
    });
  }
  const judged = assessments.map((assessment) => ({ assessment, judgement: judge(state, assessment, now) }));
  const failed = judged.find(({ judgement }) => judgement.verdict === 'failed');
  if (failed && failed.judgement.verdict !== null)
    return verdict(state, assessments, failed.assessment, failed.judgement);

  const failedDeploy = deployFailure(state, assessments);
  if (failedDeploy) return verdict(state, assessments, assessments[0] ?? null, failedDeploy);

  const decided = judged.flatMap(({ assessment, judgement }) =>
    judgement.verdict === null ? [] : [{ assessment, judgement }],
  );
  if (judged.length > 0 && decided.length === judged.length && deployIsOver(state)) {
    const worst = decided.find(({ judgement }) => judgement.verdict === 'degraded') ?? decided[0];
    if (worst) return verdict(state, assessments, worst.assessment, worst.judgement);
  }
  const late = deadline(state, assessments, now);
  return late && verdict(state, assessments, late.assessment, late.judgement);
}

/**
 * Machines the verdict depends on. A deploy leaves machines without a release alone (`machine run`, flyctl
 * 0.4.87), so they are nobody's to await while another has one.
 */
function awaitedMachines(state: WatchState): readonly MachineWatch[] {
  const present = [...state.machines.values()].filter(
    (machine) => !machine.gone && (machine.snapshot !== null || machine.base !== null),
  );
  if (state.expectations.operation !== 'deploy') return present;
  const released = present.filter((machine) => (machine.snapshot ?? machine.base)?.releaseVersion !== null);
  return released.length > 0 ? released : present;
}

function deployIsOver({ expectations, deploy }: WatchState): boolean {
  return expectations.operation !== 'deploy' || deploy !== null;
}

/** flyctl failed before it changed anything: then nothing will come to be watched. */
function deployFailure(state: WatchState, assessments: readonly Assessment[]): Judgement | null {
  const { deploy } = state;
  if (deploy === null || deploy.ok) return null;
  // A reply that was asked for before flyctl's end may not show its last doing.
  if (!(state.machinesHeardAt > deploy.learntAt) && state.feeds.machines.brokenSince === null) return null;
  const untouched = assessments.length === 0 || assessments.some(({ openedAt }) => openedAt === null);
  if (!untouched) return null;
  const cause = causeCodes.find((code) => code === deploy.cause) ?? 'fly-api';
  return { verdict: 'failed', cause, evidence: { text: deploy.detail, source: 'deploy', at: null } };
}

function judge(state: WatchState, assessment: Assessment, now: number): Judgement {
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
  if (conclusive && listening === null) return failed(conclusive);
  const alike = deaths.filter((death) => death.mark === last.mark).length;
  const enough = last.boot.exitInferred ? 3 : 2;
  if (alike >= enough || deaths.length >= 3) {
    if (!logHasSpoken(state, last.boot.exitLearntAt, now))
      return { verdict: null, waits: 'the last words in the log' };
    const explained = conclusive ?? last;
    return failed(explained, explained.cause === 'exited' ? 'crash-loop' : explained.cause);
  }
  const endedLast = boots.at(-2) === last.boot && boot?.startAt === null;
  const state_ = machine.snapshot?.state ?? '';
  if (endedLast && isDown(state_)) {
    const forGood = last.boot.exit?.restarting === false && !last.boot.exitInferred;
    const patience = forGood ? 0 : startPatienceMs * 2;
    if (now - (machine.downSince ?? now) >= patience && logHasSpoken(state, last.boot.exitLearntAt, now))
      return failed(last);
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
  const patience = state.expectations.operation === 'verify' ? createdPatienceMs : startPatienceMs;
  const since = state.expectations.operation === 'verify' ? machine.downSince : startAsked?.at;
  if (since !== undefined && now - Math.max(since, machine.downSince) >= patience) {
    return failed(`${name(machine)} is ${shown}${startAsked === null ? '' : ' again after it was started'}`);
  }
  return { verdict: null, waits: `the start of ${name(machine)}, which is ${shown}` };
}

const refused = (state: WatchState, feed: FeedName) => state.feeds[feed].health === 'refused';
const broken = (state: WatchState, feed: FeedName) => state.feeds[feed].brokenSince !== null;

/** Nobody can look inside: the token may not, or the log is refused and looks keep failing. */
function blind(state: WatchState): boolean {
  return refused(state, 'logs') && (refused(state, 'probe') || broken(state, 'probe'));
}

function notListening(state: WatchState, assessment: Assessment, now: number): Judgement {
  const { machine, running, boot } = assessment;
  const started = boot?.startAt ?? null;
  if (running && boot !== null && blind(state) && state.expectations.url === undefined) {
    const since = Math.max(boot.learntAt, assessment.openedAt ?? boot.learntAt);
    if (
      now - since >= Math.max(unseenMs, state.expectations.stableForMs) &&
      machine.seenAt >= since + unseenMs
    )
      return unverified(assessment);
  }
  const what =
    started === null
      ? `the start of ${name(machine)}`
      : `the gateway's listening line (${since(assessment, now)})`;
  return { verdict: null, waits: what };
}

function since({ machine, boot, openedAt }: Assessment, now: number): string {
  const from = Math.max(boot?.learntAt ?? now, openedAt ?? now);
  return `${name(machine)}, started ${Math.max(0, Math.round((now - from) / 1000))} s ago`;
}

function unverified({ machine }: Assessment): Decided {
  const text = `${name(machine)} is started, and neither its log nor a look inside nor a URL could be read`;
  return { verdict: 'degraded', cause: 'unverified', evidence: { text, source: 'machine', at: null } };
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

function criticalCheck(machine: MachineWatch) {
  return machine.snapshot?.checks.find((check) => check.status === 'critical');
}

/** The boot began before this watch, and the log has forgotten its beginning. */
function loginIsLost(state: WatchState, { machine, boot, discord }: Assessment): boolean {
  if (state.expectations.operation !== 'verify' || discord.status !== 'awaited') return false;
  const earliest = state.lines.get(machine.id)?.earliestAt ?? Number.POSITIVE_INFINITY;
  return boot?.startAt === undefined || boot.startAt === null || earliest > boot.startAt + silenceMs;
}

/** The port is open, but perhaps not for Fly's proxy. `null`: nothing to say against it. */
function byReach(state: WatchState, assessment: Assessment, now: number): Judgement | null {
  const { reach, machine, listening: proof } = assessment;
  if (reach.to === 'open' || proof === null) return null;
  const age = now - proof.learntAt;
  const canAsk = !refused(state, 'probe') && assessment.running;
  if (reach.by !== 'probe' && (age < addressSettleMs || (canAsk && age < probePatienceMs))) {
    return { verdict: null, waits: `a look inside ${name(machine)}: on which address it listens` };
  }
  if (reach.to === 'closed' || reach.to === 'unsure') {
    // Without anybody to ask, a line that proves the port open is the best there is.
    if (reach.to === 'unsure' && proof.by === 'log' && !canAsk) return null;
    if (reach.to === 'unsure' && proof.by === 'probe') return null;
    return { verdict: null, waits: `an open port on ${name(machine)}` };
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

/** What a deadline that has passed makes of it. */
function deadline(
  state: WatchState,
  assessments: readonly Assessment[],
  now: number,
): {
  readonly assessment: Assessment | null;
  readonly judgement: Exclude<Judgement, { verdict: null }>;
} | null {
  const overall = now >= state.beganAt + state.expectations.timeoutMs;
  for (const assessment of assessments) {
    const judgement = machineDeadline(state, assessment, now, overall);
    if (judgement) return { assessment, judgement };
  }
  const { deploy, expectations } = state;
  const noMachine =
    assessments.length === 0 &&
    (overall || (deploy !== null && now >= deploy.learntAt + expectations.listenTimeoutMs));
  if (!noMachine && !overall) return null;
  const text = assessments.length === 0 ? 'no machine was seen' : 'the time allowed for everything is over';
  return { assessment: assessments[0] ?? null, judgement: timedOut(state, text) };
}

/** Late, and by whose fault: an API that does not answer is not the gateway's silence. */
function timedOut(state: WatchState, text: string): Decided {
  const { machines } = state.feeds;
  if (machines.brokenSince !== null) {
    const detail = `the state of the machines cannot be read: ${machines.detail}`;
    return { verdict: 'failed', cause: 'fly-api', evidence: { text: detail, source: 'machine', at: null } };
  }
  return { verdict: 'failed', cause: 'timeout', evidence: { text, source: 'deadline', at: null } };
}

function machineDeadline(
  state: WatchState,
  assessment: Assessment,
  now: number,
  overall: boolean,
): Decided | null {
  const { machine, openedAt, listening: proof, discord, refusal, deaths } = assessment;
  const { listenTimeoutMs, discordTimeoutMs, expectDiscord } = state.expectations;
  if (openedAt === null) {
    const from = state.deploy?.learntAt ?? (state.expectations.operation === 'deploy' ? null : state.beganAt);
    if (!overall && (from === null || now < from + listenTimeoutMs)) return null;
    const text = `the new version did not come to ${name(machine)}`;
    return timedOut(state, text);
  }
  const listenBy = Math.max(openedAt, machine.startAsked?.at ?? openedAt) + listenTimeoutMs;
  if (proof === null) {
    if (!overall && now < listenBy) return null;
    return notListeningAtLast(state, assessment, now);
  }
  const check = criticalCheck(machine);
  const unsettled =
    assessment.reach.to === 'closed' || assessment.reach.to === 'unsure' || check !== undefined;
  if (unsettled && (overall || now >= listenBy)) {
    const text = check
      ? `the health check ${check.name} of ${name(machine)} is critical: ${check.output}`
      : `the gateway on ${name(machine)} said that it listens, and nothing listens there`;
    return timedOut(state, text);
  }
  if (expectDiscord && discord.status !== 'confirmed') {
    const done = discord.status === 'claimed' && !broken(state, 'logs');
    const discordBy = Math.max(proof.learntAt, openedAt) + discordTimeoutMs;
    if ((overall || now >= discordBy) && !done) return noLoginAtLast(state, assessment);
  }
  if (!overall) return null;
  if (refusal?.conclusive && deaths.length > 0) {
    return { verdict: 'failed', cause: refusal.cause, evidence: refusal.evidence };
  }
  return state.feeds.machines.brokenSince !== null && assessment.reach.to === 'open'
    ? {
        verdict: 'degraded',
        cause: 'unverified',
        evidence: {
          text: `the gateway listens, but the state of ${name(machine)} can no longer be read`,
          source: 'machine',
          at: null,
        },
      }
    : timedOut(state, `${name(machine)} listens, and the time allowed for everything is over`);
}

function notListeningAtLast(state: WatchState, assessment: Assessment, now: number): Decided {
  const { machine, refusal, deaths, running, talks, boot } = assessment;
  if (refusal?.conclusive) return { verdict: 'failed', cause: refusal.cause, evidence: refusal.evidence };
  const death = deaths.at(-1);
  if (death) return { verdict: 'failed', cause: death.cause, evidence: death.evidence, death };
  const logsUnread = refused(state, 'logs') || broken(state, 'logs');
  const asked = machine.probed !== null && machine.probed.bootFrom === boot?.from;
  if (running && !asked && logsUnread && unprobed(state)) {
    return unverified(assessment);
  }
  if (running && !asked && !talks) {
    const text = `${name(machine)} is started, its log is read, and the gateway does not say that it listens`;
    return { verdict: 'failed', cause: 'silent', evidence: { text, source: 'deadline', at: null } };
  }
  if (refusal) return { verdict: 'failed', cause: 'timeout', evidence: refusal.evidence };
  const where = asked ? ', and a look inside finds nothing on its port' : '';
  return timedOut(
    state,
    `the gateway on ${name(machine)} did not listen in time${where} (${since(assessment, now)})`,
  );
}

const unprobed = (state: WatchState) => refused(state, 'probe') || broken(state, 'probe');

function noLoginAtLast(state: WatchState, assessment: Assessment): Decided {
  const { machine, discord } = assessment;
  if (discord.status === 'failing') {
    return { verdict: 'failed', cause: discord.cause ?? 'discord-timeout', evidence: discord.evidence };
  }
  if (refused(state, 'logs') || broken(state, 'logs') || loginIsLost(state, assessment)) {
    const text = `the gateway on ${name(machine)} listens, but its log cannot be read: nothing shows its Discord login`;
    return { verdict: 'degraded', cause: 'unverified', evidence: { text, source: 'deadline', at: null } };
  }
  const text = `the gateway on ${name(machine)} listens, but does not say that it logged in to Discord`;
  const evidence = discord.evidence ?? { text, source: 'deadline' as const, at: null };
  return { verdict: 'failed', cause: 'discord-timeout', evidence };
}

/** What is awaited, for the heartbeat line, e.g. `the gateway's listening line (machine 148e…, started 12 s ago)`. */
export function awaited(state: WatchState, now: number): string {
  const assessments = awaitedMachines(state).map((machine) => assess(state, machine));
  for (const assessment of assessments) {
    const judgement = judge(state, assessment, now);
    if (judgement.verdict === null) return judgement.waits;
  }
  if (!deployIsOver(state)) return 'the end of the deploy';
  return assessments.length === 0 ? 'a machine' : 'the last look at the machines';
}

/** Machines where logs cannot decide and a probe is due now. Empty while the probe feed is refused. */
export function probesWanted(state: WatchState, now: number): readonly string[] {
  if (refused(state, 'probe')) return [];
  return awaitedMachines(state)
    .map((machine) => assess(state, machine))
    .filter((assessment) => assessment.running && wantsProbe(state, assessment, now))
    .map(({ machine }) => machine.id);
}

function wantsProbe(state: WatchState, assessment: Assessment, now: number): boolean {
  const { machine, boot, listening: proof, reach, discord, openedAt } = assessment;
  if (boot === null || openedAt === null) return false;
  const probed = machine.probed?.bootFrom === boot.from ? machine.probed : null;
  if (probed && now - probed.learntAt < probePauseMs) return false;
  const logsUnread = refused(state, 'logs') || broken(state, 'logs');
  if (proof === null) return logsUnread || now - Math.max(boot.learntAt, openedAt) >= silenceMs;
  if (reach.to !== 'open' && reach.by !== 'url') {
    const answered = probed !== null && reach.by === 'probe' && probed.learntAt >= proof.learntAt;
    if (!answered || reach.to === 'closed' || reach.to === 'unsure') return true;
  }
  if (discord.status === 'awaited' || discord.status === 'failing') {
    // Readiness names failing channels, and after two minutes also vouches for those that do not fail.
    return now - proof.learntAt >= silenceMs && (probed === null || now - probed.learntAt >= probePatienceMs);
  }
  return false;
}

/** The public URL should be asked now: neither logs nor probes can tell. */
export function urlWanted(state: WatchState, now: number): boolean {
  if (state.expectations.url === undefined) return false;
  const assessments = awaitedMachines(state).map((machine) => assess(state, machine));
  const [assessment, ...others] = assessments;
  if (!assessment?.running || others.length > 0 || assessment.boot === null) return false;
  const { listening: proof, reach, boot, openedAt } = assessment;
  if (!unprobed(state)) return false;
  if (proof !== null) return reach.to !== 'open';
  const logsUnread = refused(state, 'logs') || broken(state, 'logs');
  return logsUnread || now - Math.max(boot.learntAt, openedAt ?? boot.learntAt) >= silenceMs;
}

/** Machines that have the new version but stay down, each named until a `start-asked` fact says it was started. */
export function machinesToStart(state: WatchState, now: number): readonly string[] {
  if (state.expectations.operation === 'verify' || !deployIsOver(state)) return [];
  return awaitedMachines(state)
    .map((machine) => assess(state, machine))
    .filter(({ machine, openedAt, deaths }) => {
      const shown = machine.snapshot?.state ?? '';
      if (openedAt === null || deaths.length > 0 || machine.startAsked !== null || machine.downSince === null)
        return false;
      if (!/^(?:stopped|suspended|created)$/.test(shown)) return false;
      return now - machine.downSince >= (shown === 'created' ? createdPatienceMs : downPatienceMs);
    })
    .map(({ machine }) => machine.id);
}

function verdict(
  state: WatchState,
  assessments: readonly Assessment[],
  assessment: Assessment | null,
  judgement: Judgement,
): Verdict | null {
  if (judgement.verdict === null) return null;
  const { seen, notSeen } = account(state, assessment);
  const suspected = judgement.cause === 'discord-timeout' ? (assessment?.discordSuspicion ?? null) : null;
  const machine = assessment?.machine ?? null;
  const boot = assessment?.boot ?? null;
  const proof = assessment?.listening ?? null;
  const discord = assessment?.discord;
  const failed = judgement.verdict === 'failed';
  const start = boot?.startAt ?? null;
  const after = (evidence: Evidence | null | undefined, learntAt: number): number => {
    const platform = start !== null && evidence?.at ? evidence.at - start : null;
    return Math.max(
      0,
      platform ?? learntAt - Math.max(boot?.learntAt ?? learntAt, assessment?.openedAt ?? learntAt),
    );
  };
  const dead = judgement.death !== undefined || (assessment !== null && !assessment.running);
  return {
    verdict: judgement.verdict,
    cause: judgement.cause,
    machineId: machine?.id ?? null,
    evidence: judgement.evidence,
    context: context(state, assessment, judgement),
    suspected,
    listening: assessment?.everListened ?? false,
    reachable: reachable(assessment, judgement.cause, dead),
    discord: discord?.state ?? (state.expectations.expectDiscord ? 'unknown' : 'not-configured'),
    listeningAfterMs: proof === null ? null : after(proof.evidence, proof.learntAt),
    discordAfterMs:
      discord?.state === 'logged-in' && discord.evidence !== null
        ? after(discord.evidence, discord.since)
        : null,
    warnings: warnings(state, assessments, judgement),
    seen,
    notSeen,
    lastLines:
      machine === null
        ? []
        : lastLines(
            state.lines.get(machine.id),
            failed ? (assessment?.boots[0]?.from ?? Number.NEGATIVE_INFINITY) : (boot?.from ?? 0),
            shownLines,
          ),
    machineState: machine?.snapshot?.state ?? null,
  };
}

function reachable(assessment: Assessment | null, cause: CauseCode, dead: boolean): boolean | null {
  if (assessment === null) return null;
  if (dead || cause === 'bind-loopback' || cause === 'port-mismatch') return false;
  if (assessment.listening === null) return null;
  return assessment.reach.to === 'open' ? true : null;
}

function context(state: WatchState, assessment: Assessment | null, judgement: Judgement): FixContext {
  const { expectations } = state;
  const snapshot = assessment?.machine.snapshot ?? assessment?.machine.base ?? null;
  const death = judgement.verdict === null ? undefined : judgement.death;
  return {
    app: expectations.app,
    machineId: assessment?.machine.id,
    region: snapshot?.region ?? expectations.region,
    org: expectations.org,
    memoryMb: snapshot?.memoryMb ?? undefined,
    gatewayPort: assessment?.reach.port ?? expectations.gatewayPort ?? undefined,
    internalPort: expectations.internalPort ?? undefined,
    stateDir: expectations.stateDir,
    url: expectations.url,
    version: expectations.version,
    evidence: judgement.verdict === null ? undefined : judgement.evidence?.text,
    exitCode: death?.boot.exit?.exitCode,
  };
}

function warnings(
  state: WatchState,
  assessments: readonly Assessment[],
  judgement: Judgement,
): readonly Warning[] {
  const all: Warning[] = [];
  const said = judgement.verdict === null ? undefined : judgement.evidence?.text;
  for (const { machine, degraded, notices, deaths } of assessments) {
    for (const { signature, text } of [...degraded, ...notices]) {
      const known = all.some(
        (warning) => warning.cause === signature.cause && warning.machineId === machine.id,
      );
      if (signature.cause === null || known || text === said) continue;
      const decided = judgement.verdict !== null && judgement.cause === signature.cause;
      if (!decided) all.push({ cause: signature.cause, machineId: machine.id, text });
    }
    if (judgement.verdict !== 'failed') {
      for (const death of deaths) {
        all.push({ cause: death.cause, machineId: machine.id, text: `before that: ${death.evidence.text}` });
      }
    }
  }
  const mounts = assessments.flatMap(({ machine }) =>
    (machine.snapshot?.volumes ?? []).map((volume) => ({ machine: machine.id, volume: volume.name })),
  );
  const shared = mounts.find(({ machine, volume }) =>
    mounts.some((other) => other.volume === volume && other.machine !== machine),
  );
  if (shared) {
    const text = `more than one machine mounts a volume named ${shared.volume}: each gateway has a state of its own, and all use the same bot token`;
    all.push({ cause: 'config-lint', machineId: null, text });
  }
  const { deploy } = state;
  if (deploy !== null && !deploy.ok && judgement.verdict !== 'failed') {
    const cause = causeCodes.find((code) => code === deploy.cause) ?? 'fly-api';
    all.push({ cause, machineId: null, text: `flyctl did not end well: ${deploy.detail}` });
  }
  return all;
}

/** What was and what was not seen, for people who have to find out why. */
function account(
  state: WatchState,
  assessment: Assessment | null,
): { readonly seen: readonly string[]; readonly notSeen: readonly string[] } {
  const seen: string[] = [];
  const notSeen: string[] = [];
  const say = (was: boolean, text: string) => (was ? seen : notSeen).push(text);
  for (const feed of ['machines', 'logs', 'probe'] as const) {
    const { brokenSince, detail } = state.feeds[feed];
    if (brokenSince !== null) notSeen.push(`${feedWords[feed]}: ${detail}`);
  }
  if (assessment === null) {
    notSeen.push('a machine');
    return { seen, notSeen };
  }
  const { machine, openedAt, boot, listening: proof, reach, discord, deaths } = assessment;
  const shown = machine.snapshot ?? machine.base;
  if (shown) seen.push(`${name(machine)} in state ${shown.state}`);
  say(openedAt !== null, `the boot that is awaited on ${name(machine)}`);
  if (openedAt === null) return { seen, notSeen };
  for (const death of deaths) seen.push(`an end with ${exitWords(death.boot)}`);
  say(boot?.startAt !== null && boot?.startAt !== undefined, 'the start of the machine');
  say(
    proof !== null,
    proof === null ? 'a sign that the gateway listens' : `listening: ${proof.evidence.text}`,
  );
  if (proof !== null && reach.to !== 'open') notSeen.push('a way from the proxy to the gateway');
  if (discord.status !== 'not-expected') {
    const was = discord.status === 'claimed' || discord.status === 'confirmed';
    say(was, was ? `Discord: ${discord.evidence?.text ?? 'logged in'}` : 'a Discord login');
    if (!was && discord.evidence) seen.push(`Discord: ${discord.evidence.text}`);
  }
  return { seen, notSeen };
}

const feedWords = {
  machines: 'the state of the machines',
  logs: 'the log',
  probe: 'an answer from inside the machine',
} as const;
