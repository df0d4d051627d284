import { resolve } from 'node:path';
import { filesOfFlags, mergedFiles } from '../deploy-files.ts';
import { DEPLOY_TIMES, type DeploymentPlan, runDeployment } from '../deployment.ts';
import { CommandError } from '../failure-report.ts';
import type { AppConfig, Definition } from '../fly-toml.ts';
import { assertValid, validate } from '../fly-toml-validation.ts';
import { parseDuration } from '../go-duration.ts';
import { type Guest, guestOfSize, memoryInMb } from '../guest.ts';
import { checkOrganization, type DeployableImage, imageFailure, resolveImage } from '../image-source.ts';
import { allServices } from '../process-groups.ts';
import { remoteConfig } from '../remote-config.ts';
import type { Session } from '../session.ts';

const SECRET_WORDS = ['KEY', 'PRIVATE', 'DATABASE_URL', 'PASSWORD', 'SECRET'];

/** `deploy [DIRECTORY]`. */
export async function deploy(session: Session): Promise<void> {
  const { flags, args, api } = session;
  api.traced = true;
  if (args[0]) session.cwd = resolve(session.cwd, args[0]);
  const name = await session.app();
  const local = await session.config();
  const config = withFlags(session, local ?? (await remoteConfig(api, name)), name);
  checked(session, config);
  const app = (await api.flaps('GET', `/apps/${name}`)) as DeploymentPlan['app'];
  for (const variable of Object.keys(config.definition.env ?? {})) {
    if (SECRET_WORDS.some((word) => variable.includes(word))) {
      session.err(
        `\u001b[33mWARN\u001b[0m ${variable} may be a potentially sensitive environment variable. Consider setting it as a secret, and removing it from the [env] section: https://fly.io/docs/apps/secrets/\n\n`,
      );
    }
  }
  const image = await determineImage(session, app, config);
  if (flags.on('build-only')) return;
  session.out(`\nWatch your deployment at https://fly.io/apps/${name}/monitoring\n\n`);
  await runDeployment(session, planOf(session, app, config, image));
  sayWhere(session, name, config.definition);
}

/** -e, --strategy and --primary-region stand above the file. */
function withFlags(session: Session, config: AppConfig, name: string): AppConfig {
  const { flags } = session;
  session.err('==> Verifying app config\n');
  const env: Record<string, string> = { ...config.definition.env };
  for (const pair of flags.list('env')) {
    const split = pair.indexOf('=');
    if (split < 0)
      throw new CommandError(`failed parsing environment: '${pair}': must be in the format NAME=VALUE`);
    env[pair.slice(0, split)] = pair.slice(split + 1);
  }
  const sorted = Object.fromEntries(Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)));
  const { app: _, primary_region: region, env: __, ...rest } = config.definition;
  const definition: Definition = { app: name };
  const primary = flags.text('primary-region') || region;
  if (primary) definition.primary_region = primary;
  for (const key of [
    'kill_signal',
    'kill_timeout',
    'swap_size_mb',
    'console_command',
    'experimental',
    'build',
    'deploy',
  ] as const) {
    if (rest[key] !== undefined) Object.assign(definition, { [key]: rest[key] });
  }
  if (flags.text('strategy')) definition.deploy = { ...definition.deploy, strategy: flags.text('strategy') };
  if (Object.keys(sorted).length > 0) definition.env = sorted;
  return { ...config, definition: { ...definition, ...rest } };
}

function checked(session: Session, config: AppConfig): void {
  const { report, valid } = validate(config);
  session.out(report);
  assertValid(valid);
  session.err('--> Verified app config\n');
}

