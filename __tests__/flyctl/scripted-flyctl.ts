import { readFileSync } from 'node:fs';
import type { Completed, Flyctl, RunOptions } from '../../src/flyctl/process.ts';
import type { Patience } from '../../src/flyctl/retry.ts';

/** One run of the real flyctl 0.4.87 against a fake API; texts of the servers are approximated. */
export interface Recording {
  readonly name: string;
  readonly args: readonly string[];
  /** `null`: ended by a signal. */
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function recordings(file: 'failures' | 'replies'): readonly Recording[] {
  return readFileSync(new URL(`recorded/${file}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Recording);
}

/** @param name the whole name, or its number */
export function recording(name: string): Recording {
  const all = [...recordings('failures'), ...recordings('replies')];
  const found = all.find((one) => one.name === name || one.name.startsWith(`${name}-`));
  if (found === undefined) throw new Error(`no recording ${name}`);
  return found;
}

export function completed(part: Partial<Completed> | Recording): Completed {
  const base: Completed = {
    exitCode: 0,
    signal: null,
    timedOut: false,
    cancelled: false,
    stdout: '',
    stderr: '',
    truncated: false,
    durationMs: 100,
  };
  if (!('exit' in part)) return { ...base, ...part };
  return { ...base, exitCode: part.exit, stdout: part.stdout, stderr: part.stderr };
}

/** A clock that only moves when somebody sleeps. */
export function patientClock(
  part: Partial<Patience> = {},
): Patience & { readonly pauses: readonly number[] } {
  let now = 0;
  const pauses: number[] = [];
  return {
    tries: 4,
    totalMs: 90_000,
    firstMs: 1_000,
    longestMs: 15_000,
    now: () => now,
    random: () => 1,
    sleep: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
    pauses,
    ...part,
  };
}

type Reply = Partial<Completed> | Recording;

export interface ScriptedFlyctl extends Flyctl {
  readonly calls: readonly { readonly args: readonly string[]; readonly options: RunOptions }[];
}

/** Answers each call in turn; the last answer holds for all that follow. Output is handed on by line as well. */
export function scriptedFlyctl(
  replies: readonly Reply[] | ((args: readonly string[], options: RunOptions) => Reply),
  part: Partial<Flyctl> = {},
): ScriptedFlyctl {
  const calls: { args: readonly string[]; options: RunOptions }[] = [];
  return {
    path: '/usr/local/bin/flyctl',
    version: '0.4.87',
    redact: (text) => text,
    patience: patientClock(),
    calls,
    async run(args, options = {}) {
      calls.push({ args, options });
      const reply =
        typeof replies === 'function'
          ? replies(args, options)
          : replies[Math.min(calls.length, replies.length) - 1];
      const done = completed(reply ?? {});
      for (const stream of ['stdout', 'stderr'] as const) {
        for (const line of done[stream].split('\n')) options.onLine?.(stream, line);
      }
      return done;
    },
    async stop() {},
    ...part,
  };
}
