/**
 * `node scripts/run.mjs bench/healthy-deploy/run.ts [--runs N]`: a healthy update whose gateway is up at once, by this
 * action and by plain `flyctl deploy` with its default waits, in turn, at real time. Goal: a ratio of 1 or less.
 *
 * Then the same with another version, before which the action takes a snapshot: what nobody has from flyctl costs the
 * time that Fly takes for it, 2 s on the embedded platform.
 */
import { parseArgs } from 'node:util';
import { startPlatform } from '../../rehearsal/platform/platform.ts';
import { seedSchema } from '../../rehearsal/platform/scenario.ts';
import { play, rehearsalToken } from '../../rehearsal/play.ts';
import { readScenarios } from '../../rehearsal/scenario.ts';
import { median, plainDeploy } from '../plain-deploy.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const scenario = deployPublic();
const boots = [
  {
    lines: ['[gateway] http server listening (7 plugins: a; 0.0s)', '[gateway] ready'],
    ports: [3000],
    bootDelay: 0,
  },
];
const app = 'my-openclaw';
const running = (version: string) =>
  seedSchema.parse({
    apps: [
      {
        name: app,
        addresses: ['shared_v4', 'v6'],
        volumes: [{ id: 'vol_bench', name: 'openclaw_data' }],
        machines: [{ volume: 'vol_bench', image: `ghcr.io/openclaw/openclaw:${version}` }],
      },
    ],
  });
const toml =
  `[build]\n  image = "ghcr.io/openclaw/openclaw:2026.9.6"\n\n${scenario.files['fly.toml'] ?? ''}`.replace(
    /^([\s\S]*?)(app = [\s\S]*?primary_region = .*\n)/,
    '$2\n$1',
  );

await compare('the same version', running('2026.9.6'));
await compare('another version, after a snapshot', running('2026.5.12'));

async function compare(what: string, seed: ReturnType<typeof running>): Promise<void> {
  const action: number[] = [];
  const flyctl: number[] = [];
  for (let run = 0; run < Number(values.runs); run += 1) {
    const [played] = await play({
      ...scenario,
      speed: 1,
      inputs: { ...scenario.inputs, 'expect-discord': 'false' },
      platform: { ...scenario.platform, boots, seed },
      runs: [
        {
          title: 'update',
          inputs: { version: '2026.9.6' },
          env: {},
          before: [],
          expect: { verdict: 'healthy', cause: 'healthy', changes: [] },
        },
      ],
    });
    if (played?.off.length !== 0)
      throw new Error(`the action did not call it healthy: ${played?.off.join('; ')}`);
    action.push(played.end.durationMs);
    const platform = await startPlatform({ boots, seed, tokens: { [rehearsalToken]: 'org' } });
    const plain = await plainDeploy(platform, toml, app, 1);
    await platform.close();
    if (plain.exitCode !== 0) throw new Error(`flyctl deploy ended with ${plain.exitCode}`);
    flyctl.push(plain.ms);
    console.log(
      `${what}: action ${(played.end.durationMs / 1000).toFixed(1)} s, flyctl ${(plain.ms / 1000).toFixed(1)} s`,
    );
  }
  console.log(
    `${what}, median: action ${(median(action) / 1000).toFixed(1)} s, flyctl ${(median(flyctl) / 1000).toFixed(1)} s, ratio ${(median(action) / median(flyctl)).toFixed(2)}`,
  );
}

function deployPublic() {
  const found = readScenarios().get('deploy-public');
  if (!found) throw new Error('the scenario deploy-public is gone');
  return found;
}
