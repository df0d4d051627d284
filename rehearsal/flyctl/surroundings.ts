import type { Send } from './http.ts';

/** Time as the stand-in sees it, so that a rehearsal can run it faster and a test can own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or early when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Everything outside the stand-in that it touches, handed in so that it runs as a process or inside a test. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working directory. */
  cwd: string;
  stdout(text: string): void;
  stderr(text: string): void;
  /** The whole of standard input; empty when there is none. */
  stdin(): Promise<Buffer>;
  /** Aborts on SIGINT or SIGTERM; the reason is the Go text for the signal. */
  signal: AbortSignal;
  clock: Clock;
  send: Send;
}

/**
 * The machine's clock, with sleeps and the passing of time scaled.
 * @param speed how many seconds of the CLI pass in one real second; 1 is the real CLI
 */
export function scaledClock(speed: number): Clock {
  const origin = Date.now();
  return {
    now: () => origin + (Date.now() - origin) * speed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms / speed);
        signal?.addEventListener('abort', done);
      }),
  };
}
