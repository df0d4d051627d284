import type {
  ExitEvent,
  Fact,
  FeedHealth,
  FeedName,
  MachineEvent,
  MachineSnapshot,
  ProbeReading,
} from '../../src/watch/facts.ts';
import { beginWatch, type Expectations, reduce, verdictOf, type WatchState } from '../../src/watch/reduce.ts';
import type { Verdict } from '../../src/watch/verdict.ts';

/** Platform time of the moment the story begins; the runner's clock begins at 0. Seconds are told, not milliseconds. */
export const epoch = Date.parse('2026-11-23T12:00:00Z');
export const at = (seconds: number) => epoch + seconds * 1000;

export const expectations: Expectations = {
  app: 'my-app',
  operation: 'deploy',
  baseline: [],
  ourReleaseVersion: null,
  expectDiscord: false,
  throughProxy: true,
  internalPort: 3000,
  gatewayPort: 3000,
  listenTimeoutMs: 300_000,
  discordTimeoutMs: 180_000,
  stableForMs: 8_000,
  timeoutMs: 1_800_000,
};

export const launch = (seconds: number): MachineEvent => ({ type: 'launch', at: at(seconds) });
export const start = (seconds: number): MachineEvent => ({ type: 'start', at: at(seconds) });
export const exit = (seconds: number, exit: Partial<ExitEvent> = {}): MachineEvent => ({
  type: 'exit',
  at: at(seconds),
  exit: {
    at: at(seconds),
    exitCode: 1,
    signal: null,
    oomKilled: false,
    requestedStop: false,
    restarting: true,
    ...exit,
  },
});
export const stopped = (seconds: number) =>
  exit(seconds, { exitCode: 0, requestedStop: true, restarting: false });

/** A machine whose events are given oldest first, as they happened. */
export function machine({
  events = [launch(0), start(1)],
  ...more
}: Partial<Omit<MachineSnapshot, 'events'>> & {
  events?: readonly MachineEvent[] | null;
} = {}): MachineSnapshot {
  const newest = events?.at(-1);
  return {
    id: 'm1',
    instanceId: 'new',
    state: newest?.type === 'exit' ? 'stopped' : 'started',
    region: 'iad',
    createdAt: null,
    updatedAt: newest?.at ?? null,
    image: '',
    memoryMb: 2048,
    releaseVersion: 2,
    restartPolicy: 'on-failure',
    checks: [],
    volumes: [],
    ...more,
    events: events?.toReversed() ?? null,
  };
}

/** What ran before a deploy: release 1, up for an hour. */
export const former = machine({
  instanceId: 'old',
  releaseVersion: 1,
  events: [launch(-3601), start(-3600)],
});
/** The same machine after the deploy's update of it. */
export const updated = (...more: readonly MachineEvent[]) =>
  machine({ events: [launch(-3601), start(-3600), stopped(0), launch(0.1), start(1), ...more] });

export const machines = (...list: readonly MachineSnapshot[]): Fact => ({ kind: 'machines', machines: list });
export const log = (
  seconds: number,
  text: string,
  more: { machineId?: string; provider?: string } = {},
): Fact => ({
  kind: 'log',
  line: { machineId: 'm1', provider: 'app', ...more, at: at(seconds), text },
});
export const feed = (name: FeedName, health: FeedHealth = 'working', detail = ''): Fact => ({
  kind: 'feed',
  feed: name,
  health,
  detail,
});
export const probe = (reading: Partial<ProbeReading>): Fact => ({
  kind: 'probe',
  reading: { machineId: 'm1', listeners: [], healthz: null, readyz: null, ...reading },
});
export const deployed: Fact = { kind: 'deploy-ended', ok: true, cause: null, detail: '' };
export const tick: Fact = { kind: 'tick' };

/** The gateway's lines, second by second after the start of the machine. */
export const stampedLine = (seconds: number, text: string) =>
  `${new Date(at(seconds)).toISOString()} ${text}`;
export const starting = log(2, stampedLine(2, '[gateway] loading configuration…'));
export const bound = log(
  5,
  stampedLine(
    5,
    '[gateway] ⚠️  Gateway is binding to a non-loopback address. Ensure authentication is configured.',
  ),
);
export const listening = log(
  6,
  stampedLine(6, '[gateway] http server listening (3 plugins: a, b, discord; 3.3s)'),
);
export const ready = log(7, stampedLine(7, '[gateway] ready'));
/** Everything a good start of a later version prints. */
export const goodStart = [starting, bound, listening, ready];
export const goodStartUpTo3 = [
  log(3, stampedLine(3, '[gateway] agent model: anthropic/claude-opus-4-5')),
  log(5, stampedLine(5, '[gateway] listening on ws://0.0.0.0:3000 (PID 11872)')),
];
export const botSeen = log(8, stampedLine(8, '[discord] [default] Discord bot probe resolved @claw-bot'));
export const handshake = log(
  8,
  stampedLine(8, '[discord] client initialized as 1111; awaiting gateway readiness'),
);

/** A moment of a story: at that second of the runner's clock these facts come. */
export type Scene = readonly [seconds: number, ...facts: readonly Fact[]];

export interface Told {
  readonly state: WatchState;
  readonly verdict: Verdict | null;
  /** Second at which the verdict was there. */
  readonly after: number;
}

/**
 * Plays a story: between the scenes the machines are shown each second as they were shown last, and the log
 * feed answers, until there is a verdict. A feed that fails stays silent until a scene brings it back.
 *
 * @param until second at which the story is over
 */
export function tell(more: Partial<Expectations>, scenes: readonly Scene[], until = 2000): Told {
  let state = beginWatch({ ...expectations, ...more }, 0);
  let shown: Fact | null = null;
  let logs: Fact | null = feed('logs');
  const left = [...scenes];
  for (let second = 0; second <= until; second += 0.5) {
    const now = second * 1000;
    for (let scene = left[0]; scene !== undefined && scene[0] <= second; scene = left[0]) {
      left.shift();
      const [, ...facts] = scene;
      for (const fact of facts) {
        if (fact.kind === 'machines') shown = fact;
        if (fact.kind === 'feed' && fact.feed === 'machines' && fact.health !== 'working') shown = null;
        if (fact.kind === 'feed' && fact.feed === 'logs') logs = fact;
        state = reduce(state, fact, now);
        const verdict = verdictOf(state, now);
        if (verdict) return { state, verdict, after: second };
      }
    }
    if (Number.isInteger(second)) {
      if (shown) state = reduce(state, shown, now);
      if (shown) state = reduce(state, feed('machines'), now);
      if (logs) state = reduce(state, logs, now);
    }
    state = reduce(state, tick, now);
    const verdict = verdictOf(state, now);
    if (verdict) return { state, verdict, after: second };
  }
  return { state, verdict: null, after: until };
}
