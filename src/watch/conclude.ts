import { type CauseCode, causeCodes, type FixContext } from '../causes.ts';
import {
  type Assessment,
  assess,
  awaitedMachines,
  deployIsOver,
  exitWords,
  machineName as name,
  supersededBy,
} from './assess.ts';
import { deadline } from './deadline.ts';
import { type Judgement, judge } from './judge.ts';
import { lastLines } from './recent-lines.ts';
import type { WatchState } from './state.ts';
import type { Evidence, Verdict, Warning } from './verdict.ts';

const shownLines = 50;

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
  if (failed && failed.judgement.verdict !== null) {
    return verdict(state, assessments, failed.assessment, failed.judgement);
  }

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
