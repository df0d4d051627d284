import type { CauseCode, FixContext } from '../causes.ts';

/** What the evidence of a watch amounts to. */
export type VerdictName = 'healthy' | 'degraded' | 'failed';

/**
 * Where Discord stands. `suppressed`: the gateway starts no channel on purpose. `unknown`: expected, and
 * nothing said either way.
 */
export type DiscordState = 'logged-in' | 'failed' | 'unknown' | 'suppressed' | 'not-configured';

/** What decided, and who said so. */
export interface Evidence {
  /** The decisive line, cleaned, or one sentence made from an event, a probe or a deadline. */
  readonly text: string;
  readonly source: 'log' | 'machine' | 'probe' | 'url' | 'deploy' | 'deadline';
  /** Milliseconds since the epoch by the platform's clock; `null` where the source has no time. */
  readonly at: number | null;
}

/** Something the operator must be told besides the cause. */
export interface Warning {
  readonly cause: CauseCode;
  readonly machineId: string | null;
  /** The line or one sentence. */
  readonly text: string;
}

/** The one answer of a watch. */
export interface Verdict {
  readonly verdict: VerdictName;
  readonly cause: CauseCode;
  /** The machine the cause was found on: the worst of several. `null` when no machine was ever seen. */
  readonly machineId: string | null;
  readonly evidence: Evidence | null;
  /** What the fix of the cause may name; see `causeTable`. */
  readonly context: FixContext;
  /** A cause behind the cause that the evidence points to without proving it. */
  readonly suspected: CauseCode | null;
  /** The gateway opened its port in the awaited boot, also if it died later. */
  readonly listening: boolean;
  /** Fly's proxy reaches the gateway; `null` where the evidence does not say. */
  readonly reachable: boolean | null;
  readonly discord: DiscordState;
  /** Milliseconds from the start of the boot; `null` when it never came. */
  readonly listeningAfterMs: number | null;
  readonly discordAfterMs: number | null;
  readonly warnings: readonly Warning[];
  /** What was and what was not seen, each a short sentence; for deadlines above all. */
  readonly seen: readonly string[];
  readonly notSeen: readonly string[];
  /** The last lines of the app on that machine, oldest first, cleaned: at most 50. */
  readonly lastLines: readonly string[];
  /** State of the machine at the end, e.g. `started`; `null` when no machine was seen. */
  readonly machineState: string | null;
}
