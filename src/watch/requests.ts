import { type Assessment, assess, awaitedMachines, deployIsOver } from './assess.ts';
import { refused, unprobed, unread } from './feeds.ts';
import { judge } from './judge.ts';
import type { WatchState } from './state.ts';

/** Silence after a start that is worth a look inside. */
const silenceMs = 6_000;
const probePauseMs = 3_000;
/** Readiness changes slowly; each look costs two commands in the machine. */
const readinessPauseMs = 10_000;
/** The platform's own pauses before a start: after an update, and after a creation. */
const downPatienceMs = 3_000;
const createdPatienceMs = 10_000;

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

/**
 * Milliseconds until a look may be the last that is needed, since what it finds up has been up, or logged in, for long
 * enough then; `Infinity` where nothing comes of age.
 */
export function lastLookIn(state: WatchState, now: number): number {
  const ages = awaitedMachines(state).flatMap((machine) => {
    const { boot, listening: proof, discord } = assess(state, machine);
    if (boot === null || proof === null) return [];
    const stableAt = Math.max(proof.learntAt, boot.learntAt) + state.expectations.stableForMs;
    return discord.status === 'claimed' ? [stableAt, discord.since + discord.settleMs] : [stableAt];
  });
  return Math.min(...ages.map((at) => at - now).filter((left) => left > 0));
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
  const logsUnread = unread(state);
  if (proof === null) return logsUnread || now - Math.max(boot.learntAt, openedAt) >= silenceMs;
  if (reach.to !== 'open' && reach.by !== 'url') {
    const answered = probed !== null && reach.by === 'probe' && probed.learntAt >= proof.learntAt;
    if (!answered || reach.to === 'closed' || reach.to === 'unsure') return true;
  }
  if (discord.status === 'awaited' || discord.status === 'failing') {
    // Readiness names failing channels, and after two minutes also vouches for those that do not fail.
    return (
      now - proof.learntAt >= silenceMs && (probed === null || now - probed.learntAt >= readinessPauseMs)
    );
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
  const logsUnread = unread(state);
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
