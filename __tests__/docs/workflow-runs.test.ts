import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Played, play } from '../../rehearsal/play.ts';
import { type Scenario, scenarioSchema } from '../../rehearsal/scenario.ts';
import { type Github, installGh } from '../workflows/gh.ts';
import {
  stepsWithThisAction,
  usesThisAction,
  type Workflow,
  workflowsIn,
} from '../workflows/workflow-files.ts';
import { type ActionStep, type JobEnd, type Occasion, runWorkflow } from '../workflows/workflow-runner.ts';

/**
 * The examples as they stand in their files: each job, step, condition and expression, the values that a repository
 * would have, and the bundle against the embedded platform for the step that runs this action.
 */

const app = 'my-openclaw';
const secrets = {
  FLY_API_TOKEN: 'rehearsal-token',
  ANTHROPIC_API_KEY: 'sk-ant-rehearsal-0001',
};
const withDiscord = { ...secrets, DISCORD_BOT_TOKEN: 'rehearsal-discord-token' };
const vars = { FLY_APP_NAME: app };

type Platform = object;
type Expected = Scenario['runs'][number]['expect'] extends infer E ? Partial<E> : never;

interface Visit {
  readonly occasion: Occasion;
  readonly expect: Expected;
  /** What becomes of upstream before it. */
  readonly upstream?: object;
}

interface Seen {
  readonly jobs: Readonly<Record<string, JobEnd>>;
  readonly played: Played;
}

