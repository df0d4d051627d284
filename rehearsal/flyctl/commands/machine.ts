import { getCompactApp } from '../compact-app.ts';
import { CommandError, wrapped } from '../failure-report.ts';
import { formatDuration } from '../go-duration.ts';
import { watchHealthChecks } from '../health-checks.ts';
import { withLeases } from '../lease.ts';
import { configJson } from '../machine-shape.ts';
import { waitForState, waitOnce } from '../machine-state.ts';
import { configOf, getMachine, type Machine, namedMachines, processGroup, shortImage } from '../machines.ts';
import { relativeTime } from '../relative-time.ts';
import type { Session } from '../session.ts';
import { table, verticalTable } from '../table.ts';

const START_PATIENCE = 300_000;

/** `machine status ID`: tables, or with -d the config as JSON. */
export async function showMachine(session: Session): Promise<void> {
  const [machine] = await namedMachines(session, session.args.slice(0, 1));
  if (!machine) return;
  const config = configOf(machine);
  if (session.flags.on('display-config')) {
    const { goJson } = await import('../go-json.ts');
    session.out(`${goJson(configJson(config), 2)}\n`);
    return;
  }
  session.out(
    `Machine ID: ${machine.id}\nInstance ID: ${machine.instance_id ?? ''}\nState: ${machine.state ?? ''}\nHostStatus: ${machine.host_status ?? ''}\n\n`,
  );
  session.out(verticalTable('VM', machineFields(machine)));
  const checks = machine.checks ?? [];
  if (checks.length > 0) {
    const passing = checks.filter(({ status }) => status === 'passing').length;
    const rows = checks.map(({ name = '', status = '', updated_at: at = '', output = '' }) => [
      name,
      status,
      relativeTime(at, session.surroundings.clock.now()),
      output,
    ]);
    session.out(
      `${table(['Name', 'Status', 'Last Updated', 'Output'], rows, { title: `Checks [${passing}/${checks.length}]` })}\n`,
    );
  }
  const rows = (machine.events ?? []).map((event) => [
    event.status ?? '',
    event.type ?? '',
    event.source ?? '',
    new Date(event.timestamp ?? 0).toISOString().replace(/\.?0*Z$/, 'Z'),
    eventInfo(event),
  ]);
  session.out(`${table(['State', 'Event', 'Source', 'Timestamp', 'Info'], rows, { title: 'Event Logs' })}\n`);
}

function machineFields(machine: Machine): [string, string][] {
  const { guest, init, mounts } = configOf(machine);
  const words = (list: string[] | undefined) => (list && list.length > 0 ? JSON.stringify(list) : '');
  const fields: [string, string][] = [
    ['ID', machine.id],
    ['Instance ID', machine.instance_id ?? ''],
    ['State', machine.state ?? ''],
    ['Image', shortImage(machine)],
    ['Name', machine.name ?? ''],
    ['Private IP', machine.private_ip ?? ''],
    ['Region', machine.region ?? ''],
    ['Process Group', processGroup(machine)],
    ['CPU Kind', guest?.cpu_kind ?? ''],
    ['vCPUs', String(guest?.cpus ?? 0)],
    ['Memory', String(guest?.memory_mb ?? 0)],
    ['Created', machine.created_at ?? ''],
    ['Updated', machine.updated_at ?? ''],
    ['Entrypoint', words(init?.entrypoint)],
    ['Command', words(init?.cmd)],
  ];
  const [mount] = mounts ?? [];
  return mount ? [...fields, ['Volume', mount.volume ?? '']] : fields;
}

function eventInfo({ type, status, source, request }: NonNullable<Machine['events']>[number]): string {
  const exit = request?.exit_event;
  if (exit) {
    return `exit_code=${exit.exit_code ?? 0},oom_killed=${exit.oom_killed ?? false},requested_stop=${exit.requested_stop ?? false}`;
  }
  return type === 'launch' && status === 'created' && source === 'flyd' ? 'migrated=true' : '';
}

async function withNamedMachines(
  session: Session,
  work: (machine: Machine, app: string) => Promise<void>,
): Promise<void> {
  const machines = await namedMachines(session, session.args);
  const app = await session.app();
  await withLeases(session, app, machines, async (leased) => {
    for (const machine of leased) await work(machine, app);
  });
}

/** `machine start ID...`: hands the order over and does not wait. */
export async function startMachines(session: Session): Promise<void> {
  await withNamedMachines(session, async ({ id, nonce }, app) => {
    try {
      await session.api.flaps('POST', `/apps/${app}/machines/${id}/start`, { nonce });
    } catch (error) {
      throw wrapped(`could not start machine ${id}: failed to start VM ${id}`, error);
    }
    session.out(`${id} has been started\n`);
  });
}

