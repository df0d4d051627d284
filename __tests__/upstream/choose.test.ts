import { describe, expect, it } from 'vitest';
import {
  eligibleReleases,
  type Release,
  type ReleaseRules,
  sayPassedOver,
} from '../../src/upstream/choose.ts';
import { parseVersion } from '../../src/upstream/version.ts';

const hour = 3_600_000;
const now = Date.parse('2026-09-30T12:00:00Z');

function release(tag: string, more: Partial<Release> = {}): Release {
  return { tag, draft: false, prerelease: false, publishedAt: now - 100 * hour, ...more };
}

function choose(releases: readonly Release[], rules: Partial<ReleaseRules> = {}) {
  const { candidates, passedOver } = eligibleReleases(releases, {
    now,
    minAgeMs: 0,
    ignored: [],
    running: null,
    ...rules,
  });
  return {
    newest: candidates[0]?.version ?? null,
    all: candidates.map(({ version }) => version),
    passedOver,
  };
}

describe('the newest stable release', () => {
  it('is the highest by number, wherever it stands in the list', () => {
    const list = ['v2026.9.6', 'v2026.10.1', 'v2026.6.35', 'v2026.9.10'].map((tag) => release(tag));
    expect(choose(list).all).toEqual(['2026.10.1', '2026.9.10', '2026.9.6', '2026.6.35']);
  });

  it('is no draft and no prerelease, whether GitHub or the tag says so, and they are not spoken of', () => {
    const list = [
      release('v2026.10.2', { draft: true, publishedAt: null }),
      release('v2026.10.1', { prerelease: true }),
      release('v2026.9.9-beta.2'),
      release('nightly'),
      release('v2026.9.6'),
    ];
    expect(choose(list)).toEqual({ newest: '2026.9.6', all: ['2026.9.6'], passedOver: [] });
  });

  it('counts a correction as newer than what it corrects', () => {
    expect(choose([release('v2026.7.1'), release('v2026.7.1-2'), release('v2026.7.1-1')]).newest).toBe(
      '2026.7.1-2',
    );
  });

  it.each([['2026.9.6'], ['v2026.9.6'], ['2026.9.*'], ['v2026.9.*'], ['{2026.9.6,2026.8.1}']])(
    'passes over what the glob %s names, and says so',
    (glob) => {
      const { newest, passedOver } = choose([release('v2026.9.6'), release('v2026.8.2')], {
        ignored: [glob],
      });
      expect(newest).toBe('2026.8.2');
      expect(passedOver).toEqual([{ version: '2026.9.6', why: 'ignore-versions names it' }]);
    },
  );

  it('passes over what is younger than min-age, up to the very millisecond', () => {
    const list = [release('v2026.9.6', { publishedAt: now - 24 * hour + 1 }), release('v2026.9.5')];
    const { newest, passedOver } = choose(list, { minAgeMs: 24 * hour });
    expect(newest).toBe('2026.9.5');
    expect(passedOver[0]).toMatchObject({ version: '2026.9.6' });
    expect(passedOver[0]?.why).toMatch(/min-age asks for 24 h/);
    const old = [release('v2026.9.6', { publishedAt: now - 24 * hour })];
    expect(choose(old, { minAgeMs: 24 * hour }).newest).toBe('2026.9.6');
  });

  it('never goes back behind what runs, not even where all that is newer is passed over', () => {
    const list = [release('v2026.9.6', { publishedAt: now }), release('v2026.9.5'), release('v2026.9.4')];
    const rules = { running: parseVersion('2026.9.5'), minAgeMs: hour };
    expect(choose(list, rules).all).toEqual(['2026.9.5']);
  });

  it('speaks of the newest few of many that were passed over', () => {
    const passedOver = [9, 8, 7, 6, 5, 4, 3].map((day) => ({ version: `2026.9.${day}`, why: 'so' }));
    expect(sayPassedOver(passedOver)).toBe(
      '2026.9.9 (so), 2026.9.8 (so), 2026.9.7 (so), 2026.9.6 (so), 2026.9.5 (so), 2 more',
    );
  });
});
