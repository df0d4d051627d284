import { type AppConfig, readConfig } from '../app/config.ts';
import type { Present } from '../app/present.ts';
import { Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Machine } from '../flyctl/schemas.ts';
import { listenersCommand, parseListeners } from '../gateway/probe.ts';
import type { Conclude, Journey } from '../journey.ts';
import {
  commandLine,
  decideLockHeal,
  idleCommand,
  isIdle,
  type LockHeal,
  removalCommand,
  removedFiles,
} from '../recover/lock-heal.ts';
import { lockPatterns, stateDirOf } from '../recover/lock-layout.ts';
import { isGatewayMachine } from '../watch/sources.ts';
import type { Verdict } from '../watch/verdict.ts';
import type { ActEnd } from '../watch/watch.ts';
import { type Attended, attend, pollPause } from './attend.ts';
import { verdictInWords } from './deploy.ts';
import { withEvents } from './events.ts';
import { runningVersion } from './look.ts';

/** A gateway that a lock keeps down. */
export interface LockedGateway {
  readonly app: string;
  readonly config: AppConfig | null;
  readonly url: string | null;
  readonly secretNames: ReadonlySet<string>;
  /** What the watch said. */
  readonly verdict: Pick<Verdict, 'cause' | 'machineId'>;
}

/** What `operation: release-lock` would do, in sentences. */
export function planLockRelease({ machines }: Present): readonly string[] {
  return machines.flatMap((machine) => {
    const patterns = lockPatterns(stateDirOf(machine) ?? '') ?? [];
    const last = machine.volumes.length > 0 && patterns.length > 0;
    return [
      `watch machine ${machine.id}`,
      'if a stale lock keeps it down and no other machine has its volume, restart it',
      ...(last
        ? [
            `if the lock is on the volume, start the machine without the gateway, remove ${patterns.join(' ')}, and put its command back`,
          ]
        : []),
    ];
  });
}

/**
 * Watches what runs, and releases the lock if it is one that keeps the gateway down.
 *
 * @throws Failure `gateway-lock` where an earlier release was interrupted and cannot be finished
 */
export async function lookForLock(
  journey: Journey,
  flyctl: Flyctl,
  {
    app,
    config,
    present,
  }: { readonly app: string; readonly config: AppConfig | null; readonly present: Present },
  conclude: Conclude,
): Promise<void> {
  const { report, console } = journey;
  const secretNames = new Set(present.secrets.map(({ name }) => name));
  const gateway = { app, config, url: report.url, secretNames };
  const idle = present.machines.find(({ command }) => isIdle(command));
  if (idle !== undefined) {
    console.phase(`machine ${idle.id} was left without its gateway by a release that was interrupted`);
    const locked = { ...gateway, verdict: { cause: 'gateway-lock', machineId: idle.id } } as const;
    if ((await releaseLock(journey, flyctl, locked, conclude)) !== null) return;
    throw new Failure(
      'gateway-lock',
      `Machine ${idle.id} runs ${idleCommand} in place of the gateway, and its lock could not be released.`,
    );
  }
  const { verdict } = await attend(journey, flyctl, {
    ...gateway,
    operation: 'verify',
    baseline: present.machines,
    act: null,
  });
  if (verdict.cause === 'gateway-lock') {
    await releaseLock(journey, flyctl, { ...gateway, verdict }, conclude);
    return;
  }
  const [result, outcome] = verdictInWords(journey);
  conclude(`${result}: no lock is in the way`, outcome);
}

/** How long a machine with nothing to do may take to be started, in milliseconds. */
const idlePatienceMs = 60_000;
/** What an interrupted run may still spend on giving a machine its command back, in milliseconds. */
const lastMomentMs = 6_000;

/**
 * One bounded attempt to clear a stale lock: a clean restart, for a lock that goes with the machine's boot, and where
 * it lies on the volume the removal of the lock files while nothing runs. Each is followed by a watch of its own, and
 * the last verdict counts. Nothing is done where somebody may hold the lock. A gateway that a lock turned away has not
 * begun a boot that its restart breaker counts (sources of 2026.7.1 and 2026.9.6), so nothing has to rest in between.
 *
 * What flyctl fails with on the way is told, and the verdict of before stands. The machine is not left without its own
 * command, also when the run is cancelled, as far as Fly lets it.
 *
 * @returns the last watch; `null` where nothing came of it
 * @throws Failure only when the run is cancelled, or its time is over
 */
