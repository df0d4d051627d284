import type { Exchange, Recording } from '../../rehearsal/conformance/recording.ts';
import { type HttpCall, type Send, sendOverTcp } from '../../rehearsal/flyctl/http.ts';
import type { Platform } from '../../rehearsal/platform/options.ts';
import { startPlatform } from '../../rehearsal/platform/platform.ts';
import type { Fault } from '../../rehearsal/platform/scenario.ts';
import { callOf, sequence } from './calls.ts';
import { run, type Showing, type Workplace, workplaceOf } from './run.ts';
import { situationOf } from './situations.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a run against the platform showed, and its calls with the platform's answers. */
export interface Played extends Showing {
  requests: string[];
  exchanges: Exchange[];
}

/** What a call takes on loopback, and the CLI until its first, in ms. */
const LATENCY = 3;
const START = 40;

/** The platform answers such a call only when something has happened, for which time must pass. */
const isHeld = (path: string) => /\/wait\?|\/exec$/.test(path);

/** Stand-in and platform in one time that takes none. */
class Stage {
  readonly exchanges: Exchange[] = [];
  readonly clock: VirtualClock;
  readonly #platform: Platform;
  readonly #began: number;
  readonly #stalls: Fault[];

  constructor(platform: Platform, clock: VirtualClock, faults: readonly Fault[]) {
    this.#platform = platform;
    this.clock = clock;
    this.#began = clock.now();
    this.#stalls = faults.filter(({ stall }) => stall !== undefined);
  }

  get url(): string {
    return this.#platform.url;
  }

  readonly send: Send = async (call, abort) => {
    const path = call.url.slice(this.#platform.url.length);
    // What goes elsewhere is none of the platform's business.
    if (!call.url.startsWith(this.#platform.url)) return sendOverTcp(call, abort);
    const nonce = call.headers['fly-machine-lease-nonce'];
    const asked = callOf(call.method, path, call.body ?? '', nonce);
    const exchange: Exchange = { at: this.clock.now() - this.#began, ...asked, status: 'NONE' };
    await this.clock.pass(LATENCY, abort);
    if (!abort.aborted) this.exchanges.push(exchange);
    const stalled = this.#stalls.findIndex((fault) => fits(fault, call, path));
    const [{ stall = 0 } = {}] = stalled === -1 ? [] : this.#stalls.splice(stalled, 1);
    if (stall > 0) await this.clock.pass(stall, abort);
    const reply = sendOverTcp(call, abort);
    if (isHeld(path)) await this.#patience(reply);
    try {
      const { status, body } = await reply;
      Object.assign(exchange, { status, response: parsed(body) });
    } catch (error) {
      exchange.status = 'RESET';
      throw error;
    }
    return reply;
  };

  /** Lets time pass until there is a reply. */
  async #patience(reply: Promise<unknown>): Promise<void> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    reply.then(settle, settle);
    for (let step = 20; ; step *= 1.2) {
      for (let turn = 0; turn < 30 && !settled; turn += 1)
        await new Promise((resolve) => setImmediate(resolve));
      if (settled) return;
      await this.clock.pass(step);
    }
  }
}

function fits(fault: Fault, call: HttpCall, path: string): boolean {
  const plain = path.split('?')[0] ?? '';
  return (
    (fault.method === undefined || fault.method === call.method) &&
    (fault.path === undefined || new RegExp(fault.path).test(plain)) &&
    (fault.graphql === undefined || (call.body ?? '').includes(fault.graphql))
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Runs the recorded command, and those before it, against a platform that is seeded like the recorded API. */
export async function playOnPlatform(recording: Recording): Promise<Played> {
  const { speed = 10, boots, faults = [], started } = recording;
  const { acts = [], before = [], ...situation } = situationOf(recording);
  let platform: Platform | undefined;
  const clock = new VirtualClock(started, (ms) => void platform?.advance(ms * speed));
  platform = await startPlatform({
    speed: 0,
    clientSpeed: 1 / speed,
    start: started,
    faults: faults.filter(({ stall }) => stall === undefined),
    boots: (boots ?? [{ recording: '2026.5.12/01-healthy-start' }]).map((boot) => ({
      ports: [3000],
      ...boot,
    })),
    ...situation,
  });
  for (const act of acts) platform.act(act);
  const workplace = workplaceOf(recording);
  try {
    for (const command of [...before, ...(recording.before ?? [])]) {
      await clock.sleep(START);
      const stage = new Stage(platform, clock, []);
      await prepare(command, stage, platform, workplace);
    }
    await clock.sleep(START);
    for (const { at, log } of recording.during ?? []) {
      void clock.sleep(at).then(() => platform.act({ log: { text: log } }));
    }
    const stage = new Stage(platform, clock, faults);
    const { signal, exchanges } = recording;
    const ending = signal && { name: signal.name, comes: clock.sleep(signal.at - (exchanges[0]?.at ?? 0)) };
    const showing = await run(recording, workplace, stage, ending);
    return { ...showing, requests: sequence(stage.exchanges), exchanges: stage.exchanges };
  } finally {
    await platform.close();
    workplace.remove();
  }
}

interface Control {
  code?: number;
  oom?: boolean;
  message?: string;
}

/** Does what a recording says had been done before. */
async function prepare(
  command: string,
  stage: Stage,
  platform: Platform,
  workplace: Workplace,
): Promise<void> {
  const { clock } = stage;
  const slept = /^sleep (\d+) ms$/.exec(command);
  if (slept) return clock.sleep(Number(slept[1]));
  const controlled = /^control (exit|log) (.*)$/.exec(command);
  if (controlled) {
    const { code, oom, message = '' } = JSON.parse(controlled[2] ?? '') as Control;
    platform.act(controlled[1] === 'log' ? { log: { text: message } } : { exit: { code, oom } });
    return;
  }
  const [, words = '', stdin, signal, delay = '', after = ''] =
    /^flyctl (.*?)(?: < (".*"))?(?: \((SIG\w+) (\d+) ms after (.*)\))?$/.exec(command) ?? [];
  // The stand-in has no `machine run`: its machine is part of the situation.
  if (words.startsWith('machine run')) return;
  const argv = words.match(/(?<=-C )sleep 600|\S+/g) ?? [];
  const ending = signal && {
    name: signal as 'SIGTERM',
    comes: seen(stage, after).then(() => clock.sleep(Number(delay))),
  };
  await run(
    { argv, ...(stdin && { stdin: JSON.parse(stdin) as string }) },
    workplace,
    stage,
    ending || undefined,
  );
}

async function seen(stage: Stage, pattern: string): Promise<void> {
  while (
    !stage.exchanges.some(({ method, path }) => new RegExp(pattern).test(`${method} ${path.split('?')[0]}`))
  ) {
    await stage.clock.sleep(10);
  }
}
