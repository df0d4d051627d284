import { CommandError, within } from '../failure-report.ts';
import { goTime } from '../go-time.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';
import { appOfVolume } from '../volumes.ts';

interface Snapshot {
  id?: string;
  size?: number;
  volume_size?: number;
  digest?: string;
  created_at?: string;
  status?: string;
  retention_days?: number | null;
}

/** `volumes snapshots create VOLUME`: prints the same line with --json, and no id. */
export async function createSnapshot(session: Session): Promise<void> {
  const id = session.args[0] ?? '';
  const app = (await session.appIfNamed()) ?? (await appOfVolume(session.api, id));
  await within(`failed to snapshot ${id}`, session.api.flaps('POST', `/apps/${app}/volumes/${id}/snapshots`));
  session.out(`Scheduled to snapshot volume ${id}\n`);
}

/** `volumes snapshots list VOLUME`: oldest first. */
export async function listSnapshots(session: Session): Promise<void> {
  const [id] = session.args;
  if (!id) throw new CommandError('volume ID must be specified when not running interactively');
  const app = (await session.appIfNamed()) ?? (await appOfVolume(session.api, id));
  const request = within(
    `failed to get volume ${id} snapshots`,
    session.api.flaps('GET', `/apps/${app}/volumes/${id}/snapshots`),
  );
  const reply = ((await within('failed retrieving snapshots', request)) ?? []) as Snapshot[];
  const time = ({ created_at: at = '' }: Snapshot) => Date.parse(at) || 0;
  const snapshots = reply.toSorted((a, b) => time(a) - time(b));
  if (session.flags.on('json')) {
    session.json(snapshots.map(snapshotJson));
    return;
  }
  if (snapshots.length === 0) {
    session.err(`No snapshots available for volume ${id}\n`);
    return;
  }
  const now = session.surroundings.clock.now();
  const rows = snapshots.map((snapshot) => [
    snapshot.id || '(pending)',
    snapshot.status ?? '',
    binarySize(snapshot.size ?? 0),
    binarySize(snapshot.volume_size ?? 0),
    ago(now - time(snapshot)),
    snapshot.retention_days === null || snapshot.retention_days === undefined
      ? ''
      : String(snapshot.retention_days),
  ]);
  const headers = ['ID', 'Status', 'Stored Size', 'Vol Size', 'Created At', 'Retention Days'];
  session.out(`${table(headers, rows, { title: 'Snapshots', right: [2, 3, 5] })}\n`);
  const total = snapshots.reduce((sum, { size = 0 }) => sum + size, 0);
  session.out(`Total stored size: ${binarySize(total)}\n`);
}

function snapshotJson(snapshot: Snapshot) {
  return {
    id: snapshot.id ?? '',
    size: snapshot.size ?? 0,
    volume_size: snapshot.volume_size ?? 0,
    digest: snapshot.digest ?? '',
    created_at: goTime(snapshot.created_at ?? ''),
    status: snapshot.status ?? '',
    retention_days: snapshot.retention_days ?? null,
  };
}

function binarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let power = 0;
  while (bytes / 1024 ** power >= 1024 && power < units.length - 1) power += 1;
  const amount = bytes / 1024 ** power;
  return power === 0
    ? `${bytes} B`
    : `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}

function ago(ms: number): string {
  const steps: [number, string][] = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ];
  for (const [length, word] of steps) {
    const count = Math.floor(ms / length);
    if (count > 0) return `${count} ${word}${count === 1 ? '' : 's'} ago`;
  }
  return 'now';
}
