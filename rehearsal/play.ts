import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Contents, contentsOf, lostContents, volumeOfGateway } from './contents.ts';
import { installStandIn } from './flyctl/install.ts';
import { readiness } from './inside.ts';
import { leaks, secretsOf, sinksOf } from './leaks.ts';
import type { Platform } from './platform/options.ts';
import { startPlatform } from './platform/platform.ts';
import { type ActionEnd, openRunner, type RunnerMachine, runAction } from './runner.ts';
import type { Scenario, ScenarioJob } from './scenario.ts';
import { startUpstream, type UpstreamWorld } from './upstream/world.ts';

export interface Played {
  readonly run: ScenarioJob;
  readonly end: ActionEnd;
  /** What is not as the scenario expects; empty when all is. */
  readonly off: readonly string[];
  readonly platform: Platform;
}

export interface PlayOptions {
  /** Path of a real flyctl, put in the place of the stand-in. */
  readonly flyctl?: string | undefined;
  /** Replaces the scenario's speed. */
  readonly speed?: number | undefined;
  readonly onRun?: (run: ScenarioJob) => void;
  readonly onText?: (text: string) => void;
  readonly onEnd?: (played: Played) => void;
  /** Ends everything: the action is cancelled as a runner does it. */
  readonly signal?: AbortSignal;
}

export const rehearsalToken = 'rehearsal-token';

/** Waits of the action, in platform seconds, unless the scenario sets them itself. */
const waits = { 'listen-timeout': 300, 'discord-timeout': 180, 'stable-for': 8 };

/** Plays all runs of a scenario, one after the other, on one embedded platform. */
export async function play(scenario: Scenario, options: PlayOptions = {}): Promise<readonly Played[]> {
  const { token, ...platformOptions } = scenario.platform;
  const speed = options.speed ?? scenario.speed;
  const opened = new AsyncDisposableStack();
  try {
    const machine = openRunner(scenario.files);
    opened.defer(() => machine.close());
    const platform = await startPlatform({
      ...platformOptions,
      speed,
      publicBase: true,
      builder: options.flyctl === undefined,
      tokens: { [rehearsalToken]: token },
      exec: [readiness],
    });
    opened.defer(() => platform.close());
    const upstream = await startUpstream(scenario.upstream, {
      isForgotten: (reference) => platform.world.forgottenImages.has(reference),
    });
    opened.defer(() => upstream.close());
    const path = await flyctlFolder(machine, options.flyctl);
    const played: Played[] = [];
    for (const run of scenario.runs) {
      if (options.signal?.aborted) break;
      options.onRun?.(run);
      for (const act of run.before) platform.act(act);
      if (run.upstream !== undefined) upstream.become(run.upstream);
      const asked = platform.requests.length;
      const before = contentsOf(platform.world);
      const secretsBefore = new Set(secretsOnFly(platform));
      const stage = { platform, upstream, machine, path, speed, options };
      const ends = await playTogether(scenario, run, stage);
      const requests = platform.requests
        .slice(asked)
        .map(({ method, path: where, operation }) => `${method} ${where} ${operation}`.trim());
      const made = secretsOnFly(platform).filter((value) => !secretsBefore.has(value));
      const judge = (jobs: readonly ScenarioJob[]): Played[] =>
        jobs.flatMap((job, index) => {
          const end = ends[index];
          if (end === undefined) return [];
          const given = secretsOf(
            { 'fly-api-token': rehearsalToken, ...scenario.inputs, ...job.inputs },
            { ...scenario.env, ...job.env },
          );
          const off = [
            ...differences(job, end, platform, requests, before),
            ...leaks([...given, ...made], sinksOf(end)),
          ];
          return [{ run: job, end, off, platform }];
        });
      const { beside } = run;
      let results = judge(beside === undefined ? [run] : [run, beside]);
      // Begun together, either may have been the first.
      if (beside && beside.when === undefined && results.some(({ off }) => off.length > 0)) {
        const swapped = judge([beside, run]);
        if (swapped.every(({ off }) => off.length === 0)) results = swapped.toReversed();
      }
      for (const result of results) options.onEnd?.(result);
      played.push(...results);
    }
    return played;
  } finally {
    await opened.disposeAsync();
  }
}

function secretsOnFly({ world }: Platform): readonly string[] {
  return [...world.apps.values()].flatMap((app) => [...app.secrets.values()].map(({ value }) => value));
}

async function flyctlFolder(machine: RunnerMachine, real: string | undefined): Promise<string> {
  const folder = join(machine.folder, 'bin');
  mkdirSync(folder);
  if (real === undefined) {
    installStandIn(folder);
  } else {
    symlinkSync(resolve(real), join(folder, process.platform === 'win32' ? 'flyctl.exe' : 'flyctl'));
  }
  return folder;
}

interface Stage {
  readonly platform: Platform;
  readonly upstream: UpstreamWorld;
  readonly machine: RunnerMachine;
  readonly path: string;
  readonly speed: number;
  readonly options: PlayOptions;
}

