import { describe, it } from 'vitest';
import { play } from '../../rehearsal/play.ts';
import { readScenarios, scenarioSchema } from '../../rehearsal/scenario.ts';
import { expectReported } from './expect-reported.ts';

const planned = { verdict: 'skipped', cause: 'dry-run' };

describe('the bundle', () => {
  it('has the same verdict and exit code when nothing can be reported, and leaves out what would be masked', async ({
    expect,
  }) => {
    const scenario = scenarioSchema.parse({
      title: 'reporting',
      inputs: { source: 'image', version: '2026.9.6', 'dry-run': 'true' },
      platform: {
        seed: {
          apps: [
            {
              name: 'my-openclaw',
              addresses: ['shared_v4', 'v6'],
              volumes: [{ id: 'vol_1', name: 'openclaw_data' }],
              machines: [{ volume: 'vol_1', recording: '2026.5.12/01b-healthy-with-config' }],
            },
          ],
        },
      },
      runs: [
        { title: 'an app name that is a secret', inputs: { secrets: 'APP_NAME' }, expect: planned },
        {
          title: 'nowhere to write to',
          env: { GITHUB_STEP_SUMMARY: '/dev/null/summary', GITHUB_OUTPUT: '/dev/null/output' },
          expect: planned,
        },
        { title: 'no summary wanted', inputs: { summary: 'false' }, expect: planned },
      ],
      env: { APP_NAME: 'my-openclaw' },
    });
    const [masked, nowhere, silent] = await play({ ...scenario, name: 'reporting' }, { speed: 20 });
    if (!masked || !nowhere || !silent) throw new Error('not all runs were played');

    expect(Object.keys(masked.end.outputs)).not.toContain('dashboard-url');
    expect(masked.end.outputs).toMatchObject({ verdict: 'skipped', version: '2026.9.6' });
    expect(JSON.stringify(masked.end.outputs) + masked.end.summary).not.toContain('my-openclaw');
    expect(masked.end.log).toContain('`dashboard-url` is left out');

    expect(nowhere.end.exitCode).toBe(0);
    expect(nowhere.end.log).toContain('::warning::The summary could not be written: E');
    expect(nowhere.end.log).toContain('::warning::The outputs could not be set: E');
    expect(nowhere.end.log).toContain('dry-run: nothing was changed.');

    expect(silent.off).toEqual([]);
    expect(silent.end.summary).toBe('');
  });

  it('keeps what builds and gateways print from acting on the runner, and loses none of it', async ({
    expect,
  }) => {
    const scenarios = readScenarios();
    for (const [name, said] of [
      ['build-fails', 'a build may print what it likes'],
      ['hostile-log', 'not an error of ours'],
    ] as const) {
      const scenario = scenarios.get(name);
      if (!scenario) throw new Error(`there is no scenario ${name}`);
      for (const { end, off } of await play(scenario, { speed: 20 })) {
        expect(off).toEqual([]);
        expectReported(expect, end);
        expect(end.log).toContain(said);
      }
    }
  });
});
