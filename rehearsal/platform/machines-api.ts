/** The Machines API (`/v1/apps/…`): apps, machines, leases, volumes, secrets, addresses, certificates. */
import { z } from 'zod';
import { allocate, ipAssignment, release } from './addresses.ts';
import { certificatesPage } from './certificates.ts';
import { insideOf, runCommand } from './exec.ts';
import { type Fly, findApp, findMachine, iso, Refusal } from './fly.ts';
import { acquireLease, checkLease, currentLease, leaseJson, releaseLease } from './leases.ts';
import {
  commandOf,
  createMachine,
  destroyMachine,
  goDuration,
  healthChecks,
  listenersOf,
  restartMachine,
  signalMachine,
  startMachine,
  stopMachine,
  updateMachine,
} from './machines.ts';
import { type Answer, type Asking, ok } from './request.ts';
import { listSecrets, setSecrets } from './secrets.ts';
import { addApp } from './seed.ts';
import {
  createVolume,
  destroyVolume,
  findVolume,
  snapshotJson,
  takeSnapshot,
  volumeJson,
} from './volumes.ts';
import type { App, Exit, Machine } from './world.ts';

const machineBody = z.object({
  config: z.record(z.string(), z.unknown()),
  name: z.string().optional(),
  region: z.string().optional(),
  skip_launch: z.boolean().default(false),
  skip_secrets: z.boolean().default(false),
  lease_ttl: z.number().default(0),
});

const volumeBody = z.object({
  name: z.string(),
  region: z.string(),
  size_gb: z.number().nullish(),
  encrypted: z.boolean().nullish(),
  snapshot_retention: z.number().nullish(),
  auto_backup_enabled: z.boolean().nullish(),
  snapshot_id: z.string().nullish(),
});

/** Reads a body, or refuses it the way a server does. */
function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new Refusal(400, `invalid request: ${z.prettifyError(result.error)}`);
  return result.data;
}

export function organizationOf(fly: Fly) {
  return {
    id: 'org_fake1',
    number: 4242,
    name: 'Fake Org',
    slug: 'personal',
    paidPlan: fly.settings.paidPlan,
  };
}

function appJson(fly: Fly, app: App) {
  const organization = organizationOf(fly);
  return {
    id: app.name,
    name: app.name,
    internal_numeric_id: app.number,
    network: app.network,
    status: app.status,
    machine_count: [...app.machines.values()].filter((machine) => machine.state !== 'destroyed').length,
    volume_count: [...app.volumes.values()].filter((volume) => volume.state === 'created').length,
    organization: {
      name: organization.name,
      slug: app.org,
      internal_numeric_id: organization.number,
    },
    cname_target: `${app.name}.fly.dev`,
    app_role: '',
  };
}

/** An exit as the real API writes it: a zero is left out. */
function exitJson(exit: Exit, at: number) {
  const killed = exit.signal > 0;
  const all = {
    exit_code: exit.code,
    exited_at: iso(at),
    guest_exit_code: killed ? 0 : exit.code,
    guest_signal: killed ? exit.signal : -1,
    oom_killed: exit.oomKilled,
    requested_stop: exit.requestedStop,
    restarting: exit.restarting,
    signal: -1,
  };
  const written = Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== 0 && value !== false),
  );
  return {
    exit_event: written,
    ...(exit.restartCount > 0 ? { restart_count: exit.restartCount } : {}),
  };
}

function machineJson(fly: Fly, machine: Machine, withEvents: boolean, withNonce = false) {
  return {
    id: machine.id,
    name: machine.name,
    state: machine.state,
    region: machine.region,
    image_ref: machine.image,
    instance_id: machine.instanceId,
    version: machine.instanceId,
    private_ip: machine.privateIp,
    created_at: iso(machine.createdAt),
    updated_at: iso(machine.updatedAt),
    config: machine.config,
    ...(withEvents
      ? {
          events: machine.events.map((event) => ({
            ...(event.id === '' ? {} : { id: event.id }),
            timestamp: Math.round(event.at),
            type: event.type,
            status: event.status,
            source: event.source,
            ...(event.exit === undefined ? {} : { request: exitJson(event.exit, event.at) }),
          })),
        }
      : {}),
    checks: healthChecks(fly, machine),
    host_status: machine.hostStatus,
    cordoned: false,
    ...(withNonce && machine.lease !== null ? { nonce: machine.lease.nonce } : {}),
  };
}

