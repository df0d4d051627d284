import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Address,
  auditAddresses,
  isUnfinished,
  type ModeQuestion,
  planMode,
} from '../../src/app/mode.ts';

const v6: Address = { type: 'v6', address: '2a09:8280:1::1' };
const shared: Address = { type: 'shared_v4', address: '66.241.124.10' };
const v4: Address = { type: 'v4', address: '137.66.1.2' };
const flycast: Address = { type: 'private_v6', address: 'fdaa:0:1::3' };
const egress: Address = { type: 'egress_v6', address: '2605:4c40::1' };

const question = (part: Partial<ModeQuestion>): ModeQuestion => ({
  wanted: 'auto',
  privateAccess: 'flycast',
  appIsNew: false,
  addresses: [],
  hasService: true,
  namedPrivate: false,
  customHosts: [],
  ...part,
});

describe('who is to reach the app, and what its addresses need for it', () => {
  test.each<[string, Partial<ModeQuestion>, string]>([
    ['a new app, nothing said', { appIsNew: true }, 'public/public before v6+shared_v4'],
    ['a new app, public', { appIsNew: true, wanted: 'public' }, 'public/public before v6+shared_v4'],
    ['a new app, private', { appIsNew: true, wanted: 'private' }, 'private/flycast before private_v6'],
    [
      'a new app, private without service',
      { appIsNew: true, wanted: 'private', hasService: false },
      'private/console',
    ],
    [
      'a new app, private-access none',
      { appIsNew: true, wanted: 'private', privateAccess: 'none' },
      'private/console',
    ],
    [
      'a new app with fly.private.toml',
      { appIsNew: true, namedPrivate: true, hasService: false },
      'private/console',
    ],
    ['a new app without service', { appIsNew: true, hasService: false }, 'private/console'],

    ['a public app again', { addresses: [v6, shared] }, 'public/public'],
    ['a public app with a dedicated address', { addresses: [v6, v4], wanted: 'public' }, 'public/public'],
    ['a public app with an extra private address', { addresses: [v6, shared, flycast] }, 'public/public'],
    ['a public app that gave one address up', { addresses: [v6] }, 'public/public'],
    [
      'a public app that gave one up, public said',
      { addresses: [v6], wanted: 'public' },
      'public/public after shared_v4',
    ],
    ['a private app again', { addresses: [flycast] }, 'private/flycast'],
    ['a private app again, private said', { addresses: [flycast], wanted: 'private' }, 'private/flycast'],
    ['a private app with egress addresses', { addresses: [flycast, egress] }, 'private/flycast'],

    ['made private by hand, nothing said', { addresses: [] }, 'private/flycast before private_v6'],
    ['made private by hand, without service', { addresses: [], hasService: false }, 'private/console'],

    [
      'public to private',
      { addresses: [v6, shared], wanted: 'private' },
      'private/flycast before private_v6 release v6+shared_v4',
    ],
    [
      'public to private, console only',
      { addresses: [v6, shared], wanted: 'private', privateAccess: 'none' },
      'private/console release v6+shared_v4',
    ],
    [
      'public to private, interrupted after the private address',
      { addresses: [v6, shared, flycast], wanted: 'private' },
      'private/flycast release v6+shared_v4',
    ],
    [
      'public to private, interrupted after the first release',
      { addresses: [shared, flycast], wanted: 'private' },
      'private/flycast release shared_v4',
    ],
    ['public to private, interrupted, then nothing said', { addresses: [shared, flycast] }, 'public/public'],
    [
      'a dedicated address to private',
      { addresses: [v4, v6], wanted: 'private' },
      'private/flycast before private_v6 release v4+v6 lost 1',
    ],
    [
      'a type of tomorrow counts as public',
      { addresses: [{ type: 'v7', address: '::7' }], wanted: 'private' },
      'private/flycast before private_v6 release v7',
    ],

    ['private to public', { addresses: [flycast], wanted: 'public' }, 'public/public after v6+shared_v4'],
    [
      'private to public, interrupted',
      { addresses: [flycast, v6], wanted: 'public' },
      'public/public after shared_v4',
    ],
    ['private to public, interrupted, then nothing said', { addresses: [flycast, v6] }, 'public/public'],
    [
      'a first deploy that was interrupted after one address',
      { appIsNew: true, addresses: [v6] },
      'public/public before shared_v4',
    ],
    [
      'a first private deploy that was interrupted',
      { appIsNew: true, addresses: [flycast] },
      'private/flycast',
    ],
    [
      'a first public deploy that ended without a machine, then private said',
      { appIsNew: true, addresses: [v6, shared], wanted: 'private' },
      'private/flycast before private_v6 first release v6+shared_v4',
    ],
    [
      'a public app whose config has no service',
      { addresses: [v6, shared], hasService: false },
      'public/console left 1',
    ],
  ])('%s', (_what, part, expected) => {
    const plan = planMode(question(part));
    const said = [
      `${plan.mode}/${plan.access}`,
      ...(plan.allocateBefore.length > 0 ? [`before ${plan.allocateBefore.join('+')}`] : []),
      ...(plan.releaseBefore.length > 0
        ? [`first release ${plan.releaseBefore.map(({ type }) => type).join('+')}`]
        : []),
      ...(plan.allocateAfter.length > 0 ? [`after ${plan.allocateAfter.join('+')}`] : []),
      ...(plan.releaseAfter.length > 0
        ? [`release ${plan.releaseAfter.map(({ type }) => type).join('+')}`]
        : []),
      ...(plan.lost.length > 0 ? [`lost ${plan.lost.length}`] : []),
      ...(plan.leftAlone.length > 0 ? [`left ${plan.leftAlone.length}`] : []),
    ].join(' ');
    expect(said).toBe(expected);
    expect(plan.deployFlags).toEqual(['--no-public-ips']);
  });

  test('what cannot be had back is named: the dedicated address and the hosts of certificates', () => {
    const part = { addresses: [v4, v6], wanted: 'private', customHosts: ['bot.example.com'] } as const;
    expect(planMode(question(part)).lost).toEqual([
      'the dedicated address 137.66.1.2',
      'the way in by bot.example.com',
    ]);
    expect(planMode(question({ ...part, addresses: [flycast] })).lost).toEqual([]);
  });

  const states = fc.record({
    wanted: fc.constantFrom('auto' as const, 'public' as const, 'private' as const),
    privateAccess: fc.constantFrom('flycast' as const, 'none' as const),
    appIsNew: fc.boolean(),
    addresses: fc.subarray([v4, v6, shared, flycast, egress]),
    hasService: fc.boolean(),
    namedPrivate: fc.boolean(),
    customHosts: fc.subarray(['bot.example.com']),
  });

  /** Carries out a plan as far as `steps` goes; the deploy itself, after which the app is not new, is one of them. */
  const carryOut = (state: ModeQuestion, steps: number): ModeQuestion => {
    const plan = planMode(state);
    const make = (type: string): Address => ({ type, address: `new ${type}` });
    let { addresses, appIsNew } = state;
    const all = [
      ...plan.allocateBefore.map((type) => () => {
        addresses = [...addresses, make(type)];
      }),
      ...plan.releaseBefore.map((gone) => () => {
        addresses = addresses.filter((one) => one !== gone);
      }),
      () => {
        if (plan.mode === 'private' && state.appIsNew)
          expect(auditAddresses('private', addresses)).toBeNull();
        appIsNew = false;
      },
      ...plan.allocateAfter.map((type) => () => {
        addresses = [...addresses, make(type)];
      }),
      ...plan.releaseAfter.map((gone) => () => {
        addresses = addresses.filter((one) => one !== gone);
      }),
    ];
    for (const step of all.slice(0, steps)) step();
    return { ...state, addresses, appIsNew };
  };

  test('from wherever a run ended, the next one finishes, and the one after that has nothing to do', () => {
    fc.assert(
      fc.property(states, fc.nat(8), (state, steps) => {
        const goal = planMode(state);
        const finished = carryOut(carryOut(state, steps), 100);
        const rest = planMode(finished);
        expect(
          [rest.allocateBefore, rest.releaseBefore, rest.allocateAfter, rest.releaseAfter].flat(),
        ).toEqual([]);
        expect(isUnfinished(rest)).toBe(false);
        expect(isUnfinished(goal)).toBe(
          [goal.allocateBefore, goal.releaseBefore, goal.allocateAfter, goal.releaseAfter].flat().length > 0,
        );
        if (state.wanted !== 'auto') expect(rest.mode).toBe(goal.mode);
        expect(auditAddresses(rest.mode, finished.addresses)).toBeNull();
      }),
    );
  });

  test('public addresses come to an app that runs only where public is said, and go only where private is', () => {
    fc.assert(
      fc.property(states, (state) => {
        const plan = planMode(state);
        const made = [...plan.allocateBefore, ...plan.allocateAfter].filter((type) => type !== 'private_v6');
        if (made.length > 0 && !state.appIsNew) expect(state.wanted).toBe('public');
        if (plan.releaseBefore.length + plan.releaseAfter.length > 0) expect(state.wanted).toBe('private');
        if (plan.mode === 'private') expect(made).toEqual([]);
        expect(plan.releaseAfter).not.toContain(flycast);
      }),
    );
  });
});

describe('the audit of a private app', () => {
  test.each<[string, 'public' | 'private', Address[], string | null]>([
    ['private addresses only', 'private', [flycast, egress], null],
    ['none at all', 'private', [], null],
    [
      'a public one beside',
      'private',
      [flycast, v6],
      'the private app has a public address: 2a09:8280:1::1 (v6)',
    ],
    [
      'a type that is not known',
      'private',
      [{ type: 'v7', address: '::7' }],
      'the private app has a public address: ::7 (v7)',
    ],
    ['a public app has public ones', 'public', [v6, shared], null],
  ])('%s', (_what, mode, addresses, message) => {
    const finding = auditAddresses(mode, addresses);
    expect(finding?.message ?? null).toBe(message);
    if (finding) expect(finding).toMatchObject({ rule: 'public-address', severity: 'error', file: null });
  });
});
