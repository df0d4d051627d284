import { CommandError, within } from '../failure-report.ts';
import { relativeTime } from '../relative-time.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';
import {
  appOfVolume,
  createVolume,
  getVolume,
  listAllVolumesOf,
  listVolumesOf,
  type Volume,
  volumeJson,
} from '../volumes.ts';

const APP =
  'query ($appName: String!) { appbasic:app(name: $appName) { id name platformVersion organization { id internalNumericId slug rawSlug paidPlan } } }';
const REGIONS =
  'query { platform { requestRegion regions { name code latitude longitude gatewayAvailable requiresPaidPlan deprecated } } }';
const NO_YES = 'yes flag must be specified when not running interactively';

/** `volumes list`. */
export async function listVolumes(session: Session): Promise<void> {
  const { api, flags } = session;
  const app = await session.app();
  await within('failed retrieving app', api.graphql(APP, { appName: app }));
  const listing = flags.on('all') ? listAllVolumesOf(api, app) : listVolumesOf(api, app);
  const volumes = await within('failed retrieving volumes', listing);
  if (flags.on('json')) {
    session.json(volumes.map(volumeJson));
    return;
  }
  const now = session.surroundings.clock.now();
  const rows = volumes.map((volume) => [
    volume.id,
    volume.state ?? '',
    volume.name,
    `${volume.size_gb}GB`,
    volume.region ?? '',
    volume.zone ?? '',
    String(volume.encrypted ?? false),
    volume.attached_machine_id ?? '',
    relativeTime(volume.created_at ?? '', now),
  ]);
  session.out(
    `${table(['ID', 'State', 'Name', 'Size', 'Region', 'Zone', 'Encrypted', 'Attached VM', 'Created At'], rows)}\n`,
  );
}

/** `volumes create NAME`: with --json one object after another when several are made. */
export async function createVolumes(session: Session): Promise<void> {
  const { api, flags, args } = session;
  const name = args[0] ?? '';
  const app = await session.app();
  const count = flags.number('count', 1);
  if (!flags.on('yes') && count === 1) await warnOfSingle(session, app, name);
  const [region, known] = await Promise.allSettled([
    chosenRegion(session),
    api.graphql(APP, { appName: app }),
  ]);
  if (region.status === 'rejected') throw region.reason;
  if (known.status === 'rejected') throw known.reason;
  const snapshot = flags.text('snapshot-id');
  for (let made = 0; made < count; made += 1) {
    const volume = await createVolume(api, app, {
      name,
      region: region.value,
      size_gb: flags.number('size', 1),
      encrypted: !flags.on('no-encryption'),
      require_unique_zone: flags.on('require-unique-zone', true),
      unique_zone_app_wide: flags.on('unique-zone-app-wide'),
      snapshot_retention: flags.number('snapshot-retention', 5),
      auto_backup_enabled: flags.given('scheduled-snapshots') ? flags.on('scheduled-snapshots') : null,
      snapshot_id: snapshot || null,
      compute: { cpu_kind: 'shared', cpus: 1, memory_mb: 256 },
    });
    if (flags.on('json')) session.json(volumeJson(volume));
    else session.out(volumeText(volume, app));
  }
}

async function warnOfSingle(session: Session, app: string, name: string): Promise<void> {
  const volumes = await within('failed retrieving volumes', listVolumesOf(session.api, app));
  if (volumes.some((volume) => volume.name === name)) return;
  await session.api.graphql(REGIONS);
  session.err(
    'Warning! Every volume is pinned to a specific physical host. You should create two or more volumes per application to avoid downtime. Learn more at https://fly.io/docs/volumes/overview/\n',
  );
  throw new CommandError(NO_YES);
}

async function chosenRegion(session: Session): Promise<string> {
  const { platform } = await session.api.graphql(REGIONS);
  const code = session.flags.text('region') || session.surroundings.env.FLY_REGION || '';
  if (!code) throw new CommandError('region code must be specified when not running interactively');
  const regions = (platform as { regions?: { code: string }[] } | null)?.regions ?? [];
  if (!regions.some((region) => region.code === code)) throw new CommandError(`region ${code} not found`);
  return code;
}

/** `volumes show ID`: finds its app by itself. */
export async function showVolume(session: Session): Promise<void> {
  const { api, flags, args } = session;
  const [id] = args;
  if (!id) throw new CommandError('volume ID must be specified when not running interactively');
  const app = (await session.appIfNamed()) ?? (await appOfVolume(api, id));
  const volume = await within('failed retrieving volume', getVolume(api, app, id));
  if (flags.on('json')) session.json(volumeJson(volume));
  else session.out(volumeText(volume, app));
}

function volumeText(volume: Volume, app: string): string {
  const fields = [
    ['ID', volume.id],
    ['Name', volume.name],
    ['App', app],
    ['Region', volume.region],
    ['Zone', volume.zone],
    ['Size GB', volume.size_gb],
    ['Encrypted', volume.encrypted],
    ['Created at', rfc822(volume.created_at ?? '')],
    ['Snapshot retention', volume.snapshot_retention],
    ['Scheduled snapshots', volume.auto_backup_enabled],
  ];
  return fields.map(([label, value]) => `${`${label}`.padStart(20)}: ${value}\n`).join('');
}

function rfc822(at: string): string {
  const date = new Date(at);
  const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day} ${month} ${String(date.getUTCFullYear()).slice(2)} ${date.toISOString().slice(11, 16)} UTC`;
}

/** `volumes destroy ID...`: stops at the first that fails. */
export async function destroyVolumes(session: Session): Promise<void> {
  const { api, flags, args } = session;
  if (args.length === 0) throw new CommandError('volume ID must be specified when not running interactively');
  for (const id of args) {
    const app = (await session.appIfNamed()) ?? (await appOfVolume(api, id));
    if (!flags.on('yes')) {
      const { name } = await within('failed retrieving volume', getVolume(api, app, id));
      const same = (await listVolumesOf(api, app)).filter((volume) => volume.name === name).length - 1;
      session.err(
        `Warning! Every volume is pinned to a specific physical host. You should create two or more volumes per application. Deleting this volume will leave you with ${same} volume(s) for this application, and it is not reversible.  Learn more at https://fly.io/docs/volumes/overview/\n`,
      );
      throw new CommandError(NO_YES);
    }
    const request = within(
      `failed to destroy volume ${id}`,
      api.flaps('DELETE', `/apps/${app}/volumes/${id}`),
    );
    const volume = (await within('failed destroying volume', request)) as Volume;
    session.out(`Destroyed volume ID: ${volume?.id ?? id} name: ${volume?.name ?? ''}\n`);
  }
}
