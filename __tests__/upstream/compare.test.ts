import { describe, expect, it } from 'vitest';
import { compareUrl } from '../../src/upstream/compare.ts';

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
const url = (from: [string | null, string | null], to: [string | null, string | null]) =>
  compareUrl(
    'openclaw/openclaw',
    { version: from[0], commit: from[1] },
    { version: to[0], commit: to[1] },
  )?.replace('https://github.com/openclaw/openclaw/compare/', '') ?? null;

describe('the compare view', () => {
  it('goes from the running version to the new one', () => {
    expect(url(['2026.5.12', null], ['2026.9.6', null])).toBe('v2026.5.12...v2026.9.6');
  });

  it('has the older one first, since GitHub shows nothing the other way round', () => {
    expect(url(['2026.10.1', null], ['2026.9.6', null])).toBe('v2026.9.6...v2026.10.1');
  });

  it('takes commits where there is no version, and the release of a variant', () => {
    expect(url([null, a], [null, b])).toBe(`${a}...${b}`);
    expect(url(['2026.9.5-slim', null], ['main', b])).toBe(`v2026.9.5...${b}`);
  });

  it('is left out where an end is not known, or nothing lies between', () => {
    expect(url([null, null], ['2026.9.6', null])).toBeNull();
    expect(url(['2026.9.6', a], ['2026.9.6', b])).toBeNull();
  });
});
