/** Pauses between attempts, in milliseconds, growing from `first` by `factor` up to `most`. */
export interface Backoff {
  next(): number;
}

/** Doubling pauses, each drawn evenly between the first pause and its turn's own (jpillora/backoff with jitter). */
export function jitteredBackoff(first: number, most: number): Backoff {
  let turn = 0;
  return {
    next() {
      const pause = Math.min(first * 2 ** turn, most);
      turn += 1;
      return Math.min(first + Math.random() * (pause - first), most);
    },
  };
}

/** Growing pauses spread by `spread` to both sides (cenkalti/backoff). */
export function spreadBackoff(first: number, most: number, factor: number, spread: number): Backoff {
  let current = first;
  return {
    next() {
      const pause = current * (1 + (Math.random() * 2 - 1) * spread);
      current = Math.min(current * factor, most);
      return pause;
    },
  };
}

/** Pauses drawn evenly from nothing up to a doubling bound (rehttp's ExpJitterDelay). */
export function fullJitterBackoff(base: number, most: number): Backoff {
  let turn = 0;
  return {
    next() {
      const bound = Math.min(base * 2 ** turn, most);
      turn += 1;
      return Math.random() * bound;
    },
  };
}
