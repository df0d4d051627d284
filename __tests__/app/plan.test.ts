import { expect, it } from 'vitest';
import { chooseConfig, type PlanQuestion, planDeploy } from '../../src/app/plan.ts';
import { readInputs } from '../../src/inputs.ts';
import { publicToml, read } from './good-configs.ts';

const nothing = { status: null, machines: [], addresses: [], volumes: [], secrets: [] };

async function plan(inputs: Readonly<Record<string, string>>, part: Partial<PlanQuestion> = {}) {
  const env = Object.entries({ 'fly-api-token': 'x', ...inputs }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  const question: PlanQuestion = {
    inputs: readInputs(Object.fromEntries(env)),
    app: 'harbour-bot',
    present: nothing,
    find: async () => read(publicToml).source,
    openclawConfig: null,
    secretNames: new Set(),
    workspace: '/work',
    hasFile: () => true,
    customHosts: [],
    ...part,
  };
  const deployable = {
    kind: 'image',
    reference: 'ghcr.io/openclaw/openclaw:2026.9.6',
    version: '2026.9.6',
    name: null,
    identity: null,
    reason: 'it is said',
  } as const;
  return planDeploy(question, await chooseConfig(question), deployable, []);
}

it('a command of the workflow is what the gateway is watched by, and not that of the file', async () => {
  expect((await plan({})).config.gateway).toMatchObject({ port: 3000, bind: 'lan' });
  const command = 'node dist/index.js gateway --port 8080';
  expect((await plan({ command })).config).toMatchObject({
    start: { command },
    gateway: { port: 8080, bind: null },
  });
});
