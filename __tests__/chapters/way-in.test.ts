import { expect, it } from 'vitest';
import { readConfig } from '../../src/app/config.ts';
import type { DeployPlan } from '../../src/app/plan.ts';
import type { Present } from '../../src/app/present.ts';
import { tellWayIn } from '../../src/chapters/way-in.ts';
import type { Machine } from '../../src/flyctl/schemas.ts';
import type { Journey } from '../../src/journey.ts';
import { beginReport, type RunReport } from '../../src/report/report.ts';
import { aMachine, anExit } from '../recover/machines.ts';

const config = readConfig({
  file: 'fly.toml',
  directory: '/repo',
  format: 'toml',
  text: '',
  generated: false,
});
const token = 'fly ssh console -a claw -C "printenv OPENCLAW_GATEWAY_TOKEN"';

/** Commands that the report has to paste once the way in was told. */
function told(
  machines: readonly Machine[],
  verdict: RunReport['verdict'] = 'healthy',
  before: string[] = [],
) {
  const report = { ...beginReport('deploy', 0), verdict };
  if (before.length > 0) report.nextSteps.push({ text: 'A token was made up.', url: null, commands: before });
  const mode = { mode: 'public', access: 'public', allocateAfter: [], releaseAfter: [] };
  const onFly = [{ name: 'OPENCLAW_GATEWAY_TOKEN', digest: '', status: 'deployed' as const }];
  tellWayIn(
    { report } as unknown as Journey,
    { app: 'claw', mode, config } as unknown as DeployPlan,
    { machines } as Present,
    { onFly },
  );
  return report.nextSteps.flatMap(({ commands }) => commands.map((command) => command.replace(/.* -C /, '')));
}

const everything = [
  '"printenv OPENCLAW_GATEWAY_TOKEN"',
  '"node /app/dist/index.js devices list"',
  '"node /app/dist/index.js devices approve REQUEST_ID"',
];

it.each<[string, Machine[], string[]]>([
  ['a new app', [], everything],
  ['an app whose gateway never came up', [aMachine({ events: [anExit(0)] })], everything],
  ['a gateway that runs', [aMachine({})], []],
])('the first visit is explained for %s', (_, machines, commands) => {
  expect(told(machines)).toEqual(commands);
});

it('a token that this run made up is not told of twice', () => {
  expect(told([], 'healthy', [token])).toEqual(everything);
});

it('nobody is led to a gateway that failed', () => {
  expect(told([], 'failed')).toEqual([]);
});
