/**
 * Runs the built action as GitHub's runner does: main, then post, each in a process of its own, with the
 * INPUT_ variables, the command files and fresh folders for temporary files and tools.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandFile } from './command-file.ts';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const recorder = new URL('spawned.mjs', import.meta.url);

/** A folder that stands for one runner machine; it is gone after `close`. */
export interface RunnerMachine {
  readonly folder: string;
  /** Where the repository is checked out: the working directory of the action. */
  readonly workspace: string;
  close(): void;
}

/** @param files the checked-out repository, path to text */
export function openRunner(files: Readonly<Record<string, string>>): RunnerMachine {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw rehearsal ')));
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  return { folder, workspace, close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

export interface ActionRun {
  readonly machine: RunnerMachine;
  readonly inputs: Readonly<Record<string, string>>;
  /** The step's environment beyond the runner's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder put first on the PATH: where flyctl is. */
  readonly path: string;
  /** Each piece of the job log as it comes. */
  readonly onText?: (text: string) => void;
  /** Writes down the arguments of every process that the action starts. */
  readonly watchProcesses?: boolean;
  /** Folder of the built action, in place of the project's own. */
  readonly dist?: string;
  /** Cancels the job as a runner does: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL; the post step still runs. */
  readonly cancel?: AbortSignal;
  /** Kills the main step at once, with SIGKILL and nothing else; the post step still runs. */
  readonly kill?: AbortSignal;
}

export interface ActionEnd {
  /** Exit code of main; `null` when it had to be killed. */
  readonly exitCode: number | null;
  readonly postExitCode: number | null;
  /** What the job log shows: standard output and standard error in the order they came. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** The JSON report, where the action wrote one. */
  readonly report: unknown;
  /** Milliseconds of real time that main took. */
  readonly durationMs: number;
  /** `performance.now()` at the end of main. */
  readonly endedAt: number;
  /** Arguments of every process that main and post started, where they were watched. */
  readonly spawned: readonly (readonly string[])[];
  /** What the two steps could write to and left: command files, temporary folder, tool cache, home. */
  readonly folder: string;
}

/** Variables of the surroundings without which no program starts; nothing else of them reaches the action. */
const passedOn = ['SystemRoot', 'PATHEXT', 'COMSPEC', 'TMPDIR', 'TEMP', 'TMP', 'LANG'];

let count = 0;

/** Runs main and post of the action in `dist/`. */
export async function runAction(run: ActionRun): Promise<ActionEnd> {
  count += 1;
  const folder = join(run.machine.folder, `run-${count}`);
  const spawned = join(run.machine.folder, `spawned-${count}`);
  writeFileSync(spawned, '');
  const at = (name: string) => join(folder, name);
  const temp = at('temp');
  for (const name of ['temp', 'tools', 'home']) mkdirSync(at(name), { recursive: true });
  for (const name of ['output', 'summary', 'state', 'path', 'env']) writeFileSync(at(name), '');
  const env: Record<string, string> = {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'you/your-openclaw',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_WORKSPACE: run.machine.workspace,
    GITHUB_OUTPUT: at('output'),
    GITHUB_STEP_SUMMARY: at('summary'),
    GITHUB_STATE: at('state'),
    GITHUB_PATH: at('path'),
    GITHUB_ENV: at('env'),
    RUNNER_TEMP: temp,
    RUNNER_TOOL_CACHE: at('tools'),
    RUNNER_OS: { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }[process.platform as string] ?? 'Linux',
    HOME: at('home'),
    PATH: [run.path, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
  };
  for (const name of passedOn) if (process.env[name] !== undefined) env[name] = process.env[name];
  for (const [name, value] of Object.entries(run.inputs))
    env[`INPUT_${name.toUpperCase().replaceAll(' ', '_')}`] = value;
  Object.assign(env, run.env);

  const began = performance.now();
  const main = await step('main', env, spawned, run);
  const endedAt = performance.now();
  const state = readCommandFile(readFileSync(at('state'), 'utf8'));
  const post = await step(
    'post',
    { ...env, ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])) },
    spawned,
    { ...run, cancel: undefined, kill: undefined },
  );
  const outputs = readCommandFile(readFileSync(at('output'), 'utf8'));
  return {
    exitCode: main.exitCode,
    postExitCode: post.exitCode,
    log: main.log + post.log,
    outputs,
    summary: readFileSync(at('summary'), 'utf8'),
    report: readReport(outputs.report),
    durationMs: endedAt - began,
    endedAt,
    spawned: readFileSync(spawned, 'utf8')
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
    folder,
  };
}

function readReport(path: string | undefined): unknown {
  try {
    return path ? JSON.parse(readFileSync(path, 'utf8')) : null;
  } catch {
    return null;
  }
}

async function step(
  entry: 'main' | 'post',
  env: Record<string, string>,
  spawned: string,
  run: Omit<ActionRun, 'cancel' | 'kill'> & {
    readonly cancel?: AbortSignal | undefined;
    readonly kill?: AbortSignal | undefined;
  },
): Promise<{ exitCode: number | null; log: string }> {
  const watch = new URL(`?${new URLSearchParams({ to: spawned })}`, recorder);
  const watched = run.watchProcesses ? ['--import', watch.href] : [];
  const bundle = join(run.dist ?? dist, entry, 'index.js');
  const child = spawn(process.execPath, [...watched, bundle], {
    cwd: run.machine.workspace,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      log += text;
      run.onText?.(text);
    });
  }
  const timers: NodeJS.Timeout[] = [];
  const cancel = () => {
    child.kill('SIGINT');
    timers.push(setTimeout(() => child.kill('SIGTERM'), 7_500));
    timers.push(setTimeout(() => child.kill('SIGKILL'), 10_000));
  };
  const kill = () => child.kill('SIGKILL');
  run.cancel?.addEventListener('abort', cancel, { once: true });
  run.kill?.addEventListener('abort', kill, { once: true });
  if (run.cancel?.aborted) cancel();
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  for (const timer of timers) clearTimeout(timer);
  run.cancel?.removeEventListener('abort', cancel);
  run.kill?.removeEventListener('abort', kill);
  return { exitCode, log };
}
