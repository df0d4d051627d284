import type { CauseCode } from '../causes.ts';
import { type Death, deathOf, type Refusal, refusalOf } from './death.ts';
import { type Discord, discordOf, suspicionOf } from './discord.ts';
import type { MachineSnapshot } from './facts.ts';
import { findingsOf, type Noted } from './findings.ts';
import { type Boot, bootsFrom, type Moment } from './moments.ts';
import { type Listening, listeningInLog, listeningOf, type Reach } from './reach.ts';
import { withoutRecovered, wordsOf } from './spoken.ts';
import type { Anchor, MachineWatch, WatchState } from './state.ts';

/**
 * A machine as the evidence shows it: which boots count, what was said in them, what listens where. Nothing
 * here waits for anything; judge.ts does.
 */
export interface Assessment {
  readonly machine: MachineWatch;
  /** `null`: the boot that is awaited has not begun. */
  readonly openedAt: number | null;
  readonly boots: readonly Boot[];
  /** The last of them: runs, or is about to. */
  readonly boot: Boot | null;
  /** Boots that ended without anybody asking for it. */
  readonly deaths: readonly Death[];
  /** By its last snapshot the machine is started and in a boot of its own. */
  readonly running: boolean;
  readonly listening: Listening | null;
  /** Some awaited boot had its port open. */
  readonly everListened: boolean;
  readonly reach: Reach;
  readonly discord: Discord;
  /** Why nothing is heard of Discord, as far as silence can tell. */
  readonly discordSuspicion: CauseCode | null;
  readonly refusal: Refusal | null;
  readonly degraded: readonly Noted[];
  readonly notices: readonly Noted[];
  /** The boot prints its start, so what it does not print means something. */
  readonly talks: boolean;
}

/** All that an assessment is made from, beside the machine itself. */
type Ground = Pick<WatchState, 'expectations' | 'ourRelease' | 'url' | 'machines'>;

/** Most facts are lines that change nothing here; what was concluded last then still holds. */
const concluded = new WeakMap<MachineWatch, { readonly ground: Ground; readonly assessment: Assessment }>();

/** What the evidence shows of one machine. */
export function assess(state: WatchState, machine: MachineWatch): Assessment {
  const { expectations, ourRelease, url, machines } = state;
  const last = concluded.get(machine);
  const still =
    last?.ground.expectations === expectations &&
    last.ground.ourRelease === ourRelease &&
    last.ground.url === url &&
    last.ground.machines === machines;
  if (last && still) return last.assessment;
  const assessment = assessAnew(state, machine);
  concluded.set(machine, { ground: { expectations, ourRelease, url, machines }, assessment });
  return assessment;
}

function assessAnew(state: WatchState, machine: MachineWatch): Assessment {
  const opening = openingOf(state, machine);
  const boots = opening === null ? [] : opening.boots;
  const boot = boots.at(-1) ?? null;
  const deaths = boots.flatMap((ended) => {
    const death = deathOf(machine, ended);
    return death ? [death] : [];
  });
  const running = boot !== null && runs(machine, boot);
  const { listening, reach } = listeningOf(state, machine, boot, running);
  const said = (kinds: Parameters<typeof findingsOf>[1]) =>
    boot === null ? [] : findingsOf(machine.findings, kinds, wordsOf(boot));
  return {
    machine,
    openedAt: opening?.learntAt ?? null,
    boots,
    boot,
    deaths,
    running,
    listening,
    everListened: listening !== null || boots.some((one) => listeningInLog(machine, one) !== null),
    reach,
    discord: discordOf(state, machine, boot),
    discordSuspicion: boot === null ? null : suspicionOf(machine, boot),
    refusal: boot === null ? null : refusalOf(machine, boot),
    degraded: withoutRecovered(said(['degraded', 'recovered'])),
    notices: said(['notice']),
    talks: said(['starting', 'listening', 'ready']).length > 0,
  };
}

/** The boot that runs or is about to, for what must be filed under it. */
export function currentBoot(state: WatchState, machine: MachineWatch): Boot | null {
  return openingOf(state, machine)?.boots.at(-1) ?? null;
}

interface Opening {
  readonly learntAt: number;
  readonly boots: readonly Boot[];
}

/** Where the part of the history begins that this watch is about. */
function openingOf(state: WatchState, machine: MachineWatch): Opening | null {
  const { operation } = state.expectations;
  const instance = machine.instances.at(-1);
  if (instance === undefined || machine.snapshot === null) return null;
  const ours = state.ourRelease;
  if (
    operation !== 'verify' &&
    ours !== null &&
    instance.releaseVersion !== null &&
    instance.releaseVersion < ours &&
    machine.base !== null
  )
    return null;
  const old = machine.base?.instanceId === instance.id;
  if (old && operation === 'deploy') return null;
  const index = indexOf(machine.moments, instance.anchor);
  const earlierLife = machine.base !== null || machine.instances.length > 1;
  const from = instance.anchor?.at ?? Number.NEGATIVE_INFINITY;
  if (old && operation === 'restart') {
    const start = machine.moments.slice(index).find((moment) => moment.kind === 'start');
    if (!start) return null;
    return { learntAt: start.learntAt, boots: bootsFrom(machine.moments, index, from, earlierLife) };
  }
  return {
    learntAt: instance.learntAt,
    boots: bootsFrom(machine.moments, index, from, earlierLife && instance.anchor?.kind !== 'start'),
  };
}

function indexOf(moments: readonly Moment[], anchor: Anchor | null): number {
  if (anchor === null) return 0;
  const exact = moments.findLastIndex(
    (moment) => moment.at === anchor.at && (anchor.kind === null || moment.kind === anchor.kind),
  );
  if (exact >= 0) return anchor.inclusive ? exact : exact + 1;
  const later = moments.findIndex((moment) => moment.at > anchor.at);
  return later >= 0 ? later : moments.length;
}

function runs(machine: MachineWatch, boot: Boot): boolean {
  if (machine.gone || machine.snapshot?.state !== 'started' || boot.exit !== null) return false;
  return boot.startAt !== null || machine.snapshot.events === null;
}

/** Whether the machine shows another release than the one this watch is about. */
export function supersededBy(state: WatchState, snapshot: MachineSnapshot): number | null {
  const ours = state.ourRelease ?? state.assumedRelease;
  const { releaseVersion } = snapshot;
  return ours !== null && releaseVersion !== null && releaseVersion > ours ? releaseVersion : null;
}

/**
 * Machines the verdict depends on. A deploy leaves machines without a release alone (`machine run`, flyctl
 * 0.4.87), so they are nobody's to await while another has one.
 */
export function awaitedMachines(state: WatchState): readonly MachineWatch[] {
  const present = [...state.machines.values()].filter(
    (machine) => !machine.gone && (machine.snapshot !== null || machine.base !== null),
  );
  if (state.expectations.operation !== 'deploy') return present;
  const released = present.filter((machine) => (machine.snapshot ?? machine.base)?.releaseVersion !== null);
  return released.length > 0 ? released : present;
}

export function deployIsOver({ expectations, deploy }: WatchState): boolean {
  return expectations.operation !== 'deploy' || deploy !== null;
}
