/**
 * `node scripts/run.mjs bench/verdict-latency/run.ts [--runs N]`: from the moment the decisive line or event is on the
 * platform to the end of the job, at real time, beside plain `flyctl deploy` on the same boot. Goal: two poll
 * intervals at most.
 */
import { parseArgs } from 'node:util';
import type { Moment, Platform } from '../../rehearsal/platform/options.ts';
import { startPlatform } from '../../rehearsal/platform/platform.ts';
import { play, rehearsalToken } from '../../rehearsal/play.ts';
import { readScenarios } from '../../rehearsal/scenario.ts';
import { pollPause } from '../../src/chapters/attend.ts';
import { median, plainDeploy } from '../plain-deploy.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const scenario = readScenarios().get('deploy-public');
if (!scenario) throw new Error('the scenario deploy-public is gone');
const poll = pollPause(8_000);

const cases: readonly { title: string; recording: string; decisive: (moment: Moment) => boolean }[] = [
  {
    title: 'gateway lock',
    recording: '2026.1.29/03a-second-same-state-same-port',
    decisive: ({ kind, text }) => kind === 'event' && text === 'exit',
  },
  {
    title: 'V8 heap',
    recording: '2026.5.12/06a-v8-oom-96mb',
    decisive: ({ kind, text }) => kind === 'event' && text === 'exit',
  },
  {
    title: 'bad config',
    recording: '2026.9.6/04b-unknown-key',
    decisive: ({ kind, text }) => kind === 'event' && text === 'exit',
  },
  {
    title: 'no token',
    recording: '2026.9.6/02-no-token-lan',
    decisive: ({ kind, text }) => kind === 'event' && text === 'exit',
  },
];

const first = (platform: Platform, decisive: (moment: Moment) => boolean): number =>
  platform.moments.find(decisive)?.real ?? Number.NaN;

for (const { title, recording, decisive } of cases) {
  const action: number[] = [];
  const flyctl: number[] = [];
  for (let run = 0; run < Number(values.runs); run += 1) {
    const boots = [{ recording }];
    const [played] = await play({
      ...scenario,
      speed: 1,
      platform: { ...scenario.platform, boots },
      runs: [
        {
          title,
          inputs: { version: '2026.9.6' },
          env: {},
          before: [],
          expect: { verdict: 'failed', cause: 'gateway-lock', changes: [] },
        },
      ],
    });
    if (!played) throw new Error('nothing was played');
    action.push(played.end.endedAt - first(played.platform, decisive));
    const platform = await startPlatform({ boots, tokens: { [rehearsalToken]: 'org' } });
    const toml = `${scenario.files['fly.toml']}\n[build]\n  image = "ghcr.io/openclaw/openclaw:2026.9.6"\n`;
    const plain = await plainDeploy(platform, toml, 'my-openclaw', 1);
    flyctl.push(plain.endedAt - first(platform, decisive));
    await platform.close();
  }
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  console.log(
    `${title.padEnd(14)} action ${seconds(median(action))} after the event (${(median(action) / poll).toFixed(1)} poll intervals), flyctl deploy ${seconds(median(flyctl))}`,
  );
}
