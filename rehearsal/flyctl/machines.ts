import type { Api } from './api.ts';
import { CommandError, within, wrapped } from './failure-report.ts';
import type { JsonObject } from './go-json.ts';
import type { Session } from './session.ts';

/**
 * A machine as the Machines API sends it. Replies are taken as they come and only field by field where they are
 * used: checking them with a schema would cost a watcher's poll more than the poll itself.
 */
export interface Machine {
  id: string;
  name?: string;
  state?: string;
  region?: string;
  instance_id?: string;
  private_ip?: string;
  created_at?: string;
  updated_at?: string;
  host_status?: string;
  nonce?: string;
  image_ref?: {
    registry?: string;
    repository?: string;
    tag?: string;
    digest?: string;
    labels?: Record<string, string> | null;
  };
  config?: MachineConfig | null;
  incomplete_config?: MachineConfig | null;
  events?: MachineEvent[] | null;
  checks?: { name?: string; status?: string; output?: string; updated_at?: string }[] | null;
}

export interface MachineConfig {
  env?: Record<string, string>;
  init?: { cmd?: string[]; entrypoint?: string[]; exec?: string[]; swap_size_mb?: number };
  guest?: { cpu_kind?: string; cpus?: number; memory_mb?: number; host_dedication_id?: string };
  metadata?: Record<string, string>;
  mounts?: MachineMount[];
  services?: JsonObject[];
  checks?: JsonObject;
  image?: string;
  restart?: { policy?: string; max_retries?: number };
  standbys?: string[];
  [key: string]: unknown;
}

export interface MachineMount {
  encrypted?: boolean;
  path?: string;
  size_gb?: number;
  volume?: string;
  name?: string;
  extend_threshold_percent?: number;
  add_size_gb?: number;
  size_gb_limit?: number;
}

export interface MachineEvent {
  type?: string;
  status?: string;
  source?: string;
  timestamp?: number;
  request?: {
    exit_event?: { exit_code?: number; oom_killed?: boolean; requested_stop?: boolean; restarting?: boolean };
    restart_count?: number;
  };
}

export const configOf = (machine: Machine): MachineConfig =>
  machine.config ?? machine.incomplete_config ?? {};

/** The machine's process group, by either name that metadata has had for it. */
export function processGroup(machine: Machine): string {
  const { metadata } = configOf(machine);
  return metadata?.fly_process_group || metadata?.process_group || '';
}

/** Neither destroyed nor a release command's or console's machine. */
export function isActive(machine: Machine): boolean {
  const group = processGroup(machine);
  return (
    machine.state !== 'destroyed' &&
    machine.state !== 'destroying' &&
    group !== 'fly_app_release_command' &&
    group !== 'release_command' &&
    group !== 'fly_app_console'
  );
}

/** Made by `deploy` (or marked as if): only these are its to update. */
export const isLaunchMachine = (machine: Machine): boolean =>
  configOf(machine).metadata?.fly_platform_version === 'v2';

/** Repository and tag, as texts show an image. */
export function shortImage({ image_ref: image }: Machine): string {
  const version = image?.labels?.['fly.version'];
  return `${image?.repository ?? ''}:${image?.tag ?? ''}${version ? ` (${version})` : ''}`;
}

/** The image with registry, tag and digest. */
export function fullImage({ image_ref: image }: Machine): string {
  const tag = image?.tag ? `:${image.tag}` : '';
  const digest = image?.digest ? `@${image.digest}` : '';
  return `${image?.registry ?? ''}/${image?.repository ?? ''}${tag}${digest}`;
}

export async function listMachines(api: Api, app: string): Promise<Machine[]> {
  const machines = await within('failed to list VMs', api.flaps('GET', `/apps/${app}/machines`));
  return (machines ?? []) as Machine[];
}

export async function listActiveMachines(api: Api, app: string): Promise<Machine[]> {
  const machines = await within('failed to list active VMs', api.flaps('GET', `/apps/${app}/machines`));
  return ((machines ?? []) as Machine[]).filter(isActive);
}

export async function getMachine(api: Api, app: string, id: string, signal?: AbortSignal): Promise<Machine> {
  const machine = await within(
    `failed to get VM ${id}`,
    api.flaps('GET', `/apps/${app}/machines/${id}`, { signal }),
  );
  return machine as Machine;
}

/**
 * The machines named on the command line.
 * @throws CommandError when none is named (nobody is there to be asked) or one is unknown
 */
export async function namedMachines(session: Session, ids: readonly string[]): Promise<Machine[]> {
  if (ids.length === 0)
    throw new CommandError('a machine ID must be specified when not running interactively');
  const app = await session.app();
  const machines: Machine[] = [];
  for (const id of ids) {
    try {
      machines.push(await getMachine(session.api, app, id));
    } catch (error) {
      if (error instanceof CommandError && error.details.status === 404) {
        throw new CommandError(`machine ${id} was not found in app '${app}'`);
      }
      throw wrapped('could not get machine', error);
    }
  }
  return machines;
}
