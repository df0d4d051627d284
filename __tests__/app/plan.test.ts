import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/app/finding.ts';
import { chooseConfig, type PlanQuestion, planDeploy, stopOnErrors } from '../../src/app/plan.ts';
import type { Failure } from '../../src/causes.ts';
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

describe('the one error of a config with mistakes', () => {
  const finding = (line: number, missing: boolean, lines: string): Finding => ({
    rule: 'no-mount',
    severity: 'error',
    file: 'fly.toml',
    line,
    column: 1,
    message: 'm',
    why: 'w',
    lines,
    missing,
  });
  const mount = finding(1, true, '[mounts]\n  source = "openclaw_data"');
  const port = finding(8, false, 'internal_port = 3000');
  const fixOf = (...findings: Finding[]) => {
    try {
      stopOnErrors(findings);
    } catch (error) {
      return (error as Failure).fix;
    }
    return null;
  };

  it('never sends a table that is missing to the line of another key', () => {
    expect(fixOf(mount)?.text).toBe('Add these lines, at the end.');
    expect(fixOf(port)?.text).toBe('Correct line 8.');
    expect(fixOf(mount, port)?.lines?.text).toBe(
      '# new, at the end\n[mounts]\n  source = "openclaw_data"\n\n# line 8\ninternal_port = 3000',
    );
    const file = 'fly.json';
    expect(fixOf({ ...mount, file }, { ...port, file })?.lines?.text).toMatch(/^\/\/ new\n/);
  });
});
