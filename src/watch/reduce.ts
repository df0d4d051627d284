import { classify } from '../gateway/classify.ts';
import { currentBoot } from './assess.ts';
import type { Fact, LogLine, MachineSnapshot, ProbeReading } from './facts.ts';
import { withFinding } from './findings.ts';
import { isDown, type Moment, withEvents, withInferred } from './moments.ts';
import { withPhases } from './phases.ts';
import { causedByProbe } from './reach.ts';
import { noLines, withLine } from './recent-lines.ts';
import type { Anchor, Expectations, FeedState, Instance, MachineWatch, Phase, WatchState } from './state.ts';

export { verdictOf } from './conclude.ts';
export { awaited, lastLookIn, machinesToStart, probesWanted, urlWanted } from './requests.ts';
export type { Expectations, Phase, WatchState } from './state.ts';

/** More machines than that are not a gateway any more. */
const mostMachines = 100;

const unheard: FeedState = {
  health: 'working',
  detail: '',
  heardAt: Number.NEGATIVE_INFINITY,
  brokenSince: null,
};

/** @param now milliseconds by the runner's clock, as in every function here. */
export function beginWatch(expectations: Expectations, now: number): WatchState {
  const machines = expectations.baseline.map((base): [string, MachineWatch] => [
    base.id,
    {
      ...unknownMachine(base.id),
      base,
      moments: withEvents([], base.events ?? [], now, Number.NEGATIVE_INFINITY),
    },
  ]);
  return {
    expectations,
    beganAt: now,
    ourRelease: expectations.ourReleaseVersion,
    assumedRelease: null,
    machines: new Map(machines),
    lines: new Map(),
    machinesHeardAt: Number.NEGATIVE_INFINITY,
    feeds: { machines: unheard, logs: unheard, probe: unheard, url: unheard },
    url: null,
    deploy: null,
    phases: [],
    order: 0,
  };
}

function unknownMachine(id: string): MachineWatch {
  return {
    id,
    base: null,
    snapshot: null,
    seenAt: Number.NEGATIVE_INFINITY,
    gone: false,
    downSince: null,
    moments: [],
    instances: [],
    findings: new Map(),
    probed: null,
    startAsked: null,
  };
}

/**
 * Folds one fact in. Pure. Facts say themselves what time they are about, so the order in which they arrive, and
 * whether they arrive twice, does not matter; `now` only measures how long something has lasted.
 */
export function reduce(state: WatchState, fact: Fact, now: number): WatchState {
  switch (fact.kind) {
    case 'log':
      return withLogLine(state, fact.line, now);
    case 'machines':
      return withPhases(withMachines(state, fact.machines, now), now);
    case 'probe':
      return withPhases(withProbe(state, fact.reading, now), now);
    case 'url':
      return withPhases({ ...state, url: { status: fact.status, learntAt: now } }, now);
    case 'feed':
      return withPhases(withFeed(state, fact, now), now);
    case 'deploy-ended': {
      const { ok, cause, detail } = fact;
      return withPhases({ ...state, deploy: { ok, cause, detail, learntAt: now } }, now);
    }
    case 'release':
      return withPhases({ ...state, ourRelease: fact.version }, now);
    case 'start-asked': {
      const machine = state.machines.get(fact.machineId);
      if (!machine) return state;
      const startAsked = { at: now, ok: fact.ok, detail: fact.detail };
      return withPhases(withMachine(state, { ...machine, startAsked }), now);
    }
    case 'tick':
      return withPhases(state, now);
  }
}

function withMachine(state: WatchState, machine: MachineWatch): WatchState {
  if (!state.machines.has(machine.id) && state.machines.size >= mostMachines) return state;
  return { ...state, machines: new Map(state.machines).set(machine.id, machine) };
}