/** A run, and the job beside it, whose log is shown only when it is over. */
async function playTogether(
  scenario: Scenario,
  run: Scenario['runs'][number],
  stage: Stage,
): Promise<readonly ActionEnd[]> {
  const { beside } = run;
  if (beside === undefined) return [await playJob(scenario, run, stage)];
  let said = '';
  let other: Promise<ActionEnd> | null = null;
  const begin = (log: string) => {
    if (!log.includes(beside.when ?? '')) return;
    const options = { ...stage.options, onText: (text: string) => (said += text) };
    other ??= playJob(scenario, beside, { ...stage, options });
  };
  begin('');
  const end = await playJob(scenario, run, stage, begin);
  if (other === null) throw new Error(`${run.title}: its log never held "${beside.when}"`);
  const otherEnd = await other;
  stage.options.onText?.(`\n── ${beside.title} ──\n${said}`);
  return [end, otherEnd];
}

/** @param onLog told all of the log so far, as it grows */
async function playJob(
  scenario: Scenario,
  run: ScenarioJob,
  stage: Stage,
  onLog: (log: string) => void = () => {},
): Promise<ActionEnd> {
  const cancel = new AbortController();
  const kill = new AbortController();
  const stop = () => cancel.abort();
  if (stage.options.signal?.aborted) stop();
  stage.options.signal?.addEventListener('abort', stop, { once: true });
  const scaled = Object.entries(waits).map(([name, seconds]) => [
    name,
    `${Math.max(seconds / stage.speed, 0.4)}s`,
  ]);
  const { FLY_API_TOKEN: _, ...surroundings } = stage.platform.env;
  let log = '';
  try {
    return await runAction({
      machine: stage.machine,
      watchProcesses: true,
      path: stage.path,
      inputs: {
        'fly-api-token': rehearsalToken,
        'flyctl-version': 'preinstalled',
        ...Object.fromEntries(scaled),
        ...scenario.inputs,
        ...run.inputs,
      },
      env: { ...surroundings, ...stage.upstream.env, ...scenario.env, ...run.env },
      cancel: cancel.signal,
      kill: kill.signal,
      onText: (text) => {
        stage.options.onText?.(text);
        log += text;
        onLog(log);
        if (run.cancelAt !== undefined && log.includes(run.cancelAt)) stop();
        if (run.killAt !== undefined && log.includes(run.killAt)) kill.abort();
      },
    });
  } finally {
    stage.options.signal?.removeEventListener('abort', stop);
  }
}

function differences(
  run: ScenarioJob,
  end: ActionEnd,
  platform: Platform,
  requests: readonly string[],
  before: readonly Contents[],
): string[] {
  const { expect } = run;
  const strict = run.inputs['fail-on'] === 'degraded';
  const off: string[] = [];
  const compare = (what: string, want: unknown, have: unknown) => {
    if (want !== have) off.push(`${what}: expected ${JSON.stringify(want)}, got ${JSON.stringify(have)}`);
  };
  compare('verdict', expect.verdict, end.outputs.verdict ?? null);
  compare('cause', expect.cause, end.outputs.cause ?? null);
  const red = ['failed', 'cancelled', ...(strict ? ['degraded'] : [])].includes(expect.verdict ?? '');
  compare('exit code', expect.verdict === null ? null : red ? 1 : 0, end.exitCode);
  compare('exit code of the post step', 0, end.postExitCode);
  for (const [name, value] of Object.entries(expect.outputs ?? {}))
    compare(`output ${name}`, value, end.outputs[name]);
  for (const text of expect.log ?? [])
    if (!end.log.includes(text)) off.push(`the log does not hold: ${text}`);
  for (const text of expect.summary ?? [])
    if (!end.summary.includes(text)) off.push(`the summary does not hold: ${text}`);
  for (const pattern of expect.never ?? []) {
    const made = requests.filter((request) => new RegExp(pattern).test(request));
    if (made.length > 0) off.push(`asked although it must not be: ${made.join(', ')}`);
  }
  off.push(...lostContents(before, platform.world, expect.changes));
  if (expect.state !== undefined) {
    const files = volumeOfGateway(platform.world)?.files;
    for (const [path, text] of Object.entries(expect.state)) compare(path, text, files?.get(path) ?? null);
  }
  if (expect.secrets !== undefined) {
    const have = Object.fromEntries(
      [...platform.world.apps.values()].flatMap((app) =>
        [...app.secrets.values()].map(({ name, value }) => [name, value]),
      ),
    );
    compare(
      'names of secrets',
      Object.keys(expect.secrets).sort().join(' '),
      Object.keys(have).sort().join(' '),
    );
    for (const [name, value] of Object.entries(expect.secrets)) compare(`secret ${name}`, value, have[name]);
  }
  if (expect.machines !== undefined) {
    const states = [...platform.world.apps.values()].flatMap((app) =>
      [...app.machines.values()].map(({ state }) => state),
    );
    compare('machines', [...expect.machines].sort().join(' '), states.sort().join(' '));
  }
  if (expect.volumes !== undefined) {
    const names = [...platform.world.apps.values()].flatMap((app) =>
      [...app.volumes.values()].filter(({ state }) => state === 'created').map(({ name }) => name),
    );
    compare('volumes', [...expect.volumes].sort().join(' '), names.sort().join(' '));
  }
  if (expect.addresses !== undefined) {
    const types = [...platform.world.apps.values()].flatMap((app) =>
      app.addresses.map((address) => address.type),
    );
    compare('addresses', [...expect.addresses].sort().join(' '), types.sort().join(' '));
  }
  return off;
}
