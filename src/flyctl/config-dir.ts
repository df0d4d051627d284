import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
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
export function noteProcess(configDir: string, pid: number | undefined, path: string): void {
  if (pid === undefined) return;
  try {
    mkdirSync(join(configDir, processesDir), { recursive: true, mode: 0o700 });
    writeFileSync(join(configDir, processesDir, String(pid)), path, { mode: 0o600 });
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
export async function stopAgent(flyctl: Flyctl, dirs: FlyctlDirs): Promise<void> {
  if (!existsSync(join(dirs.configDir, 'fly-agent.sock'))) return;
  await flyctl.run(['agent', 'stop'], { deadlineMs: 3000 });
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
  const trouble: string[] = [];
  const left = leftProcesses(join(root, 'config'));
  for (const gone of await Promise.all(left.map(endProcess))) {
    if (!gone.ended) trouble.push(`Process ${gone.pid} (flyctl) could not be ended.`);
  }
  try {
    // Retries: on Windows a process that has just ended may still hold its log file.
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    trouble.push(`flyctl's private directory could not be removed: ${reason}`);
  }
  return trouble;
}

function leftProcesses(configDir: string): readonly LeftProcess[] {
  const dir = join(configDir, processesDir);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map((name) => ({ pid: Number(name), path: readFileSync(join(dir, name), 'utf8') }));
}

interface LeftProcess {
  readonly pid: number;
  readonly path: string;
}

const execute = promisify(execFile);
const windows = process.platform === 'win32';

async function endProcess(left: LeftProcess): Promise<{ pid: number; ended: boolean }> {
  const { pid } = left;
  if (windows) {
    if (await isFlyctl(left)) await execute('taskkill', ['/pid', String(pid), '/T', '/F']).catch(() => {});
    return { pid, ended: !(await isFlyctl(left)) };
  }
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    if (!(await isFlyctl(left))) return { pid, ended: true };
    try {
      process.kill(-pid, signal);
    } catch {
      // It ended in between.
    }
    for (let waited = 0; waited < 1500 && (await isFlyctl(left)); waited += 100) await sleep(100);
  }
  return { pid, ended: !(await isFlyctl(left)) };
}

/** Process ids are used again: only a process whose command line names this very flyctl may be ended. */
async function isFlyctl({ pid, path }: LeftProcess): Promise<boolean> {
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
