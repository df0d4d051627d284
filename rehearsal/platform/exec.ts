import type { Listener } from './world.ts';

/** A started machine, seen from inside. */
export interface Inside {
  readonly machineId: string;
  /** Who listens now. */
  readonly listeners: readonly Listener[];
  /** Environment as the process has it, secrets included. */
  readonly env: Readonly<Record<string, string>>;
  /** The text of a file; `/proc/net/tcp` and `/proc/net/tcp6` are among them. `null`: not there. */
  read(path: string): string | null;
  /** What `GET http://127.0.0.1:<port><path>` answers; `null`: connection refused. */
  get(port: number, path: string): { readonly status: number; readonly body: string } | null;
}

export interface ExecAnswer {
  readonly exitCode: number;
  /** 0: none. */
  readonly exitSignal?: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Seconds of the client's time until it answers. */
  readonly takes?: number;
}

/** Answers for commands that hold a marker. */
export interface ExecHook {
  readonly marker: string;
  answer(inside: Inside, command: string): ExecAnswer | Promise<ExecAnswer>;
}