/** `machine stop ID...`: waits only with -w, and then for one minute at most. */
export async function stopMachines(session: Session): Promise<void> {
  const { flags, api } = session;
  const signal = flags.text('signal').toUpperCase();
  const timeout = formatDuration(flags.number('timeout') * 1000);
  const patience = flags.duration('wait-timeout');
  await withNamedMachines(session, async ({ id, nonce }, app) => {
    session.out(`Sending kill signal to machine ${id}...\n`);
    const body = { id, ...(signal && { signal }), timeout };
    try {
      await api.flaps('POST', `/apps/${app}/machines/${id}/stop`, { nonce, body });
    } catch (error) {
      throw wrapped(`could not stop machine ${id}: failed to stop VM ${id}`, error);
    }
    if (patience > 0) {
      try {
        await getMachine(api, app, id);
      } catch (error) {
        throw wrapped(`could not get machine ${id} to wait for stop`, error);
      }
      try {
        await waitOnce(session, app, id, 'stopped', patience);
      } catch (error) {
        throw wrapped(`machine ${id} did not stop within the wait timeout`, error);
      }
    }
    session.out(`${id} has been successfully stopped\n`);
  });
}

/** `machine restart ID...`: crashes when the machine takes more than a minute to start (by the source of 0.4.87). */
export async function restartMachines(session: Session): Promise<void> {
  const { flags, api } = session;
  const timeout = flags.number('time');
  const signal = flags.text('signal').toUpperCase();
  let query = `force_stop=${flags.on('force')}`;
  if (timeout > 0) query += `&timeout=${formatDuration(timeout * 1000)}`;
  if (signal) query += `&signal=${signal}`;
  await withNamedMachines(session, async (machine, app) => {
    const { id, nonce } = machine;
    session.out(`Restarting machine ${id}\n`);
    try {
      await api.flaps('POST', `/apps/${app}/machines/${id}/restart?${query}`, { nonce });
    } catch (error) {
      throw wrapped(
        `failed to restart machine ${id}: could not stop machine ${id}: failed to restart VM ${id}`,
        error,
      );
    }
    try {
      await waitForState(session, app, { id }, 'started', START_PATIENCE);
      if (!flags.on('skip-health-checks')) await checked(session, app, machine);
    } catch (error) {
      throw wrapped(`failed to restart machine ${id}`, error);
    }
    session.out(`Machine ${id} restarted successfully!\n`);
  });
}

async function checked(session: Session, app: string, machine: Machine): Promise<void> {
  try {
    await watchHealthChecks(session, app, machine);
  } catch (error) {
    throw wrapped('failed to wait for health checks to pass', error);
  }
}

/** `machine kill ID`: signal 9, without a lease and without waiting. */
export async function killMachine(session: Session): Promise<void> {
  const [machine] = await namedMachines(session, session.args);
  if (!machine) return;
  const app = await session.app();
  if (machine.state === 'destroyed')
    throw new CommandError(`machine ${machine.id} has already been destroyed`);
  session.out(
    `machine ${machine.id} was found and is currently in a ${machine.state} state, attempting to kill...\n`,
  );
  try {
    await session.api.flaps('POST', `/apps/${app}/machines/${machine.id}/signal`, { body: { signal: 9 } });
  } catch (error) {
    throw wrapped(`could not kill machine ${machine.id}: failed to kill VM ${machine.id}`, error);
  }
  session.out('kill signal has been sent\n');
}

/** `machine wait ID`. */
export async function waitForMachine(session: Session): Promise<void> {
  const { flags, api } = session;
  const [machine] = await namedMachines(session, session.args);
  if (!machine) return;
  const app = await session.app();
  const state = flags.text('state', 'settled');
  const patience = flags.duration('wait-timeout', 300_000);
  const { clock } = session.surroundings;
  const deadline = clock.now() + patience;
  session.out(`Waiting up to ${formatDuration(patience)} for machine ${machine.id} to reach "${state}"...\n`);
  for (;;) {
    // The API is asked for a second less than what is left.
    const left = deadline - clock.now();
    try {
      await waitOnce(session, app, machine.id, state, left > 60_000 ? left : Math.max(left - 1000, 1000));
      break;
    } catch (error) {
      const over =
        !(error instanceof CommandError) || error.details.status !== 408 || deadline - clock.now() < 2000;
      if (over)
        throw wrapped(
          `machine ${machine.id} did not reach "${state}" within ${formatDuration(patience)}`,
          error,
        );
    }
  }
  const reached = state === 'settled' ? (await getMachine(api, app, machine.id)).state : state;
  session.out(`Machine ${machine.id} reached state "${reached}"\n`);
}

/** `machine destroy ID...`. */
export async function destroyMachines(session: Session): Promise<void> {
  const force = session.flags.on('force');
  await withNamedMachines(session, async (machine, app) => {
    const { id, nonce, state } = machine;
    await getCompactApp(session.api, app);
    if (state === 'destroyed') throw new CommandError(`machine ${id} has already been destroyed`);
    if (!force && state !== 'stopped' && state !== 'suspended') {
      throw new CommandError(`machine ${id} currently ${state}, either stop first or use --force flag`);
    }
    session.out(`machine ${id} was found and is currently in ${state} state, attempting to destroy...\n`);
    try {
      await session.api.flaps('DELETE', `/apps/${app}/machines/${id}?kill=${force}`, { nonce });
    } catch (error) {
      throw wrapped(`could not destroy machine ${id}: failed to destroy VM ${id}`, error);
    }
    session.out(`${id} has been destroyed\n`);
  });
}
