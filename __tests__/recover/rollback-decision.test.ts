import { describe, expect, it } from 'vitest';
import {
  byHand,
  decideRollback,
  type RollbackQuestion,
  type VolumeAtStake,
} from '../../src/recover/rollback-decision.ts';

const volume: VolumeAtStake = {
  snapshot: 'vs_1',
  wasUp: true,
  listened: false,
  machineIds: ['148ed193b95948'],
  id: 'vol_1',
  name: 'data',
  sizeGb: 3,
  region: 'iad',
  config: { region: 'iad', mount: 'data' },
};

const crashed: RollbackQuestion = {
  wish: 'true',
  app: 'my-openclaw',
  cause: 'crash-loop',
  changed: true,
  foreignRelease: null,
  target: {
    image: 'ghcr.io/openclaw/openclaw:2026.5.12',
    version: '2026.5.12',
    release: 4,
    why: 'which ran before',
  },
  ailing: false,
  failedVersion: '2026.9.6',
  others: [],
  wayBack: { kind: 'unknown', text: '' },
  migrated: null,
  unseen: false,
  volume,
};
const refuses = {
  kind: 'refused',
  text: '2026.9.6 changes the state so that 2026.5.12 refuses it.',
} as const;

describe('after a failed deploy', () => {
  const cases: readonly [string, Partial<RollbackQuestion>, string, string][] = [
    ['the image before comes back', {}, 'image', '2026.9.6 failed (crash-loop): back to 2026.5.12'],
    ['nothing is done where no machine was changed', { changed: false }, 'needless', 'changed no machine'],
    ['nothing is done where what runs is not ours', { cause: 'superseded' }, 'refused', 'not of this run'],
    ["nobody's newer release is rolled back", { foreignRelease: 8 }, 'refused', 'release 8 came after'],
    ['nothing is done where there is nothing earlier', { target: null }, 'refused', 'no earlier image'],
    [
      'nor where that was not well, and it is said',
      { target: null, ailing: true },
      'refused',
      'what ran before this run was not well either',
    ],
    [
      'a log that tells of a migration is believed',
      { migrated: 'to SQLite' },
      'refused',
      'its log: to SQLite',
    ],
    ['a version that would refuse the state is not put back', { wayBack: refuses }, 'refused', 'refuses it'],
    [
      'it is, where the failed one died before it saw it',
      { wayBack: refuses, cause: 'node-version' },
      'image',
      'back to',
    ],
    [
      'nobody is put back onto a state that boots out of sight may have migrated',
      { unseen: true },
      'refused',
      '2026.9.6 ran before this run too',
    ],
    [
      'nor where the version before would be blind for it',
      { unseen: true, wayBack: { kind: 'blind', text: 'It does not know the database.' } },
      'refused',
      'does not tell any more',
    ],
    [
      'it is, where both are known to know the same databases',
      { unseen: true, wayBack: { kind: 'starts', text: '' } },
      'image',
      'back to',
    ],
    [
      'it is, where the failed one dies before it sees the state, whenever it ran',
      { unseen: true, cause: 'module-missing' },
      'image',
      'back to',
    ],
    [
      'it is not, where another version has run in between',
      { wayBack: refuses, cause: 'node-version', others: ['2026.9.5'] },
      'refused',
      'refuses it',
    ],
    [
      'nor where the boots of that one are out of sight',
      { unseen: true, cause: 'node-version', others: ['2026.9.5', null] },
      'refused',
      '2026.9.5 and another version ran before this run too',
    ],
    [
      'a version that does not know the new database is put back, and that is said',
      { wayBack: { kind: 'blind', text: 'It does not know the database.' } },
      'image',
      'does not know the database',
    ],
  ];
  it.each(cases)('%s', (_, change, kind, reason) => {
    const decision = decideRollback({ ...crashed, ...change });
    expect(decision.kind).toBe(kind);
    expect(decision.reason).toContain(reason);
  });
});

describe('with-volume', () => {
  const asked: RollbackQuestion = {
    ...crashed,
    wish: 'with-volume',
    migrated: 'to SQLite',
    wayBack: refuses,
  };

  it('restores the volume, also where the state was migrated', () => {
    expect(decideRollback(asked).kind).toBe('with-volume');
  });
  it('is not even asked for by `true`', () => {
    expect(decideRollback({ ...asked, wish: 'true' }).kind).toBe('refused');
  });

  const missing: readonly [string, Partial<VolumeAtStake>][] = [
    ['this run took no snapshot', { snapshot: null }],
    ['no gateway ran when the snapshot was taken', { wasUp: false }],
    ['nobody could see whether the failed version listened', { listened: null }],
    ['the failed version listened', { listened: true }],
    ['the app has 2 machines', { machineIds: ['a', 'b'] }],
    ['the machine has no volume', { id: null }],
    ['the config before would not mount data in iad', { config: { region: 'iad', mount: 'other' } }],
    ['the config before would not mount data in iad', { config: { region: 'ams', mount: 'data' } }],
  ];
  it.each(missing)('does not where %s: the image alone, if that is safe', (why, change) => {
    const safe = { ...asked, migrated: null, wayBack: crashed.wayBack, volume: { ...volume, ...change } };
    const decision = decideRollback(safe);
    expect(decision.kind).toBe('image');
    expect(decision.reason).toContain(`the volume is not restored, because ${why}`);
  });
  it.each(missing)('is refused where %s and the state was migrated', (why, change) => {
    const decision = decideRollback({ ...asked, volume: { ...volume, ...change } });
    expect(decision.kind).toBe('refused');
    expect(decision.reason).toContain(why);
  });
});

describe('by hand', () => {
  it('the machine leaves the deploys before the image is deployed on the new volume', () => {
    expect(byHand('my-openclaw', volume, 'i:1')).toEqual([
      'fly machine update 148ed193b95948 -a my-openclaw -y --skip-start -C true --restart no',
      'fly volumes create data -a my-openclaw -r iad -s 3 --snapshot-id vs_1 -y',
      'fly machine update 148ed193b95948 -a my-openclaw -y --skip-start --metadata fly_platform_version=kept --metadata fly_process_group=',
      'fly deploy -a my-openclaw --image i:1',
    ]);
  });
  it('the snapshots are listed where this run took none', () => {
    const [first, , create] = byHand('a', { ...volume, snapshot: null }, 'i:1');
    expect(first).toBe('fly volumes snapshots list vol_1 -a a');
    expect(create).toContain('--snapshot-id SNAPSHOT');
  });
});
