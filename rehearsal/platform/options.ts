/** What a platform is started with, and what it gives back. */
import type { ExecHook } from './exec.ts';
import type { Act, Boot, Fault, Seed, Trigger } from './scenario.ts';
import type { World } from './world.ts';

/** What a token may do. */
export type TokenKind = 'org' | 'deploy' | 'deploy-no-logs' | 'foreign';

export interface PlatformOptions {
  /** How many platform milliseconds pass in one real one; 1 by default. 0: time stands still but for `advance`. */
  readonly speed?: number;
  /**
   * How many seconds of leases, waits and exec timeouts pass in one real second; 1 by default. Those are counted
   * by the client: flyctl refreshes a 13 s lease every 4 s of its own time, however fast machines boot.
   */
  readonly clientSpeed?: number;
  /** How machines boot, first match wins. A machine that no rule fits runs a quiet gateway on its services' ports. */
  readonly boots?: readonly Boot[];
  readonly faults?: readonly Fault[];
  readonly triggers?: readonly Trigger[];
  readonly seed?: Seed;
  /** Tokens by value; `test-token` of kind `org` by default. */
  readonly tokens?: Readonly<Record<string, TokenKind>>;
  /**
   * What the registry has: image references to digests (`null`: a digest is made up from the reference), labels
   * where given. By default any reference with a tag or digest is there, but those whose tag is `missing` or `nope`.
   */
  readonly images?: Readonly<
    Record<string, { readonly digest?: string; readonly labels?: Readonly<Record<string, string>> } | null>
  >;
  /** Regions by code; `paid`: needs a plan that the organization does not have. */
  readonly regions?: Readonly<Record<string, { readonly name?: string; readonly paid?: boolean }>>;
  /** Whether the organization has a paid plan; true by default. */
  readonly paidPlan?: boolean;
  /**
   * Whether builds can be had; true by default. The stand-in plays them. The real CLI would go on to depot.dev with
   * what it is answered, so for it there must be none.
   */
  readonly builder?: boolean;
  /** What the last step of a build says before it fails; without it builds succeed. */
  readonly buildFailure?: readonly string[] | undefined;
  /** Whether the list of machines carries events (the single machine always does); true by default. */
  readonly listCarriesEvents?: boolean;
  /** The apps' URLs lie on this server (`<url>/fly.dev/<app>`) in place of `https://<app>.fly.dev`. */
  readonly publicBase?: boolean;
  readonly logPageSize?: number;
  /** Seconds from a crash to the next start; 1 by default. */
  readonly restartDelay?: number;
  /** Seconds until a snapshot has its id and is `created`; 2 by default. `null`: never. */
  readonly snapshotTime?: number | null;
  /** Whether setting a secret to the value it has moves its `updated_at`; false by default, unknown on the real Fly. */
  readonly touchUnchangedSecrets?: boolean;
  /** Answers for commands run inside machines; the first whose marker is in the command. */
  readonly exec?: readonly ExecHook[];
  /** Platform time at the start, ms since the epoch; now by default. */
  readonly start?: number;
}

/** One request as it was asked and answered. */
export interface RequestRecord {
  /** Milliseconds of real time since the platform was started. */
  readonly ms: number;
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** GraphQL operation name, or the start of the query; empty elsewhere. */
  readonly operation: string;
  readonly request: unknown;
  /** 0: reset or never answered. */
  readonly status: number;
  readonly response: unknown;
  readonly leaseNonce: string | null;
  /** A fault answered. */
  readonly faulty: boolean;
}

/** Something a watcher could have noticed from now on. */
export interface Moment {
  /** Platform time, ms since the epoch. */
  readonly at: number;
  /** `performance.now()` when it became visible. */
  readonly real: number;
  readonly kind: 'log' | 'event' | 'state';
  readonly app: string;
  readonly machine: string;
  /** The line, the event type, or the state. */
  readonly text: string;
}

/** A running platform on loopback. */
export interface Platform {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly url: string;
  /** What points flyctl at it: the three base URLs, the first token, and the switches that keep it from the internet. */
  readonly env: Readonly<Record<string, string>>;
  readonly requests: readonly RequestRecord[];
  readonly world: World;
  readonly moments: readonly Moment[];
  /** Platform time, ms since the epoch. */
  now(): number;
  /** Let so many platform milliseconds pass at once (speed 0 only). */
  advance(ms: number): Promise<void>;
  /** Do what a trigger would. */
  act(act: Act): void;
  close(): Promise<void>;
}
