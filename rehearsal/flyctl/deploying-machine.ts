import { jitteredBackoff, spreadBackoff } from './backoff.ts';
import { CommandError, Panic, wrapped } from './failure-report.ts';
import type { Definition } from './fly-toml.ts';
import { parseDuration } from './go-duration.ts';
import { deployLimit, STATE_TIMEOUT, waitOnce } from './machine-state.ts';
import { configOf, getMachine, type Machine, processGroup } from './machines.ts';
import { allServices, groupConfig } from './process-groups.ts';
import type { Session } from './session.ts';
import { ruledTable } from './table.ts';

const SMOKE_CHECK = 10_000;
const LISTEN_CHECK = 15_000;

/** One line of a deploy's progress, `> [1/2] text`. */
export interface ProgressLine {
  log(text: string): void;
  success(text: string): void;
  failure(text: string): void;
}

/** A line for each machine; numbered when there are several. */
export function progressLines(session: Session, total: number): ProgressLine[] {
  return Array.from({ length: total }, (_, index) => {
    let glyph = '>';
    const print = (text: string) =>
      session.out(`${glyph} ${total > 1 ? `[${index + 1}/${total}] ` : ''}${text}\n`);
    return {
      log: print,
      success: (text) => {
        glyph = '✔';
        print(text);
      },
      failure: (text) => {
        glyph = '✖';
        print(text);
      },
    };
  });
}

/** Id and process group, as a deploy's texts name a machine. */
export function titleOf(machine: Machine): string {
  const group = processGroup(machine);
  return group ? `${machine.id} [${group}]` : machine.id;
}

/** Waits until the machine is started, whatever the API answers in between. */
export async function waitUntilStarted(
  session: Session,
  app: string,
  machine: Machine,
  patience: number,
  line?: ProgressLine,
): Promise<void> {
  const { clock, signal } = session.surroundings;
  const limit = deployLimit(session, patience);
  const pauses = jitteredBackoff(500, 2000);
  line?.log(`Waiting for ${titleOf(machine)} to have state: started`);
  try {
    for (;;) {
      try {
        await waitOnce(session, app, machine.id, 'started', patience, limit.signal);
        line?.log(`Machine ${titleOf(machine)} has state: started`);
        return;
      } catch (error) {
        if (!(error instanceof CommandError) || signal.aborted) throw error;
        if (limit.passed()) throw startTimeout();
        await clock.sleep(pauses.next(), limit.signal);
        if (limit.passed()) throw startTimeout();
      }
    }
  } finally {
    limit.release();
  }
}

function startTimeout(): CommandError {
  return new CommandError(STATE_TIMEOUT, {
    description:
      "Your machine was created, but never started or exited immediately. This could mean that your app is taking a long time to start,\nbut it could be indicative of a region issue.\n\nAlternatively, your app may have exited immediately due to a startup failure. Check your Dockerfile\nto ensure it specifies a valid start command (e.g., check that your 'CMD' or 'ENTRYPOINT' is correct).\nYou can also try running 'fly logs' to see what happened when the machine tried to start.",
    suggestion:
      'You can try deploying to a different region,\nor you can try increasing the timeout with the --wait-timeout flag',
  });
}

/**
 * Ten seconds of looking at the machine. An app that crashes twice fails; one that crashes once, exits 0 or dies
 * later passes; and one failed look fails the deploy.
 * @param region for the look into the logs when the check fails
 */
export async function smokeCheck(
  session: Session,
  app: string,
  machine: Machine,
  region: string,
  line?: ProgressLine,
): Promise<void> {
  line?.log(`Checking that ${titleOf(machine)} is up and running`);
  try {
    await looksAlive(session, app, machine);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const logs = await lastLines(session, app, machine, region);
    throw error.within(`smoke checks for ${machine.id} failed`, {
      suggestion: `Smoke checks for ${machine.id} failed: ${error.message}\nCheck its logs: here's the last lines below, or run 'fly logs -i ${machine.id}':\n${logs}`,
    });
  }
}

