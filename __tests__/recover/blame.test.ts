import { describe, expect, it } from 'vitest';
import { toBeRemembered } from '../../src/recover/blame.ts';

const before = { version: '2026.9.5', identity: null };
const now = { version: '2026.9.6', identity: `sha256:${'a'.repeat(64)}` };
const crashed = { remembered: [before], identity: now, cause: 'crash-loop', sameImage: false } as const;

describe('after a deploy that failed', () => {
  it('its version is remembered beside those of before', () => {
    expect(toBeRemembered(crashed)).toEqual([before, now]);
  });
  it.each([
    ['any version would have met the same', { cause: 'discord-auth' }],
    ['a secret is missing that the one before needs as well', { cause: 'discord-no-token' }],
    ['boots of before count as well', { cause: 'restart-breaker' }],
    ['the same image is put back with another config', { sameImage: true }],
    ['nobody could choose it again', { identity: null }],
  ] as const)('it is not where %s', (_, change) => {
    expect(toBeRemembered({ ...crashed, ...change })).toEqual([before]);
  });
});
