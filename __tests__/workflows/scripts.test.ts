import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Github, type GithubState, installGh } from './gh.ts';
import { type Workflow, workflowsIn } from './workflow-files.ts';
import { type ActionStep, type JobEnd, runJob, runWorkflow } from './workflow-runner.ts';

/** The scripts of this repository's own workflows, run as GitHub would run them. They need bash and jq, as it has. */

const canScript = process.platform !== 'win32' && spawnSync('jq', ['--version']).status === 0;

function workflowAt(path: string): Workflow {
  const found = workflowsIn('.github/workflows').find((one) => one.path.endsWith(path));
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found.workflow;
}

describe.skipIf(!canScript)('the gate of CI', () => {
  const ci = workflowAt('ci.yml');
  const needs = [ci.jobs['all-green']?.needs ?? []].flat();
  const after = (...results: readonly string[]) =>
    runJob(
      ci,
      'all-green',
      { event: 'push' },
      Object.fromEntries(
        needs.map((name, index) => [name, { result: results[index] ?? 'success', outputs: {} }]),
      ),
    );

  it('is green when all jobs are', async () => {
    expect((await after()).result).toBe('success');
  });

  it.each(['failure', 'cancelled', 'skipped'])('is red when any job ended with %s', async (result) => {
    for (const at of needs.keys()) {
      const results = needs.map((_, index) => (index === at ? result : 'success'));
      expect((await after(...results)).result, needs[at]).toBe('failure');
    }
  });
});

describe.skipIf(!canScript)('dist is what the source builds to', () => {
  it.each([
    ['as committed', 'true', 'success'],
    ['other files', 'echo other > dist/main/index.js', 'failure'],
    ['more files', 'echo more > dist/main/more.js', 'failure'],
    ['fewer files', 'rm dist/main/index.js', 'failure'],
  ])('%s', async (_, build, result) => {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-dist-'));
    try {
      const workspace = checkout(folder, { 'dist/main/index.js': 'built\n' });
      const programs = program(folder, 'npm', build);
      const { 'check-dist': job } = await runWorkflow(workflowAt('check-dist.yml'), {
        event: 'push',
        workspace,
        programs,
      });
      expect(job?.result).toBe(result);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(!canScript)('a release', () => {
  const release = workflowAt('release.yml');
  let folder: string;
  let workspace: string;
  let commit: string;
  let github: Github;
  let attested: ActionStep[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'openclaw-release-'));
    workspace = checkout(folder, { 'package.json': '{"version":"1.2.3"}\n' });
    commit = git(workspace, 'rev-parse', 'HEAD');
    github = installGh(folder);
    // Nothing is built, rehearsed or waited for here.
    program(folder, 'npm', 'true');
    program(folder, 'sleep', 'true');
    attested = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const push = async (tag: string, state: Partial<GithubState> = {}): Promise<Record<string, JobEnd>> => {
    github.become({ tags: { ...state.tags, [tag]: commit }, ...without(state, 'tags') });
    return runWorkflow(release, {
      event: 'push',
      github: { ref_name: tag },
      workspace,
      programs: github.programs,
      action: async (step) => {
        attested.push(step);
        return { ok: true, outputs: {} };
      },
    });
  };

  it('is attested and published, and the major tag names its commit', async () => {
    const jobs = await push('v1.2.3');
    expect([jobs.check?.result, jobs.release?.result]).toEqual(['success', 'success']);
    expect(github.state()).toMatchObject({
      releases: { 'v1.2.3': { draft: false } },
      tags: { v1: commit, 'v1.2.3': commit },
    });
    expect(attested.map((step) => step.uses.split('@')[0])).toEqual(['actions/attest']);
    expect(attested[0]?.with['subject-path']?.trim().split('\n')).toEqual(['action.yml', 'dist/**/*.js']);
  });

  it('moves the major tag from the release before, by number', async () => {
    const tags = { v1: 'a'.repeat(40), 'v1.2.0': 'a'.repeat(40), 'v1.1.10': 'b'.repeat(40) };
    await push('v1.2.3', { tags });
    expect(github.state().tags.v1).toBe(commit);
  });

  it.each(['v1.3.0', 'v1.2.10'])('leaves the major tag where it is when %s is out', async (newer) => {
    const jobs = await push('v1.2.3', { tags: { v1: 'c'.repeat(40), [newer]: 'c'.repeat(40) } });
    expect(jobs.release?.result).toBe('success');
    expect(github.state().tags.v1).toBe('c'.repeat(40));
  });

  it.each([
    ['published', { draft: false }],
    ['made, but a draft still', { draft: true }],
  ])('can be run again when it was %s', async (_, before) => {
    const jobs = await push('v1.2.3', { releases: { 'v1.2.3': before } });
    expect(jobs.release?.result).toBe('success');
    expect(github.state()).toMatchObject({ releases: { 'v1.2.3': { draft: false } }, tags: { v1: commit } });
  });

  it('can be made of a commit that main has gone on from', async () => {
    expect((await push('v1.2.3', { relation: 'behind' })).release?.result).toBe('success');
  });

  it('is not made of a tag that is not the version of package.json', async () => {
    const jobs = await push('v1.2.4');
    expect([jobs.check?.result, jobs.release?.result]).toEqual(['failure', 'skipped']);
    expect(github.state().releases).toEqual({});
  });

  it.each(['ahead', 'diverged'])('is not made of a commit that is not on main (%s)', async (relation) => {
    const jobs = await push('v1.2.3', { relation });
    expect([jobs.check?.result, jobs.release?.result]).toEqual(['failure', 'skipped']);
    expect(attested).toEqual([]);
  });

  it('is red, and the major tag stays, when releases can be changed afterwards', async () => {
    const jobs = await push('v1.2.3', { immutable: false, tags: { v1: 'c'.repeat(40) } });
    expect(jobs.release?.result).toBe('failure');
    expect(jobs.release?.log).toContain('Are immutable releases switched on');
    expect(github.state().tags.v1).toBe('c'.repeat(40));
  });
});

function git(folder: string, ...args: readonly string[]): string {
  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  const { stdout, stderr, status } = spawnSync('git', [...author, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** A repository of one commit. */
function checkout(folder: string, files: Readonly<Record<string, string>>): string {
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(workspace, path, '..'), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  git(workspace, 'init', '--quiet');
  git(workspace, 'add', '.');
  git(workspace, 'commit', '--quiet', '--message', 'all');
  return workspace;
}

/** @returns the folder that the program is in, for PATH */
function program(folder: string, name: string, script: string): string {
  const programs = join(folder, 'programs');
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(programs, name), 0o755);
  return programs;
}

function without<T extends object, K extends keyof T>(table: T, name: K): Omit<T, K> {
  const { [name]: _, ...others } = table;
  return others;
}
