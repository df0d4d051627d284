import { describe, expect, it } from 'vitest';
import type { Present } from '../../src/app/present.ts';
import { letItRest } from '../../src/chapters/rest.ts';
import { restart } from '../../src/chapters/restart.ts';
import type { Machine } from '../../src/flyctl/schemas.ts';
import type { Journey } from '../../src/journey.ts';
import type { SyncedSecrets } from '../../src/secrets/sync.ts';
import { scriptedFlyctl } from '../flyctl/scripted-flyctl.ts';
import { aMachine, anExit } from '../recover/machines.ts';

const begin = Date.parse('2026-11-23T09:00:00Z');

/** A journey of which only clock, console, limits and signal matter; sleeping moves the clock. */
function onAJourney({ timeoutMs = 1_800_000 } = {}) {
  let now = begin;
  const said: string[] = [];
  const cancel = new AbortController();
  const journey = {
    clock: {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
      },
    },
    console: { phase: (text: string) => said.push(text), tick: () => {} },
    inputs: { timeoutMs, stableForMs: 8_000 },
    report: { startedAt: new Date(begin).toISOString() },
    signal: cancel.signal,
  } as unknown as Journey;
  return { journey, said, cancel, waited: () => now - begin };
}

const dying = aMachine({ events: [5, 10, 20].map((seconds) => anExit(begin - seconds * 1000)) });

async function rest(journey: Journey, machines: readonly Machine[], version = '2026.9.6') {
  const flyctl = scriptedFlyctl([{}]);
  await letItRest(journey, flyctl, 'my-openclaw', machines, version);
  return flyctl.calls.map(({ args }) => args.join(' '));
}

describe('before a gateway boots again', () => {
  it('a gateway that died three times is stopped, and rests until the first of them is forgotten', async () => {
    const { journey, said, waited } = onAJourney();
    expect(await rest(journey, [dying])).toEqual(['machine stop 148ed193b95948 -a my-openclaw']);
    expect(waited()).toBe(280_000);
    expect(said[0]).toContain('rests for 4 min 40 s');
  });
  it('one that died less often is not kept waiting', async () => {
    const { journey, waited } = onAJourney();
    expect(await rest(journey, [aMachine({ events: [anExit(begin - 5_000)] })])).toEqual([]);
    expect(waited()).toBe(0);
  });
  it('nor one whose version does not count its boots', async () => {
    const { journey, waited } = onAJourney();
    expect(await rest(journey, [dying], '2026.5.12')).toEqual([]);
    expect(waited()).toBe(0);
  });
  it('nor one for which the run has no time left, and that is said', async () => {
    const { journey, said, waited } = onAJourney({ timeoutMs: 120_000 });
    expect(await rest(journey, [dying])).toEqual([]);
    expect(waited()).toBe(0);
    expect(said[0]).toContain('no time to let the gateway rest');
  });
  it('a restart rests as well', async () => {
    const { journey, cancel } = onAJourney();
    cancel.abort(new Error('cancelled'));
    const flyctl = scriptedFlyctl([{}]);
    const restarting = {
      app: 'my-openclaw',
      config: null,
      present: {
        machines: [{ ...dying, imageRef: 'ghcr.io/openclaw/openclaw:2026.9.6' }],
      } as unknown as Present,
      secrets: { onFly: [], changes: { waiting: [] } } as unknown as SyncedSecrets,
    };
    await expect(restart(journey, flyctl, restarting, () => {})).rejects.toThrow('cancelled');
    expect(flyctl.calls.map(({ args }) => args.join(' '))).toEqual([
      'machine stop 148ed193b95948 -a my-openclaw',
    ]);
  });
  it('a run that is cancelled rests no longer', async () => {
    const { journey, cancel } = onAJourney();
    cancel.abort(new Error('cancelled'));
    await expect(rest(journey, [dying])).rejects.toThrow('cancelled');
  });
});
