import { type CauseCode, causeCodes, type FixContext } from '../causes.ts';
import { type Assessment, assess, awaitedMachines, deployIsOver, supersededBy } from './assess.ts';
import { deadline } from './deadline.ts';
import { exitWords } from './death.ts';
import { type Decided, judge } from './judge.ts';
import { lastLines } from './recent-lines.ts';
import { machineName as name, type WatchState } from './state.ts';
import type { Evidence, Verdict, Warning } from './verdict.ts';

const shownLines = 50;

/** A machine and what has been decided about it. */
interface Decision {
  readonly assessment: Assessment | null;
  readonly decided: Decided;
}

/** The verdict the evidence allows, or `null` when it allows none yet. Ask after every fact and every tick. */
export function verdictOf(state: WatchState, now: number): Verdict | null {
  const assessments = awaitedMachines(state).map((machine) => assess(state, machine));
  const decision =
    superseded(state, assessments) ??
    worst(state, assessments, now) ??
    deployFailure(state, assessments) ??
    deadline(state, assessments, now);
  return decision && verdict(state, assessments, decision);
}

function superseded(state: WatchState, assessments: readonly Assessment[]): Decision | null {
  for (const assessment of assessments) {
    const { snapshot } = assessment.machine;
    const other = snapshot && supersededBy(state, snapshot);
    if (!other) continue;
    const text = `${name(snapshot)} runs release ${other}, which this run did not make`;
    const evidence: Evidence = { text, source: 'machine', at: snapshot.updatedAt };
    return { assessment, decided: { verdict: 'failed', cause: 'superseded', evidence } };
  }
  return null;
}

/** One failure is enough; for anything better every machine must have come to its end, and flyctl too. */
function worst(state: WatchState, assessments: readonly Assessment[], now: number): Decision | null {
  const decisions = assessments.flatMap((assessment): readonly Decision[] => {
    const decided = judge(state, assessment, now);
    return decided.verdict === null ? [] : [{ assessment, decided }];
  });
  const failed = decisions.find(({ decided }) => decided.verdict === 'failed');
  if (failed) return failed;
  if (decisions.length < assessments.length || !deployIsOver(state)) return null;
  return decisions.find(({ decided }) => decided.verdict === 'degraded') ?? decisions[0] ?? null;
}

/** flyctl failed before it changed a machine: then nothing will come to be watched there. */
function deployFailure(state: WatchState, assessments: readonly Assessment[]): Decision | null {
  const { deploy } = state;
  if (deploy === null || deploy.ok) return null;
  // A reply that was asked for before flyctl's end may not show its last doing.
  if (state.machinesHeardAt <= deploy.learntAt && state.feeds.machines.brokenSince === null) return null;
  const untouched = assessments.find(({ openedAt }) => openedAt === null) ?? null;
  if (untouched === null && assessments.length > 0) return null;
  const cause = causeCodes.find((code) => code === deploy.cause) ?? 'fly-api';
  const evidence: Evidence = { text: deploy.detail, source: 'deploy', at: null };
  return { assessment: untouched, decided: { verdict: 'failed', cause, evidence } };
}

function verdict(
  state: WatchState,
  assessments: readonly Assessment[],
  { assessment, decided }: Decision,
): Verdict {
  const { seen, notSeen } = account(state, assessment);
  const machine = assessment?.machine ?? null;
  const boot = assessment?.boot ?? null;
  const proof = assessment?.listening ?? null;
  const discord = assessment?.discord;
  const dead = decided.death !== undefined || (assessment !== null && !assessment.running);
  const after = (evidence: Evidence, learntAt: number): number => {
    const start = boot?.startAt ?? null;
    const byPlatform = start !== null && evidence.at !== null ? evidence.at - start : null;
    const begun = Math.max(boot?.learntAt ?? learntAt, assessment?.openedAt ?? learntAt);
    return Math.max(0, byPlatform ?? learntAt - begun);
  };
  return {
    verdict: decided.verdict,
    cause: decided.cause,
    machineId: machine?.id ?? null,
    evidence: decided.evidence,
    context: context(state, assessment, decided),
    suspected: decided.cause === 'discord-timeout' ? (assessment?.discordSuspicion ?? null) : null,
    listening: assessment?.everListened ?? false,
    reachable: reachable(assessment, decided.cause, dead),
    discord: discord?.state ?? (state.expectations.expectDiscord ? 'unknown' : 'not-configured'),
    listeningAfterMs: proof === null ? null : after(proof.evidence, proof.learntAt),
    discordAfterMs:
      discord?.state === 'logged-in' && discord.evidence !== null
        ? after(discord.evidence, discord.since)
        : null,
    warnings: warnings(state, assessments, decided),
    seen,
    notSeen,
    lastLines:
      machine === null
        ? []
        : lastLines(
            state.lines.get(machine.id),
            decided.verdict === 'failed'
              ? (assessment?.boots[0]?.from ?? Number.NEGATIVE_INFINITY)
              : (boot?.from ?? 0),
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

function context(state: WatchState, assessment: Assessment | null, decided: Decided): FixContext {
  const { expectations } = state;
  const snapshot = assessment?.machine.snapshot ?? assessment?.machine.base ?? null;
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
    evidence: decided.evidence?.text,
    exitCode: decided.death?.boot.exit?.exitCode,
    up:
      decided.verdict !== 'failed' ||
      (decided.death === undefined && assessment?.running === true && !startRefusals.has(decided.cause)),
    unread: state.feeds.logs.health === 'refused',
  };
}

/** With these the gateway does not stay, even where its exit has not been seen yet. */
const startRefusals: ReadonlySet<CauseCode> = new Set(['config-invalid', 'migrations-failed']);

function warnings(
  state: WatchState,
  assessments: readonly Assessment[],
  decided: Decided,
): readonly Warning[] {
  const all: Warning[] = [];
  for (const { machine, degraded, notices, deaths } of assessments) {
    for (const { signature, text } of [...degraded, ...notices]) {
      const known = all.some(
        (warning) => warning.cause === signature.cause && warning.machineId === machine.id,
      );
      const told = signature.cause === decided.cause || text === decided.evidence?.text;
      if (signature.cause !== null && !known && !told)
        all.push({ cause: signature.cause, machineId: machine.id, text });
    }
    if (decided.verdict !== 'failed') {
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
  if (deploy !== null && !deploy.ok && decided.verdict !== 'failed') {
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
