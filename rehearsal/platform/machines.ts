/** The life of a machine: created, booted, updated, stopped, crashed, restarted by policy, destroyed. */
import { z } from 'zod';
import type { Timer } from './clock.ts';
import { allFiles, firstVolume, freshDisk, writeFile } from './disk.ts';
import { type Fly, happened, Refusal, say } from './fly.ts';
import {
  chooseBoot,
  type Ending,
  ending,
  httpAnswer,
  planRun,
  type RunPlan,
  signalName,
  signalNumber,
} from './gateway.ts';
import { lookUpImage } from './images.ts';
import { secretValues } from './secrets.ts';
import { findVolume } from './volumes.ts';
import type { App, Json, Listener, Machine, MachineEvent, MachineState } from './world.ts';

/** What is going on in a machine. */
interface Life {
  /** `null` between boots. */
  plan: RunPlan | null;
  /** Platform time at which the process was started; `null` before. */
  began: number | null;
  readonly timers: Set<Timer>;
  /** Done when the stop that is going on is over. */
  afterStop: (() => void) | null;
  /** Health checks as they last were, by name. */
  readonly checks: Map<string, { status: string; output: string; updatedAt: number }>;
}

const lives = new WeakMap<Machine, Life>();

function lifeOf(machine: Machine): Life {
  let life = lives.get(machine);
  if (life === undefined) {
    life = { plan: null, began: null, timers: new Set(), afterStop: null, checks: new Map() };
    lives.set(machine, life);
  }
  return life;
}

const configSchema = z.looseObject({
  image: z.string().catch(''),
  init: z
    .looseObject({
      exec: z.array(z.string()).nullish(),
      entrypoint: z.array(z.string()).nullish(),
      cmd: z.array(z.string()).nullish(),
    })
    .catch({}),
  env: z.record(z.string(), z.string()).catch({}),
  guest: z.looseObject({ memory_mb: z.number().catch(256) }).catch({ memory_mb: 256 }),
  mounts: z.array(z.looseObject({ volume: z.string(), path: z.string() })).catch([]),
  services: z.array(z.looseObject({ internal_port: z.number().catch(0) })).catch([]),
  restart: z
    .looseObject({ policy: z.string().catch('on-failure'), max_retries: z.number().catch(10) })
    .catch({ policy: 'on-failure', max_retries: 10 }),
  stop_config: z
    .looseObject({ signal: z.string().optional(), timeout: z.union([z.string(), z.number()]).optional() })
    .catch({}),
});

export function configOf(machine: Machine) {
  return configSchema.parse(machine.config);
}

/** The command that init runs, one string. */
export function commandOf(machine: Machine): string {
  const { exec, entrypoint, cmd } = configOf(machine).init;
  return [...(exec ?? []), ...(entrypoint ?? []), ...(cmd ?? [])].join(' ');
}

/** Environment of the main process. */
export function envOf(app: App, machine: Machine): Record<string, string> {
  const config = configOf(machine);
  return {
    FLY_APP_NAME: app.name,
    FLY_MACHINE_ID: machine.id,
    FLY_REGION: machine.region,
    FLY_IMAGE_REF: config.image,
    ...machine.secrets,
    ...config.env,
  };
}

