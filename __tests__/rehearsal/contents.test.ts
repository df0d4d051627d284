import { describe, expect, it } from 'vitest';
import { contentsOf, lostContents } from '../../rehearsal/contents.ts';
import { contentHash, type Volume, type World } from '../../rehearsal/platform/world.ts';

function world(
  volumes: Readonly<Record<string, Readonly<Record<string, string>>>>,
  gone: string[] = [],
): World {
  const made = Object.entries(volumes).map(
    ([id, files]): [string, Pick<Volume, 'id' | 'state' | 'files'>] => [
      id,
      {
        id,
        state: gone.includes(id) ? 'scheduling_destroy' : 'created',
        files: new Map(Object.entries(files)),
      },
    ],
  );
  return { apps: new Map([['my-app', { volumes: new Map(made) }]]) } as unknown as World;
}

const before = contentsOf(world({ vol_1: { memory: 'told', lock: 'pid' } }));
const lost = (after: World, mayChange: string[] = []) => lostContents(before, after, mayChange);

describe('what was on a volume before a run', () => {
  it('may be on another one afterwards, beside more', () => {
    expect(lost(world({ vol_2: { memory: 'told', lock: 'pid', more: 'x' } }))).toEqual([]);
  });
  it('is missed where its volume is destroyed', () => {
    expect(lost(world({ vol_1: { memory: 'told', lock: 'pid' } }, ['vol_1']))).toEqual([
      'no volume holds any more what was on vol_1: memory, lock',
    ]);
  });
  it('is missed where one file was changed or removed', () => {
    expect(lost(world({ vol_1: { memory: 'other', lock: 'pid' } }))).toHaveLength(1);
    expect(lost(world({ vol_1: { memory: 'told' } }))).toHaveLength(1);
  });
  it('is missed where two volumes have half of it each', () => {
    expect(lost(world({ vol_1: { memory: 'told' }, vol_2: { lock: 'pid' } }))).toHaveLength(1);
  });
  it('may change where the scenario says so', () => {
    expect(lost(world({ vol_1: { memory: 'told' } }), ['lock'])).toEqual([]);
  });
  it('is compared by hash, whatever the order of its files', () => {
    const [one, other] = [
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ] as [[string, string][], [string, string][]];
    expect(contentHash(new Map(one))).toBe(contentHash(new Map(other)));
  });
});
