import type { Fact, MachineSnapshot } from './facts.ts';
import type { Verdict } from './verdict.ts';

/** What a watch is to wait for, and how long. Durations are milliseconds of the runner's clock. */
export interface Expectations {
  readonly app: string;
  readonly operation: 'deploy' | 'restart' | 'verify';
  /** The machines before anything was changed; empty for a new app. */
  readonly baseline: readonly MachineSnapshot[];
  /** The release this run makes, once it is known; a `release` fact can say it later. */
  readonly ourReleaseVersion: number | null;
  readonly expectDiscord: boolean;
  /** Fly's proxy must reach the gateway: false where the app has no service (ssh console only). */
  readonly throughProxy: boolean;
  /** internal_port of the service; `null` when there is none or it is not known. */
  readonly internalPort: number | null;
  /** Port the command tells the gateway to use; `null` when it is not known. */
  readonly gatewayPort: number | null;
  /** From the first sight of the awaited boot (or the end of the deploy) to the listening line. */
  readonly listenTimeoutMs: number;
  /** From the listening line to the Discord login. */
  readonly discordTimeoutMs: number;
  /** How long it must stay up after it listens. */
  readonly stableForMs: number;
  /** What is left of the overall time, counted from the beginning of the watch. */
  readonly timeoutMs: number;
  /** For the fixes only. */
  readonly url?: string | undefined;
  readonly org?: string | undefined;
  readonly region?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly version?: string | undefined;
}

/** One change worth a line on the console and in the timeline. */
export interface Phase {
  readonly name:
    | 'new-version'
    | 'started'
    | 'listening'
    | 'ready'
    | 'discord'
    | 'discord-failed'
    | 'exited'
    | 'stopped'
    | 'deploy-ended';
  readonly machineId: string | null;
  /** By the platform's clock, where the source has a time. */
  readonly at: number | null;
  /** By the runner's clock: when this watch learnt it. */
  readonly learntAt: number;
  /** One sentence without a full stop, e.g. `gateway listens on port 3000, 4.8 s after its start`. */
  readonly text: string;
}

/** Everything a watch knows. Opaque: ask it with the functions below. */
export interface WatchState {
  readonly expectations: Expectations;
  readonly beganAt: number;
}

/** @param now milliseconds by the runner's clock, as in every function here. */
export function beginWatch(expectations: Expectations, now: number): WatchState {
  return { expectations, beganAt: now };
}

/** Folds one fact in. Pure; the order in which facts arrive does not matter beyond what they say themselves. */
export function reduce(state: WatchState, _fact: Fact, _now: number): WatchState {
  return state;
}

/** The verdict the evidence allows, or `null` when it allows none yet. Ask after every fact and every tick. */
export function verdictOf(_state: WatchState, _now: number): Verdict | null {
  return null;
}

/** What is awaited, for the heartbeat line, e.g. `the gateway's listening line (machine 148e…, started 12 s ago)`. */
export function awaited(_state: WatchState, _now: number): string {
  return '';
}

/** Machines where logs cannot decide and a probe is due now. Empty while the probe feed is refused. */
export function probesWanted(_state: WatchState, _now: number): readonly string[] {
  return [];
}

/** The public URL should be asked now: neither logs nor probes can tell. */
export function urlWanted(_state: WatchState, _now: number): boolean {
  return false;
}

/** Machines that have the new version but stay down, each named until a `start-asked` fact says it was started. */
export function machinesToStart(_state: WatchState, _now: number): readonly string[] {
  return [];
}

/** Phase changes so far, oldest first; only ever appended to. */
export function phases(_state: WatchState): readonly Phase[] {
  return [];
}