/** Milliseconds of a Go duration (`1m30s`) or of a number of nanoseconds; `null` for neither, and for none. */
export function goDuration(value: string | number | undefined): number | null {
  if (typeof value === 'number') return value / 1e6;
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  let total = 0;
  for (const [, amount, unit] of (value ?? '').matchAll(/([\d.]+)(h|ms|m|s)/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  return total > 0 ? total : null;
}

function setState(fly: Fly, app: App, machine: Machine, state: MachineState): void {
  machine.state = state;
  machine.updatedAt = fly.clock.now();
  if (state !== 'started') machine.startedAt = null;
  happened(fly, 'state', app, machine.id, state);
  for (const watcher of [...(fly.watchers.get(machine.id) ?? [])]) watcher();
}

function addEvent(fly: Fly, app: App, machine: Machine, event: Omit<MachineEvent, 'id' | 'at'>): void {
  const at = fly.clock.now();
  machine.events.unshift({ id: fly.ids.ulid(at), at, ...event });
  happened(fly, 'event', app, machine.id, event.type);
}

function later(fly: Fly, life: Life, ms: number, what: () => void): void {
  const timer = fly.clock.after(ms, () => {
    life.timers.delete(timer);
    what();
  });
  life.timers.add(timer);
}

function clearTimers(life: Life): void {
  for (const timer of life.timers) timer.cancel();
  life.timers.clear();
}

/** Somebody listens there now. */
export function listenersOf(fly: Fly, machine: Machine): Listener[] {
  const { plan, began } = lifeOf(machine);
  if (plan === null || began === null || machine.state === 'stopped') return [];
  const age = fly.clock.now() - began;
  return plan.listeners
    .filter((listener) => listener.from <= age)
    .map(({ address, port }) => ({ address, port }));
}

/** What the process answers to a GET on this port; `null`: nobody listens. */
export function answerOf(
  fly: Fly,
  machine: Machine,
  port: number,
  path: string,
): { status: number; body: string } | null {
  const { plan, began } = lifeOf(machine);
  if (plan === null || began === null) return null;
  if (!listenersOf(fly, machine).some((listener) => listener.port === port)) return null;
  return httpAnswer(plan, path, fly.clock.now() - began);
}

/** A config as the platform keeps it: mounts are told about their volumes. Throws for volumes that cannot be had. */
function acceptConfig(fly: Fly, app: App, config: Json, region: string, machineId: string | null): Json {
  const { image, mounts } = configSchema.parse(config);
  if (lookUpImage(fly, image) === null) {
    throw new Refusal(400, `failed to get manifest ${image}: request failed: not found`);
  }
  for (const { volume } of mounts) {
    const found = findVolume(app, volume);
    if (found.attachedTo !== null && found.attachedTo !== machineId) {
      throw new Refusal(412, `volume ${found.id} is already attached to machine ${found.attachedTo}`);
    }
    if (found.region !== region) {
      throw new Refusal(400, `volume ${found.id} is in region ${found.region}, the machine is in ${region}`);
    }
  }
  if (mounts.length === 0) return config;
  return {
    ...config,
    mounts: mounts.map((mount) => {
      const { name, sizeGb, encrypted } = findVolume(app, mount.volume);
      return { ...mount, name, size_gb: sizeGb, encrypted };
    }),
  };
}

function attachVolumes(app: App, machine: Machine): void {
  const wanted = new Set(configOf(machine).mounts.map((mount) => mount.volume));
  for (const volume of app.volumes.values()) {
    if (wanted.has(volume.id)) volume.attachedTo = machine.id;
    else if (volume.attachedTo === machine.id) volume.attachedTo = null;
  }
}

/** What a create or update asks for. */
export interface MachineWish {
  readonly name?: string | undefined;
  readonly region?: string | undefined;
  readonly config: Json;
  readonly skipLaunch: boolean;
  readonly skipSecrets: boolean;
}

export function createMachine(fly: Fly, app: App, wish: MachineWish): Machine {
  const region = wish.region || 'iad';
  if (fly.settings.regions[region] === undefined) throw new Refusal(422, `region ${region} not found`);
  const config = acceptConfig(fly, app, wish.config, region, null);
  if (fly.world.fullRegions.has(region)) {
    throw new Refusal(
      422,
      configSchema.parse(config).mounts.length > 0
        ? 'insufficient resources to create new machine with existing volume'
        : 'insufficient resources available to fulfill request: could not reserve resource for machine',
      { status: 'insufficient_capacity' },
    );
  }
  const machine = addMachine(fly, app, {
    config,
    region,
    name: wish.name,
    state: 'created',
    secrets: wish.skipSecrets ? {} : secretValues(app),
  });
  app.status = 'deployed';
  addEvent(fly, app, machine, { type: 'launch', status: 'created', source: 'user' });
  if (!wish.skipLaunch) launch(fly, app, machine, true);
  return machine;
}

/** Puts a machine into the world without starting it. */
export function addMachine(
  fly: Fly,
  app: App,
  made: {
    id?: string | undefined;
    name?: string | undefined;
    region: string;
    config: Json;
    state: MachineState;
    secrets: Readonly<Record<string, string>>;
    hostStatus?: string;
    createdAt?: number;
  },
): Machine {
  const at = made.createdAt ?? fly.clock.now();
  const image = lookUpImage(fly, configSchema.parse(made.config).image);
  const net = () => fly.ids.hex(4);
  const machine: Machine = {
    id: made.id ?? fly.ids.hex(14),
    name: made.name || `silent-moon-${fly.ids.number(10_000)}`,
    region: made.region,
    state: made.state,
    instanceId: fly.ids.ulid(at),
    privateIp: `fdaa:0:${net()}:a7b:${fly.ids.hex(2)}:${net()}:${net()}:2`,
    createdAt: at,
    updatedAt: at,
    config: made.config,
    image: image ?? { registry: '', repository: '', tag: '', digest: '', labels: null },
    events: [],
    lease: null,
    hostStatus: made.hostStatus ?? 'ok',
    secrets: made.secrets,
    boots: 0,
    restartCount: 0,
    startedAt: null,
    rootFiles: new Map(),
  };
  app.machines.set(machine.id, machine);
  attachVolumes(app, machine);
  return machine;
}

/** Replaces a machine's config: what runs is stopped, then the new one is booted unless the launch is skipped. */
export function updateMachine(fly: Fly, app: App, machine: Machine, wish: MachineWish): void {
  const config = acceptConfig(fly, app, wish.config, machine.region, machine.id);
  const image = lookUpImage(fly, configSchema.parse(config).image);
  const stopping = stopSettings(machine, {});
  machine.instanceId = fly.ids.ulid(fly.clock.now());
  machine.restartCount = 0;
  const neverStarted = machine.state === 'created';
  const replace = () => {
    machine.config = config;
    if (image !== null) machine.image = image;
    machine.secrets = wish.skipSecrets ? {} : secretValues(app);
    machine.boots = 0;
    attachVolumes(app, machine);
    addEvent(fly, app, machine, { type: 'launch', status: 'created', source: 'user' });
    if (wish.skipLaunch) setState(fly, app, machine, neverStarted ? 'created' : 'stopped');
    else launch(fly, app, machine, true);
  };
  if (isUp(machine)) setState(fly, app, machine, 'replacing');
  endByRequest(fly, app, machine, stopping, replace);
  // While the old process still shuts down, the API already tells of the new config.
  machine.config = config;
  if (image !== null) machine.image = image;
}

function isUp(machine: Machine): boolean {
  return machine.state === 'started' || machine.state === 'stopping' || machine.state === 'replacing';
}

/** Starts a machine that is not up. */
export function startMachine(fly: Fly, app: App, machine: Machine): void {
  if (isUp(machine) || machine.state === 'starting') return;
  machine.restartCount = 0;
  clearTimers(lifeOf(machine));
  launch(fly, app, machine, false);
}

export interface StopWish {
  readonly signal?: string | undefined;
  /** Milliseconds of platform time until SIGKILL. */
  readonly timeout?: number | null | undefined;
}

function stopSettings(machine: Machine, wish: StopWish): { signal: number; timeout: number } {
  const { signal, timeout } = configOf(machine).stop_config;
  return {
    signal: signalNumber(wish.signal || signal) || signalNumber('SIGINT'),
    timeout: wish.timeout ?? goDuration(timeout) ?? 5000,
  };
}

/** Stops a machine; one between restarts is taken out of its loop. */
export function stopMachine(fly: Fly, app: App, machine: Machine, wish: StopWish): void {
  if (machine.state === 'started') {
    addEvent(fly, app, machine, { type: 'stop', status: 'stopping', source: 'user' });
    setState(fly, app, machine, 'stopping');
  }
  endByRequest(fly, app, machine, stopSettings(machine, wish), () => {
    if (machine.state !== 'stopped') setState(fly, app, machine, 'stopped');
  });
}

export function restartMachine(
  fly: Fly,
  app: App,
  machine: Machine,
  wish: StopWish & { force: boolean },
): void {
  machine.restartCount = 0;
  addEvent(fly, app, machine, { type: 'restart', status: 'starting', source: 'user' });
  if (isUp(machine)) setState(fly, app, machine, 'stopping');
  const settings = stopSettings(machine, wish);
  endByRequest(fly, app, machine, wish.force ? { ...settings, timeout: 0 } : settings, () =>
    launch(fly, app, machine, false),
  );
}

export function destroyMachine(fly: Fly, app: App, machine: Machine, kill: boolean): void {
  if (!kill && (isUp(machine) || machine.state === 'starting')) {
    throw new Refusal(
      412,
      `failed_precondition: unable to destroy machine, not currently in stopped state: ${machine.state}`,
    );
  }
  const life = lifeOf(machine);
  if (life.began !== null) noteUncleanEnd(fly, app, machine);
  clearTimers(life);
  life.plan = null;
  life.began = null;
  life.afterStop = null;
  for (const volume of app.volumes.values()) {
    if (volume.attachedTo === machine.id) volume.attachedTo = null;
  }
  setState(fly, app, machine, 'destroyed');
}

/** A signal to the main process, which nobody calls a stop: the restart policy decides what comes after. */
export function signalMachine(fly: Fly, app: App, machine: Machine, signal: number): void {
  if (machine.state !== 'started') return;
  const clean = signal === signalNumber('SIGTERM') || signal === signalNumber('SIGINT');
  endRun(fly, app, machine, clean ? ending({ code: 0 }) : ending({ signal }), false);
}

/** The main process ends now, by itself. */
export function endProcess(fly: Fly, app: App, machine: Machine, end: Ending): void {
  if (machine.state === 'started') endRun(fly, app, machine, end, false);
}

function launch(fly: Fly, app: App, machine: Machine, fresh: boolean): void {
  const life = lifeOf(machine);
  clearTimers(life);
  life.afterStop = null;
  life.checks.clear();
  machine.boots += 1;
  app.boots += 1;
  freshDisk(app, machine);
  const plan = planBoot(fly, app, machine);
  life.plan = plan;
  life.began = null;
  setState(fly, app, machine, 'starting');
  const tell = (provider: string, text: string, level = 'info') => {
    if (!plan.silentLogs) say(fly, app, machine, provider, text, level);
  };
  const { image, mounts } = configOf(machine);
  const begin = () => {
    if (fresh) {
      tell('runner', `Successfully prepared image ${image} (${((plan.pull || 900) / 1000).toFixed(1)}s)`);
      for (const { volume } of mounts) {
        tell('runner', `Setting up volume '${app.volumes.get(volume)?.name ?? volume}'`);
      }
    }
    tell('runner', 'Starting machine');
    const boot = () => {
      if (plan.failToStart) {
        tell('runner', 'machine could not be started: failed to boot the virtual machine', 'error');
        setState(fly, app, machine, 'failed');
      } else startProcess(fly, app, machine, plan);
    };
    if (plan.bootDelay === 0) boot();
    else later(fly, life, plan.bootDelay, boot);
  };
  if (fresh) tell('runner', `Pulling container image ${image}`);
  if (fresh && plan.pull > 0) later(fly, life, plan.pull, begin);
  else begin();
}

function planBoot(fly: Fly, app: App, machine: Machine): RunPlan {
  const config = configOf(machine);
  const volume = firstVolume(app, machine);
  const recently = fly.clock.now() - 300_000;
  const tagged = fly.imageNames.get(machine.image.digest);
  const boot = chooseBoot(fly.settings.boots, {
    app: app.name,
    machineId: machine.id,
    machineName: machine.name,
    boot: machine.boots,
    appBoot: app.boots,
    images: tagged === undefined ? [config.image] : [config.image, tagged],
    cmd: commandOf(machine),
    memoryMb: config.guest.memory_mb,
    env: envOf(app, machine),
    files: allFiles(app, machine),
    uncleanBoots: (app.uncleanEnds.get(volume ?? '') ?? []).filter((at) => at > recently).length,
  });
  return planRun(
    boot,
    boot?.recording === undefined ? null : fly.recording(boot.recording),
    quietPorts(machine),
  );
}

function quietPorts(machine: Machine): number[] {
  const ports = configOf(machine).services.map((service) => service.internal_port);
  return ports.length > 0 ? ports : [3000];
}

function startProcess(fly: Fly, app: App, machine: Machine, plan: RunPlan): void {
  const life = lifeOf(machine);
  life.began = fly.clock.now();
  for (const [path, text] of Object.entries(plan.writes)) writeFile(app, machine, path, text);
  if (!plan.silentLogs) {
    say(fly, app, machine, 'app', ' INFO Starting init (commit: fa4e0000)...');
    say(fly, app, machine, 'app', ` INFO Preparing to run: \`${commandOf(machine)}\` as node`);
    say(fly, app, machine, 'app', ' INFO [fly api proxy] listening at /.fly/api');
    say(fly, app, machine, 'runner', 'Machine started in 312ms');
  }
  addEvent(fly, app, machine, { type: 'start', status: 'started', source: 'flyd' });
  setState(fly, app, machine, 'started');
  machine.startedAt = fly.clock.now();
  replay(fly, app, machine, plan, life.began, 0);
  const { end } = plan;
  if (end !== null) later(fly, life, end.at, () => endRun(fly, app, machine, end, false));
}

/** Says the lines whose time has come, and waits for the next. */
function replay(fly: Fly, app: App, machine: Machine, plan: RunPlan, began: number, from: number): void {
  for (let index = from; index < plan.lines.length; index += 1) {
    const line = plan.lines[index];
    if (line === undefined) return;
    const wait = began + line.at - fly.clock.now();
    if (wait > 0) {
      later(fly, lifeOf(machine), wait, () => replay(fly, app, machine, plan, began, index));
      return;
    }
    if (!plan.silentLogs) say(fly, app, machine, line.provider, line.text, line.level);
  }
}

/** Puts a machine into the middle of a run that has been going on for so many milliseconds. */
export function resumeRun(fly: Fly, app: App, machine: Machine, plan: RunPlan, uptime: number): void {
  const life = lifeOf(machine);
  life.plan = plan;
  life.began = fly.clock.now() - uptime;
  machine.boots = 1;
  machine.startedAt = life.began;
  for (const line of plan.lines) {
    if (line.at <= uptime && !plan.silentLogs) {
      say(fly, app, machine, line.provider, line.text, line.level, life.began + line.at);
    }
  }
  const rest = plan.lines.findIndex((line) => line.at > uptime);
  if (rest !== -1) replay(fly, app, machine, plan, life.began, rest);
}

/** Ends what runs, if anything does, and then goes on. */
function endByRequest(
  fly: Fly,
  app: App,
  machine: Machine,
  { signal, timeout }: { signal: number; timeout: number },
  then: () => void,
): void {
  const life = lifeOf(machine);
  const { plan, began } = life;
  if (life.afterStop !== null) {
    life.afterStop = then;
    return;
  }
  clearTimers(life);
  if (plan === null || began === null) {
    life.plan = null;
    then();
    return;
  }
  life.afterStop = then;
  const name = signalName(signal);
  if (!plan.quiet && !plan.silentLogs) {
    say(fly, app, machine, 'app', ` INFO Sending signal ${name} to main child process w/ PID 318`);
  }
  const killed = plan.stopTakes > timeout;
  for (const word of plan.lastWords) {
    if (plan.silentLogs || (killed && word.at > timeout)) continue;
    // Recorded with SIGTERM; the gateway names the signal that it got.
    const text = word.text.replaceAll('SIGTERM', name);
    later(fly, life, word.at, () => say(fly, app, machine, 'app', text));
  }
  const finish = () => {
    const next = life.afterStop;
    life.afterStop = null;
    endRun(fly, app, machine, killed ? ending({ signal: 'SIGKILL' }) : ending({ code: 0 }), true);
    next?.();
  };
  const takes = killed ? timeout : plan.stopTakes;
  if (takes === 0) finish();
  else later(fly, life, takes, finish);
}

function endRun(fly: Fly, app: App, machine: Machine, end: Ending, requested: boolean): void {
  const life = lifeOf(machine);
  const { plan } = life;
  clearTimers(life);
  life.plan = null;
  life.began = null;
  if (plan !== null && !plan.silentLogs && !(plan.quiet && requested)) {
    for (const [provider, text] of lastLines(end)) say(fly, app, machine, provider, text);
  }
  if (!requested || end.signal > 0) noteUncleanEnd(fly, app, machine);
  const { policy, max_retries } = configOf(machine).restart;
  const wanted = !requested && (policy === 'always' || (policy === 'on-failure' && end.code !== 0));
  const restarting = wanted && (policy === 'always' || machine.restartCount < max_retries);
  addEvent(fly, app, machine, {
    type: 'exit',
    status: 'stopped',
    source: 'flyd',
    exit: {
      code: end.code,
      signal: end.signal,
      oomKilled: end.oom,
      requestedStop: requested,
      restarting,
      restartCount: machine.restartCount,
    },
  });
  if (!requested) setState(fly, app, machine, 'stopped');
  if (restarting) {
    machine.restartCount += 1;
    later(fly, life, fly.settings.restartDelay * 1000, () => launch(fly, app, machine, false));
  } else if (wanted && plan?.silentLogs !== true) {
    say(fly, app, machine, 'runner', `machine has reached its max restart count of ${max_retries}`);
  }
}

function noteUncleanEnd(fly: Fly, app: App, machine: Machine): void {
  const volume = firstVolume(app, machine) ?? '';
  app.uncleanEnds.set(volume, [...(app.uncleanEnds.get(volume) ?? []), fly.clock.now()]);
}

/** What the kernel, init and the runner say of an end, with the provider under which it comes. */
function lastLines(end: Ending): readonly (readonly [string, string])[] {
  const cleanUp = [
    ['app', ' INFO Starting clean up.'],
    ['app', '[   62.345678] reboot: Restarting system'],
  ] as const;
  if (end.signal === 0)
    return [['app', ` INFO Main child exited normally with code: ${end.code}`], ...cleanUp];
  const bySignal = [
    'app',
    ` INFO Main child exited with signal (with signal '${signalName(end.signal)}', core dumped? false)`,
  ] as const;
  if (!end.oom) return [bySignal, ...cleanUp];
  return [
    [
      'app',
      '[   61.123456] Out of memory: Killed process 318 (node) total-vm:1500000kB, anon-rss:1843200kB, file-rss:0kB',
    ],
    bySignal,
    ['app', ' INFO Process appears to have been OOM killed!'],
    ...cleanUp,
    ['runner', 'Out of memory: Killed process'],
  ];
}

const checkSchema = z.looseObject({
  type: z.string().catch('tcp'),
  port: z.number().optional(),
  path: z.string().optional(),
});

/** Health checks by name: those of services count up, those of the machine are named. */
function configuredChecks(machine: Machine) {
  const { services } = configOf(machine);
  const ofServices = services.flatMap((service) =>
    z
      .array(checkSchema)
      .catch([])
      .parse(service.checks)
      .map((check) => ({ ...check, port: check.port ?? service.internal_port })),
  );
  const named = z.record(z.string(), checkSchema).catch({}).parse(machine.config.checks);
  return [
    ...ofServices.map((check, index) => ({
      ...check,
      name: `servicecheck-${String(index).padStart(2, '0')}-${check.type}-${check.port}`,
    })),
    ...Object.entries(named).map(([name, check]) => ({ ...check, name, port: check.port ?? 0 })),
  ];
}

/** Health checks as they are now; none while the machine is not started. */
export function healthChecks(fly: Fly, machine: Machine) {
  const life = lifeOf(machine);
  if (machine.state !== 'started') return [];
  return configuredChecks(machine).map((check) => {
    const { status, output } = lookAt(fly, machine, check, life.plan?.checks ?? null);
    const known = life.checks.get(check.name);
    const updatedAt =
      known?.status === status
        ? known.updatedAt
        : known === undefined
          ? (machine.startedAt ?? 0)
          : fly.clock.now();
    life.checks.set(check.name, { status, output, updatedAt });
    return { name: check.name, status, output, updated_at: new Date(updatedAt).toISOString() };
  });
}

function lookAt(
  fly: Fly,
  machine: Machine,
  check: { type: string; port: number; path?: string | undefined },
  forced: 'passing' | 'critical' | null,
): { status: string; output: string } {
  const refused = { status: 'critical', output: 'connect: connection refused' };
  const passing = { status: 'passing', output: '"OK"' };
  if (forced === 'critical') return refused;
  const open = listenersOf(fly, machine).some(
    (listener) => listener.port === check.port && listener.address === '0.0.0.0',
  );
  if (forced === 'passing') return passing;
  if (!open) return refused;
  if (check.type !== 'http') return passing;
  const answer = answerOf(fly, machine, check.port, check.path ?? '/');
  if (answer === null) return refused;
  return answer.status < 300 ? passing : { status: 'critical', output: `${answer.status} ${answer.body}` };
}