/** The image of --image or the config, else one built here. A failure is tried once more before it counts. */
async function determineImage(
  session: Session,
  app: DeploymentPlan['app'],
  config: AppConfig,
): Promise<DeployableImage> {
  const attempt = async (): Promise<DeployableImage> => {
    session.err('==> Building image\n');
    const slug = app.organization?.slug ?? '';
    const ref = session.flags.text('image') || config.definition.build?.image;
    if (!ref) {
      const { buildImage } = await import('../image-build.ts');
      return buildImage(session, app.name, slug, config);
    }
    await checkOrganization(session.api, slug);
    return resolveImage(
      session,
      app.name,
      ref,
      session.flags.text('depot') === 'false' ? 'remote' : 'depot.dev',
    );
  };
  try {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.details.cancelled) session.err('\n');
      return await attempt();
    }
  } catch (error) {
    throw imageFailure(error);
  }
}

function planOf(
  session: Session,
  app: DeploymentPlan['app'],
  config: AppConfig,
  image: DeployableImage,
): DeploymentPlan {
  const { flags } = session;
  const detached = flags.on('detach');
  const { definition } = config;
  const fileWait = parseDuration(definition.deploy?.wait_timeout ?? '');
  return {
    app,
    config,
    image: image.ref,
    buildId: image.buildId,
    restartOnly: false,
    smokeChecks: !detached && flags.on('smoke-checks', true),
    healthChecks: !detached,
    dnsChecks: !detached && flags.on('dns-checks', true),
    waitTimeout: durationFlag(session, 'wait-timeout') ?? fileWait ?? DEPLOY_TIMES.waitTimeout,
    leaseTimeout: durationFlag(session, 'lease-timeout') ?? DEPLOY_TIMES.leaseTimeout,
    highAvailability: flags.on('ha', true),
    updateOnly: flags.on('update-only'),
    guest: flaggedGuest(session),
    volumeSize: flags.number('volume-initial-size'),
    addresses: flags.on('flycast') ? 'private' : flags.on('no-public-ips') ? 'none' : 'public',
    files: mergedFiles(session, definition, filesOfFlags(session)),
  };
}

/** `300`, `5m`, or `none` for no time at all. */
function durationFlag({ flags }: Session, name: string): number | undefined {
  if (!flags.given(name)) return undefined;
  const text = flags.text(name);
  if (text === 'none') return 0;
  const ms = parseDuration(text) ?? (/^\d+$/.test(text) ? Number(text) * 1000 : undefined);
  if (ms !== undefined) return ms;
  throw new CommandError(
    `invalid duration value ${text} used for --${name} flag: valid options are a number of seconds, number with time unit (i.e.: 5m, 180s) or 'none'`,
  );
}

/** The --vm-* flags: for new machines of groups without a [[vm]] alone. */
export function flaggedGuest({ flags }: Session, base?: Guest): Guest {
  const size = flags.text('vm-size');
  const guest: Guest = size ? guestOfSize(size) : { ...(base ?? guestOfSize('shared-cpu-1x')) };
  const cpus = flags.number('vm-cpus') || flags.number('cpus');
  const memory = flags.text('vm-memory') || flags.text('memory');
  if (cpus) guest.cpus = cpus;
  if (flags.text('vm-cpu-kind')) guest.cpu_kind = flags.text('vm-cpu-kind');
  if (memory) {
    const megabytes = memoryInMb(memory);
    if (megabytes === undefined) throw new CommandError(`invalid memory size: invalid size: '${memory}'`);
    guest.memory_mb = megabytes;
  }
  if (flags.text('host-dedication-id')) guest.host_dedication_id = flags.text('host-dedication-id');
  return guest;
}

/** The last line, which follows the flags and not the addresses that are there. */
function sayWhere(session: Session, app: string, definition: Definition): void {
  const { flags } = session;
  if (flags.on('flycast')) {
    session.out(
      `\nYour your newly deployed app is available in the organizations' private network under http://${app}.flycast\n`,
    );
  } else if (flags.on('no-public-ips'))
    session.out('\nYour app is deployed but does not have a public or private IP address\n');
  else if (allServices(definition).length > 0)
    session.out(`\nVisit your newly deployed app at https://${app}.fly.dev/\n\n`);
}
