import { describe, expect, it } from 'vitest';
import type { DeployNote } from '../../src/flyctl/deploy-note.ts';
import {
  awaitLeases,
  type Interrupted,
  type LeaseWait,
  settleInterruptedDeploy,
  settleKilledDeploy,
} from '../../src/flyctl/leases.ts';
import { patientClock, recording, type ScriptedFlyctl, scriptedFlyctl } from './scripted-flyctl.ts';

const old = '148ed193b95948';
const made = '251a6668144191';
const json = (value: unknown) => ({ stdout: `${JSON.stringify(value, null, 4)}\n` });

interface Fly {
  readonly machines: readonly string[];
  /** Machine id to owner. */
  readonly leases: Readonly<Record<string, string>>;
  readonly release?: { readonly version: number; readonly status: string };
  /** Commands that fail. */
  readonly broken?: RegExp;
}

/** Answers as Fly would in that state. */
function fly({ machines, leases, release, broken }: Fly): ScriptedFlyctl {
  return scriptedFlyctl((args) => {
    const line = args.join(' ');
    if (broken?.test(line)) return recording('030');
    if (line.startsWith('machine list')) return json(machines.map((id) => ({ id })));
    if (line.startsWith('releases')) {
      return json(release ? [{ Version: release.version, Status: release.status }] : []);
    }
    if (line.startsWith('machine leases clear')) return {};
    const asked = Object.entries(leases).filter(([id]) => args.includes(id));
    return json(
      Object.fromEntries(asked.map(([id, owner]) => [id, { data: { owner, nonce: 'n', expires_at: 9 } }])),
    );
  });
}

const interrupted: Interrupted = {
  app: 'my-app',
  machinesBefore: [old],
  releaseBefore: 6,
  report: { reached: 'machines', machineIds: [old], createdIds: [] },
  owner: null,
};

const cleared = ({ calls }: ScriptedFlyctl) =>
  calls.filter(({ args }) => args[2] === 'clear').map(({ args }) => args[3]);

describe('what an interrupted deploy leaves', () => {
  it('is nothing when it had not begun to change anything', async () => {
    const flyctl = fly({ machines: [old], leases: { [old]: 'x' } });
    const report = { reached: 'image', machineIds: [], createdIds: [] } as const;
    expect(await settleInterruptedDeploy(flyctl, { ...interrupted, report })).toEqual({
      cleared: [],
      foreign: [],
      releaseLeftRunning: null,
      trouble: [],
    });
    expect(flyctl.calls).toEqual([]);
  });

  it('is the lease of the machine it was updating', async () => {
    const flyctl = fly({ machines: [old], leases: { [old]: '' } });
    expect(await settleInterruptedDeploy(flyctl, interrupted)).toMatchObject({ cleared: [old], trouble: [] });
    expect(cleared(flyctl)).toEqual([old]);
  });

  it('is the lease of a machine it made, also when it was killed before it could say so', async () => {
    const flyctl = fly({ machines: [made], leases: { [made]: '' } });
    const silent = { reached: 'machines', machineIds: [], createdIds: [] } as const;
    const run = { ...interrupted, machinesBefore: [], report: silent };
    expect((await settleInterruptedDeploy(flyctl, run)).cleared).toEqual([made]);
    const killed = { ...interrupted, machinesBefore: [], report: null };
    expect((await settleInterruptedDeploy(flyctl, killed)).cleared).toEqual([made]);
  });

  it('is not the lease of a machine that it never touched', async () => {
    const flyctl = fly({ machines: [old], leases: { [old]: 'someone@example.com' } });
    const waiting = { reached: 'releasing', machineIds: [], createdIds: [] } as const;
    expect((await settleInterruptedDeploy(flyctl, { ...interrupted, report: waiting })).cleared).toEqual([]);
    expect((await settleInterruptedDeploy(flyctl, { ...interrupted, report: null })).cleared).toEqual([]);
    expect(cleared(flyctl)).toEqual([]);
  });

  it('is not a lease that names another owner', async () => {
    const flyctl = fly({
      machines: [old, made],
      leases: { [old]: 'someone@example.com', [made]: 'me@example.com' },
    });
    const settled = await settleInterruptedDeploy(flyctl, { ...interrupted, owner: 'me@example.com' });
    expect(settled.cleared).toEqual([made]);
    expect(settled.foreign).toMatchObject([{ machineId: old, owner: 'someone@example.com' }]);
    expect(cleared(flyctl)).toEqual([made]);
  });

  it('knows no machine as its own when nobody looked before', async () => {
    const flyctl = fly({ machines: [old], leases: { [old]: '' } });
    const blind = { ...interrupted, machinesBefore: null, report: null };
    expect((await settleInterruptedDeploy(flyctl, blind)).cleared).toEqual([]);
  });

  it.each([
    ['a release left running', { version: 7, status: 'running' }, 7],
    ['no release that ended', { version: 7, status: 'interrupted' }, null],
    ['no release of somebody before', { version: 6, status: 'running' }, null],
  ])('is %s', async (_, release, left) => {
    const settled = await settleInterruptedDeploy(fly({ machines: [old], leases: {}, release }), interrupted);
    expect(settled.releaseLeftRunning).toBe(left);
  });

  it('is put right as far as it goes when Fly answers only in part', async () => {
    const flyctl = fly({ machines: [old], leases: { [old]: '' }, broken: /^(machine list|releases)/ });
    const settled = await settleInterruptedDeploy(flyctl, interrupted);
    expect(settled.cleared).toEqual([old]);
    expect(settled.trouble).toHaveLength(2);
    const dead = await settleInterruptedDeploy(fly({ machines: [], leases: {}, broken: /./ }), interrupted);
    expect(dead).toMatchObject({ cleared: [], trouble: { length: 3 } });
  });

  it('is put right with one try a question, since little time is left', async () => {
    const flyctl = fly({ machines: [old], leases: {}, broken: /./ });
    await settleInterruptedDeploy(flyctl, interrupted);
    expect(flyctl.calls.map(({ options }) => options.deadlineMs)).toEqual([2000, 2000, 2000]);
  });
});

