import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, parseRelease, parseVersion } from '../../src/upstream/version.ts';

function compare(a: string, b: string): number {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  if (x === null || y === null) throw new Error(`${a} or ${b} is no version`);
  return Math.sign(compareVersions(x, y));
}

describe('versions of OpenClaw', () => {
  it.each([
    ['v2026.10.1', 'v2026.9.6', 1],
    ['2026.9.10', '2026.9.9', 1],
    ['2027.1.1', '2026.12.31', 1],
    ['v2026.7.1-2', 'v2026.7.1-1', 1],
    ['v2026.7.1-1', 'v2026.7.1', 1],
    ['v2026.7.1-10', 'v2026.7.1-9', 1],
    ['2026.6.35', '2026.7.1', -1],
    ['v2026.9.6', '2026.9.6', 0],
    ['2026.9.6-slim', '2026.9.6', 0],
  ])('compare by number: %s and %s', (a, b, order) => {
    expect(compare(a, b)).toBe(order);
    expect(compare(b, a)).toBe(order === 0 ? 0 : -order);
  });

  it.each(['v2026.9.6', '2026.1.29', 'v2026.7.1-2', 'v2026.6.35'])('take %s for a stable release', (tag) => {
    expect(parseRelease(tag)).not.toBeNull();
  });

  it.each([
    'v2026.9.7-beta.1',
    'v2026.9.6-1.2',
    'v2026.9',
    'v2026.9.6.1',
    '2026.9.6-slim',
    'latest',
    'main',
    '',
    'v2026.9.6 ',
    'deployment-01ABC',
  ])('take %j for no stable release', (tag) => {
    expect(parseRelease(tag)).toBeNull();
  });

  const numbers = fc.tuple(
    fc.integer({ min: 1000, max: 9999 }),
    fc.integer({ min: 0, max: 99 }),
    fc.integer({ min: 0, max: 9999 }),
    fc.integer({ min: 0, max: 999 }),
  );

  it('are ordered as their numbers are, the first that differs deciding', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const text = ([year, month, number, correction]: typeof a) =>
          `v${year}.${month}.${number}-${correction}`;
        const first = a.findIndex((value, index) => value !== b[index]);
        const order = first === -1 ? 0 : Math.sign((a[first] ?? 0) - (b[first] ?? 0));
        expect(compare(text(a), text(b))).toBe(order);
      }),
    );
  });
});
