import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'smol-toml';
import { readGatewayCommand } from './command.ts';
import { type AppConfig, appliesTo, gatewayService, gatewayVm, type Service } from './config.ts';
import type { BootConfig } from './openclaw-config.ts';
import type { Path } from './places.ts';

/** What this run wants other than the file. */
export interface EffectiveOptions {
  readonly app: string;
  /** Used where the file names no `primary_region`. */
  readonly region: string | null;
  readonly mode: 'public' | 'private';
  readonly privateAccess: 'flycast' | 'none';
  readonly vmMemoryMb: number | null;
  /** What the gateway's machine has now; its CPUs are kept where the file has no `[[vm]]`. */
  readonly guest: { readonly cpuKind: string; readonly cpus: number } | null;
  readonly command: string | null;
  /** Absolute root of the checked-out repository, where flyctl would be run by hand. */
  readonly workspace: string;
  /** Where the image comes from. */
  readonly image:
    | { readonly kind: 'reference'; readonly reference: string }
    /** Built from the folder of the workspace, as the file says; by this Dockerfile where it names none. */
    | { readonly kind: 'workspace'; readonly dockerfile: string | null }
    /** Built from a folder that is not the user's: the file's Dockerfile does not count, but that of the folder. */
    | { readonly kind: 'upstream'; readonly dockerfile: string };
  /** A gateway config to put in place at the start of the machine. */
  readonly boot: BootConfig | null;
}

/** One thing in which the effective config says other than the file. */
interface Override {
  readonly key: string;
  readonly from: string | null;
  readonly to: string;
}

export interface Effective {
  /** For `-c`; written to a private folder. */
  readonly toml: string;
  /** Build flags of `flyctl deploy`, with absolute paths. Run it in the build folder. */
  readonly buildFlags: readonly string[];
  readonly overrides: readonly Override[];
}

/**
 * Fly's own default, made explicit: a deploy drops the policy a machine has unless the config carries one
 * (flyctl recordings 163 and 259; Fly's docs "Machine restart policy": on-failure, 10 retries).
 */
const defaultRestart = { policy: 'on-failure', retries: 10 } as const;

/**
 * SIGTERM is what the gateway documents as a clean stop (exit 0). 2026.9.6 allows itself 325 s to stop; Fly's
 * limit is 300 s, so that is asked for in full: a gateway that needs less is not kept waiting, and one that is
 * killed earlier counts as an unclean boot (three of them within 300 s silence the channels).
 */
const cleanStop = { signal: 'SIGTERM', timeout: '300s' } as const;

type Draft = Record<string, unknown>;

/**
 * The config handed to flyctl: the user's data with the differences this run needs, each named in `overrides`.
 * The user's file is not touched, and what is not named stays as it is.
 *
 * flyctl joins `[build] dockerfile` and `ignorefile` to the folder of the config even when they are absolute, so
 * they leave the file and become flags; `[[files]] local_path` is read relative to the working directory, so it
 * becomes absolute.
 */
export function effectiveConfig(config: AppConfig, options: EffectiveOptions): Effective {
  const draft = copyOf(config.data) as Draft;
  const overrides: Override[] = [];
  const set = (key: string, from: unknown, to: unknown): void => {
    overrides.push({ key, from: from === undefined || from === null ? null : say(from), to: say(to) });
  };

  if (draft.app !== options.app) {
    set('app', draft.app, options.app);
    draft.app = options.app;
  }
  if (!config.primaryRegion && options.region !== null) {
    set('primary_region', config.primaryRegion, options.region);
    draft.primary_region = options.region;
  }
  const buildFlags = setBuild(draft, config, options, set);
  setFiles(draft, config, options);
  setCheckPorts(draft, config, options);
  setCommand(draft, config, options, set);
  setMemory(draft, config, options, set);
  setStop(draft, set);
  setRestart(draft, config, set);
  if (options.mode === 'private') setPrivate(draft, config, options, set);
  return { toml: stringify(draft), buildFlags, overrides };
}

type Note = (key: string, from: unknown, to: unknown) => void;

