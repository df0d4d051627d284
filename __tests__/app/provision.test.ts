import { describe, expect, it } from 'vitest';
import { type Provisions, provision } from '../../src/app/provision.ts';
import { recording, type ScriptedFlyctl, scriptedFlyctl } from '../flyctl/scripted-flyctl.ts';

const volume = { name: 'openclaw_data', region: 'iad', sizeGb: 1 };
const nothing: Provisions = { app: null, volume: null, addresses: [] };

interface Other {
  readonly id: string;
  /** Of the same minute. */
  readonly second: number;
  readonly name?: string;
  readonly region?: string;
}

const own: Other = { id: 'vol_own', second: 30 };

/** Answers as Fly would that has these volumes before and after this run has made its own. */
function fly(before: readonly Other[], after: readonly Other[]): ScriptedFlyctl {
  let made = false;
  const json = ({ id, second, name = 'openclaw_data', region = 'iad' }: Other) => ({
    id,
    name,
    region,
    state: 'created',
    size_gb: 1,
    created_at: `2026-11-23T20:11:${second}.000Z`,
    host_status: 'ok',
  });
  return scriptedFlyctl((args) => {
    const [noun, verb] = args;
    if (noun !== 'volumes') return recording('133');
    if (verb === 'create') {
      made = true;
      return { stdout: JSON.stringify(json(own)) };
    }
    return { stdout: JSON.stringify((made ? [...after, own] : before).map(json)) };
  });
}

const make = (flyctl: ScriptedFlyctl, provisions: Partial<Provisions>) =>
  provision(flyctl, 'my-app', { ...nothing, ...provisions }, new AbortController().signal, () => {});

const verbs = ({ calls }: ScriptedFlyctl) => calls.map(({ args }) => args.slice(0, 2).join(' '));

describe('a volume that is missing', () => {
  it('is made where nobody else makes one', async () => {
    const strangers: Other[] = [
      { id: 'vol_a', second: 10, name: 'other_data' },
      { id: 'vol_b', second: 10, region: 'ams' },
    ];
    const flyctl = fly(strangers, strangers);
    await make(flyctl, { volume });
    expect(verbs(flyctl)).toEqual(['volumes list', 'volumes create', 'volumes list']);
  });

  it('is not made beside one that came meanwhile', async () => {
    const flyctl = fly([{ id: 'vol_other', second: 29 }], []);
    await expect(make(flyctl, { volume, addresses: ['v6'] })).rejects.toMatchObject({
      code: 'superseded',
      message: expect.stringMatching(/^Another deploy made the volume vol_other /),
    });
    expect(verbs(flyctl)).toEqual(['volumes list']);
  });

  it.each([
    ['older', 29, false],
    ['of the same moment', 30, false],
    ['younger', 31, true],
  ])('that was made at the same time as an %s one lets the run go on: %#', async (_, second, goesOn) => {
    const flyctl = fly([], [{ id: 'vol_other', second }]);
    const run = make(flyctl, { volume });
    if (goesOn) return expect(run).resolves.toBeUndefined();
    await expect(run).rejects.toMatchObject({
      code: 'superseded',
      message: expect.stringContaining('The volume vol_own, made by this run, is empty and to spare.'),
      fix: { commands: ['fly releases -a my-app', 'fly volumes destroy vol_own -a my-app'] },
    });
  });

  it('is never destroyed', async () => {
    const flyctl = fly([], [{ id: 'vol_other', second: 29 }]);
    await expect(make(flyctl, { volume })).rejects.toThrow();
    expect(verbs(flyctl)).not.toContain('volumes destroy');
  });
});

describe('an app whose name is taken', () => {
  const app = { name: 'my-app', org: 'personal' };
  const taken = (seen: boolean) =>
    scriptedFlyctl(([verb]) => {
      if (verb === 'apps') return recording('015');
      return seen ? { stdout: '{"ID":"my-app","Name":"my-app","Status":"pending"}' } : recording('024');
    });

  it('was made by another run where this token can see it', async () => {
    await expect(make(taken(true), { app })).rejects.toMatchObject({
      code: 'superseded',
      evidence: 'the app my-app is there by now',
    });
  });

  it("is a stranger's where it cannot", async () => {
    await expect(make(taken(false), { app })).rejects.toMatchObject({ code: 'name-taken' });
  });
});