async function looksAlive(session: Session, app: string, { id }: Machine): Promise<void> {
  const { clock, signal } = session.surroundings;
  const limit = deployLimit(session, SMOKE_CHECK);
  const pauses = jitteredBackoff(500, 2000);
  try {
    for (;;) {
      let machine: Machine;
      try {
        machine = await getMachine(session.api, app, id, limit.signal);
      } catch (error) {
        if (signal.aborted) throw error;
        if (limit.passed()) return;
        throw wrapped(`error getting machine ${id} from api`, error);
      }
      const crashing = isCrashing(machine);
      const started = startedAt(machine);
      if (started !== undefined && clock.now() - started > SMOKE_CHECK && !crashing) return;
      if (crashing) throw new CommandError('the app appears to be crashing');
      await clock.sleep(pauses.next(), limit.signal);
    }
  } finally {
    limit.release();
  }
}

/** The newest exit is one of at least two unasked ones with a code, and the platform is restarting the machine. */
function isCrashing({ events }: Machine): boolean {
  const exit = (events ?? []).find(({ type }) => type === 'exit');
  if (!exit) return false;
  const event = exit.request?.exit_event;
  if (!event) throw new Panic('runtime error: invalid memory address or nil pointer dereference');
  return (
    !event.requested_stop &&
    event.restarting === true &&
    (exit.request?.restart_count ?? 0) > 1 &&
    event.exit_code !== 0 &&
    event.exit_code !== undefined
  );
}

/** When the machine started last, if that was after its last launch and it has not exited since. */
function startedAt({ events }: Machine): number | undefined {
  const all = events ?? [];
  const first = (type: string) => all.findIndex((event) => event.type === type);
  const [start, launch, exit] = [first('start'), first('launch'), first('exit')];
  if (start < 0 || (launch >= 0 && start >= launch) || (exit >= 0 && exit <= start)) return undefined;
  return all[start]?.timestamp;
}

