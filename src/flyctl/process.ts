import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import { Failure } from '../causes.ts';
import { CappedText, LineSplitter } from './capture.ts';
import { forgetProcess, noteProcess } from './config-dir.ts';
import { flyctlEnvironment } from './environment.ts';
import { ordinaryPatience, type Patience } from './retry.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface RunOptions {
  /** Written to standard input, which is then closed. Without it flyctl reads from an empty device. */
  readonly stdin?: string | undefined;
  /** Milliseconds until the process is told to stop. Default 60 000. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Only a deploy has one; everything else runs where no fly.toml lies, since a broken one fails any command. */
  readonly cwd?: string | undefined;
  /** Each line as it arrives, without its end, cut at 64 KiB. Hostile text: guard it before it is shown. */
  readonly onLine?: ((stream: OutputStream, line: string) => void) | undefined;
  /** How much of each stream is kept, in characters; the end of it, where errors stand. Default 32 Mi. */
  readonly maxCapture?: number | undefined;
}

/** How one process ended. Never an error by itself: what an exit code means is for the caller. */
export interface Completed {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It was stopped because its deadline passed. */
  readonly timedOut: boolean;
  /** It was stopped, or not even started, because of the AbortSignal or `stop()`. */
  readonly cancelled: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** More came than was kept. */
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** The one way to run flyctl. */
export interface Flyctl {
  /** The executable. */
  readonly path: string;
  /** e.g. `0.4.105`; for messages. */
  readonly version: string;
  /** Takes secret values out of a text. */
  readonly redact: (text: string) => string;
  /** How the commands try again where a call says nothing else. */
  readonly patience: Patience;
  /** @throws Failure `flyctl-install` when the program cannot be started at all */
  run(args: readonly string[], options?: RunOptions): Promise<Completed>;
  /** Stops every process still running and returns when the last one is gone. Later runs are allowed. */
  stop(): Promise<void>;
}

/** Milliseconds between SIGINT, SIGTERM and SIGKILL. The runner itself gives 7.5 s and then 2.5 s. */
export interface Graces {
  readonly interruptMs: number;
  readonly terminateMs: number;
}

export interface FlyctlSettings {
  /** The executable. */
  readonly path: string;
  readonly version: string;
  readonly token: string;
  /** Private to this run, mode 0700; see config-dir.ts. */
  readonly configDir: string;
  /** A folder without any file, the working directory of whatever is no deploy. */
  readonly emptyDir: string;
  /** The action's environment; flyctl gets what environment.ts lets through. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly redact: (text: string) => string;
  /** One line a call, secrets taken out. */
  readonly debug?: ((line: string) => void) | undefined;
  /** Told of each process; what it returns is called when that is gone. */
  readonly begun?: ((args: readonly string[]) => () => void) | undefined;
  readonly graces?: Graces | undefined;
  readonly patience?: Patience | undefined;
}

const windows = process.platform === 'win32';

/** Leaves 2.5 s of the runner's 7.5 s for the clean-up that follows an interrupted deploy. */
const ordinaryGraces: Graces = { interruptMs: 3000, terminateMs: 1500 };

/** How long the pipes may stay open after the process is gone: a descendant may hold them. */
const drainMs = 1000;

/** Makes the one way to run flyctl. Nothing is started yet. */
export function openFlyctl(settings: FlyctlSettings): Flyctl {
  const env = flyctlEnvironment(settings.env, settings.token, settings.configDir);
  const running = new Map<ChildProcess, { cancel: () => void; gone: Promise<unknown> }>();
  // An action that dies on an error of its own leaves no flyctl behind either.
  const lastResort = () => {
    for (const child of running.keys()) signalTree(child, 'SIGKILL');
  };

  async function run(args: readonly string[], options: RunOptions = {}): Promise<Completed> {
    if (options.signal?.aborted) return neverStarted;

    const child = spawn(settings.path, [...args], {
      cwd: options.cwd ?? settings.emptyDir,
      env,
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // A group of its own: the whole of it can be signalled, and a Ctrl-C meant for the action does not reach it twice.
      detached: !windows,
      windowsHide: true,
    });
    const startedAt = performance.now();
    const stdout = collect(child, 'stdout', options);
    const stderr = collect(child, 'stderr', options);
    if (options.stdin !== undefined && child.stdin) {
      // flyctl may end, on a wrong token for instance, before it has read everything.
      child.stdin.on('error', () => {});
      child.stdin.end(options.stdin);
    }
    try {
      await once(child, 'spawn');
    } catch (error) {
      const dir = options.cwd ?? settings.emptyDir;
      throw new Failure('flyctl-install', `flyctl (${settings.path}) could not be started in ${dir}`, {
        evidence: settings.redact(error instanceof Error ? error.message : String(error)),
        cause: error,
      });
    }

    let stoppedBy: 'deadline' | 'cancel' | null = null;
    const timers: NodeJS.Timeout[] = [];
    const stop = (by: 'deadline' | 'cancel') => {
      if (stoppedBy !== null) return;
      stoppedBy = by;
      const { interruptMs, terminateMs } = settings.graces ?? ordinaryGraces;
      signalTree(child, 'SIGINT');
      timers.push(setTimeout(() => signalTree(child, 'SIGTERM'), interruptMs));
      timers.push(setTimeout(() => signalTree(child, 'SIGKILL'), interruptMs + terminateMs));
    };
    const cancel = () => stop('cancel');
    timers.push(setTimeout(() => stop('deadline'), options.deadlineMs ?? 60_000));
    options.signal?.addEventListener('abort', cancel, { once: true });

    const ended = settings.begun?.(args);
    const gone = finish(child);
    if (running.size === 0) process.on('exit', lastResort);
    running.set(child, { cancel, gone });
    noteProcess(settings.configDir, child.pid, { path: settings.path, command: args[0] ?? '' });
    // The signal may have come while the process was being started, when nobody listened yet.
    if (options.signal?.aborted) cancel();

    const { exitCode, signal } = await gone;
    ended?.();
    for (const timer of timers) clearTimeout(timer);
    options.signal?.removeEventListener('abort', cancel);
    running.delete(child);
    if (running.size === 0) process.off('exit', lastResort);
    forgetProcess(settings.configDir, child.pid);

    const out = stdout();
    const err = stderr();
    const durationMs = performance.now() - startedAt;
    settings.debug?.(
      settings.redact(
        `flyctl ${args.join(' ')}: ${ending(exitCode, signal)} after ${Math.round(durationMs)} ms`,
      ),
    );
    return {
      exitCode,
      signal,
      timedOut: stoppedBy === 'deadline',
      cancelled: stoppedBy === 'cancel',
      stdout: out.text,
      stderr: err.text,
      truncated: out.truncated || err.truncated,
      durationMs,
    };
  }

  async function stop(): Promise<void> {
    const stopping = [...running.values()];
    for (const { cancel } of stopping) cancel();
    await Promise.all(stopping.map(({ gone }) => gone));
  }

  const { path, version, redact, patience = ordinaryPatience } = settings;
  return { path, version, redact, patience, run, stop };
}

const neverStarted: Completed = {
  exitCode: null,
  signal: null,
  timedOut: false,
  cancelled: true,
  stdout: '',
  stderr: '',
  truncated: false,
  durationMs: 0,
};

function ending(exitCode: number | null, signal: NodeJS.Signals | null): string {
  return exitCode === null ? (signal ?? 'no exit code') : `exit ${exitCode}`;
}

/** Reads one stream to its end; the function returned gives what was kept. */
function collect(child: ChildProcess, name: OutputStream, options: RunOptions) {
  const text = new CappedText(options.maxCapture ?? 32 * 1024 * 1024);
  const { onLine } = options;
  const lines = onLine ? new LineSplitter((line) => onLine(name, line)) : null;
  // A character of several bytes may be split between two chunks.
  const decoder = new StringDecoder('utf8');
  const push = (part: string) => {
    text.push(part);
    lines?.push(part);
  };
  child[name]?.on('data', (chunk: Buffer) => push(decoder.write(chunk)));
  return () => {
    push(decoder.end());
    lines?.end();
    return text.end();
  };
}

/** Resolves when the process is gone and its pipes are empty, whatever descendants of it do. */
async function finish(
  child: ChildProcess,
): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Whatever it started and did not wait for goes with it.
  if (!windows) signalTree(child, 'SIGKILL');
  const drained = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, drainMs);
  await closed;
  clearTimeout(drained);
  return { exitCode: child.exitCode, signal: child.signalCode };
}

/** Signals the process and all it started. Windows knows no signals between processes: there the tree is ended. */
export function signalTree(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (windows) {
    spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the group is empty, which is what was wanted.
  }
}
