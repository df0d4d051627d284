/**
 * Runs a workflow file as GitHub would: its jobs in order, its steps with their conditions, expressions and outputs.
 * Scripts are run by bash with the programs of a folder in front; what an action does is the caller's.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { readCommandFile } from '../../rehearsal/command-file.ts';
import { filledIn, holds, type Scope, type Values } from './expressions.ts';
import type { Workflow } from './workflow-files.ts';

type Texts = Readonly<Record<string, string>>;
type Job = Workflow['jobs'][string];

/** A step with an action, its expressions filled in. */
export interface ActionStep {
  readonly uses: string;
  readonly with: Texts;
  readonly env: Texts;
  readonly event: string;
}

export interface StepEnd {
  readonly ok: boolean;
  readonly outputs: Texts;
}

export interface JobEnd {
  readonly result: 'success' | 'failure' | 'skipped';
  readonly outputs: Texts;
  /** What GitHub shows as a deployment, if the job names an environment. */
  readonly environment: { readonly name: string; readonly url: string } | null;
  readonly log: string;
}

/** What a repository has, and what has happened there. */
export interface Occasion {
  readonly event: string;
  /** What a person chose in the form of a `workflow_dispatch`. */
  readonly inputs?: Texts;
  readonly secrets?: Texts;
  readonly vars?: Texts;
  readonly github?: Texts;
  /** Folder of the programs that scripts find first. */
  readonly programs?: string;
  /** Where steps run; a folder of their own by default. */
  readonly workspace?: string;
  /** Runs what a `uses:` names, but the checkout. */
  readonly action?: (step: ActionStep) => Promise<StepEnd>;
}

/**
 * @returns how each job ended, by name
 * @throws Error where the workflow does not run on that event, or cannot be understood
 */
export async function runWorkflow(
  workflow: Workflow,
  occasion: Occasion,
): Promise<Readonly<Record<string, JobEnd>>> {
  const inputs = inputsOf(workflow, occasion);
  const ends: Record<string, JobEnd> = {};
  // Jobs stand behind those that they need, in every workflow here.
  for (const name of Object.keys(workflow.jobs))
    ends[name] = await runJob(workflow, name, { ...occasion, inputs }, ends);
  return ends;
}

/** One job, after others that ended as `ends` says. */
export async function runJob(
  workflow: Workflow,
  name: string,
  occasion: Occasion,
  ends: Readonly<Record<string, Pick<JobEnd, 'outputs'> & { readonly result: string }>>,
): Promise<JobEnd> {
  const job = workflow.jobs[name];
  if (job === undefined) throw new Error(`there is no job ${name}`);
  const needs = Object.fromEntries(
    [job.needs ?? []].flat().map((need) => {
      const end = ends[need];
      if (end === undefined) throw new Error(`${name} needs ${need}, which did not run before it`);
      return [need, { result: end.result, outputs: { ...end.outputs } }];
    }),
  );
  const results = Object.values(needs).map(({ result }) => result);
  const contexts: Values = {
    github: {
      token: 'token-of-the-job',
      repository: 'you/your-openclaw',
      server_url: 'https://github.com',
      run_id: '42',
      event_name: occasion.event,
      ...occasion.github,
    },
    secrets: { ...occasion.secrets },
    vars: { ...occasion.vars },
    inputs: { ...occasion.inputs },
    needs,
  };
  const status = {
    success: results.every((result) => result === 'success'),
    failure: results.includes('failure'),
    always: true,
    cancelled: results.includes('cancelled'),
  };
  if (!holds(job.if, { contexts, status }))
    return { result: 'skipped', outputs: {}, environment: null, log: '' };

  const folder = mkdtempSync(join(tmpdir(), 'openclaw-workflow-'));
  try {
    return await runSteps(workflow, job, contexts, occasion, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runSteps(
  workflow: Workflow,
  job: Job,
  contexts: Values,
  occasion: Occasion,
  folder: string,
): Promise<JobEnd> {
  const done: Record<string, Values> = {};
  let ok = true;
  let log = '';
  const scope = (): Scope => ({
    contexts: { ...contexts, steps: done },
    status: { success: ok, failure: !ok, always: true, cancelled: false },
  });
  const filled = (texts: object): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, filledIn(text, scope())]));

  for (const [index, step] of job.steps.entries()) {
    if (!holds(step.if, scope())) continue;
    const env = { ...filled(workflow.env ?? {}), ...filled(job.env ?? {}), ...filled(step.env) };
    let end: StepEnd;
    if (step.run !== undefined) {
      const script = join(folder, `${index}.sh`);
      writeFileSync(script, step.run);
      const ran = await runScript(script, env, occasion, folder);
      log += ran.log;
      end = ran;
    } else if (step.uses?.startsWith('actions/checkout@')) {
      end = { ok: true, outputs: {} };
    } else {
      if (occasion.action === undefined) throw new Error(`nobody runs ${step.uses}`);
      end = await occasion.action({
        uses: step.uses ?? '',
        with: filled(step.with),
        env,
        event: occasion.event,
      });
    }
    if (step.id !== undefined) done[step.id] = { outputs: { ...end.outputs } };
    ok &&= end.ok;
  }
  const place = job.environment;
  return {
    result: ok ? 'success' : 'failure',
    outputs: filled(job.outputs ?? {}),
    environment:
      typeof place === 'object'
        ? { name: filledIn(place.name, scope()), url: filledIn(place.url ?? '', scope()) }
        : place === undefined
          ? null
          : { name: place, url: '' },
    log,
  };
}

/** As GitHub runs a script without `shell:`. */
async function runScript(
  script: string,
  env: Texts,
  occasion: Occasion,
  folder: string,
): Promise<StepEnd & { readonly log: string }> {
  const output = `${script}.output`;
  writeFileSync(output, '');
  const child = spawn('bash', ['-e', script], {
    cwd: occasion.workspace ?? folder,
    env: {
      PATH: [occasion.programs, process.env.PATH].filter(Boolean).join(delimiter),
      HOME: folder,
      GITHUB_REPOSITORY: 'you/your-openclaw',
      GITHUB_OUTPUT: output,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { ok: code === 0, outputs: readCommandFile(readFileSync(output, 'utf8')), log };
}

/** What the form of a `workflow_dispatch` gives: the defaults, and what a person chose among what is offered. */
function inputsOf(workflow: Workflow, { event, inputs = {} }: Occasion): Texts {
  if (!(event in workflow.on)) throw new Error(`it does not run on ${event}`);
  const offered = event === 'workflow_dispatch' ? (workflow.on.workflow_dispatch?.inputs ?? {}) : {};
  for (const [name, value] of Object.entries(inputs)) {
    const input = offered[name];
    if (input === undefined) throw new Error(`the form has no ${name}`);
    if (input.options !== undefined && !input.options.includes(value))
      throw new Error(`${name} cannot be ${value} in the form`);
  }
  const defaults = Object.entries(offered).map(([name, input]) => [name, String(input.default ?? '')]);
  return { ...Object.fromEntries(defaults), ...inputs };
}
