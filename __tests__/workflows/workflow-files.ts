import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const values = z.record(z.string(), z.unknown());
const permissions = z.union([z.string(), z.record(z.string(), z.string())]);

const step = z.looseObject({
  id: z.string().optional(),
  if: z.unknown().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: values.default({}),
  env: values.default({}),
});

const job = z.looseObject({
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  permissions: permissions.optional(),
  'timeout-minutes': z.number().optional(),
  if: z.unknown().optional(),
  env: values.optional(),
  outputs: values.optional(),
  environment: z
    .union([z.string(), z.looseObject({ name: z.string(), url: z.string().optional() })])
    .optional(),
  steps: z.array(step).default([]),
});

const workflow = z.looseObject({
  on: z.looseObject({
    workflow_dispatch: z
      .looseObject({
        inputs: z
          .record(
            z.string(),
            z.looseObject({ default: z.unknown(), options: z.array(z.string()).optional() }),
          )
          .optional(),
      })
      .nullish(),
  }),
  env: values.optional(),
  permissions: permissions.optional(),
  concurrency: z.union([z.string(), z.looseObject({ group: z.string() })]).optional(),
  jobs: z.record(z.string(), job),
});

export type Workflow = z.output<typeof workflow>;
export type Step = z.output<typeof step>;

/** A workflow file: its text, and what GitHub reads of it. */
export interface WorkflowFile {
  readonly path: string;
  readonly text: string;
  readonly workflow: Workflow;
}

export function readWorkflow(text: string): Workflow {
  return workflow.parse(parse(text));
}

/** All workflows in a folder of the repository. */
export function workflowsIn(folder: string): readonly WorkflowFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => {
      const path = `${folder}/${name}`;
      const text = readFileSync(path, 'utf8');
      return { path, text, workflow: readWorkflow(text) };
    });
}

/** The step that runs this action, in whatever job. */
export function stepsWithThisAction({ jobs }: Workflow): readonly Step[] {
  return Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .filter(({ uses }) => usesThisAction(uses));
}

export const thisAction = 'deploy-openclaw-to-fly/deploy-openclaw-to-fly';

export function usesThisAction(uses: unknown): boolean {
  return typeof uses === 'string' && uses.startsWith(`${thisAction}@`);
}
