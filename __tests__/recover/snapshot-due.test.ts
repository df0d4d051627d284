import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/flyctl/schemas.ts';
import {
  decideSnapshot,
  finishedSnapshot,
  type SnapshotQuestion,
  sameImage,
} from '../../src/recover/snapshot-due.ts';

const [a, b] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const name = 'ghcr.io/openclaw/openclaw';

const update: SnapshotQuestion = {
  wish: 'auto',
  volumeIds: ['vol_1'],
  running: { imageRef: `${name}:2026.5.12`, imageDigest: a, version: '2026.5.12' },
  wanted: { reference: `${name}:2026.9.6`, version: '2026.9.6' },
};

describe('a snapshot is due', () => {
  const same = { reference: `${name}:2026.5.12@${b}`, version: '2026.5.12' };
  const cases: readonly [string, Partial<SnapshotQuestion>, boolean, string][] = [
    ['when the version changes', {}, true, 'the version changes from 2026.5.12 to 2026.9.6'],
    ['when the version changes, and it may fail', { wish: 'best-effort' }, true, 'the version changes'],
    ['not when the version stays', { wanted: same }, false, 'the version stays 2026.5.12'],
    ['not with best-effort when the version stays', { wish: 'best-effort', wanted: same }, false, 'stays'],
    ['always, where that is said', { wish: 'always', wanted: same }, true, 'says always'],
    ['never, where that is said', { wish: 'never' }, false, 'says never'],
    ['not where no volume holds anything', { wish: 'always', volumeIds: [] }, false, 'no volume'],
    ['when something is built', { wanted: { reference: null, version: null } }, true, 'what is built'],
    ['when nothing runs to compare with', { running: null }, true, 'nothing runs'],
    [
      'not when a digest is the one that runs',
      { wanted: { reference: `${name}@${a}`, version: null } },
      false,
      'the image stays the same',
    ],
    [
      'when a digest is another one',
      { wanted: { reference: `${name}@${b}`, version: null } },
      true,
      'the image changes',
    ],
  ];
  it.each(cases)('%s', (_, change, due, reason) => {
    const decision = decideSnapshot({ ...update, ...change });
    expect(decision.due).toBe(due);
    expect(decision.reason).toContain(reason);
  });
});

describe('two references are the same image', () => {
  it.each([
    [
      'by digest, whatever the tags',
      `${name}:latest@${a}`,
      { imageRef: `${name}:2026.5.12`, imageDigest: a },
      true,
    ],
    [
      'by the digest of what was asked for',
      `${name}@${a}`,
      { imageRef: `${name}:1@${a}`, imageDigest: b },
      true,
    ],
    [
      'not with another digest under the same tag',
      `${name}:1@${b}`,
      { imageRef: `${name}:1`, imageDigest: a },
      false,
    ],
    ['word for word where no digest is known', `${name}:1`, { imageRef: `${name}:1`, imageDigest: '' }, true],
    ['not with another tag', `${name}:2`, { imageRef: `${name}:1`, imageDigest: '' }, false],
  ])('%s', (_, reference, running, same) => {
    expect(sameImage(reference, running)).toBe(same);
  });
});

describe('the snapshot that was asked for', () => {
  const snapshot = (id: string, status = 'created'): Snapshot => ({
    id,
    size: 1,
    status,
    createdAt: null,
    retentionDays: 5,
  });
  const old = snapshot('vs_old');

  it('is the one that was not in the list before', () => {
    expect(finishedSnapshot([old], [old, snapshot('vs_new')])?.id).toBe('vs_new');
  });
  it('is not done while it has no id or is not created', () => {
    expect(finishedSnapshot([old], [old, snapshot('', 'waiting')])).toBeNull();
    expect(finishedSnapshot([old], [old, snapshot('vs_new', 'running')])).toBeNull();
  });
  it("is not taken for somebody else's that got its name meanwhile", () => {
    const before = [old, snapshot('', 'waiting')];
    expect(finishedSnapshot(before, [old, snapshot('vs_theirs'), snapshot('', 'waiting')])).toBeNull();
    expect(finishedSnapshot(before, [old, snapshot('vs_theirs'), snapshot('vs_ours')])?.id).toBe('vs_ours');
  });
  it('is never one that was there before', () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^vs_[0-9a-f]{4}$/));
    fc.assert(
      fc.property(ids, ids, (before, more) => {
        const found = finishedSnapshot(
          before.map((id) => snapshot(id)),
          [...before, ...more].map((id) => snapshot(id)),
        );
        expect(before).not.toContain(found?.id);
      }),
    );
  });
});
