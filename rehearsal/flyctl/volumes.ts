import type { Api } from './api.ts';
import { within } from './failure-report.ts';
import type { JsonObject } from './go-json.ts';
import { goTime } from './go-time.ts';

/** A volume as the Machines API sends it. */
export interface Volume {
  id: string;
  name: string;
  state?: string;
  size_gb?: number;
  region?: string;
  zone?: string;
  encrypted?: boolean;
  attached_machine_id?: string | null;
  attached_alloc_id?: string | null;
  created_at?: string;
  host_dedication_id?: string;
  snapshot_retention?: number;
  auto_backup_enabled?: boolean;
  host_status?: string;
}

/** A volume as the CLI prints it. */
export function volumeJson(volume: Volume): JsonObject {
  return {
    id: volume.id,
    name: volume.name ?? '',
    state: volume.state ?? '',
    size_gb: volume.size_gb ?? 0,
    region: volume.region ?? '',
    zone: volume.zone ?? '',
    encrypted: volume.encrypted ?? false,
    attached_machine_id: volume.attached_machine_id ?? null,
    attached_alloc_id: volume.attached_alloc_id ?? null,
    created_at: goTime(volume.created_at ?? ''),
    host_dedication_id: volume.host_dedication_id ?? '',
    snapshot_retention: volume.snapshot_retention ?? 0,
    auto_backup_enabled: volume.auto_backup_enabled ?? false,
    ...(volume.host_status && { host_status: volume.host_status }),
  };
}

/** Volumes on their way out, which only `volumes list --all` shows. */
const LEAVING = new Set([
  'scheduling_destroy',
  'fork_cleanup',
  'waiting_for_detach',
  'pending_destroy',
  'destroying',
]);

/** The app's volumes but those that are being destroyed. */
export async function listVolumesOf(api: Api, app: string): Promise<Volume[]> {
  return (await listAllVolumesOf(api, app)).filter(({ state = '' }) => !LEAVING.has(state));
}

export async function listAllVolumesOf(api: Api, app: string): Promise<Volume[]> {
  return ((await within('failed to list volumes', api.flaps('GET', `/apps/${app}/volumes`))) ??
    []) as Volume[];
}

export async function getVolume(api: Api, app: string, id: string): Promise<Volume> {
  return (await within(
    `failed to get volume ${id}`,
    api.flaps('GET', `/apps/${app}/volumes/${id}`),
  )) as Volume;
}

/** What a request for a new volume says; null where the CLI leaves the choice to the API. */
export interface VolumeRequest {
  name: string;
  region: string;
  size_gb: number;
  encrypted: boolean;
  require_unique_zone: boolean | null;
  unique_zone_app_wide: boolean | null;
  snapshot_retention: number | null;
  auto_backup_enabled: boolean | null;
  snapshot_id: string | null;
  compute: JsonObject | null;
  compute_image?: string;
}

export async function createVolume(api: Api, app: string, request: VolumeRequest): Promise<Volume> {
  const { snapshot_id, compute, compute_image, ...first } = request;
  const body = {
    ...first,
    fstype: null,
    snapshot_id,
    source_volume_id: null,
    compute,
    ...(compute_image && { compute_image }),
  };
  return (await within(
    'failed to create volume',
    api.flaps('POST', `/apps/${app}/volumes`, { body }),
  )) as Volume;
}

const VOLUME_APP = 'query($id: ID!) { volume: volume(id: $id) { ... on Volume { app { name } } } }';

/** The app a volume belongs to, for commands that are given the volume alone. */
export async function appOfVolume(api: Api, id: string): Promise<string> {
  const { volume } = await within('failed to get app name from volume', api.graphql(VOLUME_APP, { id }));
  return (volume as { app?: { name?: string } } | null)?.app?.name ?? '';
}
