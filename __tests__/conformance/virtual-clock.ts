import type { Clock } from '../../rehearsal/flyctl/surroundings.ts';

interface Sleeper {
  due: number;
  wake(): void;
}

/**
 * A clock that stands still while anything is under way and jumps to the next sleeper when nothing is: minutes of
 * waiting take no time, and the order of things is that of their times.
 */
export class VirtualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  #busy = 0;
  #quiet = 0;
  #watching = false;
  readonly #onPassing: (ms: number) => void;

  /** @param onPassing told of every jump, before whoever slept until then wakes */
  constructor(start: number, onPassing: (ms: number) => void = () => {}) {
    this.#now = start;
    this.#onPassing = onPassing;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper: Sleeper = {
        due: this.#now + Math.max(ms, 0),
        wake: () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          this.#stir();
          resolve();
        },
      };
      signal?.addEventListener('abort', sleeper.wake);
      this.#sleepers.push(sleeper);
      this.#stir();
    });
  }

  /** Time stands still until `work` is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work;
    } finally {
      this.#busy -= 1;
      this.#stir();
    }
  }

  /** Inside `during`: lets time pass for `ms` all the same. */
  async pass(ms: number, signal?: AbortSignal): Promise<void> {
    this.#busy -= 1;
    this.#stir();
    await this.sleep(ms, signal);
    this.#busy += 1;
  }

  #stir(): void {
    this.#quiet = 0;
    if (this.#watching) return;
    this.#watching = true;
    setImmediate(() => this.#look());
  }

  #look(): void {
    this.#watching = false;
    if (this.#busy > 0 || this.#sleepers.length === 0) return;
    this.#quiet += 1;
    // Two idle turns of the event loop: what was resolved has run, and nothing new came of it.
    if (this.#quiet < 2) {
      this.#watching = true;
      setImmediate(() => this.#look());
      return;
    }
    const next = this.#sleepers.reduce((first, other) => (other.due < first.due ? other : first));
    const passing = Math.max(0, next.due - this.#now);
    this.#now += passing;
    this.#onPassing(passing);
    next.wake();
  }
}