async function lastLines(session: Session, app: string, machine: Machine, region: string): Promise<string> {
  const link = `Use \`fly logs -i ${machine.id}\` or open the monitoring dashboard to see them: https://fly.io/apps/${app}/monitoring?region=&instance=${machine.id}`;
  try {
    const reply = await session.api.logs(app, { token: '', region, machine: machine.id });
    if (reply.status === 401) {
      session.err(
        `Warn: not authorized to retrieve app logs (this can happen when using deploy tokens), so we can't show you what failed. ${link}\n`,
      );
      return '<not authorized to retrieve logs>';
    }
    if (reply.status === 200) {
      const { data } = JSON.parse(reply.body) as {
        data?: { attributes: { timestamp: string; message: string } }[];
      };
      // Times are compared as text, as the CLI does it.
      const lines = (data ?? []).filter(
        ({ attributes }) => attributes.timestamp >= (machine.updated_at ?? ''),
      );
      return lines.map(({ attributes }) => `${attributes.message}\n`).join('');
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
  session.err(`Warn: got an error retrieving the logs so we can't show you what failed. ${link}\n`);
  return `<error fetching logs, try \`fly logs -i ${machine.id}>`;
}

/** Waits until the checks that the machine's config names have reported and pass. */
export async function waitUntilHealthy(
  session: Session,
  app: string,
  machine: Machine,
  patience: number,
  line?: ProgressLine,
): Promise<void> {
  const { checks, services } = configOf(machine);
  const configured =
    Object.keys(checks ?? {}).length +
    (services ?? []).flatMap((service) => (service.checks as unknown[] | undefined) ?? []).length;
  if (configured === 0) return;
  const { clock, signal } = session.surroundings;
  const limit = deployLimit(session, patience);
  const pauses = jitteredBackoff(1000, 2000);
  let said = false;
  const say = (passing: number, total: number) => {
    line?.log(`Waiting for ${titleOf(machine)} to become healthy: ${passing}/${total}\n`);
    said = true;
  };
  try {
    for (;;) {
      let current: Machine;
      try {
        current = await getMachine(session.api, app, machine.id, limit.signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const words = limit.passed()
          ? 'timeout reached waiting for health checks to pass for machine'
          : 'error getting machine';
        throw wrapped(`${words} ${machine.id}${limit.passed() ? '' : ' from api'}`, error);
      }
      const all = (current.checks ?? []).filter(({ name }) => !name?.startsWith('bg_deployments_compat'));
      const passing = all.filter(({ status }) => status === 'passing').length;
      if (all.length > 0 && passing === all.length) {
        say(passing, all.length);
        return;
      }
      if (!said) say(passing, all.length);
      await clock.sleep(pauses.next(), limit.signal);
    }
  } finally {
    limit.release();
  }
}

interface Process {
  command?: string;
  listen_sockets?: { proto?: string; address?: string }[];
}

/** Warns when the app listens, but on loopback only; a refused look ends the check without a word. */
export async function warnOfLoopback(
  session: Session,
  app: string,
  machine: Machine,
  definition: Definition,
): Promise<void> {
  const config = groupConfig(definition, processGroup(machine));
  const services = allServices(config);
  const expected = new Set(
    services.filter(({ protocol }) => protocol === 'tcp').map(({ internal_port: port = 0 }) => port),
  );
  if (expected.size === 0) return;
  const checks = [
    ...Object.values(config.checks ?? {}),
    ...services.flatMap((service) => [...(service.tcp_checks ?? []), ...(service.http_checks ?? [])]),
  ];
  const graces = checks.map(({ grace_period: grace }) => parseDuration(grace ?? '') ?? 0);
  const seen = await untilListening(session, app, machine, expected, Math.max(LISTEN_CHECK, ...graces));
  if (!seen || seen.sockets === 0 || seen.missing.length === 0) return;
  session.err(
    `\nWARNING The app is not listening on the expected address and will not be reachable by fly-proxy.\nYou can fix this by configuring your app to listen on the following addresses:\n${seen.missing
      .map((port) => `  - 0.0.0.0:${port}\n`)
      .join('')}Found these processes inside the machine with open listening sockets:\n`,
  );
  const rows = seen.processes
    .map(({ command = '', listen_sockets: sockets }) => [
      command,
      (sockets ?? [])
        .filter(({ proto }) => proto === 'tcp')
        .map(({ address }) => address ?? '')
        .join(', '),
    ])
    .filter(([, addresses]) => addresses !== '');
  session.err(`${ruledTable(['Process', 'Addresses'], rows)}\n`);
}

async function untilListening(
  session: Session,
  app: string,
  { id }: Machine,
  expected: ReadonlySet<number>,
  patience: number,
) {
  const { clock, signal } = session.surroundings;
  const pauses = spreadBackoff(500, 2000, 1.5, 0.2);
  const deadline = clock.now() + patience;
  for (;;) {
    let processes: Process[];
    try {
      processes = ((await session.api.flaps('GET', `/apps/${app}/machines/${id}/ps`)) ?? []) as Process[];
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return undefined;
    }
    const addresses = processes.flatMap(({ listen_sockets: sockets }) =>
      (sockets ?? []).map(({ address = '' }) => address),
    );
    const open = new Set(
      addresses
        .filter((address) => !isLoopback(address))
        .map((address) => Number(address.slice(address.lastIndexOf(':') + 1))),
    );
    const missing = [...expected].filter((port) => !open.has(port));
    if (missing.length === 0 || clock.now() >= deadline)
      return { processes, missing, sockets: addresses.length };
    await clock.sleep(Math.min(pauses.next(), deadline - clock.now()), signal);
    if (signal.aborted) return undefined;
  }
}

function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  return host.startsWith('127.') || host === '::1';
}
