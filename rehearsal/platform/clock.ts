/** The platform's clock: real time scaled, or time that only moves when it is told to. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Platform time, ms since the epoch; never goes back. */
  now(): number;
  /** Calls back after so many platform milliseconds. */
  after(ms: number, what: () => void): Timer;
  /** So many milliseconds of a client's time, in platform milliseconds. */
  clientTime(ms: number): number;
  /** Everything that is due has happened. */
  catchUp(): void;
  /** Lets platform time pass at once; only where it stands still otherwise. */
  advance(ms: number): Promise<void>;
  stop(): void;
}

interface Due {
  readonly at: number;
  readonly n: number;
  readonly what: () => void;
}

/** Node's longest timer. */
const longest = 2 ** 31 - 1;

/**
 * @param speed Platform milliseconds in one real one; 0: time stands still but for `advance`.
 * @param clientSpeed Client milliseconds in one real one; where time stands still, in one of the platform's.
 * @param start Platform time to begin with.
 */
export function createClock(speed: number, clientSpeed: number, start: number): Clock {
  const origin = performance.now();
  /** Sorted by time, then by age. */
  const dues: Due[] = [];
  let count = 0;
  let reached = start;
  let timer: NodeJS.Timeout | undefined;
  let firing = false;

  const scaled = () => (speed === 0 ? reached : start + (performance.now() - origin) * speed);

  function fire(until: number): void {
    if (firing) return;
    firing = true;
    for (;;) {
      const due = dues[0];
      if (due === undefined || due.at > until) break;
      dues.shift();
      reached = Math.max(reached, due.at);
      due.what();
    }
    firing = false;
    reached = Math.max(reached, until);
  }

  function arm(): void {
    clearTimeout(timer);
    const due = dues[0];
    if (due === undefined || speed === 0) return;
    const wait = Math.max(0, (due.at - scaled()) / speed);
    timer = setTimeout(
      () => {
        fire(scaled());
        arm();
      },
      Math.min(longest, Math.ceil(wait)),
    );
  }

  return {
    now() {
      if (!firing) reached = Math.max(reached, scaled());
      return reached;
    },
    after(ms, what) {
      count += 1;
      const due: Due = { at: this.now() + Math.max(0, ms), n: count, what };
      let index = dues.length;
      while (index > 0 && (dues[index - 1]?.at ?? 0) > due.at) index -= 1;
      dues.splice(index, 0, due);
      if (!firing && index === 0) arm();
      return {
        cancel() {
          const place = dues.indexOf(due);
          if (place !== -1) dues.splice(place, 1);
        },
      };
    },
    clientTime(ms) {
      return (ms * (speed || 1)) / clientSpeed;
    },
    catchUp() {
      if (speed === 0) return;
      fire(scaled());
      arm();
    },
    async advance(ms) {
      if (speed !== 0) throw new Error('advance is for a platform whose time stands still (speed 0)');
      fire(reached + ms);
      // Let the answers that became due reach their clients.
      await new Promise((resolve) => setImmediate(resolve));
    },
    stop() {
      clearTimeout(timer);
      dues.length = 0;
    },
  };
}