/** `null`: no such endpoint. */
export async function answerMachinesApi(fly: Fly, asking: Asking): Promise<Answer | null> {
  const [version, apps, name, ...rest] = asking.path.split('/').slice(1);
  if (version !== 'v1' || apps !== 'apps') return null;
  if (asking.token === null) throw new Refusal(401, 'unauthorized');
  if (asking.token === 'foreign') throw new Refusal(403, 'Not authorized to access this app');
  if (name === undefined) return asking.method === 'POST' ? createApp(fly, asking) : null;
  const app = findApp(fly, name);
  const [collection, id, action] = rest;
  switch (collection) {
    case undefined:
      return answerApp(fly, app, asking);
    case 'machines':
      return id === undefined
        ? answerMachines(fly, app, asking)
        : answerMachine(fly, app, findMachine(app, id), action, asking);
    case 'volumes':
      return id === undefined ? answerVolumes(fly, app, asking) : answerVolume(fly, app, id, action, asking);
    case 'secrets':
      return answerSecrets(fly, app, asking);
    case 'ip_assignments':
      return answerAddresses(fly, app, id, asking);
    case 'certificates':
      return id === undefined ? answerCertificates(app, asking) : null;
    default:
      return null;
  }
}

function createApp(fly: Fly, asking: Asking): Answer {
  if (asking.token !== 'org') throw new Refusal(403, 'Not authorized to create apps in this organization');
  const { name, org_slug } = read(z.object({ name: z.string(), org_slug: z.string() }), asking.body);
  if (fly.world.apps.has(name) || fly.world.takenNames.has(name)) {
    throw new Refusal(422, 'Name has already been taken', { status: 'name_taken' });
  }
  return { status: 201, body: appJson(fly, addApp(fly, name, org_slug)) };
}

function answerApp(fly: Fly, app: App, asking: Asking): Answer | null {
  if (asking.method === 'GET') return ok(appJson(fly, app));
  if (asking.method !== 'DELETE') return null;
  for (const machine of app.machines.values()) destroyMachine(fly, app, machine, true);
  fly.world.apps.delete(app.name);
  return ok({ ok: true });
}

function answerMachines(fly: Fly, app: App, asking: Asking): Answer | null {
  if (asking.method === 'GET') {
    return ok(
      [...app.machines.values()]
        .filter((machine) => machine.state !== 'destroyed')
        .map((machine) => machineJson(fly, machine, fly.settings.listCarriesEvents)),
    );
  }
  if (asking.method !== 'POST') return null;
  const wish = read(machineBody, asking.body);
  const machine = createMachine(fly, app, {
    name: wish.name,
    region: wish.region,
    config: wish.config,
    skipLaunch: wish.skip_launch,
    skipSecrets: wish.skip_secrets,
  });
  if (wish.lease_ttl > 0) acquireLease(fly, machine, wish.lease_ttl, null);
  return ok(machineJson(fly, machine, true, true));
}

