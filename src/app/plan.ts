import { Failure, type Fix } from '../causes.ts';
import type { Inputs } from '../inputs.ts';
import {
  carriedOn,
  type FailedVersion,
  failedVersionsName,
  readFailedVersions,
  writeFailedVersions,
} from '../upstream/failed-versions.ts';
import type { Deployable } from '../upstream/source.ts';
import { readGatewayCommand } from './command.ts';
import { type AppConfig, gatewayServices, readConfig } from './config.ts';
import { isTable } from './config-file.ts';
import type { ConfigSource } from './config-source.ts';
import { type Effective, type EffectiveOptions, effectiveConfig } from './effective.ts';
import type { Finding } from './finding.ts';
import { generateConfig } from './generate.ts';
import { lintConfig } from './lint.ts';
import { type ModePlan, planMode } from './mode.ts';
import {
  type BootConfig,
  bootFolder,
  bootWithConfig,
  bootWithOrigins,
  checkOpenclawConfig,
  controlUiOrigins,
  settlesAuth,
} from './openclaw-config.ts';
import type { Present } from './present.ts';
import { type Provisions, planProvisions, sayProvisions } from './provision.ts';

/** What a deploy will do, decided before anything is touched. */
export interface DeployPlan {
  readonly app: string;
  readonly org: string;
  readonly region: string;
  /** Never deployed before. */
  readonly appIsNew: boolean;
  readonly config: AppConfig;
  readonly mode: ModePlan;
  readonly deployable: Deployable;
  /** What failed here before: a rollback remembers it, and what failed now. */
  readonly failedVersions: readonly FailedVersion[];
  readonly provisions: Provisions;
  readonly effective: Effective;
  readonly findings: readonly Finding[];
  /** The file of `openclaw-config` says how people get in. */
  readonly settlesAuth: boolean;
}

export interface PlanQuestion {
  readonly inputs: Inputs;
  readonly app: string;
  readonly present: Present;
  /** The config of the repository for each mode; `null`: there is none and one is generated. */
  readonly find: (mode: 'public' | 'private') => Promise<ConfigSource | null>;
  /** Text of the file that the input `openclaw-config` names. */
  readonly openclawConfig: string | null;
  /** Names that are secrets now, here or on Fly. */
  readonly secretNames: ReadonlySet<string>;
  readonly workspace: string;
  /** Whether a path from the root of the workspace is there. */
  readonly hasFile: (path: string) => boolean;
  /** Host names of the app's certificates: asked for only where public addresses are to go. */
  readonly customHosts: readonly string[];
}

/** The config that counts, and who can reach what it runs. */
export interface ChosenConfig {
  /** Never deployed before. */
  readonly appIsNew: boolean;
  readonly config: AppConfig;
  readonly mode: ModePlan;
}

/**
 * Chooses the config of the repository, or generates one.
 *
 * @throws Failure `config-lint` when the config does not parse
 */
export async function chooseConfig(question: PlanQuestion): Promise<ChosenConfig> {
  const { inputs, present } = question;
  const appIsNew = present.status === null || (present.machines.length === 0 && !present.status.deployed);
  const config = await readOrGenerate(question, inputs.mode === 'private' ? 'private' : 'public');
  const mode = decideMode(question, config, appIsNew);
  if (mode.mode !== 'private' || inputs.config !== null) return { appIsNew, config, mode };
  // A private app has a config of its own where the repository holds one; only now is it known to be private.
  const own = await readOrGenerate(question, 'private');
  return { appIsNew, config: own, mode: decideMode(question, own, appIsNew) };
}

/**
 * Decides everything that can be decided: pure but for `find` and `hasFile`.
 *
 * @throws Failure `config-lint` when the config does not parse, `inputs-invalid` when an input asks for what is not there
 */
