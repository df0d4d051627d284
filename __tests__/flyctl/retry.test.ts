import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { persist } from '../../src/flyctl/retry.ts';
import { patientClock } from './scripted-flyctl.ts';

class Passing extends Error {}

const passes = (error: unknown) => error instanceof Passing;

/** Fails so many times, then succeeds. */
function failing(times: number, error: Error = new Passing()) {
  let tried = 0;
  return {
    attempt: async () => {
      tried += 1;
      if (tried <= times) throw error;
      return tried;
    },
    tried: () => tried,
  };
}

describe('trying again', () => {
  it('goes on until it succeeds, with pauses that grow', async () => {
    const clock = patientClock();
    expect(await persist(failing(3).attempt, passes, clock)).toBe(4);
    expect(clock.pauses).toEqual([1000, 2000, 4000]);
  });

  it('gives up after the tries it has, with the last error', async () => {
    const { attempt, tried } = failing(99);
    await expect(persist(attempt, passes, patientClock({ tries: 3 }))).rejects.toBeInstanceOf(Passing);
    expect(tried()).toBe(3);
  });

  it('does not try again what will not pass', async () => {
    const { attempt, tried } = failing(99, new Error('wrong token'));
    await expect(persist(attempt, passes, patientClock())).rejects.toThrow('wrong token');
    expect(tried()).toBe(1);
  });

  it('never sleeps past its total, nor longer than its longest pause, nor less than half of what is due', async () => {
    const limits = fc.record({
      tries: fc.integer({ min: 1, max: 20 }),
      totalMs: fc.integer({ min: 1, max: 200_000 }),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(limits, async ({ tries, totalMs, random }) => {
        const clock = patientClock({ tries, totalMs, random: () => random });
        await expect(persist(failing(99).attempt, passes, clock)).rejects.toBeInstanceOf(Passing);
        expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThan(totalMs);
        clock.pauses.forEach((pause, index) => {
          const due = Math.min(15_000, 1000 * 2 ** index);
          expect(pause).toBeGreaterThanOrEqual(due / 2);
          expect(pause).toBeLessThanOrEqual(due);
        });
      }),
    );
  });

  it('tells of each pause before it', async () => {
    const told: number[] = [];
    await persist(failing(2).attempt, passes, patientClock({ onRetry: (_, pauseMs) => told.push(pauseMs) }));
    expect(told).toEqual([1000, 2000]);
  });

  it('ends when the sleep is aborted', async () => {
    const sleep = async () => {
      throw new Error('aborted');
    };
    await expect(persist(failing(2).attempt, passes, patientClock({ sleep }))).rejects.toThrow('aborted');
  });
});