async function answerMachine(
  fly: Fly,
  app: App,
  machine: Machine,
  action: string | undefined,
  asking: Asking,
): Promise<Answer | null> {
  switch (`${asking.method} ${action ?? ''}`) {
    case 'GET ':
      return ok(machineJson(fly, machine, true));
    case 'POST ': {
      checkLease(fly, machine, asking.nonce);
      const wish = read(machineBody, asking.body);
      updateMachine(fly, app, machine, {
        config: wish.config,
        skipLaunch: wish.skip_launch,
        skipSecrets: wish.skip_secrets,
      });
      return ok(machineJson(fly, machine, true));
    }
    case 'DELETE ':
      checkLease(fly, machine, asking.nonce);
      destroyMachine(fly, app, machine, asking.query.get('kill') === 'true');
      return ok({ ok: true });
    case 'GET wait':
      return waitFor(fly, machine, asking);
    case 'GET lease': {
      const lease = currentLease(fly, machine);
      if (lease === null) throw new Refusal(404, 'lease not found');
      return ok(leaseJson(machine, lease));
    }
    case 'POST lease': {
      const ttl = Number(asking.query.get('ttl') ?? 13);
      return ok(leaseJson(machine, acquireLease(fly, machine, ttl, asking.nonce)));
    }
    case 'DELETE lease':
      releaseLease(fly, machine, asking.nonce);
      return ok({ ok: true });
    case 'POST start': {
      checkLease(fly, machine, asking.nonce);
      const previous = machine.state;
      startMachine(fly, app, machine);
      return ok({ previous_state: previous, status: 'success' });
    }
    case 'POST stop': {
      checkLease(fly, machine, asking.nonce);
      const { signal, timeout } = read(
        z.object({ signal: z.string().optional(), timeout: z.union([z.string(), z.number()]).optional() }),
        asking.body ?? {},
      );
      stopMachine(fly, app, machine, { signal, timeout: goDuration(timeout) });
      return ok({ ok: true });
    }
    case 'POST restart':
      checkLease(fly, machine, asking.nonce);
      restartMachine(fly, app, machine, {
        force: asking.query.get('force_stop') === 'true',
        signal: asking.query.get('signal') ?? undefined,
        timeout: goDuration(asking.query.get('timeout') ?? undefined),
      });
      return ok({ ok: true });
    case 'POST signal': {
      checkLease(fly, machine, asking.nonce);
      const { signal } = read(z.object({ signal: z.number() }), asking.body);
      signalMachine(fly, app, machine, signal);
      return ok({ ok: true });
    }
    case 'POST exec':
      return exec(fly, app, machine, asking);
    case 'GET ps':
      if (machine.state !== 'started') throw new Refusal(412, 'machine not started');
      return ok([
        {
          pid: 318,
          stime: 0,
          rtime: 0,
          command: commandOf(machine).split(' ').slice(0, 3).join(' '),
          directory: '/app',
          cpu: 1,
          rss: 200_000_000,
          listen_sockets: listenersOf(fly, machine).map(({ address, port }) => ({
            proto: 'tcp',
            address: `${address.includes(':') ? `[${address}]` : address}:${port}`,
          })),
        },
      ]);
    default:
      return null;
  }
}

const settled: readonly string[] = ['started', 'stopped', 'failed', 'suspended', 'destroyed'];

/** Answers when the machine is in one of the states, or refuses when the client's time is up. */
function waitFor(fly: Fly, machine: Machine, asking: Asking): Promise<Answer> {
  const states = asking.query.getAll('state');
  const timeout = Number(asking.query.get('timeout') ?? 60);
  const reached = () =>
    states.includes(machine.state) || (states.includes('settled') && settled.includes(machine.state));
  if (reached()) return Promise.resolve(ok({ ok: true }));
  return new Promise((resolve, reject) => {
    const watchers = fly.watchers.get(machine.id) ?? new Set();
    fly.watchers.set(machine.id, watchers);
    const end = () => {
      watchers.delete(look);
      timer.cancel();
      resolve(ok({ ok: true }));
    };
    const look = () => {
      if (reached()) end();
    };
    const timer = fly.clock.after(fly.clock.clientTime(timeout * 1000), () => {
      watchers.delete(look);
      reject(
        new Refusal(
          408,
          `deadline_exceeded: machine failed to reach desired state, ${states.join(', ')}, currently ${machine.state}`,
        ),
      );
    });
    watchers.add(look);
    asking.gone.addEventListener('abort', end);
  });
}

