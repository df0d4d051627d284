import { CommandError, wrapped } from '../failure-report.ts';
import type { JsonObject } from '../go-json.ts';
import { namedMachines } from '../machines.ts';
import type { Session } from '../session.ts';

interface LeaseReply {
  status?: string;
  message?: string;
  code?: string;
  data?: { nonce?: string; expires_at?: number; owner?: string; version?: string };
}

async function findLease(session: Session, app: string, id: string): Promise<LeaseReply | undefined> {
  try {
    return (await session.api.flaps('GET', `/apps/${app}/machines/${id}/lease`)) as LeaseReply;
  } catch (error) {
    if (error instanceof CommandError && error.message.includes('lease not found')) return undefined;
    throw wrapped(`failed to get lease on VM ${id}`, error);
  }
}

/** `machine leases view ID...`: with --json a map from machine to lease, empty when there is none. */
export async function viewLeases(session: Session): Promise<void> {
  const machines = await namedMachines(session, session.args);
  const app = await session.app();
  const leases: Record<string, LeaseReply> = {};
  for (const { id } of machines) {
    const lease = await findLease(session, app, id);
    if (lease) leases[id] = lease;
  }
  if (session.flags.on('json')) {
    const shown = Object.entries(leases).map(
      ([id, { status, data, message, code }]): [string, JsonObject] => {
        const { nonce, expires_at, owner, version } = data ?? {};
        return [id, { status, data: { nonce, expires_at, owner, version }, message, code }];
      },
    );
    session.json(Object.fromEntries(shown));
    return;
  }
  if (Object.keys(leases).length === 0) {
    session.out('No leases found\n');
    return;
  }
  const { table } = await import('../table.ts');
  const rows = Object.entries(leases).map(([id, { status = '', data = {} }]) => [
    id,
    data.nonce ?? '',
    status,
    data.owner ?? '',
    new Date((data.expires_at ?? 0) * 1000).toISOString().replace('.000', ''),
  ]);
  session.out(`${table(['Machine', 'Nonce', 'Status', 'Owner', 'Expires'], rows)}\n`);
}

/** `machine leases clear ID...`: takes the lease away from whoever holds it. */
export async function clearLeases(session: Session): Promise<void> {
  const { args } = session;
  const app = await session.app();
  if (args.length === 0)
    throw new CommandError('a machine ID must be specified when not running interactively');
  for (const id of args) {
    const lease = await findLease(session, app, id);
    if (!lease) continue;
    session.out(`clearing lease for machine ${id}\n`);
    try {
      await session.api.flaps('DELETE', `/apps/${app}/machines/${id}/lease`, { nonce: lease.data?.nonce });
    } catch (error) {
      throw wrapped(`failed to release lease for machine ${id}`, error);
    }
  }
  session.out('Lease(s) cleared\n');
}