function withFeed(state: WatchState, fact: Extract<Fact, { kind: 'feed' }>, now: number): WatchState {
  const before = state.feeds[fact.feed];
  const works = fact.health === 'working';
  const feed: FeedState = {
    // A refusal is about the token, which does not change during a run.
    health: before.health === 'refused' ? 'refused' : fact.health,
    detail: fact.detail,
    heardAt: works ? now : before.heardAt,
    brokenSince: works ? null : (before.brokenSince ?? now),
  };
  return { ...state, feeds: { ...state.feeds, [fact.feed]: feed } };
}

/** Only what Fly files under `app` comes from inside the machine: a runner knows nothing about the gateway. */
function withLogLine(state: WatchState, line: LogLine, now: number): WatchState {
  if (line.provider !== 'app') return state;
  const id = line.machineId === '' ? onlyMachine(state) : line.machineId;
  if (id === null || (!state.lines.has(id) && state.lines.size >= mostMachines)) return state;
  const lines = new Map(state.lines).set(id, withLine(state.lines.get(id) ?? noLines, line.at, line.text));
  const order = state.order + 1;
  const found = classify(line.text);
  if (!found) return { ...state, lines, order };
  const machine = state.machines.get(id) ?? unknownMachine(id);
  const findings = withFinding(machine.findings, { ...found, at: line.at, order, learntAt: now });
  if (findings === machine.findings) return { ...state, lines, order };
  return withPhases(withMachine({ ...state, lines, order }, { ...machine, findings }), now);
}

/** Whose a line without an instance is: with several machines nobody can tell. */
function onlyMachine(state: WatchState): string | null {
  const named = [...state.machines.keys()].filter((id) => id !== '');
  return named.length > 1 ? null : (named[0] ?? '');
}

function withMachines(state: WatchState, snapshots: readonly MachineSnapshot[], now: number): WatchState {
  let next: WatchState = { ...state, machinesHeardAt: now };
  const shown = new Set(snapshots.map((snapshot) => snapshot.id));
  for (const machine of state.machines.values()) {
    if (shown.has(machine.id) === machine.gone) next = withMachine(next, { ...machine, gone: !machine.gone });
  }
  for (const snapshot of snapshots) {
    const machine = next.machines.get(snapshot.id) ?? unknownMachine(snapshot.id);
    next = withMachine(next, withSnapshot(next, machine, snapshot, now));
  }
  return { ...next, assumedRelease: next.assumedRelease ?? newerRelease(next, snapshots) };
}

/** The release that this run makes, or watches, as long as nobody names it. */
function newerRelease({ expectations }: WatchState, snapshots: readonly MachineSnapshot[]): number | null {
  const releases = (machines: readonly MachineSnapshot[]) =>
    machines.flatMap(({ releaseVersion }) => (releaseVersion === null ? [] : [releaseVersion]));
  const now = releases(snapshots);
  if (now.length === 0) return null;
  const before = releases(expectations.baseline);
  const former = before.length === 0 ? null : Math.max(...before);
  // Only a deploy makes a release.
  if (expectations.operation !== 'deploy') return former ?? Math.max(...now);
  const newer = now.filter((release) => former === null || release > former);
  return newer.length === 0 ? null : Math.min(...newer);
}

/** When the platform last changed what it shows. */
function age(snapshot: MachineSnapshot | null): number {
  return Math.max(
    snapshot?.updatedAt ?? Number.NEGATIVE_INFINITY,
    snapshot?.events?.[0]?.at ?? Number.NEGATIVE_INFINITY,
  );
}

function withSnapshot(
  state: WatchState,
  machine: MachineWatch,
  snapshot: MachineSnapshot,
  now: number,
): MachineWatch {
  const before = machine.snapshot ?? machine.base;
  // A reply that was overtaken by a newer one says nothing about now.
  if (age(snapshot) < age(machine.snapshot)) return machine;
  const moments =
    snapshot.events !== null
      ? withEvents(machine.moments, snapshot.events, now, machine.seenAt)
      : withInferred(machine.moments, before, snapshot, {
          at: snapshot.updatedAt ?? state.lines.get(machine.id)?.latestAt ?? 0,
          asked: machine.instances.length <= 1 && state.expectations.operation !== 'verify',
          now,
          absentAt: machine.seenAt,
        });
  return {
    ...machine,
    snapshot,
    seenAt: now,
    gone: false,
    downSince: isDown(snapshot.state) ? (machine.downSince ?? now) : null,
    moments,
    instances: withInstance(state.expectations, machine, snapshot, moments, now),
  };
}

