import type { FeedHealth, FeedName, MachineSnapshot, ProbeReading } from './facts.ts';
import type { Findings } from './findings.ts';
import type { Moment } from './moments.ts';
import type { RecentLines } from './recent-lines.ts';

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
  /** For the fixes only, but for `url`: with it the URL can prove what nothing else can. */
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

/** A version of a machine, as an update makes it. */
export interface Instance {
  readonly id: string;
  readonly releaseVersion: number | null;
  /** By the runner's clock. */
  readonly learntAt: number;
  /** Where in the history it begins; `null`: with the history itself. */
  readonly anchor: Anchor | null;
}

/** A place in a machine's history. */
export interface Anchor {
  readonly at: number;
  readonly kind: Moment['kind'] | null;
  /** What stands at the place belongs to what follows. */
  readonly inclusive: boolean;
}

/** The last answer from inside a machine. */
export interface Probed {
  readonly reading: ProbeReading;
  readonly learntAt: number;
  /** The boot it was asked in, see `Boot.from`. */
  readonly bootFrom: number;
  /** Since when each answer of this boot found the port open; `null`: this one did not. */
  readonly openSince: number | null;
  /** Since when each answer of this boot named Discord among what fails. */
  readonly discordFailingSince: number | null;
}

/** What is known of one machine, apart from its last lines. */
export interface MachineWatch {
  readonly id: string;
  readonly base: MachineSnapshot | null;
  /** The newest by the platform's own times; `null` while only lines came. */
  readonly snapshot: MachineSnapshot | null;
  /** By the runner's clock: when it was last seen to be as `snapshot` says. */
  readonly seenAt: number;
  /** The last list of machines did not have it. */
  readonly gone: boolean;
  /** Since when every look found it down, by the runner's clock. */
  readonly downSince: number | null;
  readonly moments: readonly Moment[];
  /** Oldest first; the last one is what runs. */
  readonly instances: readonly Instance[];
  readonly findings: Findings;
  readonly probed: Probed | null;
  readonly startAsked: { readonly at: number; readonly ok: boolean; readonly detail: string } | null;
}

export interface FeedState {
  readonly health: FeedHealth;
  readonly detail: string;
  /** When it last answered; `-Infinity`: never. */
  readonly heardAt: number;
  /** Since when it has not answered; `null` while it does. */
  readonly brokenSince: number | null;
}

/** Everything a watch knows. Opaque to its users: ask it with the functions of reduce.ts. */
export interface WatchState {
  readonly expectations: Expectations;
  readonly beganAt: number;
  /** The release of this run, if it was said. */
  readonly ourRelease: number | null;
  /** The first newer release that a machine showed: taken as this run's while nothing says otherwise. */
  readonly assumedRelease: number | null;
  readonly machines: ReadonlyMap<string, MachineWatch>;
  readonly lines: ReadonlyMap<string, RecentLines>;
  /** When a list of machines last came, and whether it was the first one. */
  readonly machinesHeardAt: number;
  readonly feeds: Readonly<Record<FeedName, FeedState>>;
  readonly url: { readonly status: number | null; readonly learntAt: number } | null;
  readonly deploy: {
    readonly ok: boolean;
    readonly cause: string | null;
    readonly detail: string;
    readonly learntAt: number;
  } | null;
  readonly phases: readonly Phase[];
  /** Number of lines that came, which orders lines of the same instant. */
  readonly order: number;
}

/** `machine 148e…`; a saved log may not say which one. */
export function machineName({ id }: { readonly id: string }): string {
  return id === '' ? 'the machine' : `machine ${id}`;
}
