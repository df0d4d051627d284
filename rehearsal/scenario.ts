import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { causeCodes } from '../src/causes.ts';
import { verdicts } from '../src/report/schema.ts';
import { actSchema, bootSchema, faultSchema, seedSchema, triggerSchema } from './platform/scenario.ts';
import { upstreamSchema } from './upstream/schema.ts';

const strings = z.record(z.string(), z.string());

const expectation = z.strictObject({
  /** `null`: the run was killed before it could say one. */
  verdict: z.enum(verdicts).nullable(),
  cause: z.enum(causeCodes).nullable(),
  /** Outputs that must hold exactly this. */
  outputs: strings.optional(),
  /** Texts that the job log, or the summary, must hold. */
  log: z.array(z.string()).optional(),
  summary: z.array(z.string()).optional(),
  /** Types of the addresses that the app has afterwards, in any order. */
  addresses: z.array(z.string()).optional(),
  /** Requests, as `METHOD path operation`, that this run must not make. */
  never: z.array(z.string()).optional(),
  /** Every secret that the app has afterwards, with its value. */
  secrets: strings.optional(),
  /** State of every machine of the app afterwards. */
  machines: z.array(z.string()).optional(),
  /** Names of the volumes that there are afterwards. */
  volumes: z.array(z.string()).optional(),
  /**
   * Globs of paths on volumes, below their mount, that this run may change or remove. All else that was on a volume
   * before has to be on one afterwards.
   */
  changes: z.array(z.string()).default([]),
  /** Files on the volume of the one machine that runs afterwards, below its mount; `null`: not there. */
  state: z.record(z.string(), z.string().nullable()).optional(),
});

const jobSchema = z.strictObject({
  title: z.string(),
  inputs: strings.default({}),
  env: strings.default({}),
  /** Cancel the job when the log first holds this text. */
  cancelAt: z.string().optional(),
  /** Kill the main step outright when the log first holds this text. */
  killAt: z.string().optional(),
  expect: expectation,
});

const runSchema = jobSchema.extend({
  /** What somebody or something else does on the platform before this run. */
  before: z.array(actSchema).default([]),
  /** What has become of upstream by now, in place of what it was. */
  upstream: upstreamSchema.optional(),
  /**
   * Another job of the same repository, begun when the log of this one first holds `when`. Without it the two begin
   * together: nobody can say which is first, so either may end as the one or as the other. What holds for Fly
   * (requests, volumes, machines) is looked at when both are over.
   */
  beside: jobSchema.extend({ when: z.string().optional() }).optional(),
});

const folder = fileURLToPath(new URL('scenarios/', import.meta.url));

const guide = () => readFileSync(join(folder, 'guide.fly.toml'), 'utf8');

/** A scenario file: what is checked out, what is on Fly, how machines boot, and the runs with what they must end with. */
export const scenarioSchema = z.strictObject({
  title: z.string(),
  /** Play it once in each of these modes, under its name with the mode behind it. */
  modes: z.array(z.enum(['public', 'private'])).optional(),
  /** An image is built in it. Builds are the stand-in's to play: the real CLI has its at depot.dev. */
  builds: z.boolean().default(false),
  /** Platform seconds in one real one; the waits of the action are shortened alike. */
  speed: z.number().positive().default(10),
  /** The checked-out repository. Without it: the guide's fly.toml, and nothing else. */
  files: strings.default(() => ({ 'fly.toml': guide() })),
  inputs: strings.default({}),
  env: strings.default({}),
  /** Releases, images and sources of OpenClaw. Without it: no releases, and any tag has an image. */
  upstream: upstreamSchema.prefault({}),
  platform: z.strictObject({
    boots: z.array(bootSchema).default([]),
    seed: seedSchema.optional(),
    faults: z.array(faultSchema).default([]),
    triggers: z.array(triggerSchema).default([]),
    /** What the token of the workflow may do. */
    token: z.enum(['org', 'deploy', 'deploy-no-logs', 'foreign']).default('org'),
    paidPlan: z.boolean().default(true),
    buildFailure: z.array(z.string()).optional(),
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
/** A run, or what goes on beside one. */
export type ScenarioJob = z.infer<typeof jobSchema>;

/**
 * All scenarios, by name.
 *
 * @throws Error that names the file and what is wrong with it
 */
export function readScenarios(): ReadonlyMap<string, Scenario> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yml'));
  const scenarios = files.sort().flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const parsed = scenarioSchema.safeParse(parse(text, { merge: true }));
    if (!parsed.success) throw new Error(`rehearsal/scenarios/${file}: ${z.prettifyError(parsed.error)}`);
    return inModes({ ...parsed.data, name: basename(file, '.yml') });
  });
  return new Map(scenarios.map((scenario) => [scenario.name, scenario]));
}

function inModes(scenario: Scenario): readonly Scenario[] {
  if (scenario.modes === undefined) return [scenario];
  return scenario.modes.map((mode) => ({
    ...scenario,
    name: `${scenario.name}-${mode}`,
    title: `${scenario.title}, ${mode}`,
    inputs: { ...scenario.inputs, mode },
  }));
}