export function planDeploy(
  question: PlanQuestion,
  { appIsNew, config, mode }: ChosenConfig,
  deployable: Deployable,
  failedVersions: readonly FailedVersion[],
): DeployPlan {
  const { inputs, app, present, workspace } = question;
  const region = config.primaryRegion ?? present.volumes[0]?.region ?? inputs.region;
  const running = commanded(config, inputs.command);
  const origins = controlUiOrigins(app, mode.access);
  const version = deployable.version;
  const { boot, findings } = planBoot(question, config, appIsNew, mode, version, origins);
  const carried = carriedOn(failedVersions, deployable.identity?.version ?? version);
  const effective = effectiveConfig(rememberFailures(config, carried), {
    app,
    region,
    mode: mode.mode,
    privateAccess: inputs.privateAccess,
    vmMemoryMb: inputs.vmMemoryMb,
    guest: guestOf(present),
    command: inputs.command,
    workspace,
    image: imageOf(deployable, workspace),
    boot,
  });
  return {
    app,
    org: present.status?.org || inputs.org,
    region,
    appIsNew,
    config: running,
    mode,
    deployable,
    failedVersions,
    settlesAuth: question.openclawConfig !== null && settlesAuth(question.openclawConfig),
    provisions: planProvisions({ app, org: inputs.org, region, config, present, mode }),
    effective:
      deployable.kind === 'build'
        ? { ...effective, buildFlags: [...effective.buildFlags, ...deployable.flags] }
        : effective,
    findings: [
      ...findings,
      ...lintConfig(config, {
        vmMemoryMb: inputs.vmMemoryMb,
        command: inputs.command,
        image: deployable.kind === 'image' ? deployable.reference : null,
        dockerfile: deployable.kind === 'build' ? deployable.dockerfile : null,
        version,
        openclawConfig: inputs.openclawConfig !== null,
        hasFile: question.hasFile,
        secretNames: question.secretNames,
        volumes: present.volumes,
        machines: present.machines,
      }),
    ],
  };
}

/** The config as the gateway is started: the input `command` takes the place of what the file says. */
function commanded(config: AppConfig, command: string | null): AppConfig {
  if (command === null) return config;
  const path = config.start?.path ?? ['processes', config.gatewayGroup];
  return { ...config, start: { command, path }, gateway: readGatewayCommand(command) };
}

function imageOf(deployable: Deployable, workspace: string): EffectiveOptions['image'] {
  if (deployable.kind === 'image') return { kind: 'reference', reference: deployable.reference };
  const { context, dockerfilePath } = deployable;
  return dockerfilePath === null || context === workspace
    ? { kind: 'workspace', dockerfile: dockerfilePath }
    : { kind: 'upstream', dockerfile: dockerfilePath };
}

/** The config with the memory of failures in its environment, beside what the file itself names there. */
export function rememberFailures(config: AppConfig, failed: readonly FailedVersion[]): AppConfig {
  if (failed.length === 0) return config;
  const own = readFailedVersions({ [failedVersionsName]: config.env.get(failedVersionsName)?.value ?? '' });
  const value = writeFailedVersions([...own, ...failed]);
  const { env: written } = config.data;
  // The oldest form is a list of tables, which the one that is written holds all of.
  const env = isTable(written)
    ? written
    : Object.fromEntries([...config.env].map(([name, { value }]) => [name, value]));
  return { ...config, data: { ...config.data, env: { ...env, [failedVersionsName]: value } } };
}

async function readOrGenerate(
  { find, app, inputs, workspace }: PlanQuestion,
  mode: 'public' | 'private',
): Promise<AppConfig> {
  return readConfig(
    (await find(mode)) ?? generateConfig({ app, region: inputs.region, mode, directory: workspace }),
  );
}

/** What the running machine has: kept where only its memory is to change. */
function guestOf(present: Present): { cpuKind: string; cpus: number } | null {
  const [machine] = present.machines;
  return machine && machine.cpus !== null && machine.cpuKind !== ''
    ? { cpuKind: machine.cpuKind, cpus: machine.cpus }
    : null;
}

function decideMode(
  { inputs, present, customHosts }: PlanQuestion,
  config: AppConfig,
  appIsNew: boolean,
): ModePlan {
  return planMode({
    wanted: inputs.mode,
    privateAccess: inputs.privateAccess,
    appIsNew,
    addresses: present.addresses,
    hasService: gatewayServices(config).length > 0,
    namedPrivate: /(?:^|\/)fly\.private\.\w+$/.test(config.source.file),
    customHosts,
  });
}