export async function releaseLock(
  journey: Journey,
  flyctl: Flyctl,
  locked: LockedGateway,
  conclude: Conclude,
): Promise<Attended | null> {
  const { report, console, signal } = journey;
  try {
    return await attempt(journey, flyctl, locked, conclude);
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    const text = `The lock could not be released: ${error.message}`;
    console.warning(text);
    report.warnings.push(text);
    conclude(`failed (${error.code})`, 'failed');
    return null;
  }
}

async function attempt(
  journey: Journey,
  flyctl: Flyctl,
  locked: LockedGateway,
  conclude: Conclude,
): Promise<Attended | null> {
  const { report, console } = journey;
  const heal = await decide(journey, flyctl, locked);
  if (heal.kind === 'refused') {
    const text = `The lock was left alone: ${heal.reason}.`;
    console.warning(text);
    report.warnings.push(text);
    conclude(`refused: ${heal.reason}`, 'failed');
    return null;
  }
  const { evidence } = report;
  let attended: Attended | null = null;
  if (heal.restart) {
    console.phase(`restarting machine ${heal.machine.id}: a lock beside the volume goes with the boot`);
    attended = await watchAfter(journey, flyctl, locked, (signal) =>
      commands.machineRestart(flyctl, locked.app, heal.machine.id, { signal }),
    );
  }
  let removed: readonly string[] = [];
  if ((attended === null || attended.verdict.cause === 'gateway-lock') && heal.patterns.length > 0) {
    const cleared = await clearVolume(journey, flyctl, locked, heal);
    if (cleared === null) {
      conclude('no lock file is on the volume: nothing could be released', 'failed');
      return attended;
    }
    removed = cleared.removed;
    attended = cleared.attended;
  }
  const how = removed.length > 0 ? `removing ${removed.join(', ')}` : 'a restart';
  if (report.verdict !== 'failed') {
    const text = `A stale lock kept the gateway down (${evidence?.text ?? 'its log said so'}); ${how} released it.`;
    console.notice(text);
    report.warnings.push(text);
  }
  const [result, outcome] = verdictInWords(journey);
  conclude(`${result} after ${how}`, outcome);
  return attended;
}

async function decide({ signal }: Journey, flyctl: Flyctl, locked: LockedGateway): Promise<LockHeal> {
  const { app, config, verdict } = locked;
  const machines = await withEvents(flyctl, app, await commands.machineList(flyctl, app, { signal }), signal);
  const machine = machines.find(({ id }) => id === verdict.machineId);
  return decideLockHeal({
    cause: verdict.cause,
    machineId: verdict.machineId,
    machines: machines.filter(({ state }) => !/^destroy/.test(state)),
    listening: machine?.state === 'started' ? await listening(flyctl, app, machine.id, signal) : null,
    gatewayPort: config?.gateway?.port ?? machine?.internalPorts[0] ?? null,
    version: machine === undefined ? null : runningVersion(machine),
  });
}

async function listening(
  flyctl: Flyctl,
  app: string,
  machineId: string,
  signal: AbortSignal,
): Promise<readonly number[] | null> {
  try {
    const { stdout } = await commands.machineExec(flyctl, app, machineId, listenersCommand, 5, {
      signal,
      patience: null,
    });
    return parseListeners(stdout)?.map(({ port }) => port) ?? null;
  } catch (error) {
    // A machine that dies again and again is seldom there to answer.
    if (signal.aborted || !(error instanceof Failure)) throw error;
    return null;
  }
}

/** Does something that boots the gateway, and watches that boot. */
async function watchAfter(
  journey: Journey,
  flyctl: Flyctl,
  { app, config, url, secretNames }: LockedGateway,
  act: (signal: AbortSignal) => Promise<void>,
): Promise<Attended> {
  const machines = await commands.machineList(flyctl, app, { signal: journey.signal });
  const attended = await attend(journey, flyctl, {
    app,
    operation: 'restart',
    config,
    url,
    baseline: machines.filter((machine) => isGatewayMachine(machine, config?.gatewayGroup ?? null)),
    secretNames,
    act: async (signal): Promise<ActEnd> => {
      try {
        await act(signal);
        return { ok: true, releaseVersion: null };
      } catch (error) {
        if (error instanceof Failure) return { ok: false, failure: error };
        throw error;
      }
    },
  });
  const failed = attended.act !== null && !attended.act.ok ? attended.act.failure : null;
  if (failed !== null && attended.verdict.cause === failed.code) throw failed;
  return attended;
}

