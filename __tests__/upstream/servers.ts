import type { z } from 'zod';
import { type UpstreamState, upstreamSchema } from '../../rehearsal/upstream/schema.ts';
import type { RequestSettings } from '../../src/upstream/request.ts';

/** Upstream as a scenario would write it. */
export function upstreamState(state: z.input<typeof upstreamSchema> = {}): UpstreamState {
  return upstreamSchema.parse(state);
}

/** Pauses that pass at once, and are remembered, in milliseconds. */
export function impatient(): {
  readonly settings: RequestSettings;
  readonly pauses: number[];
  readonly said: string[];
} {
  const pauses: number[] = [];
  const said: string[] = [];
  let now = 0;
  return {
    pauses,
    said,
    settings: {
      fetch,
      signal: new AbortController().signal,
      wallClock: () => Date.parse('2026-09-30T12:00:00Z'),
      onRetry: (line) => said.push(line),
      patience: {
        tries: 4,
        totalMs: 60_000,
        firstMs: 1_000,
        longestMs: 8_000,
        now: () => now,
        random: () => 1,
        sleep: async (ms) => {
          pauses.push(ms);
          now += ms;
        },
      },
    },
  };
}
