import { describe, expect, it } from 'vitest';
import { quietTime, uncleanEnds } from '../../src/recover/unclean-boots.ts';
import { anExit } from './machines.ts';

const now = 1_000_000;
const ago = (...seconds: number[]) => seconds.map((second) => now - second * 1000);

describe('unclean ends', () => {
  it('are those that nobody asked for, and stops that had to be killed', () => {
    const events = [
      anExit(4, { requestedStop: true }),
      anExit(3, { requestedStop: true, signal: 9 }),
      { type: 'start', at: 2 },
      anExit(1),
    ];
    expect(uncleanEnds(events)).toEqual([3, 1]);
    expect(uncleanEnds(null)).toEqual([]);
  });
});

describe('before its next boot a gateway rests', () => {
  it.each([
    ['not at all after two unclean ends', ago(5, 10), '2026.9.6', 0],
    ['until three are no longer within five minutes', ago(5, 10, 20), '2026.9.6', 280_000],
    ['until the third newest is out of it', ago(5, 10, 20, 100), '2026.9.6', 280_000],
    ['not for what is long ago', ago(301, 302, 303), '2026.9.6', 0],
    ['not where the version does not count', ago(5, 10, 20), '2026.5.12', 0],
    ['where the version is not known', ago(5, 10, 20), null, 280_000],
    [
      "never longer than the window, whatever Fly's clock says",
      [now + 90_000, now + 90_000, now + 90_000],
      null,
      300_000,
    ],
  ])('%s', (_, ends, version, ms) => {
    expect(quietTime(ends, version, now)).toBe(ms);
  });
});
