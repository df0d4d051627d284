import { CommandError, within, wrapped } from '../failure-report.ts';
import type { JsonObject } from '../go-json.ts';
import { watchHealthChecks } from '../health-checks.ts';
import { configJson } from '../machine-shape.ts';
import { waitForState } from '../machine-state.ts';
import {
  configOf,
  fullImage,
  type Machine,
  type MachineConfig,
  type MachineMount,
  namedMachines,
} from '../machines.ts';
import type { Session } from '../session.ts';
import { createVolume, getVolume, type Volume } from '../volumes.ts';
import { flaggedGuest } from './deploy.ts';

/** `machine clone ID`: the volume is a new empty one unless --attach-volume or --from-snapshot names another. */
export async function cloneMachine(session: Session): Promise<void> {
  const { flags, api, directory } = session;
  const [source] = await namedMachines(session, session.args);
  if (!source) return;
  const app = await session.app();
  const attached = flags.text('attach-volume');
  const [attachedId = '', path] = attached.split(':');
  if (attached) await within('could not get existing volume', getVolume(api, app, attachedId));
  const region = flags.text('region') || source.region || '';
  session.out(`Cloning Machine ${source.id} into region ${region}\n`);
  const config: MachineConfig = structuredClone(configOf(source));
  config.guest = flaggedGuest(session, config.guest);
  config.image = fullImage(source);
  const [mount] = config.mounts ?? [];
  if (attached && !mount && !path) {
    throw new CommandError(
      `Please specify a mount path on '${attached}' using <volume_id>:/path/inside/machine`,
    );
  }
  if (attached && path && mount) {
    session.out(
      `Info: --attach-volume is overriding previous mount point from \`${mount.path}\` to \`${path}\`.\n`,
    );
  }
  const wanted: MachineMount | undefined = path ? { ...mount, path } : mount;
  if (wanted) {
    const volume = attached
      ? await freeVolume(session, app, attachedId)
      : await newVolume(session, app, region, wanted, config);
    const { extend_threshold_percent, add_size_gb, size_gb_limit } = wanted;
    config.mounts = [
      { volume: volume.id, path: wanted.path, extend_threshold_percent, add_size_gb, size_gb_limit },
    ];
  }
  session.out(`Provisioning a new Machine with image ${configOf(source).image ?? ''}...\n`);
  const version = directory.secretsVersion(app);
  const body = {
    config: configJson(config),
    region,
    ...(flags.text('name') && { name: flags.text('name') }),
    skip_secrets: false,
    ...(version !== undefined && { min_secrets_version: version }),
  };
  const machine = (await within(
    'failed to launch VM',
    api.flaps('POST', `/apps/${app}/machines`, { body }),
  )) as Machine;
  session.out(`  Machine ${machine.id} has been created...\n`);
  if (flags.on('detach')) return;
  session.out(`  Waiting for Machine ${machine.id} to start...\n`);
  await waitForState(session, app, machine, 'started', 300_000);
  try {
    await watchHealthChecks(session, app, machine);
  } catch (error) {
    throw wrapped('error while watching health checks', error);
  }
  session.out('Machine has been successfully cloned!\n');
}

async function freeVolume(session: Session, app: string, id: string): Promise<Volume> {
  session.out(`Attaching existing volume ${id}\n`);
  const volume = await within('could not get existing volume', getVolume(session.api, app, id));
  if (volume.attached_machine_id || volume.attached_alloc_id)
    throw new CommandError(`volume ${id} is already attached to a machine`);
  return volume;
}

async function newVolume(
  session: Session,
  app: string,
  region: string,
  mount: MachineMount,
  { guest, image }: MachineConfig,
): Promise<Volume> {
  const { flags, api } = session;
  return createVolume(api, app, {
    name: mount.name ?? '',
    region,
    size_gb: mount.size_gb ?? 0,
    encrypted: mount.encrypted ?? false,
    require_unique_zone: flags.on('volume-requires-unique-zone', true),
    unique_zone_app_wide: null,
    snapshot_retention: null,
    auto_backup_enabled: null,
    snapshot_id: await chosenSnapshot(session, app, mount),
    compute: (guest ?? null) as JsonObject | null,
    compute_image: image,
  });
}

async function chosenSnapshot(
  session: Session,
  app: string,
  { volume = '', name = '' }: MachineMount,
): Promise<string | null> {
  const wanted = session.flags.text('from-snapshot');
  if (wanted === '') {
    session.out(`Volume '${name}' will start empty\n`);
    return null;
  }
  if (wanted !== 'last') {
    session.out(`Creating new volume from snapshot: ${wanted}\n`);
    return wanted;
  }
  const listing = session.api.flaps('GET', `/apps/${app}/volumes/${volume}/snapshots`);
  const snapshots = ((await within(`failed to get volume ${volume} snapshots`, listing)) ?? []) as {
    id: string;
    created_at: string;
  }[];
  const [newest] = snapshots.toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
  if (!newest) {
    session.out(`No snapshot for source volume ${volume}, the new volume will start empty\n`);
    return null;
  }
  session.out(`Creating new volume from snapshot ${newest.id} of ${volume}\n`);
  return newest.id;
}
