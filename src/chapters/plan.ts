import { type AppConfig, readConfig } from '../app/config.ts';
import { findConfig, hasFile } from '../app/config-source.ts';
import { generateConfig } from '../app/generate.ts';
import { isPublic, isUnfinished, type ModePlan } from '../app/mode.ts';
import {
  chooseConfig,
  type DeployPlan,
  type PlanQuestion,
  planDeploy,
  sayPlan,
  stopOnErrors,
} from '../app/plan.ts';
import { lookAtFly, type Present } from '../app/present.ts';
import { Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import { chooseSource, isSameWish } from '../upstream/source.ts';
import { annotate, annotated } from './annotations.ts';
import { describe } from './look.ts';
import { takePrecautions } from './precautions.ts';
import { type ChosenSource, chooseWhatToDeploy } from './source.ts';

/** What is to be done: a deploy, or nothing but what secrets need, since what is wanted runs. */
export type Planned =
  | { readonly kind: 'deploy'; readonly plan: DeployPlan; readonly present: Present }
  | {
      readonly kind: 'up-to-date';
      readonly app: string;
      readonly config: AppConfig;
      readonly present: Present;
      /** What speaks against the gateway that runs, in one clause; `null`: nothing. */
      readonly doubt: string | null;
    };

/** What was found out before anything is decided. */
export interface Beginning {
  readonly app: string;
  /** The gateway config that comes with the deploy. */
  readonly openclawConfig: string | null;
  /** `null`: Fly was not asked yet, since there may be nothing to do. */
  readonly present: Present | null;
}

/** Reads the config, and decides everything; errors of the config end the run here, untouched. */
export async function makePlan(
  journey: Journey,
  flyctl: Flyctl,
  beginning: Beginning,
  conclude: Conclude,
): Promise<Planned> {
  const { inputs, report, console, workspace } = journey;
  const find = (mode: 'public' | 'private') => findConfig(workspace, inputs.config, mode);
  const { app, openclawConfig } = beginning;
  const asked = {
    inputs,
    app,
    find,
    openclawConfig,
    workspace,
    hasFile: (path: string) => hasFile(workspace, path),
  };
  const early = beginning.present === null ? await lookBriefly(journey, flyctl, asked) : null;
  if (early?.planned) return runsAlready(journey, early.planned, early.source, conclude);
  const present = beginning.present ?? (await lookAtFly(flyctl, app, journey.signal));
  describe(journey, app, present);
  const secretNames = new Set([...journey.secrets.values.keys(), ...present.secrets.map(({ name }) => name)]);
  const customHosts = await hostsToLose(journey, flyctl, app, present);
  const question: PlanQuestion = { ...asked, present, secretNames, customHosts };
  const chosen = await annotated(journey, () => chooseConfig(question));
  const { config } = chosen;
  const source =
    early?.source ??
    (await chooseWhatToDeploy(
      isOtherwise(inputs, chosen.mode) ? { ...journey, inputs: { ...inputs, redeploy: 'always' } } : journey,
      flyctl,
      chooseSource(inputs, config, workspace),
      config,
      { app, status: present.status },
    ));
  if (source.upToDate !== null)
    return runsAlready(journey, upToDate(app, config, present, source), source, conclude);
  const deployable = await source.obtain();
  const plan = planDeploy(question, chosen, deployable, source.failedVersions);
  report.org = plan.org;
  report.region = plan.region;
  report.mode = plan.mode.mode;
  report.access = plan.mode.access;
  report.plan = sayPlan(plan, present);
  report.overrides = [...plan.effective.overrides];
  report.version.to = deployable.version ?? deployable.name;
  report.memoryMb.to = inputs.vmMemoryMb ?? report.memoryMb.from;
  if (plan.mode.mode === 'private') report.url = null;
  if (plan.config.source.generated) {
    report.generatedConfig = { file: plan.config.source.file, text: plan.config.source.text };
  }
  annotate(journey, plan.findings);
  for (const line of report.plan) console.phase(line);
  stopOnErrors(plan.findings);
  const warnings = plan.findings.filter(({ severity }) => severity === 'warning').length;
  const found = warnings === 0 ? [] : [warnings === 1 ? '1 warning' : `${warnings} warnings`];
  conclude([plan.mode.mode, nameOf(deployable), ...found].join(', '));
  takePrecautions(journey, plan, present);
  return { kind: 'deploy', plan, present };
}

/** What is deployed, in as few words as tell it from others. */
function nameOf({ kind, name, version, ...deployable }: DeployPlan['deployable']): string {
  if (kind === 'build') return `built from ${name ?? 'the repository'}`;
  if (version !== null) return `OpenClaw ${version}`;
  return 'reference' in deployable ? deployable.reference : (name ?? 'an image');
}

/**
 * Host names that lead to the app by the public addresses that it is to give up. No other run asks for them.
 * Who may not ask is warned, and not stopped: certificates change nothing of what is to be done.
 */
async function hostsToLose(
  { inputs, report, console, signal }: Journey,
  flyctl: Flyctl,
  app: string,
  { addresses }: Present,
): Promise<readonly string[]> {
  if (inputs.mode !== 'private' || !addresses.some(isPublic)) return [];
  try {
    return await commands.certsList(flyctl, app, { signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    const warning =
      'It is not known whether host names of your own lead to this app: ' +
      `its certificates could not be read (${error.message}). Once the public addresses are released, ` +
      `such a host leads nowhere. \`fly certs list -a ${app}\` shows them.`;
    console.warning(warning);
    report.warnings.push(warning);
    return [];
  }
}

/**
 * A run that finds nothing to do should cost next to nothing: one question tells what runs, and addresses, volumes
 * and secrets are not asked for. Only where the private config of the repository wants something else than the
 * public one, the addresses have to tell first which of them counts; and where the workflow says the mode, they have
 * to be what it says.
 */
async function lookBriefly(
  journey: Journey,
  flyctl: Flyctl,
  asked: Omit<PlanQuestion, 'present' | 'secretNames' | 'customHosts'>,
): Promise<{ source: ChosenSource; planned: Extract<Planned, { kind: 'up-to-date' }> | null } | null> {
  const { console, signal } = journey;
  const { inputs, app, find, workspace } = asked;
  const modes = inputs.mode === 'auto' ? (['public', 'private'] as const) : ([inputs.mode] as const);
  const generated = { app, region: inputs.region, directory: workspace };
  const configs = await annotated(journey, () =>
    Promise.all(
      modes.map(async (mode) => readConfig((await find(mode)) ?? generateConfig({ ...generated, mode }))),
    ),
  );
  const [wish, ...others] = configs.map((config) => chooseSource(inputs, config, workspace));
  const [config] = configs;
  if (!wish || !config || wish.kind === 'workspace') return null;
  if (!others.every((other) => isSameWish(other, wish))) return null;
  let status: Present['status'];
  try {
    status = await commands.status(flyctl, app, { signal });
  } catch (error) {
    if (error instanceof Failure && error.code === 'app-missing') return null;
    throw error;
  }
  const { machines } = status;
  if (machines.length === 0) return null;
  const source = await chooseWhatToDeploy(journey, flyctl, wish, config, { app, status });
  if (source.upToDate === null) return { source, planned: null };
  if (inputs.mode !== 'auto') {
    const addresses = await commands.ipsList(flyctl, app, { signal });
    const present: Present = { status, machines, addresses, volumes: [], secrets: [] };
    const { mode } = await chooseConfig({ ...asked, present, secretNames: new Set(), customHosts: [] });
    if (isOtherwise(inputs, mode)) {
      console.phase(`Not skipped: the app is not as mode: ${inputs.mode} has it.`);
      return null;
    }
  }
  const secrets = journey.secrets.values.size > 0 ? await commands.secretsList(flyctl, app, { signal }) : [];
  const present: Present = { status, machines, addresses: [], volumes: [], secrets };
  return { source, planned: upToDate(app, config, present, source) };
}

function upToDate(
  app: string,
  config: AppConfig,
  present: Present,
  { impression }: ChosenSource,
): Extract<Planned, { kind: 'up-to-date' }> {
  return { kind: 'up-to-date', app, config, present, doubt: impression?.doubt ?? null };
}

/** Said, and not so: whatever version runs, there is something to do. */
function isOtherwise({ mode }: Journey['inputs'], plan: ModePlan): boolean {
  return mode !== 'auto' && isUnfinished(plan);
}

function runsAlready(
  journey: Journey,
  planned: Extract<Planned, { kind: 'up-to-date' }>,
  { upToDate, impression }: ChosenSource,
  conclude: Conclude,
): Planned {
  const { report } = journey;
  describe(journey, planned.app, planned.present);
  // Fly names a URL for a private app, too.
  if (impression?.urlAnswers === false) report.url = null;
  report.version.to = report.version.from;
  report.image.to = report.image.from;
  report.memoryMb.to = report.memoryMb.from;
  report.meaning = `${upToDate}.`;
  report.plan = [`deploy nothing: ${upToDate}`];
  if (planned.doubt !== null) report.plan.push(`watch what runs, since ${planned.doubt}`);
  const [machine] = planned.present.machines;
  if (machine !== undefined) {
    const text = `machine ${machine.id} runs ${machine.image}`;
    report.evidence = { text, source: 'machine', at: null, machine: machine.id };
  }
  conclude(`nothing to deploy: ${upToDate}`);
  return planned;
}
