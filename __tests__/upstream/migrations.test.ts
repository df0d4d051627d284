import { describe, expect, it } from 'vitest';
import { wayBack, wayBackFromAll } from '../../src/upstream/migrations.ts';
import downgrades from './recorded-downgrades.json' with { type: 'json' };

/** `exit: null`: it came up, and said the line. Each was started on a copy of the state that `from` had written. */
describe('the way back to an older version', () => {
  it.each(downgrades)('from $from to $to is as it was recorded', ({ from, to, exit }) => {
    const { kind, text } = wayBack(from, to);
    expect(kind === 'refused').toBe(exit !== null);
    if (kind !== 'unknown') expect(text).toContain(to);
  });

  it.each([
    ['2026.9.6', '2026.5.12', 'blind'],
    ['2026.9.2', '2026.8.2', 'starts'],
    ['2026.9.1', '2026.8.2', 'starts'],
    ['2026.10.3', '2026.9.5', 'refused'],
    ['2026.9.6', '2026.9.3', 'refused'],
    ['2026.9.6-slim', 'v2026.9.5', 'refused'],
  ])('from %s to %s follows from what was recorded around them: %s', (from, to, kind) => {
    expect(wayBack(from, to).kind).toBe(kind);
  });

  it.each<[string | null, string | null, string]>([
    ['2026.10.1', '2026.9.6', 'newer than all that was recorded'],
    ['2026.9.3', '2026.9.2', 'somewhere between the two it changed'],
    ['2026.9.6', '2026.6.1', 'before the first database that was recorded'],
    ['2026.9.6', '2026.1.29', 'older than all that was recorded'],
    ['2026.9.5', '2026.9.6', 'no way back, but forward'],
    ['2026.9.6', '2026.9.6', 'the same'],
    ['2026.9.6', null, 'not known'],
    [null, '2026.9.6', 'not known'],
    ['main', '2026.9.6', 'no version'],
  ])('nothing is claimed from %s to %s: %s', (from, to) => {
    expect(wayBack(from, to)).toEqual({ kind: 'unknown', text: '' });
  });

  it.each<[string, (string | null)[], string]>([
    ['refused where one of them is', ['2026.9.1', '2026.9.6'], 'refused'],
    ['unknown where one of them is', ['2026.9.1', null], 'unknown'],
    ['open where it is for all', ['2026.9.1', '2026.9.2'], 'starts'],
    ['not of those that are older', ['2026.5.12', '2026.9.2'], 'starts'],
  ])('after several versions it is %s', (_, newer, kind) => {
    expect(wayBackFromAll(newer, '2026.8.2').kind).toBe(kind);
  });
});
