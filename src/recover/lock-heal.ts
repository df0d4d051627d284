import { isInside } from '../app/state-directory.ts';
import type { CauseCode } from '../causes.ts';
import type { Machine } from '../flyctl/schemas.ts';
import { isDown } from '../watch/moments.ts';
import { lockPatterns, lockPlace, stateDirOf } from './lock-layout.ts';

/** What is known when a gateway has said that a lock keeps it from starting. */
export interface LockQuestion {
  readonly cause: CauseCode;
  /** The machine that said so; `null` where the verdict names none. */
  readonly machineId: string | null;
  /** All machines of the app, those that no deploy made included. */
  readonly machines: readonly Machine[];
  /** Ports that something listens on inside the machine; `null`: nobody could look. */
  readonly listening: readonly number[] | null;
  /** Where the gateway would listen; `null` where nothing says so. */
  readonly gatewayPort: number | null;
  readonly version: string | null;
}

export type LockHeal =
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'heal';
      readonly machine: Machine;
      /**
       * A clean restart comes first; not where the lock survives it and has stood through one already, nor where the
       * machine runs no gateway at all.
       */
      readonly restart: boolean;
      /** What is removed if the lock is on the volume; empty where there is none to look on. */
      readonly patterns: readonly string[];
    };

/**
 * What may be done about a lock. It is stale when nobody can hold it: one machine only has the volume, and in that
 * machine nothing listens where the gateway would. A process that held it has gone with its machine's boot.
 */
export function decideLockHeal(question: LockQuestion): LockHeal {
  const { cause, machineId, machines, listening, gatewayPort, version } = question;
  const refused = (reason: string): LockHeal => ({ kind: 'refused', reason });
  if (cause !== 'gateway-lock') return refused(`the cause is ${cause}, not a lock`);
  const machine = machines.find(({ id }) => id === machineId);
  if (machine === undefined) return refused('no machine of the app is known to have met the lock');
  const volume = machine.volumes[0] ?? null;
  const others = machines.filter(
    ({ id, volumes }) => id !== machine.id && volume !== null && volumes.some((one) => one.id === volume.id),
  );
  const live = others.find(({ state }) => !isDown(state));
  if (live !== undefined) {
    return refused(
      `machine ${live.id} (${live.state}) has the volume ${volume?.id} too: its gateway may hold the lock. Stop it first`,
    );
  }
  const [other] = others;
  if (other !== undefined) {
    return refused(
      `machine ${other.id} (${other.state}) has the volume ${volume?.id} too: only one may. Destroy one of them first`,
    );
  }
  if (gatewayPort !== null && listening?.includes(gatewayPort)) {
    return refused(
      `something in machine ${machine.id} listens on port ${gatewayPort}: a gateway that runs holds the lock`,
    );
  }
  const stateDir = stateDirOf(machine);
  const onVolume = volume !== null && stateDir !== null && isInside(stateDir, volume.path);
  const patterns = onVolume ? (lockPatterns(stateDir) ?? []) : [];
  const stoodThrough = lockPlace(version) === 'volume' && endsSinceChange(machine) >= 2;
  const restart = !isIdle(machine.command) && (!stoodThrough || patterns.length === 0);
  return { kind: 'heal', machine, patterns, restart };
}

/** How often the present config of a machine ended unasked: each time but the last it was started again. */
function endsSinceChange({ events }: Machine): number {
  const all = events ?? [];
  const changed = all.findIndex(({ type }) => /^(?:launch|update|replac|creat)/.test(type));
  const since = changed === -1 ? all : all.slice(0, changed);
  return since.filter(({ exit }) => exit !== undefined && !exit.requestedStop).length;
}

/**
 * Keeps a machine up without a gateway, so that a command can run in it. It ends by itself: a run that is killed
 * half-way does not leave it up for ever, and whoever comes next knows it by its command.
 */
export const idleCommand = 'sleep 900';

export function isIdle(command: readonly string[]): boolean {
  return command.join(' ') === idleCommand;
}

/** The word that proves that the removal ran to its end: a death by signal looks like success (flyctl recording 361). */
const done = 'locks-removed';

/** Lists what is there, then removes it. Run twice it does the same. */
export function removalCommand(patterns: readonly string[]): string {
  const list = patterns.join(' ');
  return `sh -c 'ls ${list} 2>/dev/null; rm -f ${list} && echo ${done}'`;
}

/** The files that were there; `null` when the command did not come to its end. */
export function removedFiles(stdout: string): readonly string[] | null {
  const lines = stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.at(-1) === done ? lines.slice(0, -1) : null;
}

/** A command line that flyctl splits into exactly these words, as a shell would. */
export function commandLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`))
    .join(' ');
}
