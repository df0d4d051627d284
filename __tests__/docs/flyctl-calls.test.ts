import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installStandIn } from '../../rehearsal/flyctl/install.ts';
import { play } from '../../rehearsal/play.ts';
import { scenarioSchema } from '../../rehearsal/scenario.ts';
import { inlineCode, marked, pageAt } from './pages.ts';

/** Asked again and again while the machine is watched, and counted apart. */
const polling = /^(?:machine list|logs|machine exec|machine status) /;

/** A call as the docs name it: the command, and `--stage`. */
function named(call: string): string {
  const stage = / --stage\b/.test(call) ? ' --stage' : '';
  return `${call.replace(/ -.*/, '')}${stage}`;
}

/** The commands in a text that is code in the docs. */
const inCode = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');

/** The flags of a command, `--name=value` and `--name value` alike; a path or an image differs in each run. */
function flags(command: string): readonly string[] {
  const [, ...given] = command.split(/ (?=-)/);
  return given
    .map((flag) => flag.replace(/^(--?[\w-]+)[= ]/, '$1 ').trim())
    .filter((flag) => !/^(?:-a|-c|--image) /.test(flag))
    .sort();
}

// The wrapper that writes the calls down is a shell script.
it.skipIf(process.platform === 'win32')(
  'an update makes the calls to flyctl that the docs list, twelve at most, and a schedule without news its four',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-calls-'));
    try {
      const standIn = installStandIn(join(folder, 'stand-in'));
      const [calls, wrapper] = [join(folder, 'calls'), join(folder, 'flyctl')];
      writeFileSync(wrapper, `#!/bin/sh\necho "$@" >> '${calls}'\nexec '${standIn}' "$@"\n`, { mode: 0o755 });
      const scenario = scenarioSchema.parse({
        title: 'an update',
        inputs: { source: 'image', version: '2026.9.6', secrets: 'ANTHROPIC_API_KEY', snapshot: 'never' },
        env: { ANTHROPIC_API_KEY: 'sk-ant-rehearsal-0002' },
        upstream: { releases: ['v2026.9.6'] },
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
        runs: [
          { title: 'update', expect: { verdict: 'healthy', cause: 'healthy' } },
          {
            title: 'schedule',
            inputs: { version: 'latest' },
            env: { GITHUB_EVENT_NAME: 'schedule' },
            expect: { verdict: 'skipped', cause: 'up-to-date' },
          },
        ],
      });
      const played = await play(
        { ...scenario, name: 'update' },
        { speed: 20, flyctl: wrapper, onRun: ({ title }) => appendFileSync(calls, `run: ${title}\n`) },
      );
      expect(played.map(({ off }) => off)).toEqual([[], []]);

      const [, update = [], schedule = []] = readFileSync(calls, 'utf8')
        .split(/^run: .*\n/m)
        .map((text) => text.trim().split('\n'))
        // Asked of a flyctl that is on PATH, as it is in a rehearsal.
        .map((made) => made.filter((call) => !call.startsWith('version ') && !polling.test(call)));
      const page = pageAt('docs/how-it-works.md');
      const listed = marked(page, 'calls')
        .split('\n')
        .flatMap((row) => inCode(row).slice(0, 1));
      expect(update.map(named).toSorted()).toEqual(listed.toSorted());
      expect(update.length).toBeLessThanOrEqual(12);

      const shown = inlineCode(page).find((code) => code.startsWith('flyctl deploy ')) ?? '';
      expect(flags(update.find((call) => call.startsWith('deploy ')) ?? '')).toEqual(flags(shown));

      const [, few = ''] =
        /four calls to flyctl \((.*?)\)/.exec(pageAt('docs/following-upstream.md').text) ?? [];
      expect(schedule.map(named)).toEqual(inCode(few));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
