import { setTimeout as pause } from 'node:timers/promises';

/** How long and how often to try again, and the clock to measure it with. */
export interface Patience {
  /** Tries in all, the first one included. */
  readonly tries: number;
  /** Milliseconds after which no new try begins. */
  readonly totalMs: number;
  /** Upper limit of the first pause in milliseconds; each further one may be twice as long, up to `longestMs`. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** @throws when the signal aborts */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
  /** Told before each pause. */
  readonly onRetry?: ((error: unknown, pauseMs: number) => void) | undefined;
}

/** flyctl itself tries a GET four times within seconds; this covers what lasts longer than that. */
export const ordinaryPatience: Patience = {
  tries: 4,
  totalMs: 90_000,
  firstMs: 1_000,
  longestMs: 15_000,
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await pause(ms, undefined, { signal });
  },
  random: Math.random,
};

/**
 * Tries again while `passes` says that the error may go away.
 *
 * @throws the last error, or the signal's when it aborts during a pause
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  passes: (error: unknown) => boolean,
  patience: Patience,
  signal?: AbortSignal,
): Promise<T> {
  const startedAt = patience.now();
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      const ceiling = Math.min(patience.longestMs, patience.firstMs * 2 ** (tried - 1));
      // At least half of it, so that a busy API really is left alone for a while.
      const pauseMs = ceiling * (0.5 + patience.random() / 2);
      const late = patience.now() - startedAt + pauseMs >= patience.totalMs;
      if (tried >= patience.tries || late || !passes(error)) throw error;
      patience.onRetry?.(error, pauseMs);
      await patience.sleep(pauseMs, signal);
    }
  }
}
