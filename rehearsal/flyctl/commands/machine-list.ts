import { machineJson } from '../machine-shape.ts';
import { configOf, listMachines as fetchMachines, processGroup, shortImage } from '../machines.ts';
import type { Session } from '../session.ts';

/** `machine list`: every machine the API returns. */
export async function listMachines(session: Session): Promise<void> {
  const app = await session.app();
  const machines = await fetchMachines(session.api, app);
  if (session.flags.on('json')) {
    session.json(machines.map(machineJson));
    return;
  }
  if (session.flags.on('quiet')) {
    session.out(machines.map(({ id }) => `${id}\n`).join(''));
    return;
  }
  if (machines.length === 0) {
    session.out('No machines are available on this app ');
    session.out(`${app}\n`);
    return;
  }
  const { table } = await import('../table.ts');
  const rows = machines.map((machine) => {
    const { guest, mounts } = configOf(machine);
    return [
      machine.id,
      machine.name ?? '',
      machine.state ?? '',
      '',
      machine.region ?? '',
      '',
      shortImage(machine),
      machine.private_ip ?? '',
      mounts?.[0]?.volume ?? '',
      machine.created_at ?? '',
      machine.updated_at ?? '',
      processGroup(machine),
      guest ? `${guest.cpu_kind}-cpu-${guest.cpus}x:${guest.memory_mb}MB` : '',
    ];
  });
  const headers = [
    'ID',
    'Name',
    'State',
    'Checks',
    'Region',
    'Role',
    'Image',
    'IP Address',
    'Volume',
    'Created',
    'Last Updated',
    'Process Group',
    'Size',
  ];
  session.out(
    `${machines.length} machines have been retrieved from app ${app}.\nView them in the UI here (https://fly.io/apps/${app}/machines/)\n\n`,
  );
  session.out(`${table(headers, rows, { title: app })}\n`);
}
