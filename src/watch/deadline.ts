import type { Assessment } from './assess.ts';
import { broken, unprobed, unread } from './feeds.ts';
import { criticalCheck, type Decided, loginIsLost, since, unverified } from './judge.ts';
import { machineName as name, type WatchState } from './state.ts';

/** What a deadline that has passed makes of it. */
export function deadline(
  state: WatchState,
  assessments: readonly Assessment[],
  now: number,
): { readonly assessment: Assessment | null; readonly decided: Decided } | null {
  const overall = now >= state.beganAt + state.expectations.timeoutMs;
  for (const assessment of assessments) {
    const decided = machineDeadline(state, assessment, now, overall);
    if (decided) return { assessment, decided };
  }
  const { deploy, expectations } = state;
  const noMachine =
    assessments.length === 0 &&
    (overall || (deploy !== null && now >= deploy.learntAt + expectations.listenTimeoutMs));
  if (!noMachine && !overall) return null;
  const text = assessments.length === 0 ? 'no machine was seen' : 'the time allowed for everything is over';
  return { assessment: assessments[0] ?? null, decided: timedOut(state, text) };
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
  if ((assessment.reach.to === 'closed' || check) && (overall || now >= listenBy)) {
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
  const asked = machine.probed !== null && machine.probed.bootFrom === boot?.from;
  if (running && !asked && unread(state) && unprobed(state)) return unverified(assessment);
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

function noLoginAtLast(state: WatchState, assessment: Assessment): Decided {
  const { machine, discord } = assessment;
  if (discord.status === 'failing') {
    return { verdict: 'failed', cause: discord.cause ?? 'discord-timeout', evidence: discord.evidence };
  }
  if (unread(state) || loginIsLost(state, assessment)) {
    const text = `the gateway on ${name(machine)} listens, but its log cannot be read: nothing shows its Discord login`;
    return { verdict: 'degraded', cause: 'unverified', evidence: { text, source: 'deadline', at: null } };
  }
  const text = `the gateway on ${name(machine)} listens, but does not say that it logged in to Discord`;
  const evidence = discord.evidence ?? { text, source: 'deadline' as const, at: null };
  return { verdict: 'failed', cause: 'discord-timeout', evidence };
}