function planBoot(
  { inputs, app, openclawConfig, present }: PlanQuestion,
  config: AppConfig,
  appIsNew: boolean,
  mode: ModePlan,
  version: string | null,
  origins: readonly string[],
): { boot: BootConfig | null; findings: readonly Finding[] } {
  if (inputs.openclawConfig === null || openclawConfig === null) {
    // A first boot needs it; what a machine was started with once is carried on, so that its command stays the same.
    const wanted = appIsNew || present.machines.some(({ command }) => command.join(' ').includes(bootFolder));
    return {
      boot: wanted ? bootWithOrigins(config, inputs.command, version, mode.access, app) : null,
      findings: [],
    };
  }
  const context = { origins, version, bindFlag: config.gateway?.bind ?? null };
  return {
    boot: bootWithConfig(config, inputs.command, inputs.openclawConfig, openclawConfig),
    findings: checkOpenclawConfig(inputs.openclawConfig, openclawConfig, context),
  };
}

/** The plan in sentences, what cannot be had back first. */
export function sayPlan(plan: DeployPlan, present: Present): string[] {
  const { deployable, mode, provisions } = plan;
  const running = present.machines[0]?.imageRef ?? null;
  const again = deployable.kind === 'image' && deployable.reference === running ? ' once more' : '';
  const instead = running === null || again !== '' ? '' : ` in place of ${running}`;
  const turns = plan.appIsNew || mode.allocateAfter.length + mode.releaseAfter.length > 0;
  return [
    ...mode.lost.map((what) => `give up ${what}: it cannot be had back`),
    ...sayProvisions(provisions),
    ...mode.releaseBefore.map(({ type, address }) => `release the public address ${address} (${type})`),
    deployable.kind === 'image'
      ? `deploy the image ${deployable.reference}${again} (${deployable.reason})${instead}`
      : `build ${deployable.name ?? 'the repository'} on Fly's builder and deploy it (${deployable.reason})`,
    `${turns ? 'make' : 'keep'} it ${mode.mode} (${mode.reason})`,
    ...mode.allocateAfter.map((type) => `once it is healthy, allocate ${type}`),
    ...mode.releaseAfter.map(
      ({ type, address }) => `once it is healthy, release the public address ${address} (${type})`,
    ),
    ...mode.leftAlone,
  ];
}

/**
 * The one error for all findings that stop a run.
 *
 * @throws Failure `config-lint`
 */
export function stopOnErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [worst] = errors;
  if (worst === undefined) return;
  const file = worst.file ?? 'the config';
  const message =
    errors.length === 1
      ? `${worst.message}. ${worst.why}`
      : `${errors.length} mistakes in ${file} would keep the gateway from working.`;
  const evidence = errors.map((error) => `${placeOf(error)}${error.message}`).join('; ');
  throw new Failure('config-lint', message, { evidence, fix: fixOf(errors, file) });
}

const placeOf = ({ file, line }: Finding) => (file === null ? '' : `${file}:${line}: `);

/** All lines to write, in one block; each finding is annotated besides. */
function fixOf(errors: readonly Finding[], file: string): Fix | null {
  const mended = errors.filter((error) => error.lines !== null && (error.file ?? file) === file);
  const [first] = mended;
  if (first === undefined) return null;
  const json = /\.json5?$/.test(file);
  const one = mended.length === 1;
  // A table of TOML anywhere else would take in the keys that stand below it.
  const place = ({ line, missing }: Finding) =>
    missing ? (json ? 'new' : 'new, at the end') : `line ${line ?? 1}`;
  return {
    text: one ? correctionOf(place(first)) : `Correct these ${mended.length} places.`,
    commands: [],
    lines: {
      file,
      language: /\.ya?ml$/.test(file) ? 'yaml' : json ? 'json5' : 'toml',
      text: mended
        .map((error) => (one ? error.lines : `${json ? '//' : '#'} ${place(error)}\n${error.lines}`))
        .join('\n\n'),
    },
  };
}

const correctionOf = (place: string) =>
  place.startsWith('new') ? `Add these lines${place.slice('new'.length)}.` : `Correct ${place}.`;
