import { CommandError, wrapped } from '../failure-report.ts';
import { checkGuest } from '../guest.ts';
import { watchHealthChecks } from '../health-checks.ts';
import { checkOrganization, resolveImage } from '../image-source.ts';
import { withLeases } from '../lease.ts';
import { configJson } from '../machine-shape.ts';
import { waitForState } from '../machine-state.ts';
import { configOf, getMachine, type Machine, type MachineConfig, namedMachines } from '../machines.ts';
import type { Session } from '../session.ts';
import { shellWords } from '../shell-words.ts';
import { flaggedGuest } from './deploy.ts';

/** `machine update ID`: replaces the machine even when nothing changes, and starts one that was stopped. */
export async function updateMachine(session: Session): Promise<void> {
  const { flags } = session;
  const machines = await namedMachines(session, session.args);
  const app = await session.app();
  await withLeases(session, app, machines, async ([machine]) => {
    if (!machine) return;
    const config = await changedConfig(session, app, machine);
    if (!flags.on('yes')) refuseWithoutYes(session, machine, config);
    if (config.guest) checkGuest(config.guest);
    session.out(`Updating machine ${machine.id}\n`);
    await put(session, app, machine, config);
    session.out(`Machine ${machine.id} updated successfully!\n`);
    session.out(`\nMonitor machine status here:\nhttps://fly.io/apps/${app}/machines/${machine.id}\n`);
  });
}

async function put(session: Session, app: string, machine: Machine, config: MachineConfig): Promise<void> {
  const { flags, api, directory } = session;
  const { id, nonce, region, name } = machine;
  const version = directory.secretsVersion(app);
  const body = {
    config: configJson(config),
    ...(region && { region }),
    ...(name && { name }),
    ...(flags.on('skip-start') && { skip_launch: true }),
    skip_secrets: false,
    ...(version !== undefined && { min_secrets_version: version }),
  };
  let updated: Machine;
  try {
    updated = (await api.flaps('POST', `/apps/${app}/machines/${id}`, { nonce, body })) as Machine;
  } catch (error) {
    throw wrapped(`could not update machine ${id}: failed to update VM ${id}`, error);
  }
  try {
    await waitForState(session, app, updated, 'settled', (flags.number('wait-timeout') || 300) * 1000);
  } catch (error) {
    throw wrapped('error while waiting for machine to update', error);
  }
  const { state } = await getMachine(api, app, id);
  if (state === 'failed')
    throw new CommandError(`machine ${id} update failed: machine entered "failed" state`);
  if (state !== 'started' || flags.on('skip-health-checks')) return;
  try {
    await watchHealthChecks(session, app, updated);
  } catch (error) {
    throw wrapped('failed to wait for health checks to pass', error);
  }
}

async function changedConfig(session: Session, app: string, machine: Machine): Promise<MachineConfig> {
  const { flags } = session;
  const before = configOf(machine);
  const config: MachineConfig = structuredClone(before);
  const image = flags.text('image');
  if (image) config.image = await pinnedImage(session, app, image);
  config.guest = flaggedGuest(session, before.guest);
  if (flags.given('command')) {
    const words = shellWords(flags.text('command'));
    if (!words) throw new CommandError('invalid command: EOF found when expecting closing quote');
    config.init = { ...config.init, cmd: words.length > 0 ? words : undefined };
  }
  if (flags.given('entrypoint')) {
    const words = shellWords(flags.text('entrypoint')) ?? [];
    config.init = { ...config.init, entrypoint: words.length > 0 ? words : undefined };
  }
  const env = pairs(flags.list('env'), 'environment');
  if (env.length > 0) config.env = { ...config.env, ...Object.fromEntries(env) };
  const metadata = pairs(flags.list('metadata'), 'metadata');
  if (metadata.length > 0)
    config.metadata = withoutEmpty({ ...config.metadata, ...Object.fromEntries(metadata) });
  const policy = flags.text('restart');
  if (policy) {
    if (!['no', 'on-failure', 'always'].includes(policy))
      throw new CommandError(`invalid restart provided: ${policy}`);
    config.restart = { policy };
  }
  return config;
}

async function pinnedImage(session: Session, app: string, ref: string): Promise<string> {
  const { organization } = (await session.api.flaps('GET', `/apps/${app}`)) as {
    organization?: { slug?: string };
  };
  await checkOrganization(session.api, organization?.slug ?? '');
  const image = await resolveImage(session, app, ref, 'local');
  const pinned = image.digest ? `${image.ref}@${image.digest}` : image.ref;
  session.out(`Image: ${pinned}\nImage size: ${Math.ceil(image.size / 1e6)} MB\n\n`);
  return pinned;
}

function pairs(list: readonly string[], what: string): [string, string][] {
  return list.map((pair) => {
    const split = pair.indexOf('=');
    if (split < 0)
      throw new CommandError(`failed parsing ${what}: '${pair}': must be in the format NAME=VALUE`);
    return [pair.slice(0, split), pair.slice(split + 1)];
  });
}

function withoutEmpty(map: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== ''));
}

function refuseWithoutYes(session: Session, machine: Machine, config: MachineConfig): never {
  const before = JSON.stringify(configJson(configOf(machine)), undefined, 2).split('\n');
  const after = JSON.stringify(configJson(config), undefined, 2).split('\n');
  if (before.join() === after.join()) throw new CommandError('no config changes found');
  session.out(
    `Configuration changes to be applied to machine: ${machine.id} (${machine.name})\n\n${difference(before, after)}`,
  );
  throw new CommandError('yes flag must be specified when not running interactively');
}

/** Lines around the first stretch that differs, as the CLI shows a change of config. */
function difference(before: readonly string[], after: readonly string[]): string {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before.at(-1 - tail) === after.at(-1 - tail)
  )
    tail += 1;
  const around = 2;
  const same = '\u00a0\u00a0';
  const lines = [
    `${same}\t... // ${head - around} identical lines`,
    ...before.slice(head - around, head).map((line) => `${same}\t${line}`),
    ...before.slice(head, before.length - tail).map((line) => `-\u00a0\t${line}`),
    ...after.slice(head, after.length - tail).map((line) => `+\u00a0\t${line}`),
    ...before.slice(before.length - tail, before.length - tail + around).map((line) => `${same}\t${line}`),
    `${same}\t... // ${tail - around} identical lines`,
    `${same}\t`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}
