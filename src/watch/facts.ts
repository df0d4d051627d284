/**
 * What the watch can learn, and from whom. The feeds produce facts, the reducer folds them; nothing else
 * crosses the line between I/O and judgement. Times named `at` are milliseconds since the epoch by the
 * platform's clock and are only ever compared with each other; the `now` given to the reducer is the clock
 * of the runner and only ever measures how long something has lasted.
 */

/** The end of one boot, as the machine's own events tell it (flyctl leaves zero values out; here they are filled in). */
export interface ExitEvent {
  readonly at: number;
  /** Exit code of the main process; `null` when the event did not say. */
  readonly exitCode: number | null;
  /** Signal that killed the main process, e.g. 9; `null` when none did. */
  readonly signal: number | null;
  readonly oomKilled: boolean;
  /** A stop that was asked for: a deploy, a `machine stop`. Never a failure of the gateway. */
  readonly requestedStop: boolean;
  /** The platform is about to start the machine again by its restart policy. */
  readonly restarting: boolean;
}

/** One entry of a machine's event log. */
export type MachineEvent =
  | { readonly type: 'exit'; readonly at: number; readonly exit: ExitEvent }
  | { readonly type: string; readonly at: number; readonly exit?: undefined };

/** One look at one machine. */
export interface MachineSnapshot {
  readonly id: string;
  /** Changes with each update of the machine, not with restarts. */
  readonly instanceId: string;
  /** created, starting, started, stopping, stopped, suspended, replacing, failed, destroyed … */
  readonly state: string;
  readonly region: string;
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
  /** Image with digest where the platform names it, e.g. `ghcr.io/openclaw/openclaw@sha256:…`. */
  readonly image: string;
  readonly memoryMb: number | null;
  /** `fly_release_version` of the machine's metadata; `null` when it has none. */
  readonly releaseVersion: number | null;
  /** Newest first, as Fly sends them. `null` when this reply carried none at all (the server's choice). */
  readonly events: readonly MachineEvent[] | null;
  readonly restartPolicy: string | null;
  /** Health checks by name with their status: passing, warning, critical. */
  readonly checks: readonly { readonly name: string; readonly status: string; readonly output: string }[];
  readonly volumes: readonly { readonly id: string; readonly name: string; readonly path: string }[];
}

/** One line of the log stream, as it came (not cleaned). */
export interface LogLine {
  /** Empty where the platform left it out. */
  readonly machineId: string;
  /** `app` (the gateway, and init and the kernel too), `runner`, `proxy` … */
  readonly provider: string;
  /** With the fraction of a millisecond where the platform gives it: the order of lines hangs on it. */
  readonly at: number;
  readonly text: string;
}

/** What a command run inside the machine saw. */
export interface ProbeReading {
  readonly machineId: string;
  /** TCP listeners from /proc/net/tcp and tcp6; `null` when they could not be read. */
  readonly listeners: readonly { readonly address: string; readonly port: number }[] | null;
  /** HTTP status and start of the body, by path; absent when it was not asked or nothing answered. */
  readonly healthz: { readonly status: number; readonly body: string } | null;
  readonly readyz: { readonly status: number; readonly body: string } | null;
}

/** Where facts come from. */
export type FeedName = 'machines' | 'logs' | 'probe' | 'url';

/** How a feed is doing. `refused`: the token may not read it, and never will during this run. */
export type FeedHealth = 'working' | 'failing' | 'refused';

export type Fact =
  | { readonly kind: 'machines'; readonly machines: readonly MachineSnapshot[] }
  | { readonly kind: 'log'; readonly line: LogLine }
  | { readonly kind: 'probe'; readonly reading: ProbeReading }
  /** The public URL was asked from the runner. `status: null`: nobody answered. */
  | { readonly kind: 'url'; readonly status: number | null }
  /**
   * Sent with every reply of a feed, not only on a change: `working` after a page of logs, also an empty one,
   * says that nothing newer was there, and a Discord login counts as settled only then.
   */
  | { readonly kind: 'feed'; readonly feed: FeedName; readonly health: FeedHealth; readonly detail: string }
  /** flyctl deploy (or restart) ended. Its exit is evidence, never the verdict. */
  | {
      readonly kind: 'deploy-ended';
      readonly ok: boolean;
      readonly cause: string | null;
      readonly detail: string;
    }
  /** The release that this run made, once flyctl or the API named it. */
  | { readonly kind: 'release'; readonly version: number }
  /** The watch asked for a start of a machine that stayed down. */
  | {
      readonly kind: 'start-asked';
      readonly machineId: string;
      readonly ok: boolean;
      readonly detail: string;
    }
  /** Time passed; nothing else happened. */
  | { readonly kind: 'tick' };
