import type { ExitEvent, MachineEvent, MachineSnapshot } from './facts.ts';

/** One entry of a machine's history as the watch pieces it together. */
export interface Moment {
  /**
   * `change`: the machine was made or updated. `start`: a boot began. `exit`: a boot ended. `other`: a request,
   * such as a stop or a restart, whose effect is an entry of its own.
   */
  readonly kind: 'change' | 'start' | 'exit' | 'other';
  readonly at: number;
  readonly exit: ExitEvent | null;
  /** Concluded from a change of state, because no events came; real events replace it. */
  readonly inferred: boolean;
  /** By the runner's clock: when the watch learnt it, and when it last saw the machine without it. */
  readonly learntAt: number;
  readonly absentAt: number;
}

/** One life of the main process. A line belongs to it when its time does. */
export interface Boot {
  /** Platform time after which lines are this boot's: the change, or the exit before it. */
  readonly from: number;
  /** `null`: nothing says that it has started yet. */
  readonly startAt: number | null;
  readonly learntAt: number;
  /** The machine was last seen without this boot then; what was learnt well before cannot be its. */
  readonly absentAt: number;
  readonly exit: ExitEvent | null;
  readonly exitInferred: boolean;
  readonly exitLearntAt: number;
  /** Platform time at which the next boot starts: until then, late lines of this one may come. */
  readonly until: number;
}

/** A machine that never stops restarting must not grow the history without end. */
const longestHistory = 60;

/** `launch` is what recordings of flyctl 0.4.87 show for both; Fly's own docs speak of `update` too. */
function kindOf(type: string): Moment['kind'] {
  if (type === 'exit') return 'exit';
  if (type === 'start' || type === 'resume') return 'start';
  return /^(?:launch|update|replac|creat|clone)/.test(type) ? 'change' : 'other';
}

/**
 * Adds what a snapshot's events tell. A reply shows the newest events only, so what is older stays as it was
 * known; within a reply's reach the reply is right, and it alone knows the order of what happened in one millisecond.
 */
export function withEvents(
  known: readonly Moment[],
  events: readonly MachineEvent[],
  now: number,
  absentAt: number,
): readonly Moment[] {
  const oldest = events.at(-1)?.at;
  if (oldest === undefined) return known;
  const real = known.filter((moment) => !moment.inferred);
  const before = real.filter((moment) => moment.at < oldest);
  const within = real.filter((moment) => moment.at >= oldest);
  const told = events.toReversed().map((event): Moment => {
    const kind = kindOf(event.type);
    const same = within.find((moment) => moment.kind === kind && moment.at === event.at);
    return {
      kind,
      at: event.at,
      exit: event.exit ?? null,
      inferred: false,
      learntAt: same?.learntAt ?? now,
      absentAt: same?.absentAt ?? absentAt,
    };
  });
  return [...before, ...told].slice(-longestHistory);
}

const down = /^(?:stopped|stopping|suspended|suspending|failed|destroyed|destroying)$/;

/** Whether nothing runs on a machine in that state. */
export function isDown(state: string): boolean {
  return down.test(state) || state === 'created';
}

/**
 * Concludes from two snapshots without events what must have happened between them.
 *
 * @param at platform time to give to it
 * @param asked the change was ours: what it ended did not die
 */
export function withInferred(
  known: readonly Moment[],
  before: MachineSnapshot | null,
  after: MachineSnapshot,
  { at, asked, now, absentAt }: { at: number; asked: boolean; now: number; absentAt: number },
): readonly Moment[] {
  const moment = (kind: Moment['kind'], exit: ExitEvent | null = null): Moment => ({
    kind,
    at,
    exit,
    inferred: true,
    learntAt: now,
    absentAt,
  });
  const ended = moment('exit', {
    at,
    exitCode: null,
    signal: null,
    oomKilled: false,
    requestedStop: asked,
    restarting: after.state !== 'stopped',
  });
  const runs = after.state === 'started';
  const more: Moment[] = [];
  if (before === null || before.instanceId !== after.instanceId) {
    more.push(moment('change'));
    if (runs) more.push(moment('start'));
  } else if (before.state === 'started' && isDown(after.state)) {
    more.push(ended);
  } else if (before.state !== 'started' && runs) {
    more.push(moment('start'));
  } else if (
    runs &&
    before.updatedAt !== null &&
    after.updatedAt !== null &&
    after.updatedAt > before.updatedAt
  ) {
    more.push(ended, moment('start'));
  }
  return more.length === 0 ? known : [...known, ...more].slice(-longestHistory);
}

/**
 * The boots from a place in the history on, oldest first; the last one runs, or is about to.
 *
 * @param index of the first entry that counts
 * @param from platform time of that place
 * @param earlierLife the machine ran before: the first exit may be the end of that
 */
export function bootsFrom(
  moments: readonly Moment[],
  index: number,
  from: number,
  earlierLife: boolean,
): readonly Boot[] {
  const boots: Boot[] = [];
  const begin = (at: number, moment: Moment | null): Boot => ({
    from: at,
    startAt: null,
    learntAt: moment?.learntAt ?? Number.NEGATIVE_INFINITY,
    absentAt: moment?.absentAt ?? Number.NEGATIVE_INFINITY,
    exit: null,
    exitInferred: false,
    exitLearntAt: Number.NaN,
    until: Number.POSITIVE_INFINITY,
  });
  let open = begin(from, null);
  const close = (moment: Moment) => {
    boots.push({ ...open, exit: moment.exit, exitInferred: moment.inferred, exitLearntAt: moment.learntAt });
    open = begin(moment.at, moment);
  };
  for (const moment of moments.slice(index)) {
    if (moment.kind === 'start') {
      open = {
        ...open,
        startAt: open.startAt ?? moment.at,
        learntAt: open.startAt === null ? moment.learntAt : open.learntAt,
        absentAt: open.startAt === null ? moment.absentAt : open.absentAt,
      };
    } else if (moment.kind === 'change') {
      if (open.startAt !== null) close(moment);
      else open = begin(moment.at, moment);
    } else if (moment.kind === 'exit') {
      const endOfFormer = open.startAt === null && earlierLife && boots.length === 0;
      if (endOfFormer || moment.exit === null) open = begin(moment.at, moment);
      else close(moment);
    }
  }
  boots.push(open);
  return boots.map((boot, i) => ({ ...boot, until: boots[i + 1]?.startAt ?? Number.POSITIVE_INFINITY }));
}
