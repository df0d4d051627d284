import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installStandIn } from '../../rehearsal/flyctl/install.ts';
import { play } from '../../rehearsal/play.ts';
import { scenarioSchema } from '../../rehearsal/scenario.ts';
import { marked, pageAt } from './pages.ts';

/** Asked again and again while the machine is watched, and counted apart. */
const polling = /^(?:machine list|logs|machine exec|machine status) /;

/** A call as the docs name it: the command, and `--stage`. */
function named(call: string): string {
  const stage = / --stage\b/.test(call) ? ' --stage' : '';
  return `${call.replace(/ -.*/, '')}${stage}`;
}

// The wrapper that writes the calls down is a shell script.
it.skipIf(process.platform === 'win32')(
  'an update deploy makes the calls to flyctl that the docs list, twelve at most',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-calls-'));
    try {
      const standIn = await installStandIn(join(folder, 'stand-in'));
      const [calls, wrapper] = [join(folder, 'calls'), join(folder, 'flyctl')];
      writeFileSync(wrapper, `#!/bin/sh\necho "$@" >> '${calls}'\nexec '${standIn}' "$@"\n`, { mode: 0o755 });
      const scenario = scenarioSchema.parse({
        title: 'an update',
        inputs: { source: 'image', version: '2026.9.6', secrets: 'ANTHROPIC_API_KEY', snapshot: 'never' },
        env: { ANTHROPIC_API_KEY: 'sk-ant-rehearsal-0002' },
        platform: {
          seed: {
            apps: [
              {
                name: 'my-openclaw',
                addresses: ['shared_v4', 'v6'],
                secrets: { OPENCLAW_GATEWAY_TOKEN: 'rehearsal-gateway-token', ANTHROPIC_API_KEY: 'sk-ant-1' },
                volumes: [{ id: 'vol_1', name: 'openclaw_data' }],
                machines: [{ volume: 'vol_1', recording: '2026.5.12/01b-healthy-with-config' }],
              },
            ],
          },
          boots: [{ recording: '2026.9.6/01b-healthy-with-config' }],
        },
        runs: [{ title: 'update', expect: { verdict: 'healthy', cause: 'healthy' } }],
      });
      const [played] = await play({ ...scenario, name: 'update' }, { speed: 20, flyctl: wrapper });
      expect(played?.off).toEqual([]);

      const made = readFileSync(calls, 'utf8')
        .trim()
        .split('\n')
        // Asked of a flyctl that is on PATH, as it is in a rehearsal.
        .filter((call) => !call.startsWith('version ') && !polling.test(call))
        .map(named);
      const listed = [...marked(pageAt('docs/how-it-works.md'), 'calls').matchAll(/^\| `([^`]+)`/gm)].map(
        ([, call]) => call ?? '',
      );
      expect(made.toSorted()).toEqual(listed.toSorted());
      expect(made.length).toBeLessThanOrEqual(12);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
