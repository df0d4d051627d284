import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Contents, contentsOf, lostContents, volumeOfGateway } from './contents.ts';
import { installStandIn } from './flyctl/install.ts';
import { readiness } from './inside.ts';
import { leaks, secretsOf, sinksOf } from './leaks.ts';
import type { Platform } from './platform/options.ts';
import { startPlatform } from './platform/platform.ts';
import { type ActionEnd, openRunner, type RunnerMachine, runAction } from './runner.ts';
import type { Scenario, ScenarioRun } from './scenario.ts';
import { startUpstream, type UpstreamWorld } from './upstream/world.ts';

export interface Played {
  readonly run: ScenarioRun;
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
  readonly onRun?: (run: ScenarioRun) => void;
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
  const platform = await startPlatform({
    ...platformOptions,
    speed,
    publicBase: true,
    tokens: { [rehearsalToken]: token },
    exec: [readiness],
  });
  const upstream = await startUpstream(scenario.upstream, {
    isForgotten: (reference) => platform.world.forgottenImages.has(reference),
  });
  const machine = openRunner(scenario.files);
  try {
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
      const end = await playRun(scenario, run, { platform, upstream, machine, path, speed, options });
      const requests = platform.requests
        .slice(asked)
        .map(({ method, path: where, operation }) => `${method} ${where} ${operation}`.trim());
      const values = [
        ...secretsOf(
          { 'fly-api-token': rehearsalToken, ...scenario.inputs, ...run.inputs },
          {
            ...scenario.env,
            ...run.env,
          },
        ),
        ...secretsOnFly(platform).filter((value) => !secretsBefore.has(value)),
      ];
      const off = [...differences(run, end, platform, requests, before), ...leaks(values, sinksOf(end))];
      const result = { run, end, off, platform };
      options.onEnd?.(result);
      played.push(result);
    }
    return played;
  } finally {
    await platform.close();
    await upstream.close();
    machine.close();
  }
}

function secretsOnFly({ world }: Platform): readonly string[] {
  return [...world.apps.values()].flatMap((app) => [...app.secrets.values()].map(({ value }) => value));
}

async function flyctlFolder(machine: RunnerMachine, real: string | undefined): Promise<string> {
  const folder = join(machine.folder, 'bin');
  mkdirSync(folder);
  if (real === undefined) {
    await installStandIn(folder);
  } else {
    const link = join(folder, process.platform === 'win32' ? 'flyctl.exe' : 'flyctl');
    symlinkSync(resolve(real), link);
    chmodSync(link, 0o755);
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

async function playRun(scenario: Scenario, run: ScenarioRun, stage: Stage): Promise<ActionEnd> {
  const cancel = new AbortController();
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
      onText: (text) => {
        stage.options.onText?.(text);
        if (run.cancelAt === undefined || cancel.signal.aborted) return;
        log += text;
        if (log.includes(run.cancelAt)) stop();
      },
    });
  } finally {
    stage.options.signal?.removeEventListener('abort', stop);
  }
}

function differences(
  run: ScenarioRun,
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
  compare('verdict', expect.verdict, end.outputs.verdict);
  compare('cause', expect.cause, end.outputs.cause);
  const red = ['failed', 'cancelled', ...(strict ? ['degraded'] : [])].includes(expect.verdict);
  compare('exit code', red ? 1 : 0, end.exitCode);
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
  if (expect.addresses !== undefined) {
    const types = [...platform.world.apps.values()].flatMap((app) =>
      app.addresses.map((address) => address.type),
    );
    compare('addresses', [...expect.addresses].sort().join(' '), types.sort().join(' '));
  }
  return off;
}
