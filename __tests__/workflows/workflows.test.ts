import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { usesThisAction, workflowsIn } from './workflow-files.ts';

const workflows = workflowsIn('.github/workflows');
const examples = workflowsIn('examples');
const npmScripts = JSON.parse(readFileSync('package.json', 'utf8')).scripts as Record<string, string>;

describe.each([...workflows, ...examples])('$path', ({ text, workflow }) => {
  it('names every action of others by its commit, with the version behind it', () => {
    const loose = text
      .split('\n')
      .filter((line) => /^\s*(?:- )?uses:/.test(line))
      .filter((line) => !usesThisAction(/uses: (\S+)/.exec(line)?.[1]))
      .filter((line) => !/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
    expect(loose).toEqual([]);
  });

  it('gives each job the permissions it needs and no others', () => {
    expect(workflow.permissions).toBeDefined();
    expect(typeof workflow.permissions).not.toBe('string');
    for (const job of Object.values(workflow.jobs)) expect(typeof job.permissions).not.toBe('string');
    const top = Object.values(workflow.permissions ?? {});
    expect(top.filter((right) => right === 'write')).toEqual([]);
  });

  it('leaves no credentials of git behind', () => {
    const kept = Object.values(workflow.jobs)
      .flatMap(({ steps }) => steps)
      .filter(({ uses }) => uses?.startsWith('actions/checkout@'))
      .filter((step) => step.with['persist-credentials'] !== false);
    expect(kept).toEqual([]);
  });

  it('has no expression inside a script', () => {
    const scripts = Object.values(workflow.jobs)
      .flatMap(({ steps }) => steps)
      .flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });
});

describe.each(workflows)('$path', ({ workflow }) => {
  it('ends by itself', () => {
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('starts its own permissions from none', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) expect(job.permissions).toBeDefined();
  });

  it('runs npm scripts that exist', () => {
    const scripts = Object.values(workflow.jobs)
      .flatMap(({ steps }) => steps)
      .flatMap(({ run }) => [...(run ?? '').matchAll(/\bnpm (?:run )?([\w-]+)/g)])
      .map(([, name]) => name ?? '');
    for (const name of scripts) expect(npmScripts).toHaveProperty(name);
  });

  it('runs scripts that exist', () => {
    const files = Object.values(workflow.jobs)
      .flatMap(({ steps }) => steps)
      .flatMap(({ run }) => [...(run ?? '').matchAll(/\bscripts\/[\w.-]+/g)])
      .map(([path]) => path);
    for (const path of files) expect(existsSync(path), path).toBe(true);
  });
});

describe('the gate', () => {
  it('waits for every other job of CI, and looks at it whatever happened', () => {
    const jobs = workflows.find(({ path }) => path.endsWith('/ci.yml'))?.workflow.jobs ?? {};
    const { 'all-green': gate, ...others } = jobs;
    expect(gate?.needs).toEqual(Object.keys(others));
    expect(gate).toMatchObject({ if: 'always()' });
  });
});

it('npm run check rehearses and tests what CI does on one machine', () => {
  const check = readFileSync('scripts/check.ts', 'utf8');
  const jobs = workflows.find(({ path }) => path.endsWith('/ci.yml'))?.workflow.jobs ?? {};
  const rehearsed = Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .flatMap(({ run }) => /npm run rehearse -- (.*)/.exec(run ?? '')?.[1] ?? [])
    // The real flyctl comes over the network.
    .filter((args) => !args.includes('--flyctl'));
  expect(rehearsed).toHaveLength(2);
  for (const args of rehearsed) {
    const words = ['rehearsal/rehearse.ts', ...args.split(' ')].map((word) => `'${word}'`);
    expect(check).toContain(`run(${words.join(', ')})`);
  }
  expect(check).toContain("run('scripts/test.ts')");
});

describe('a release', () => {
  const jobs = workflows.find(({ path }) => path.endsWith('/release.yml'))?.workflow.jobs ?? {};

  it('is made by a job that runs nothing of npm', () => {
    const scripts = jobs.release?.steps.map(({ run }) => run ?? '') ?? [];
    expect(scripts.filter((script) => /\bnp[mx]\b|\bnode\b/.test(script))).toEqual([]);
    expect(jobs.release?.needs).toBe('check');
  });

  it('can write only where it is made', () => {
    const writing = Object.entries(jobs).filter(([, job]) =>
      Object.values(job.permissions ?? {}).includes('write'),
    );
    expect(writing.map(([name]) => name)).toEqual(['release']);
  });
});

describe('dependabot', () => {
  const { updates } = parse(readFileSync('.github/dependabot.yml', 'utf8')) as {
    updates: { 'package-ecosystem': string; cooldown?: { 'default-days'?: number } }[];
  };

  it('waits a week before it takes a new release', () => {
    for (const update of updates) expect(update.cooldown?.['default-days']).toBeGreaterThanOrEqual(7);
  });

  it('looks after packages and actions', () => {
    expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions']);
  });
});

describe('issue forms', () => {
  const folder = '.github/ISSUE_TEMPLATE';
  const forms = readdirSync(folder).filter((name) => name !== 'config.yml');

  it.each(forms)('%s has a name, a description and fields with an id of their own', (name) => {
    const form = parse(readFileSync(`${folder}/${name}`, 'utf8')) as {
      name: string;
      description: string;
      body: { type: string; id?: string; attributes: { label?: string; options?: unknown[] } }[];
    };
    expect(form.name).toBeTruthy();
    expect(form.description).toBeTruthy();
    const fields = form.body.filter(({ type }) => type !== 'markdown');
    const ids = fields.map(({ id }) => id);
    expect(new Set(ids).size).toBe(fields.length);
    for (const { type, attributes } of fields) {
      expect(['input', 'textarea', 'dropdown']).toContain(type);
      expect(attributes.label).toBeTruthy();
      if (type === 'dropdown') expect(attributes.options?.length).toBeGreaterThan(1);
    }
  });

  it('the report of a bug asks for the JSON report and the summary', () => {
    const text = readFileSync(`${folder}/bug.yml`, 'utf8');
    expect(text).toContain('id: report');
    expect(text).toContain('id: summary');
  });
});
