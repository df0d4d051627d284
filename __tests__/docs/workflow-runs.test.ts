import { describe, expect, it } from 'vitest';
import { play } from '../../rehearsal/play.ts';
import { scenarioSchema } from '../../rehearsal/scenario.ts';
import {
  readWorkflow,
  stepsWithThisAction,
  type Workflow,
  workflowsIn,
} from '../workflows/workflow-files.ts';
import { pageAt } from './pages.ts';

/**
 * The workflows that people copy, as they stand in README, guide and examples: the step that runs this action, with
 * the values a repository would have, through the bundle against the embedded platform.
 */

const app = 'my-openclaw';
const secrets = {
  FLY_API_TOKEN: 'rehearsal-token',
  ANTHROPIC_API_KEY: 'sk-ant-rehearsal-0001',
  DISCORD_BOT_TOKEN: 'rehearsal-discord-token',
  MY_SKILL_KEY: 'rehearsal-skill-0001',
  UNRELATED: 'stays in the repository',
};

/** What GitHub would put in the place of `${{ }}`. */
function evaluated(text: unknown, inputs: Readonly<Record<string, string>>): string {
  return String(text).replace(/\$\{\{ *(.*?) *\}\}/g, (_, expression: string) => {
    if (expression === 'toJSON(secrets)') return JSON.stringify(secrets);
    const [, context = '', name = ''] = /^(secrets|vars|inputs)\.([\w-]+)$/.exec(expression) ?? [];
    const contexts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      secrets,
      vars: { FLY_APP_NAME: app },
      inputs,
    };
    const values = contexts[context];
    if (values === undefined) throw new Error(`the test does not know ${expression}`);
    return values[name] ?? '';
  });
}

interface Dispatch {
  readonly workflow_dispatch?: { readonly inputs?: Readonly<Record<string, { readonly default?: unknown }>> };
  readonly schedule?: unknown;
}

function scenarioOf(workflow: Workflow, files: Readonly<Record<string, string>>) {
  const on = workflow.on as Dispatch;
  const asked = Object.entries(on.workflow_dispatch?.inputs ?? {});
  const defaults = Object.fromEntries(asked.map(([name, input]) => [name, String(input.default ?? '')]));
  const [step] = stepsWithThisAction(workflow);
  const texts = (table: object, inputs: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(table).map(([name, text]) => [name, evaluated(text, inputs)]));
  const run = (title: string, chosen: Readonly<Record<string, string>> = {}) => ({
    title,
    inputs: texts(step?.with ?? {}, { ...defaults, ...chosen }),
    env: texts(step?.env ?? {}, {}),
    expect: { verdict: 'healthy', cause: 'healthy' },
  });
  const scenario = (runs: readonly object[]) => ({
    ...scenarioSchema.parse({
      title: 'a workflow of the docs',
      files,
      inputs: {},
      env: 'schedule' in on ? { GITHUB_EVENT_NAME: 'schedule' } : {},
      upstream: {
        releases: ['v2026.9.6'],
        git: { main: { Dockerfile: 'FROM node:24\n' }, 'v2026.9.6': { Dockerfile: 'FROM node:24\n' } },
      },
      platform: { boots: [{ recording: '2026.9.6/05b-discord-login-ok' }] },
      runs,
    }),
    name: 'docs',
  });
  return { run, scenario };
}

const fence = (path: string, holds: string) =>
  readWorkflow(pageAt(path).blocks.find(({ text }) => text.includes(holds))?.text ?? '');

const examples = workflowsIn('examples').map(({ path, workflow }) => ({
  name: path,
  workflow,
  files: {} as Readonly<Record<string, string>>,
}));

function example(name: string): Workflow {
  const found = examples.find((one) => one.name === `examples/${name}`);
  if (found === undefined) throw new Error(`there is no examples/${name}`);
  return found.workflow;
}

// Long, because they all run at once.
describe('a workflow to copy does what it says', { timeout: 180_000 }, () => {
  const claw = pageAt('docs/guide.md').blocks.find(({ language }) => language === 'json5')?.text ?? '';
  const guide = {
    name: 'docs/guide.md',
    workflow: fence('docs/guide.md', 'openclaw-config: claw.json5'),
    files: { 'claw.json5': claw.replaceAll('YOUR-APP', app) },
  };
  const shown = [guide, ...examples.filter(({ name }) => name !== 'examples/rollout.yml')];

  it.concurrent.each(shown)('$name', async ({ name, workflow, files }) => {
    const { run, scenario } = scenarioOf(workflow, files);
    const [played] = await play(scenario([run(name)]), { speed: 20 });
    expect(played?.off).toEqual([]);
    expect(played?.end.report).toMatchObject({ discord: 'logged-in', version: { to: '2026.9.6' } });
    const kinds = played?.platform.world.apps.get(app)?.addresses.map(({ type }) => type) ?? [];
    const isPrivate = stepsWithThisAction(workflow)[0]?.with.mode === 'private';
    expect([...kinds].sort()).toEqual(isPrivate ? ['private_v6'] : ['shared_v4', 'v6']);
    const sent = [...(played?.platform.world.apps.get(app)?.secrets.keys() ?? [])];
    expect(sent).toEqual(expect.arrayContaining(['ANTHROPIC_API_KEY', 'OPENCLAW_GATEWAY_TOKEN']));
    expect(sent).not.toContain('UNRELATED');
    expect(sent.includes('MY_SKILL_KEY')).toBe(name.endsWith('all-secrets.yml'));
  });

  it.concurrent('examples/rollout.yml', async () => {
    const { run, scenario } = scenarioOf(example('rollout.yml'), {});
    const results = await play(
      scenario([
        { ...run('as it comes'), expect: { verdict: 'skipped', cause: 'dry-run' } },
        run('for real', { 'dry-run': 'false', mode: 'private', version: '2026.9.6' }),
      ]),
      { speed: 20 },
    );
    expect(results.map(({ off }) => off)).toEqual([[], []]);
  });
});

it('the README has the shortest form of examples/push-to-main.yml', () => {
  const [short] = stepsWithThisAction(fence('README.md', 'name: Deploy'));
  const [long] = stepsWithThisAction(example('push-to-main.yml'));
  const { secrets: few, ...rest } = short?.with ?? {};
  const { secrets: many, ...others } = long?.with ?? {};
  expect(rest).toEqual(others);
  expect(String(many).startsWith(String(few))).toBe(true);
  expect(long?.env).toMatchObject(short?.env ?? { missing: true });
});