async function exec(fly: Fly, app: App, machine: Machine, asking: Asking): Promise<Answer> {
  if (machine.state !== 'started') {
    throw new Refusal(412, `machine not running: state is ${machine.state}`);
  }
  const { cmd, command, timeout } = read(
    z.object({
      cmd: z.string().optional(),
      command: z.array(z.string()).optional(),
      timeout: z.number().optional(),
    }),
    asking.body,
  );
  const answer = await runCommand(
    fly.settings.exec,
    insideOf(fly, app, machine),
    cmd ?? (command ?? []).join(' '),
  );
  const takes = answer.takes ?? 0;
  const waits = Math.min(takes, timeout ?? takes);
  if (waits > 0) {
    await new Promise<void>((resolve) => {
      fly.clock.after(fly.clock.clientTime(waits * 1000), resolve);
    });
  }
  if (waits < takes) throw new Refusal(408, 'deadline_exceeded: command timed out');
  return ok({
    exit_code: answer.exitCode,
    exit_signal: answer.exitSignal ?? 0,
    stdout: answer.stdout,
    stderr: answer.stderr,
  });
}

function answerVolumes(fly: Fly, app: App, asking: Asking): Answer | null {
  if (asking.method === 'GET') {
    return ok([...app.volumes.values()].map(volumeJson));
  }
  if (asking.method !== 'POST') return null;
  const wish = read(volumeBody, asking.body);
  const volume = createVolume(fly, app, {
    name: wish.name,
    region: wish.region,
    sizeGb: wish.size_gb ?? 1,
    encrypted: wish.encrypted ?? undefined,
    retention: wish.snapshot_retention ?? undefined,
    autoBackup: wish.auto_backup_enabled ?? undefined,
    snapshotId: wish.snapshot_id,
  });
  return ok(volumeJson(volume));
}

function answerVolume(
  fly: Fly,
  app: App,
  id: string,
  action: string | undefined,
  asking: Asking,
): Answer | null {
  const volume = findVolume(app, id);
  switch (`${asking.method} ${action ?? ''}`) {
    case 'GET ':
      return ok(volumeJson(volume));
    case 'DELETE ':
      destroyVolume(volume);
      return ok(volumeJson(volume));
    case 'PUT extend':
      volume.sizeGb = read(z.object({ size_gb: z.number() }), asking.body).size_gb;
      return ok({ volume: volumeJson(volume), needs_restart: true });
    case 'GET snapshots':
      return ok(
        volume.snapshots.toReversed().map((snapshot) => snapshotJson(snapshot, volume.snapshotRetention)),
      );
    case 'POST snapshots':
      return ok(snapshotJson(takeSnapshot(fly, volume), volume.snapshotRetention));
    default:
      return null;
  }
}

function answerSecrets(fly: Fly, app: App, asking: Asking): Answer | null {
  if (asking.method === 'GET') return ok({ secrets: listSecrets(app) });
  if (asking.method !== 'POST') return null;
  const { values } = read(z.object({ values: z.record(z.string(), z.string().nullable()) }), asking.body);
  setSecrets(fly, app, values);
  return ok({ secrets: listSecrets(app), version: app.secretsVersion });
}

function answerAddresses(fly: Fly, app: App, address: string | undefined, asking: Asking): Answer | null {
  if (asking.method === 'GET') return ok({ ips: app.addresses.map(ipAssignment) });
  if (asking.method === 'POST') {
    const { type, region } = read(
      z.object({
        type: z.enum(['v4', 'v6', 'shared_v4', 'private_v6']),
        region: z.string().default(''),
      }),
      asking.body,
    );
    return ok(ipAssignment(allocate(fly, app, type, region)));
  }
  if (asking.method !== 'DELETE' || address === undefined) return null;
  if (!release(app, address)) throw new Refusal(404, 'IP address not found');
  return ok({ ok: true });
}

function answerCertificates(app: App, asking: Asking): Answer | null {
  if (asking.method !== 'GET') return null;
  const { limit, cursor } = read(
    z.object({ limit: z.coerce.number().int().positive().default(25), cursor: z.coerce.number().default(0) }),
    Object.fromEntries(asking.query),
  );
  return ok(certificatesPage(app, limit, cursor));
}
