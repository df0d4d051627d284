import { type Fly, iso, Refusal } from './fly.ts';
import type { App, Snapshot, Volume } from './world.ts';

const gigabyte = 2 ** 30;

/** Throws unless the region is one that this organization may use. */
export function checkRegion(fly: Fly, region: string): void {
  const known = fly.settings.regions[region];
  if (known === undefined) throw new Refusal(422, `region ${region} not found`);
  if (known.paid && !fly.settings.paidPlan) {
    throw new Refusal(
      422,
      `region ${region} requires an organization with a Launch plan or higher. See our plans: https://fly.io/plans`,
    );
  }
}

export function findVolume(app: App, id: string): Volume {
  const volume = app.volumes.get(id);
  if (volume === undefined) throw new Refusal(404, 'volume not found');
  return volume;
}

/** Makes a volume, empty or with what a snapshot of any volume of the app holds. */
export function createVolume(
  fly: Fly,
  app: App,
  wish: {
    id?: string;
    name: string;
    region: string;
    sizeGb: number;
    encrypted?: boolean;
    retention?: number;
    autoBackup?: boolean;
    snapshotId?: string | null;
    hostStatus?: string;
  },
): Volume {
  checkRegion(fly, wish.region);
  let files: ReadonlyMap<string, string> = new Map();
  if (typeof wish.snapshotId === 'string' && wish.snapshotId !== '') {
    const snapshot = [...app.volumes.values()]
      .flatMap((volume) => volume.snapshots)
      .find((candidate) => candidate.id === wish.snapshotId);
    if (snapshot === undefined) throw new Refusal(404, 'snapshot not found');
    files = snapshot.files;
  }
  const volume: Volume = {
    id: wish.id ?? `vol_${fly.ids.hex(16)}`,
    name: wish.name,
    state: 'created',
    sizeGb: wish.sizeGb,
    region: wish.region,
    zone: fly.ids.hex(4),
    encrypted: wish.encrypted ?? true,
    attachedTo: null,
    createdAt: fly.clock.now(),
    snapshotRetention: wish.retention ?? 5,
    autoBackup: wish.autoBackup ?? true,
    hostStatus: wish.hostStatus ?? 'ok',
    files: new Map(files),
    snapshots: [],
  };
  app.volumes.set(volume.id, volume);
  return volume;
}

/** Throws while a machine holds it. */
export function destroyVolume(volume: Volume): void {
  if (volume.attachedTo !== null) {
    throw new Refusal(
      412,
      `failed_precondition: volume is currently attached to machine: ${volume.attachedTo}`,
    );
  }
  volume.state = 'scheduling_destroy';
}

/** Begins a snapshot of what is on the volume now; its id comes when it is done. */
export function takeSnapshot(fly: Fly, volume: Volume): Snapshot {
  const snapshot: Snapshot = {
    id: '',
    status: 'waiting',
    createdAt: fly.clock.now(),
    size: 0,
    volumeSizeGb: volume.sizeGb,
    digest: '',
    files: new Map(volume.files),
  };
  volume.snapshots.push(snapshot);
  const done = () => {
    snapshot.id = `vs_${fly.ids.hex(16)}`;
    snapshot.size = 12_345_678;
    snapshot.status = 'created';
  };
  if (fly.settings.snapshotTime === 0) done();
  else if (fly.settings.snapshotTime !== null) fly.clock.after(fly.settings.snapshotTime * 1000, done);
  return snapshot;
}

export function volumeJson(volume: Volume) {
  return {
    id: volume.id,
    name: volume.name,
    state: volume.state,
    size_gb: volume.sizeGb,
    region: volume.region,
    zone: volume.zone,
    encrypted: volume.encrypted,
    attached_machine_id: volume.attachedTo,
    attached_alloc_id: null,
    created_at: iso(volume.createdAt),
    blocks: 0,
    block_size: 4096,
    blocks_free: 0,
    blocks_avail: 0,
    bytes_used: 0,
    bytes_total: 0,
    fstype: 'ext4',
    host_dedication_id: '',
    snapshot_retention: volume.snapshotRetention,
    auto_backup_enabled: volume.autoBackup,
    host_status: volume.hostStatus,
  };
}

export function snapshotJson(snapshot: Snapshot, retention: number) {
  return {
    id: snapshot.id,
    size: snapshot.size,
    volume_size: snapshot.volumeSizeGb * gigabyte,
    digest: snapshot.digest,
    created_at: iso(snapshot.createdAt),
    status: snapshot.status,
    retention_days: retention,
  };
}
