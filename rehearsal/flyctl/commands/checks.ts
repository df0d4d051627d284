import { checkStatusJson } from '../machine-shape.ts';
import { listActiveMachines } from '../machines.ts';
import { relativeTime } from '../relative-time.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

/** `checks list`: with --json a map from machine to its checks. */
export async function listChecks(session: Session): Promise<void> {
  const app = await session.app();
  const machines = (await listActiveMachines(session.api, app)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const wanted = session.flags.text('check-name');
  const of = (machine: (typeof machines)[number]) =>
    (machine.checks ?? []).filter(({ name }) => !wanted || name === wanted);
  if (session.flags.on('json')) {
    session.json(
      Object.fromEntries(machines.map((machine) => [machine.id, of(machine).map(checkStatusJson)])),
    );
    return;
  }
  session.out(`Health Checks for ${app}\n`);
  const now = session.surroundings.clock.now();
  const rows = machines.flatMap((machine) =>
    of(machine).map(({ name = '', status = '', updated_at: at = '', output = '' }) => [
      name,
      status,
      machine.id,
      relativeTime(at, now),
      output,
    ]),
  );
  session.out(`${table(['Name', 'Status', 'Machine', 'Last Updated', 'Output'], rows)}\n`);
}
