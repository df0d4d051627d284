import type { Boot, Fault } from '../platform/scenario.ts';

/** One call of the recorded CLI and its answer. */
export interface Exchange {
  /** Milliseconds after the CLI was started. */
  at: number;
  method: string;
  path: string;
  /** GraphQL operation name, or the first 200 characters of the query. */
  operation?: string;
  request?: unknown;
  /** The lease nonce that went with it. */
  nonce?: string;
  /** HTTP status; RESET for a connection that was cut, NONE for a call that never got its answer. */
  status: number | 'RESET' | 'NONE';
  response?: unknown;
  /** A fault put there on purpose: exactly so often, whatever the time. */
  injected?: true;
  /** How often it was made in a row, when more than once. */
  times?: number;
  /** Milliseconds that the answer took, where it was long on purpose. */
  took?: number;
}

/** One run of the real flyctl v0.4.87. */
export interface Recording {
  name: string;
  argv: string[];
  /** Changes to the usual environment; null removes a variable. */
  env?: Record<string, string | null>;
  stdin?: string;
  /** Files of the working directory before the run. */
  files?: Record<string, string>;
  /** Commands that had been run before, in the same config directory. */
  before?: string[];
  /** How the fake's machines booted; as a healthy gateway on port 3000 unless given. */
  boots?: Boot[];
  /** How many of the machines' seconds passed in one of the CLI's; 10 unless given. */
  speed?: number;
  /** What the fake got wrong. */
  faults?: Fault[];
  /** Lines that came into the app's log meanwhile, in ms after the start. */
  during?: { at: number; log: string }[];
  /** When it was started, in ms since the epoch, as far as the answers tell. */
  started: number;
  /** The signal that was sent, and when, in ms after the start. */
  signal?: { name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'; at: number };
  /** Exit code; SIGKILL when it was killed. */
  exit: number | 'SIGKILL';
  stdout: string;
  stderr: string;
  /** Files of the working directory after the run; null for one that must not be there. */
  after?: Record<string, string | null>;
  exchanges: Exchange[];
}
