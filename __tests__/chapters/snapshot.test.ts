import { expect, it } from 'vitest';
import { readConfig } from '../../src/app/config.ts';
import type { DeployPlan } from '../../src/app/plan.ts';
import type { Present } from '../../src/app/present.ts';
import { keepWayBack } from '../../src/chapters/snapshot.ts';
import type { Machine } from '../../src/flyctl/schemas.ts';
import type { Journey } from '../../src/journey.ts';
import { beginReport } from '../../src/report/report.ts';
import { scriptedFlyctl } from '../flyctl/scripted-flyctl.ts';
import { aMachine, anExit } from '../recover/machines.ts';

const now = Date.parse('2026-11-23T09:00:00Z');
const config = readConfig({
  file: 'fly.toml',
  directory: '/repo',
  format: 'toml',
  text: '',
  generated: false,
});

/** What `/proc/uptime` and `/proc/net/tcp` say in a machine that has been up for an hour. */
const inside = (port: string) =>
  JSON.stringify({
    stdout: `3600.10 7000.00\n  sl  local_address rem_address   st\n   0: 00000000:${port} 00000000:0000 0A\n`,
  });

async function conditionBefore(machine: Partial<Machine>, port = '0BB8') {
  const machines = [aMachine(machine)];
  const report = beginReport('deploy', now);
  const journey = {
    inputs: { operation: 'deploy', rollbackOnFailure: 'true', snapshot: 'never', listenTimeoutMs: 300_000 },
    report,
    clock: { now: () => now },
    console: { phase: () => {} },
    signal: new AbortController().signal,
  } as unknown as Journey;
  const plan = { app: 'my-openclaw', config, deployable: { kind: 'image', reference: 'i:2', version: null } };
  // Fly tells the config of another release, so it is not asked for; no URL leads to the app.
  const present = { status: { machines, appUrl: '', version: 9 }, machines, volumes: [] };
  const { condition } = await keepWayBack(
    journey,
    scriptedFlyctl([{ stdout: inside(port) }]),
    plan as unknown as DeployPlan,
    present as unknown as Present,
    () => {},
  );
  return condition;
}

it.each<[string, Partial<Machine>, string | undefined, string]>([
  ['listens', {}, undefined, 'up'],
  ['has been up for long and does not listen', {}, '0016', 'ailing'],
  ['has just died', { events: [anExit(now - 5_000)] }, undefined, 'ailing'],
  ['was stopped', { state: 'stopped', events: [anExit(now, { requestedStop: true })] }, undefined, 'down'],
])(
  'before a deploy that may be rolled back, a gateway that %s is seen as such',
  async (_, machine, port, condition) => {
    expect(await conditionBefore(machine, port)).toBe(condition);
  },
);