function workflowAt(path: string): Workflow {
  const found = workflowsIn('examples').find((one) => one.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found.workflow;
}

/**
 * Runs a workflow once on each occasion, one after the other, on one platform: first to see what it hands to the
 * action, then with what came of that.
 */
async function runs(
  workflow: Workflow,
  world: { readonly platform: Platform; readonly upstream?: object },
  visits: readonly Visit[],
): Promise<readonly Seen[]> {
  const asked: ActionStep[] = [];
  const look = async (step: ActionStep) => {
    asked.push(step);
    return { ok: true, outputs: {} };
  };
  for (const { occasion } of visits) await runWorkflow(workflow, { ...occasion, action: look });
  expect(asked).toHaveLength(visits.length);
  expect(asked.map(({ uses }) => usesThisAction(uses))).not.toContain(false);

  const scenario = scenarioSchema.parse({
    title: 'a workflow to copy',
    files: {},
    upstream: world.upstream,
    platform: world.platform,
    runs: visits.map(({ expect: expected, upstream }, index) => ({
      title: `${index + 1}`,
      inputs: asked[index]?.with,
      env: { ...asked[index]?.env, GITHUB_EVENT_NAME: asked[index]?.event },
      ...(upstream === undefined ? {} : { upstream }),
      expect: expected,
    })),
  });
  const played = await play({ ...scenario, name: 'docs' }, { speed: 20 });
  expect(played.map(({ off }) => off)).toEqual(visits.map(() => []));

  const seen: Seen[] = [];
  for (const [index, { occasion }] of visits.entries()) {
    const one = played[index];
    if (one === undefined) throw new Error('not all runs were played');
    const action = async () => ({ ok: one.end.exitCode === 0, outputs: one.end.outputs });
    seen.push({ jobs: await runWorkflow(workflow, { ...occasion, action }), played: one });
  }
  return seen;
}

const discord = { boots: [{ recording: '2026.9.6/05b-discord-login-ok' }] };
const newest = { releases: ['v2026.9.6'] };
const healthy: Expected = { verdict: 'healthy', cause: 'healthy' };

/**
 * An app that runs 2026.5.12 since some time, by the digest that upstream's registry has for it. From 2026.7.1 on a
 * rollback waits minutes after boots that did not end cleanly.
 */
const running = {
  apps: [
    {
      name: app,
      addresses: ['shared_v4', 'v6'],
      secrets: { OPENCLAW_GATEWAY_TOKEN: '5f2b6c1de8a94f07b3c2a1d09e8f7766' },
      volumes: [{ id: 'vol_1', name: 'openclaw_data' }],
      machines: [
        {
          image:
            'ghcr.io/openclaw/openclaw:2026.5.12' +
            '@sha256:692f76c7a32aea83c0ed97d6b759b9327fce4d11cb917df0f40db0b8cdd4475f',
          volume: 'vol_1',
          recording: '2026.5.12/01b-healthy-with-config',
        },
      ],
    },
  ],
};

const one = ([seen]: readonly Seen[]): Seen => {
  if (seen === undefined) throw new Error('nothing was run');
  return seen;
};
const addressesOf = ({ played }: Seen) =>
  (played.platform.world.apps.get(app)?.addresses ?? []).map(({ type }) => type).sort();
const secretsOf = ({ played }: Seen) =>
  [...(played.platform.world.apps.get(app)?.secrets.keys() ?? [])].sort();

// Long, because they all run at once.
describe('an example does what it says', { timeout: 180_000 }, () => {
  it.concurrent('push-to-main.yml: a new app, public, with Discord, and a link under Deployments', async () => {
    const seen = one(
      await runs(workflowAt('examples/push-to-main.yml'), { platform: discord, upstream: newest }, [
        { occasion: { event: 'push', secrets: withDiscord, vars }, expect: healthy },
      ]),
    );
    expect(seen.played.end.report).toMatchObject({ discord: 'logged-in', version: { to: '2026.9.6' } });
    expect(addressesOf(seen)).toEqual(['shared_v4', 'v6']);
    expect(secretsOf(seen)).toEqual(['ANTHROPIC_API_KEY', 'DISCORD_BOT_TOKEN', 'OPENCLAW_GATEWAY_TOKEN']);
    const { url } = seen.played.end.outputs;
    expect(url).toContain(app);
    expect(seen.jobs.deploy).toMatchObject({ result: 'success', environment: { name: 'fly', url } });
  });

  it.concurrent('private.yml: the same without a public address', async () => {
    const seen = one(
      await runs(workflowAt('examples/private.yml'), { platform: discord, upstream: newest }, [
        { occasion: { event: 'push', secrets: withDiscord, vars }, expect: healthy },
      ]),
    );
    expect(addressesOf(seen)).toEqual(['private_v6']);
    expect(seen.played.end.outputs.url).toBe('');
    expect(seen.jobs.deploy?.result).toBe('success');
  });

  it.concurrent('all-secrets.yml: what OpenClaw reads and what matches, and nothing else', async () => {
    const more = {
      ...withDiscord,
      MY_SKILL_KEY: 'rehearsal-skill-0001',
      UNRELATED: 'stays here',
      GITHUB_TOKEN: 'x',
    };
    const seen = one(
      await runs(workflowAt('examples/all-secrets.yml'), { platform: discord, upstream: newest }, [
        { occasion: { event: 'push', secrets: more, vars }, expect: healthy },
      ]),
    );
    expect(secretsOf(seen)).toEqual([
      'ANTHROPIC_API_KEY',
      'DISCORD_BOT_TOKEN',
      'MY_SKILL_KEY',
      'OPENCLAW_GATEWAY_TOKEN',
    ]);
  });

  it.concurrent('rollout.yml: a dry run as the form comes, then what a person chose', async () => {
    const chosen = (inputs: Readonly<Record<string, string>>) => ({
      event: 'workflow_dispatch',
      inputs,
      secrets,
      vars,
    });
    await runs(
      workflowAt('examples/rollout.yml'),
      {
        platform: {
          seed: running,
          boots: [{ recording: '2026.5.12/01b-healthy-with-config' }],
        },
        upstream: { releases: ['v2026.9.6', 'v2026.6.11', 'v2026.5.12'] },
      },
      [
        {
          occasion: chosen({}),
          expect: {
            verdict: 'skipped',
            cause: 'dry-run',
            outputs: { version: '2026.9.6' },
            machines: ['started'],
          },
        },
        {
          occasion: chosen({ 'dry-run': 'false', mode: 'private', version: '2026.6.11' }),
          expect: { ...healthy, outputs: { version: '2026.6.11' }, addresses: ['private_v6'] },
        },
        {
          occasion: chosen({ 'dry-run': 'false', operation: 'rollback' }),
          expect: { ...healthy, outputs: { version: '2026.5.12' }, addresses: ['private_v6'] },
        },
      ],
    );
  });

  it('rollout.yml offers each operation and each mode', () => {
    const types = parse(readFileSync('action-types.yml', 'utf8')) as {
      inputs: Record<string, { 'allowed-values': readonly string[] }>;
    };
    const form = workflowAt('examples/rollout.yml').on.workflow_dispatch?.inputs ?? {};
    for (const name of ['operation', 'mode'])
      expect(form[name]?.options).toEqual(types.inputs[name]?.['allowed-values']);
  });

  // The script of its second job needs bash and jq, as GitHub's runners have them.
  const canScript = process.platform !== 'win32' && spawnSync('jq', ['--version']).status === 0;

  describe.skipIf(!canScript)('scheduled-upstream.yml', () => {
    let folder: string;
    let github: Github;
    let seen: readonly Seen[];

    const v = (tag: string, age = 240) => ({ tag, age });
    const young = v('v2026.9.6', 2);
    const failed: Expected = {
      verdict: 'failed',
      cause: 'out-of-memory',
      outputs: { 'rolled-back': 'true', version: '2026.5.12' },
    };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'openclaw-issues-'));
      github = installGh(folder);
      const occasion = (event: string, issues = 'true') => ({
        event,
        secrets,
        vars: { ...vars, OPENCLAW_ISSUES: issues },
        programs: github.programs,
      });
      seen = await runs(
        workflowAt('examples/scheduled-upstream.yml'),
        {
          platform: {
            restartDelay: 30,
            seed: running,
            boots: [
              { when: { image: '2026\\.6\\.11' }, recording: '2026.5.12/06a-v8-oom-96mb' },
              { recording: '2026.5.12/01b-healthy-with-config' },
            ],
          },
          upstream: { releases: [young, v('v2026.6.11'), v('v2026.5.12')] },
        },
        [
          { occasion: occasion('schedule'), expect: failed },
          {
            occasion: occasion('schedule'),
            expect: { verdict: 'skipped', cause: 'up-to-date', outputs: { version: '2026.5.12' } },
          },
          { occasion: occasion('workflow_dispatch'), expect: failed },
        ],
      );
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('passes over what is younger than a day, and goes back from what fails', () => {
      expect(seen[0]?.played.end.log).toContain('2026.9.6');
      expect(seen[0]?.jobs.follow?.result).toBe('failure');
    });

    it('does not try again by itself what failed, and does when a person asks', () => {
      expect(seen.map(({ jobs }) => jobs.follow?.result)).toEqual(['failure', 'success', 'failure']);
    });

    it('opens an issue at the first failure and comments on it at the next', () => {
      expect(seen.map(({ jobs }) => jobs.tell?.result)).toEqual(['success', 'skipped', 'success']);
      const [issue, ...others] = github.state().issues;
      expect(others).toEqual([]);
      expect(issue?.title).toBe('OpenClaw could not be updated on my-openclaw');
      expect(issue?.comments).toHaveLength(2);
      expect(issue?.comments[0]).toBe(issue?.comments[1]);
      expect(issue?.comments[0]?.split('\n').slice(0, 3)).toEqual([
        'Cause: out-of-memory ([the run](https://github.com/you/your-openclaw/actions/runs/42))',
        '',
        `    ${seen[0]?.played.end.outputs.evidence}`,
      ]);
      expect(issue?.comments[0]).toContain('    The machine has 2048 MB; give it 4096 MB');
    });

    it('tells nobody unless the variable is set', async () => {
      const end = seen[0]?.played.end;
      const jobs = await runWorkflow(workflowAt('examples/scheduled-upstream.yml'), {
        event: 'schedule',
        secrets,
        vars,
        programs: github.programs,
        action: async () => ({ ok: false, outputs: end?.outputs ?? {} }),
      });
      expect(jobs.tell?.result).toBe('skipped');
    });
  });
});

it('every example is run here', () => {
  const tested = ['all-secrets', 'private', 'push-to-main', 'rollout', 'scheduled-upstream'];
  expect(workflowsIn('examples').map(({ path }) => path)).toEqual(
    tested.map((name) => `examples/${name}.yml`),
  );
  for (const { workflow } of workflowsIn('examples')) expect(stepsWithThisAction(workflow)).toHaveLength(1);
});