/**
 * A gateway that keeps dying leaves no moment to run a command beside it: the machine is started with a command that
 * does nothing, the files are removed, and its own command is put back. `machine update` starts a machine that is
 * stopped, which a deploy does not (flyctl recordings 397 and 466).
 *
 * @returns `null` where no lock file was found: the machine has its command again, and is not started, since one more
 *   boot would end as the ones before
 */
async function clearVolume(
  journey: Journey,
  flyctl: Flyctl,
  locked: LockedGateway,
  { machine, patterns }: Extract<LockHeal, { kind: 'heal' }>,
): Promise<{ readonly removed: readonly string[]; readonly attended: Attended } | null> {
  const { console, report, signal } = journey;
  const { app } = locked;
  const command = await ownCommand(journey, flyctl, app, machine);
  let idle = true;
  try {
    console.phase(`starting machine ${machine.id} without the gateway, to remove lock files from its volume`);
    await commands.machineUpdate(flyctl, app, machine.id, { command: idleCommand }, { signal });
    const removed = await removeLocks(journey, flyctl, app, machine.id, patterns);
    // A machine that was left idle may have lost its lock files already.
    if (removed.length === 0 && !isIdle(machine.command)) {
      await commands.machineUpdate(flyctl, app, machine.id, { command, skipStart: true }, { signal });
      idle = false;
      const text = `No lock file is on the volume (${patterns.join(' ')}). Machine ${machine.id} was left stopped.`;
      console.warning(text);
      report.warnings.push(text);
      return null;
    }
    console.phase(`removed ${removed.join(', ')}`);
    const attended = await watchAfter(journey, flyctl, locked, async (abort) => {
      await commands.machineUpdate(flyctl, app, machine.id, { command }, { signal: abort });
      idle = false;
    });
    return { removed, attended };
  } finally {
    if (idle) await wakeAtLast(journey, flyctl, app, machine.id, command);
  }
}

/** The command of the machine; where an interrupted run left it idle, that of the latest release. */
async function ownCommand(
  { signal, workspace }: Journey,
  flyctl: Flyctl,
  app: string,
  machine: Machine,
): Promise<string> {
  if (!isIdle(machine.command)) return commandLine(machine.command);
  const text = await commands.configShow(flyctl, app, 'toml', { signal });
  const shown = readConfig({
    file: 'fly config show',
    directory: workspace,
    format: 'toml',
    text,
    generated: true,
  });
  return shown.processes.get(machine.processGroup)?.command ?? shown.start?.command ?? '';
}

async function removeLocks(
  { clock, console, inputs, signal }: Journey,
  flyctl: Flyctl,
  app: string,
  machineId: string,
  patterns: readonly string[],
): Promise<readonly string[]> {
  const until = clock.now() + idlePatienceMs;
  for (;;) {
    let trouble: string;
    try {
      const { stdout, stderr } = await commands.machineExec(
        flyctl,
        app,
        machineId,
        removalCommand(patterns),
        20,
        {
          signal,
        },
      );
      const removed = removedFiles(stdout);
      if (removed !== null) return removed;
      trouble = stderr || stdout || 'the command did not come to its end';
    } catch (error) {
      // Until it is started there is nothing to run a command in.
      if (signal.aborted || !(error instanceof Failure) || error.code === 'token-rights') throw error;
      trouble = error.message;
    }
    if (clock.now() >= until) {
      throw new Failure('gateway-lock', `The lock files could not be removed: ${trouble.slice(0, 300)}`);
    }
    console.tick(`machine ${machineId} to be started without the gateway`);
    await clock.sleep(pollPause(inputs.stableForMs), signal);
    signal.throwIfAborted();
  }
}

/** Whatever went wrong, the machine is not left idle if that can still be helped. Never throws. */
async function wakeAtLast(
  { console, report }: Journey,
  flyctl: Flyctl,
  app: string,
  machineId: string,
  command: string,
): Promise<void> {
  try {
    const signal = AbortSignal.timeout(lastMomentMs);
    await commands.machineUpdate(flyctl, app, machineId, { command }, { signal, patience: null });
    console.phase(`machine ${machineId} has its own command again`);
  } catch {
    const text = `Machine ${machineId} runs an idle command in place of the gateway. Run operation: release-lock again, or deploy.`;
    console.warning(text);
    report.warnings.push(text);
  }
}