function say(value: unknown): string {
  return typeof value === 'string' || typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

/** A deep copy without nulls (TOML has none) that leaves dates and other objects as they are. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(copyOf);
  // Ids in [env], which are text in the end.
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && item !== undefined)
      .map(([key, item]) => [key, copyOf(item)]),
  );
}

function tableAt(draft: Draft, path: Path): Draft | null {
  let here: unknown = draft;
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return null;
    here = (here as Record<string | number, unknown>)[part];
  }
  return typeof here === 'object' && here !== null ? (here as Draft) : null;
}

function setBuild(draft: Draft, config: AppConfig, options: EffectiveOptions, note: Note): string[] {
  const build = (draft.build ?? {}) as Draft;
  if (options.image.kind === 'reference') {
    if (build.image !== options.image.reference || Object.keys(build).length > 1) {
      note('build.image', build.image ?? build.dockerfile, options.image.reference);
    }
    // Nothing is built: what else [build] says would only make flyctl ask which of the ways is meant.
    draft.build = { image: options.image.reference };
    return [];
  }
  const { dockerfile, ignorefile } = config.build;
  const flags: string[] = [];
  // An address of a Dockerfile has no folder to be relative to, and only the file can name one.
  const remote = options.image.kind === 'workspace' && /^https?:/i.test(dockerfile ?? '');
  if (!remote) delete build.dockerfile;
  delete build.ignorefile;
  if (build.image !== undefined) {
    note('build.image', build.image, 'none: built from source');
    delete build.image;
  }
  if (options.image.kind === 'upstream') {
    // What builds the user's own folder would be taken instead of the Dockerfile of this one.
    for (const key of ['builder', 'buildpacks', 'builtin', 'build-target', 'build_target', 'compose'])
      delete build[key];
    note('build.dockerfile', dockerfile, options.image.dockerfile);
    flags.push('--dockerfile', options.image.dockerfile);
  } else {
    if (dockerfile !== null && !remote)
      flags.push('--dockerfile', fromFolder(config.source.directory, dockerfile));
    else if (dockerfile === null && options.image.dockerfile !== null)
      flags.push('--dockerfile', options.image.dockerfile);
    if (ignorefile !== null) flags.push('--ignorefile', fromFolder(config.source.directory, ignorefile));
  }
  const compose = build.compose as Draft | undefined;
  if (typeof compose?.file === 'string') compose.file = resolve(config.source.directory, compose.file);
  if (Object.keys(build).length > 0) draft.build = build;
  else delete draft.build;
  return flags;
}

/** flyctl joins even an absolute path to the config's folder. */
function fromFolder(directory: string, path: string): string {
  return join(directory, path);
}

function setFiles(draft: Draft, config: AppConfig, options: EffectiveOptions): void {
  for (const { path, localPath } of config.files) {
    const file = tableAt(draft, path);
    if (file && localPath !== null) file.local_path = resolve(options.workspace, localPath);
  }
  // Inline JSON or a path, read from where flyctl runs, too.
  for (const table of [draft, draft.experimental as Draft | undefined]) {
    const path = table?.machine_config;
    if (table && typeof path === 'string' && path.endsWith('.json'))
      table.machine_config = resolve(options.workspace, path);
  }
  const boot = options.boot;
  if (!boot) return;
  const files = (Array.isArray(draft.files) ? draft.files : []) as Draft[];
  const added = boot.files.map((file) => ({
    guest_path: file.guestPath,
    raw_value: file.text,
    processes: [config.gatewayGroup],
  }));
  draft.files = [...files, ...added];
}

function setCommand(draft: Draft, config: AppConfig, options: EffectiveOptions, note: Note): void {
  const wanted = options.command ?? config.start?.command ?? null;
  const command = wanted !== null && options.boot ? options.boot.wrap(wanted) : wanted;
  if (command === null || command === config.start?.command) return;
  const group = config.gatewayGroup;
  if (options.command !== null) note(`processes.${group}`, config.start?.command, options.command);
  if (command !== wanted) note('start', wanted, `${options.boot?.purpose}, then the same command`);

  const processes: Draft = {};
  for (const [name, { command: line }] of config.processes) processes[name] = line;
  processes[group] = command;
  draft.processes = processes;
  // [experimental] cmd gives way to [processes], but exec would win over it.
  const experimental = draft.experimental as Draft | undefined;
  if (experimental?.exec !== undefined) delete experimental.exec;
  if (config.processes.size > 0) return;
  // With [processes] in the file, flyctl refuses a service that names none of them.
  for (const service of config.services) {
    const table = tableAt(draft, service.path);
    if (table && service.processes.length === 0) table.processes = [group];
  }
}

function setMemory(draft: Draft, config: AppConfig, options: EffectiveOptions, note: Note): void {
  const memoryMb = options.vmMemoryMb;
  if (memoryMb === null) return;
  const group = config.gatewayGroup;
  const vm = gatewayVm(config);
  if (vm?.memoryMb !== memoryMb) note('vm.memory', vm?.memoryMb ? `${vm.memoryMb}mb` : null, `${memoryMb}mb`);
  const found = vm ? tableAt(draft, vm.path) : null;
  const shared = config.groups.length > 1 && vm?.processes.length !== 1;
  const section: Draft = found && !shared ? found : { ...(found ?? cpusOf(options.guest)) };
  delete section.memory_mb;
  section.memory = `${memoryMb}mb`;
  const fitted = fitCpus(section, memoryMb);
  if (fitted) note(`vm.${fitted.key}`, fitted.from, fitted.to);
  if (section === found) return;

  // A section of its own for the gateway's group is more specific than one that others share.
  if (config.groups.length > 1) section.processes = [group];
  const others = config.vms.flatMap((other) => {
    const table = tableAt(draft, other.path);
    if (!table || other.processes.length === 0) return table ? [table] : [];
    table.processes = other.processes.filter((name) => name !== group);
    return other.processes.some((name) => name !== group) ? [table] : [];
  });
  for (const name of ['compute', 'computes', 'vm']) delete draft[name];
  draft.vm = [...others, section];
}

function cpusOf(guest: EffectiveOptions['guest']): Draft {
  return guest ? { cpu_kind: guest.cpuKind, cpus: guest.cpus } : { size: 'shared-cpu-2x' };
}

/**
 * Fly gives at most 2048 MB to a shared CPU and 8192 MB to a performance one (flyctl's own check of a guest): more
 * memory takes more CPUs.
 */
function fitCpus(section: Draft, memoryMb: number): { key: string; from: unknown; to: unknown } | null {
  const size = /^(shared-cpu|performance)-(\d+)x$/.exec(
    typeof section.size === 'string' ? section.size : 'shared-cpu-1x',
  );
  if (!size) return null;
  const performance = (section.cpu_kind ?? size[1]) === 'performance';
  const cpus = Number(section.cpus ?? size[2]);
  const choices = performance ? [1, 2, 4, 6, 8, 10, 12, 14, 16] : [1, 2, 4, 6, 8];
  const least = Math.ceil(memoryMb / (performance ? 8192 : 2048));
  const fitting = choices.find((choice) => choice >= least);
  if (cpus >= least || fitting === undefined) return null;
  if (section.cpus === undefined && section.size !== undefined) {
    const from = section.size;
    section.size = `${size[1]}-${fitting}x`;
    return { key: 'size', from, to: section.size };
  }
  const from = section.cpus ?? null;
  section.cpus = fitting;
  return { key: 'cpus', from, to: fitting };
}

function setStop(draft: Draft, note: Note): void {
  if (draft.kill_signal === undefined) {
    note('kill_signal', null, cleanStop.signal);
    draft.kill_signal = cleanStop.signal;
  }
  const experimental = draft.experimental as Draft | undefined;
  if (draft.kill_timeout === undefined && experimental?.kill_timeout === undefined) {
    note('kill_timeout', null, cleanStop.timeout);
    draft.kill_timeout = cleanStop.timeout;
  }
}

/** A `[[restart]]` without `processes` holds for the default group only, so each group gets what it lacks. */
function setRestart(draft: Draft, config: AppConfig, note: Note): void {
  const lacking = config.groups.filter(
    (group) => !config.restarts.some((restart) => appliesTo(restart.processes, group, config)),
  );
  if (lacking.length === 0) return;
  const restarts = (Array.isArray(draft.restart) ? draft.restart : []) as Draft[];
  draft.restart = [...restarts, { ...defaultRestart, processes: lacking }];
  note('restart', null, `${defaultRestart.policy}, ${defaultRestart.retries} retries (Fly's default)`);
}

/** A check of `[checks]` without port takes that of `[http_service]`, which a private config has not. */
function setCheckPorts(draft: Draft, config: AppConfig, options: EffectiveOptions): void {
  const port = config.services.find((service) => service.kind === 'http_service')?.internalPort ?? null;
  if (options.mode === 'public' || port === null) return;
  for (const { path } of config.checks) {
    const check = tableAt(draft, path);
    if (check && check.port === undefined) check.port = port;
  }
}

/**
 * Private access `flycast`: the service stays on port 80 with plain HTTP, which is what a flycast address speaks
 * (Fly's docs "Flycast": no HTTPS, so no force_https). `none`: no service at all.
 */
function setPrivate(draft: Draft, config: AppConfig, options: EffectiveOptions, note: Note): void {
  if (config.services.length === 0) return;
  const services = options.privateAccess === 'none' ? [] : flycastServices(draft, config, options);
  const unchanged = draft.http_service === undefined && isDeepStrictEqual(draft.services, services);
  delete draft.http_service;
  delete draft.services;
  if (services.length > 0) draft.services = services;
  if (unchanged) return;
  note(
    'services',
    'public',
    services.length > 0 ? 'port 80 with plain HTTP, for the flycast address' : 'none',
  );
}

/** Where nothing else is on port 80, the gateway is: that is the port which people are told. */
function flycastServices(draft: Draft, config: AppConfig, { command }: EffectiveOptions): Draft[] {
  const gateway = command === null ? config.gateway : readGatewayCommand(command);
  const own = gatewayService(config, gateway?.port ?? null);
  const services = config.services.flatMap((service) => {
    const table = flycastService(draft, service);
    return table === null ? [] : [{ table, ports: table.ports as Draft[], isOwn: service === own }];
  });
  const taken = services.some(({ ports }) => ports.some(({ port }) => Number(port) === 80));
  return services.flatMap(({ table, ports, isOwn }) => {
    const all = isOwn && !taken ? [{ port: 80, handlers: ['http'] }, ...ports] : ports;
    return all.length === 0 ? [] : [{ ...table, ports: all }];
  });
}

/** `null`: Flycast carries TCP only. */
function flycastService(draft: Draft, service: Service): Draft | null {
  const table = { ...tableAt(draft, service.path) };
  if (service.kind === 'services') {
    if ((table.protocol ?? 'tcp') !== 'tcp') return null;
    return { ...table, ports: flycastPorts([table.ports ?? []].flat() as Draft[]) };
  }
  const { force_https: _force, tls_options: _tls, http_options, checks, ...rest } = table;
  return {
    protocol: 'tcp',
    ...rest,
    ...(checks === undefined ? {} : { http_checks: checks }),
    ports: [{ port: 80, handlers: ['http'], ...(http_options === undefined ? {} : { http_options }) }],
  };
}

/**
 * Flycast has no certificates: what spoke HTTP over TLS speaks it without, on 80 in place of 443 and else on its own
 * port; other ports with TLS go.
 */
function flycastPorts(ports: readonly Draft[]): Draft[] {
  const handles = (port: Draft, handler: string) => [port.handlers ?? []].flat().includes(handler);
  const plain = ports.filter((port) => !handles(port, 'tls'));
  const taken = new Set(plain.map(({ port }) => Number(port)));
  const bared = ports
    .filter((port) => handles(port, 'tls') && handles(port, 'http'))
    .map((port): Draft => ({ ...port, port: Number(port.port) === 443 ? 80 : port.port, handlers: ['http'] }))
    .filter(({ port }) => !taken.has(Number(port)));
  return [...bared, ...plain].map(({ force_https: _force, tls_options: _tls, ...port }) => port);
}
