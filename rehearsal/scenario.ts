import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { causeCodes } from '../src/causes.ts';
import { verdicts } from '../src/report/report.ts';
import { actSchema, bootSchema, faultSchema, seedSchema, triggerSchema } from './platform/scenario.ts';

const strings = z.record(z.string(), z.string());

const expectation = z.strictObject({
  verdict: z.enum(verdicts),
  cause: z.enum(causeCodes),
  /** Outputs that must hold exactly this. */
  outputs: strings.optional(),
  /** Texts that the job log, or the summary, must hold. */
  log: z.array(z.string()).optional(),
  summary: z.array(z.string()).optional(),
  /** Types of the addresses that the app has afterwards, in any order. */
  addresses: z.array(z.string()).optional(),
});

const runSchema = z.strictObject({
  title: z.string(),
  inputs: strings.default({}),
  env: strings.default({}),
  /** What somebody or something else does on the platform before this run. */
  before: z.array(actSchema).default([]),
  /** Cancel the job when the log first holds this text. */
  cancelAt: z.string().optional(),
  expect: expectation,
});

/** A scenario file: what is checked out, what is on Fly, how machines boot, and the runs with what they must end with. */
export const scenarioSchema = z.strictObject({
  title: z.string(),
  /** Platform seconds in one real one; the waits of the action are shortened alike. */
  speed: z.number().positive().default(10),
  files: strings.default({}),
  inputs: strings.default({}),
  env: strings.default({}),
  platform: z.strictObject({
    boots: z.array(bootSchema).default([]),
    seed: seedSchema.optional(),
    faults: z.array(faultSchema).default([]),
    triggers: z.array(triggerSchema).default([]),
    /** What the token of the workflow may do. */
    token: z.enum(['org', 'deploy', 'deploy-no-logs', 'foreign']).default('org'),
    paidPlan: z.boolean().default(true),
    listCarriesEvents: z.boolean().default(true),
    restartDelay: z.number().optional(),
    snapshotTime: z.number().nullable().optional(),
    images: z
      .record(
        z.string(),
        z.strictObject({ digest: z.string().optional(), labels: strings.optional() }).nullable(),
      )
      .optional(),
    regions: z
      .record(z.string(), z.strictObject({ name: z.string().optional(), paid: z.boolean().optional() }))
      .optional(),
  }),
  runs: z.array(runSchema).min(1),
});

export type Scenario = z.infer<typeof scenarioSchema> & { readonly name: string };
export type ScenarioRun = Scenario['runs'][number];

const folder = fileURLToPath(new URL('scenarios/', import.meta.url));

export function scenarioNames(): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yml'))
    .map((file) => basename(file, '.yml'))
    .sort();
}

/**
 * @throws Error that names the file and what is wrong with it, or the names there are
 */
export function readScenario(name: string): Scenario {
  const names = scenarioNames();
  if (!names.includes(name)) throw new Error(`No scenario "${name}". There are: ${names.join(', ')}`);
  const parsed = scenarioSchema.safeParse(
    parse(readFileSync(join(folder, `${name}.yml`), 'utf8'), { merge: true }),
  );
  if (!parsed.success) throw new Error(`rehearsal/scenarios/${name}.yml: ${z.prettifyError(parsed.error)}`);
  return { ...parsed.data, name };
}