/** Many updates during one watch are somebody else's story. */
const mostInstances = 8;

function withInstance(
  expectations: Expectations,
  machine: MachineWatch,
  snapshot: MachineSnapshot,
  moments: readonly Moment[],
  now: number,
): readonly Instance[] {
  const { instanceId: id, releaseVersion } = snapshot;
  const last = machine.instances.at(-1);
  const same = last?.id === id ? last : null;
  // What was concluded without events gives way to them, and with it the place where the instance begins.
  const concluded = snapshot.events !== null && machine.moments.some((moment) => moment.inferred);
  if (same !== null && !concluded && same.releaseVersion === releaseVersion) return machine.instances;
  const earlier = same === null ? machine.instances : machine.instances.slice(0, -1);
  const anchor =
    same !== null && !concluded ? same.anchor : anchorOf(expectations, machine, earlier, snapshot, moments);
  return [...earlier, { id, releaseVersion, learntAt: same?.learntAt ?? now, anchor }].slice(-mostInstances);
}

/** Where in its history an instance of a machine begins; `null`: with the history. */
function anchorOf(
  { operation, baseline }: Expectations,
  { base }: MachineWatch,
  earlier: readonly Instance[],
  snapshot: MachineSnapshot,
  moments: readonly Moment[],
): Anchor | null {
  if (base !== null && snapshot.instanceId === base.instanceId) {
    return operation === 'verify' ? lastStart(moments) : { at: age(base), kind: null, inclusive: false };
  }
  const former = earlier.at(-1);
  if (base === null && former === undefined) {
    const made = operation === 'deploy' || (operation === 'restart' && baseline.length > 0);
    return made ? null : lastStart(moments);
  }
  return changeAfter(moments, former?.anchor?.at ?? age(base), snapshot);
}

function lastStart(moments: readonly Moment[]): Anchor | null {
  const start = moments.findLast((moment) => moment.kind === 'start');
  return start ? { at: start.at, kind: 'start', inclusive: true } : null;
}

/** Where an update begins. `after`: what is not later belongs to what ran before. */
function changeAfter(moments: readonly Moment[], after: number, snapshot: MachineSnapshot): Anchor {
  const later = moments.filter((moment) => moment.at > after);
  const change = later.findLast((moment) => moment.kind === 'change');
  if (change) return { at: change.at, kind: 'change', inclusive: true };
  // A server that names updates otherwise still tells of the stop that it asked for.
  const stop = later.findLast((moment) => moment.exit?.requestedStop === true);
  if (stop) return { at: stop.at, kind: 'exit', inclusive: false };
  const start = later.findLast((moment) => moment.kind === 'start');
  if (start) return { at: start.at, kind: 'start', inclusive: true };
  return { at: Math.max(after, snapshot.updatedAt ?? after), kind: null, inclusive: false };
}

function withProbe(state: WatchState, reading: ProbeReading, now: number): WatchState {
  const machine = state.machines.get(reading.machineId);
  const boot = machine && currentBoot(state, machine);
  if (!machine || !boot) return state;
  const before = machine.probed?.bootFrom === boot.from ? machine.probed : null;
  const shown = causedByProbe(state.expectations, reading);
  const probed = {
    reading,
    learntAt: now,
    bootFrom: boot.from,
    openSince: shown.open ? (before?.openSince ?? now) : null,
    discordFailingSince: shown.discordFailing ? (before?.discordFailingSince ?? now) : null,
  };
  return withMachine(state, { ...machine, probed });
}

/** Phase changes so far, oldest first; only ever appended to. */
export function phases(state: WatchState): readonly Phase[] {
  return state.phases;
}