describe('what a deploy leaves whose main step was killed', () => {
  const note: DeployNote = {
    path: '/usr/local/bin/flyctl',
    version: '0.4.87',
    app: 'my-app',
    machinesBefore: [old],
    releaseBefore: 6,
    reached: 'machines',
    machineIds: [old],
    createdIds: [],
  };
  const signal = new AbortController().signal;

  it.each([
    ['flyctl ran still', { ran: true, sinceMs: 600_000 }, [old]],
    ['it died a moment ago', { ran: false, sinceMs: 2_000 }, [old]],
    ['it died so long ago that somebody else may have got it', { ran: false, sinceMs: 9_000 }, []],
    ['nobody knows when it died', { ran: false, sinceMs: null }, []],
  ])('is the lease of the machine it was updating, if %s', async (_, state, expected) => {
    const flyctl = fly({ machines: [old], leases: { [old]: '' } });
    expect((await settleKilledDeploy(flyctl, note, { ...state, signal })).cleared).toEqual(expected);
    expect(cleared(flyctl)).toEqual(expected);
  });

  it('is the lease of a machine that it made, whenever it died', async () => {
    const flyctl = fly({ machines: [old, made], leases: { [old]: '', [made]: '' } });
    const settled = await settleKilledDeploy(flyctl, note, { ran: false, sinceMs: null, signal });
    expect(settled.cleared).toEqual([made]);
  });

  it('is not the lease that it was waiting for', async () => {
    const flyctl = fly({ machines: [old], leases: { [old]: 'someone@example.com' } });
    const waiting = { ...note, reached: 'releasing', machineIds: [] } as const;
    expect((await settleKilledDeploy(flyctl, waiting, { ran: true, sinceMs: 0, signal })).cleared).toEqual(
      [],
    );
  });
});

describe('waiting for a lease', () => {
  const heldUntil = 1795465727000;

  it('looks again every few seconds, or when it is due to end', async () => {
    const patience = patientClock();
    const looks = [recording('257'), recording('257'), recording('402')];
    const flyctl = scriptedFlyctl(looks, { patience });
    const waits: LeaseWait[] = [];
    const wallClock = () => heldUntil - 6_000 + patience.now();
    const free = await awaitLeases(flyctl, 'my-app', [old], {
      deadlineMs: 60_000,
      onWait: (wait) => waits.push(wait),
      wallClock,
    });
    expect(free).toBe(true);
    expect(patience.pauses).toEqual([5000, 1250]);
    expect(waits.map(({ remainingMs }) => remainingMs)).toEqual([6000, 1000]);
  });

  it('ends at its deadline though the holder lives on', async () => {
    const patience = patientClock();
    const flyctl = scriptedFlyctl([recording('257')], { patience });
    const wallClock = () => heldUntil - 13_000;
    expect(await awaitLeases(flyctl, 'my-app', [old], { deadlineMs: 12_000, wallClock })).toBe(false);
    expect(patience.now()).toBe(12_000);
  });

  it('ends when the leases cannot be read', async () => {
    expect(
      await awaitLeases(scriptedFlyctl([recording('405')]), 'my-app', [old], { deadlineMs: 9_000 }),
    ).toBe(false);
  });
});
