import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Flyctl } from './process.ts';

/** flyctl's private folders for one run. */
export interface FlyctlDirs {
  /** FLY_CONFIG_DIR, mode 0700. flyctl writes every request body into its logs here, secret values included. */
  readonly configDir: string;
  /** An empty folder: the working directory of all commands but deploy. */
  readonly emptyDir: string;
  /** Holds both; this is what `removeConfigDir` takes. */
  readonly root: string;
}

/** @param runnerTemp RUNNER_TEMP, or any folder for temporary files */
export function openConfigDir(runnerTemp: string): FlyctlDirs {
  mkdirSync(runnerTemp, { recursive: true });
  const root = mkdtempSync(join(runnerTemp, 'flyctl-'));
  // mkdtemp makes 0700 already; a umask or a filesystem that thought otherwise is corrected.
  chmodSync(root, 0o700);
  const configDir = join(root, 'config');
  const emptyDir = join(root, 'empty');
  for (const dir of [configDir, emptyDir]) mkdirSync(dir, { mode: 0o700 });
  return { root, configDir, emptyDir };
}

const processesDir = 'processes';

/** Notes a running flyctl, so that the post step can end it if this process cannot. */
export function noteProcess(
  configDir: string,
  pid: number | undefined,
  { path, command }: Pick<LeftProcess, 'path' | 'command'>,
): void {
  if (pid === undefined) return;
  try {
    mkdirSync(join(configDir, processesDir), { recursive: true, mode: 0o700 });
    const note = [birthOf(pid) ?? '', command, path].join('\n');
    writeFileSync(join(configDir, processesDir, String(pid)), note, { mode: 0o600 });
  } catch {
    // The note serves only a post step after a killed main step; a run must not fail for want of it.
  }
}

export function forgetProcess(configDir: string, pid: number | undefined): void {
  if (pid !== undefined) rmSync(join(configDir, processesDir, String(pid)), { force: true });
}

/**
 * Stops flyctl's agent if a command started one: a daemon in a session of its own, which no group signal
 * reaches. Release commands and builders behind WireGuard start it; its socket tells.
 */
export async function stopAgent(
  flyctl: Flyctl,
  { configDir }: Pick<FlyctlDirs, 'configDir'>,
  signal?: AbortSignal,
): Promise<void> {
  if (!existsSync(join(configDir, 'fly-agent.sock'))) return;
  await flyctl.run(['agent', 'stop'], { deadlineMs: 3000, signal });
}

/**
 * Ends the flyctl processes that outlived a killed main step, then removes the directories. Called on every
 * path out of a run, and again by the post step; removing what is gone already is no error.
 *
 * @param root `FlyctlDirs.root`
 * @returns what could not be undone, one sentence each; empty when all is well
 */
export async function removeConfigDir(root: string): Promise<readonly string[]> {
  if (!existsSync(root)) return [];
  const trouble = (await endLeftProcesses(root)).flatMap(({ pid, ended }) =>
    ended ? [] : [`Process ${pid} (flyctl) could not be ended.`],
  );
  try {
    // Retries: on Windows a process that has just ended may still hold its log file.
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    trouble.push(`flyctl's private directory could not be removed: ${reason}`);
  }
  return trouble;
}

/** Ends what a killed main step left running, and tells of each process that it had noted. */
export async function endLeftProcesses(root: string): Promise<readonly EndedProcess[]> {
  const dir = join(root, 'config', processesDir);
  if (!existsSync(dir)) return [];
  const left = readdirSync(dir)
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map((name): LeftProcess => {
      const [birth = '', command = '', path = ''] = readFileSync(join(dir, name), 'utf8').split('\n');
      return { pid: Number(name), birth: birth || null, command, path };
    });
  return Promise.all(left.map(endProcess));
}

/** When the last flyctl was started or ended by the main step, in milliseconds since the epoch; `null`: none ever was. */
export function lastNoted(root: string): number | null {
  try {
    return statSync(join(root, 'config', processesDir)).mtimeMs;
  } catch {
    return null;
  }
}

interface LeftProcess {
  readonly pid: number;
  /** When it was started, in the words of the system; `null` where that is not told. */
  readonly birth: string | null;
  /** First word of the command, e.g. `deploy`. */
  readonly command: string;
  /** The executable. */
  readonly path: string;
}

/** A process that the main step had noted, once it was looked after. */
export interface EndedProcess extends Pick<LeftProcess, 'pid' | 'command'> {
  /** It was running still. */
  readonly ran: boolean;
  /** It is gone now. */
  readonly ended: boolean;
}

const execute = promisify(execFile);
const windows = process.platform === 'win32';

/** Milliseconds that an orphan gets to give its lease back, and then to die. */
const graces = { SIGINT: 1500, SIGKILL: 500 } as const;

async function endProcess(left: LeftProcess): Promise<EndedProcess> {
  const { pid, command } = left;
  if (!(await isFlyctl(left))) return { pid, command, ran: false, ended: true };
  if (windows) {
    await execute('taskkill', ['/pid', String(pid), '/T', '/F']).catch(() => {});
    return { pid, command, ran: true, ended: !(await isFlyctl(left)) };
  }
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    try {
      process.kill(-pid, signal);
    } catch {
      // It ended in between.
    }
    for (let waited = 0; waited < graces[signal]; waited += 50) {
      if (!(await isFlyctl(left))) return { pid, command, ran: true, ended: true };
      await sleep(50);
    }
  }
  return { pid, command, ran: true, ended: !(await isFlyctl(left)) };
}

/**
 * Process ids are used again: only the very process that was noted may be ended. Where its birth is not known, its
 * command line has to name the executable, which that of a flyctl behind a shell script does not.
 */
async function isFlyctl({ pid, birth, path }: LeftProcess): Promise<boolean> {
  if (birth !== null) return birthOf(pid) === birth;
  try {
    if (windows) {
      const { stdout } = await execute('tasklist', ['/fi', `PID eq ${pid}`, '/fo', 'csv', '/nh']);
      return stdout.includes(`"${basename(path)}"`);
    }
    const { stdout } = await execute('ps', ['-p', String(pid), '-o', 'stat=,command=']);
    return stdout.includes(path) && !stdout.trimStart().startsWith('Z');
  } catch {
    return false;
  }
}

/**
 * When a process was started, in clock ticks since the boot of this host; `null` where that is not told (macOS,
 * Windows) or it has ended. It stays what it is when a script becomes another program.
 */
function birthOf(pid: number): string | null {
  if (process.platform !== 'linux') return null;
  try {
    // The name of the program may hold spaces and brackets: the fields are counted from behind it.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return state === 'Z' || state === 'X' ? null : (fields[18] ?? null);
  } catch {
    return null;
  }
}
