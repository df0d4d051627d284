import { type GatewayCommand, readGatewayCommand, splitCommand } from './command.ts';
import { isTable, parseSource, type Table } from './config-file.ts';
import type { ConfigSource } from './config-source.ts';
import type { Path, Places } from './places.ts';

interface ServicePort {
  readonly path: Path;
  readonly port: number | null;
  readonly handlers: readonly string[];
  readonly forceHttps: boolean;
}

export interface Check {
  readonly path: Path;
  readonly type: 'http' | 'tcp';
  /** HTTP path; `null` where the file names none (Fly then asks for `/`). */
  readonly httpPath: string | null;
  readonly gracePeriodMs: number | null;
}

/** `[http_service]` or one `[[services]]`. */
export interface Service {
  readonly path: Path;
  readonly kind: 'http_service' | 'services';
  readonly internalPort: number | null;
  /** Process groups it names; empty means the default group. */
  readonly processes: readonly string[];
  readonly forceHttps: boolean;
  /** `off`, `stop` or `suspend`; `null` where the file does not say (Fly: off). */
  readonly autoStop: 'off' | 'stop' | 'suspend' | null;
  readonly minMachinesRunning: number | null;
  /** As written; `[http_service]` always means 80 and 443. */
  readonly ports: readonly ServicePort[];
  readonly checks: readonly Check[];
}

export interface Mount {
  readonly path: Path;
  /** Name of the volume. */
  readonly source: string | null;
  /** Folder inside the machine. */
  readonly destination: string | null;
  readonly initialSizeGb: number | null;
  readonly processes: readonly string[];
}

interface Vm {
  readonly path: Path;
  /** What a machine of this section gets, in MB: `memory_mb`, else `memory`, else its size's own; `null` if unreadable. */
  readonly memoryMb: number | null;
  /** The key that decides; `null` where the size or Fly's default does. */
  readonly memoryKey: 'memory_mb' | 'memory' | 'size' | null;
  readonly processes: readonly string[];
}

export interface Restart {
  readonly path: Path;
  readonly policy: string | null;
  readonly retries: number | null;
  readonly processes: readonly string[];
}

interface StartCommand {
  readonly command: string;
  readonly path: Path;
}

/** Something that makes flyctl refuse the file. */
interface Problem {
  readonly path: Path;
  readonly message: string;
  readonly lines: string | null;
}

/** A fly.toml (or .json, .yaml) in one shape, whatever form it was written in. */
export interface AppConfig {
  readonly source: ConfigSource;
  /** The file's own data, untouched: what the effective config is made from. */
  readonly data: Table;
  /** Where a key stands, for findings. */
  readonly places: Places;
  readonly app: string | null;
  readonly primaryRegion: string | null;
  readonly killSignal: string | null;
  readonly killTimeoutMs: number | null;
  readonly env: ReadonlyMap<string, { readonly value: string; readonly path: Path }>;
  readonly build: {
    readonly image: string | null;
    readonly dockerfile: string | null;
    readonly ignorefile: string | null;
  };
  /** `[processes]`: start command by group, as written. Empty where the file has none. */
  readonly processes: ReadonlyMap<string, StartCommand>;
  /** Names of the process groups; `['app']` where the file defines none. */
  readonly groups: readonly string[];
  /** The group that things without `processes` belong to, by flyctl's rule. */
  readonly defaultGroup: string;
  /** The group whose command runs the gateway, else the default group. */
  readonly gatewayGroup: string;
  /** Start command of the gateway's group, of `[processes]` or `[experimental]`; `null`: the image's own runs. */
  readonly start: StartCommand | null;
  /** What that command tells the gateway; `null` where there is none or it is not a gateway's. */
  readonly gateway: GatewayCommand | null;
  readonly services: readonly Service[];
  /** Checks of the `[checks]` table. */
  readonly checks: readonly (Check & {
    /** `null` where the file names none: that of `[http_service]`. */
    readonly port: number | null;
    readonly processes: readonly string[];
  })[];
  readonly mounts: readonly Mount[];
  readonly vms: readonly Vm[];
  readonly restarts: readonly Restart[];
  readonly files: readonly { readonly path: Path; readonly localPath: string | null }[];
  readonly problems: readonly Problem[];
}

/**
 * Reads a config file of any of the three formats and in any form flyctl accepts, old ones included.
 *
 * @throws SyntaxFailure (`config-lint`) with row, column and the text of the line
 */
export function readConfig(source: ConfigSource): AppConfig {
  const { data, places } = parseSource(source);
  return new ConfigReader(source, data, places).read();
}

/** Whether something that names these process groups is meant for `group`: no name means the default group. */
export function appliesTo(processes: readonly string[], group: string, config: AppConfig): boolean {
  return processes.length === 0 ? group === config.defaultGroup : processes.includes(group);
}

/** Services that lead to the gateway's group. */
export function gatewayServices(config: AppConfig): readonly Service[] {
  return config.services.filter((service) => appliesTo(service.processes, config.gatewayGroup, config));
}

/** The service that leads to the gateway; one for something else in the same machine may stand before it. */
export function gatewayService(config: AppConfig, gatewayPort: number | null): Service | null {
  const services = gatewayServices(config);
  return services.find((service) => service.internalPort === gatewayPort) ?? services[0] ?? null;
}

/** The mount of the gateway's group; flyctl allows one per group. */
export function gatewayMount(config: AppConfig): Mount | null {
  return config.mounts.find((mount) => appliesTo(mount.processes, config.gatewayGroup, config)) ?? null;
}

/** The `[[vm]]` that holds for the gateway's group: one that names it, else the first that names none. */
export function gatewayVm(config: AppConfig): Vm | null {
  return (
    config.vms.findLast((vm) => vm.processes.includes(config.gatewayGroup)) ??
    config.vms.find((vm) => vm.processes.length === 0) ??
    null
  );
}

/** What Fly's named sizes bring, in MB (flyctl's presets as of 0.4.105). */
const memoryOfSize: Readonly<Record<string, number>> = {
  ...Object.fromEntries([1, 2, 4, 6, 8].map((cpus) => [`shared-cpu-${cpus}x`, cpus * 256])),
  ...Object.fromEntries([1, 2, 4, 6, 8, 10, 12, 14, 16].map((cpus) => [`performance-${cpus}x`, cpus * 2048])),
  ...Object.fromEntries(['a10', 'l40s', 'a100-40gb', 'a100-80gb'].map((size) => [size, 32_768])),
};

const strategies = ['rolling', 'immediate', 'canary', 'bluegreen'];

/** What a machine gets whose section names neither size nor memory. */
const smallestMemoryMb = 256;

/**
 * Go's `time.ParseDuration`: `5m`, `1m30s`, `1.5h`, `300ms`; in milliseconds, `null` for anything else.
 */
function goDuration(text: string): number | null {
  if (!/^\+?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return text === '0' ? 0 : null;
  const units: Record<string, number> = {
    ns: 1e-6,
    us: 1e-3,
    µs: 1e-3,
    ms: 1,
    s: 1000,
    m: 60_000,
    h: 3_600_000,
  };
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  return total;
}

/** Sizes as flyctl reads them: a bare number is in `unit`, else `2gb`, `2GiB`, `2048mb`, `2g`. */
function sizeIn(text: string, unit: 'MiB' | 'GB'): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])i?b?|b)?$/i.exec(text.trim());
  if (!found) return null;
  if (!/[a-z]/i.test(text)) return Number(text);
  const step = unit === 'MiB' ? 1024 : 1000;
  const power = { k: 1, m: 2, g: 3, t: 4 }[(found[2] ?? '').toLowerCase()] ?? 0;
  return (Number(found[1]) * step ** power) / step ** (unit === 'MiB' ? 2 : 3);
}

class ConfigReader {
  readonly #source: ConfigSource;
  readonly #data: Table;
  readonly #places: Places;
  readonly #problems: Problem[] = [];

  constructor(source: ConfigSource, data: Table, places: Places) {
    this.#source = source;
    this.#data = data;
    this.#places = places;
  }

  read(): AppConfig {
    const processes = this.#readProcesses();
    const groups = processes.size > 0 ? [...processes.keys()].sort() : ['app'];
    const defaultGroup = groups.includes('app') ? 'app' : (groups[0] ?? 'app');
    const gateways = groups.filter(
      (group) => readGatewayCommand(processes.get(group)?.command ?? '') !== null,
    );
    const gatewayGroup =
      gateways.length === 0 || gateways.includes(defaultGroup) ? defaultGroup : (gateways[0] ?? defaultGroup);
    const start = processes.get(gatewayGroup) ?? this.#readExperimental();
    const build = this.#table(['build'], this.#data.build) ?? {};
    const deploy = this.#table(['deploy'], this.#data.deploy) ?? {};
    this.#readStrategy(deploy.strategy);
    for (const key of ['wait_timeout', 'release_command_timeout'])
      this.#duration(['deploy', key], deploy[key], 1e-6);
    this.#checkQuotes(['deploy', 'release_command'], deploy.release_command);
    this.#checkQuotes(['console_command'], this.#data.console_command);
    return {
      source: this.#source,
      data: this.#data,
      places: this.#places,
      app: this.#text(['app'], this.#data.app) || null,
      primaryRegion: this.#text(['primary_region'], this.#data.primary_region) || null,
      killSignal: this.#text(['kill_signal'], this.#data.kill_signal) || null,
      killTimeoutMs: this.#readKillTimeout(),
      env: this.#readEnv(),
      build: {
        image: this.#text(['build', 'image'], build.image) || null,
        dockerfile: this.#text(['build', 'dockerfile'], build.dockerfile) || null,
        ignorefile: this.#text(['build', 'ignorefile'], build.ignorefile) || null,
      },
      processes,
      groups,
      defaultGroup,
      gatewayGroup,
      start: start?.command ? start : null,
      gateway: readGatewayCommand(start?.command ?? ''),
      services: this.#readServices(),
      checks: this.#readChecks(),
      mounts: this.#tables('mount', 'mounts').map(([path, mount]) => this.#readMount(path, mount)),
      vms: this.#tables('compute', 'computes', 'vm').map(([path, vm]) => this.#readVm(path, vm)),
      restarts: this.#readRestarts(),
      files: this.#arrayOfTables(['files'], this.#data.files).map(([path, file]) => ({
        path,
        localPath: this.#text([...path, 'local_path'], file.local_path) || null,
      })),
      problems: this.#problems,
    };
  }

  #problem(path: Path, message: string, lines: string | null = null): void {
    this.#problems.push({ path, message, lines });
  }

  #table(path: Path, value: unknown): Table | null {
    if (value === undefined || value === null) return null;
    if (isTable(value)) return value;
    this.#problem(path, `${spell(path)} has to be a table`);
    return null;
  }

  #text(path: Path, value: unknown): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    this.#problem(path, `${spell(path)} has to be a string`);
    return '';
  }

  /** An integer; a string of digits only where flyctl casts it. */
  #integer(path: Path, value: unknown, cast: boolean): number | null {
    if (value === undefined || value === null) return null;
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    if (cast && typeof value === 'string' && /^[+-]?\d+$/.test(value)) return Number(value);
    const digits = typeof value === 'string' && /^\d+$/.test(value) ? `${path.at(-1)} = ${value}` : null;
    this.#problem(path, `${spell(path)} has to be a whole number`, digits);
    return null;
  }

  #flag(path: Path, value: unknown): boolean {
    if (typeof value === 'boolean' || value === undefined || value === null) return value === true;
    this.#problem(path, `${spell(path)} has to be true or false`, `${path.at(-1)} = true`);
    return false;
  }

  #strings(path: Path, value: unknown): readonly string[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    const example = typeof value === 'string' ? JSON.stringify(value) : '"app"';
    this.#problem(path, `${spell(path)} has to be a list of strings`, `${path.at(-1)} = [${example}]`);
    return typeof value === 'string' ? [value] : [];
  }

  #names(path: Path, table: Table): readonly string[] {
    return this.#strings([...path, 'processes'], table.processes);
  }

  #milliseconds(value: unknown, unit: number): number | null {
    if (typeof value === 'number') return value * unit;
    return typeof value === 'string' ? goDuration(value) : null;
  }

  /** @param unit milliseconds that a bare number counts */
  #duration(path: Path, value: unknown, unit: number): number | null {
    if (value === undefined || value === null || value === '') return null;
    const duration = this.#milliseconds(value, unit);
    if (duration === null) {
      this.#problem(path, `${spell(path)} has to be a duration such as "30s"`, `${path.at(-1)} = "30s"`);
    }
    return duration;
  }

  /** A table or an array of tables, under any of its names. */
  #tables(...names: readonly string[]): [Path, Table][] {
    return names.flatMap((name): [Path, Table][] => {
      const value = this.#data[name];
      if (isTable(value)) return [[[name], value]];
      return this.#arrayOfTables([name], value);
    });
  }

  #arrayOfTables(path: Path, value: unknown): [Path, Table][] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.#problem(path, `${spell(path)} has to be an array of tables`, `[[${spell(path)}]]`);
      return [];
    }
    return value.flatMap((item, index): [Path, Table][] => {
      if (isTable(item)) return [[[...path, index], item]];
      this.#problem([...path, index], `${spell(path)} has to hold tables`);
      return [];
    });
  }

  #checkQuotes(path: Path, command: unknown): void {
    if (typeof command !== 'string' || splitCommand(command) !== null) return;
    this.#problem(path, `${spell(path)} has a quote that is not closed`);
  }

  /** Its old place holds where the other says nothing. */
  #readKillTimeout(): number | null {
    const { kill_timeout: written, experimental } = this.#data;
    if (written !== undefined) return this.#duration(['kill_timeout'], written, 1000);
    const old = isTable(experimental) ? experimental.kill_timeout : undefined;
    return this.#duration(['experimental', 'kill_timeout'], old, 1000);
  }

  #readStrategy(value: unknown): void {
    const strategy = this.#text(['deploy', 'strategy'], value);
    if (strategy === '' || strategies.includes(strategy)) return;
    const message = `there is no deployment strategy "${strategy}" (${strategies.join(', ')})`;
    this.#problem(['deploy', 'strategy'], message, 'strategy = "rolling"');
  }

  #readProcesses(): AppConfig['processes'] {
    const processes = new Map<string, StartCommand>();
    const value = this.#data.processes;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        if (!isTable(item) || item.name === undefined) continue;
        const path = ['processes', index];
        processes.set(asText(item.name), { command: asText(item.command ?? ''), path: [...path, 'command'] });
      }
    } else {
      for (const [group, command] of Object.entries(this.#table(['processes'], value) ?? {})) {
        processes.set(group, {
          command: this.#text(['processes', group], command),
          path: ['processes', group],
        });
      }
    }
    return processes;
  }

  /** The old way to give a command: words, not a line. `exec` wins over everything in the machine. */
  #readExperimental(): StartCommand | null {
    const experimental = this.#table(['experimental'], this.#data.experimental) ?? {};
    const key = ['exec', 'cmd'].find((name) => experimental[name] !== undefined);
    if (key === undefined) return null;
    const words = [experimental[key]].flat().map((word) => quoteWord(asText(word)));
    return { command: words.join(' '), path: ['experimental', key] };
  }

  #readEnv(): AppConfig['env'] {
    const env = new Map<string, { value: string; path: Path }>();
    const tables = Array.isArray(this.#data.env)
      ? this.#arrayOfTables(['env'], this.#data.env)
      : [[['env'], this.#table(['env'], this.#data.env) ?? {}] as [Path, Table]];
    for (const [path, table] of tables) {
      for (const [name, value] of Object.entries(table)) {
        env.set(name, { value: asText(value), path: [...path, name] });
      }
    }
    return env;
  }

  #readServices(): readonly Service[] {
    const services: Service[] = [];
    const http = this.#data.http_service;
    if (http !== undefined) {
      const table = this.#table(['http_service'], http);
      if (table) services.push(this.#readService(['http_service'], table, 'http_service'));
    }
    for (const [path, table] of this.#tables('services')) {
      services.push(this.#readService(path, table, 'services'));
    }
    return services;
  }

  #readService(path: Path, table: Table, kind: Service['kind']): Service {
    const at = (key: string): Path => [...path, key];
    const internalPort = this.#integer(at('internal_port'), table.internal_port, kind === 'services');
    if (kind === 'http_service' && table.internal_port === undefined) {
      this.#problem(path, '[http_service] has no internal_port', 'internal_port = 3000');
    }
    const checks: Check[] = [];
    if (kind === 'http_service') {
      // Bare numbers are nanoseconds here: flyctl casts durations in [[services]] only.
      for (const [checkPath, check] of this.#arrayOfTables(at('checks'), table.checks)) {
        checks.push(this.#readCheck(checkPath, check, 'http', 1e-6));
      }
    } else {
      for (const type of ['tcp', 'http'] as const) {
        const value = table[`${type}_checks`];
        const tables = isTable(value)
          ? [[at(`${type}_checks`), value] as [Path, Table]]
          : this.#arrayOfTables(at(`${type}_checks`), value);
        for (const [checkPath, check] of tables) checks.push(this.#readCheck(checkPath, check, type, 1));
      }
    }
    return {
      path,
      kind,
      internalPort,
      processes: this.#names(path, table),
      forceHttps: this.#flag(at('force_https'), table.force_https),
      autoStop: this.#readAutoStop(at('auto_stop_machines'), table.auto_stop_machines),
      minMachinesRunning: this.#integer(at('min_machines_running'), table.min_machines_running, false),
      ports: kind === 'http_service' ? [] : this.#readPorts(at('ports'), table.ports),
      checks,
    };
  }

  #readPorts(path: Path, value: unknown): readonly ServicePort[] {
    const tables = isTable(value) ? [[path, value] as [Path, Table]] : this.#arrayOfTables(path, value);
    return tables.map(([portPath, port]) => ({
      path: portPath,
      port: this.#integer([...portPath, 'port'], port.port, true),
      handlers: this.#strings([...portPath, 'handlers'], port.handlers),
      forceHttps: this.#flag([...portPath, 'force_https'], port.force_https),
    }));
  }

  #readAutoStop(path: Path, value: unknown): Service['autoStop'] {
    if (value === undefined || value === null) return null;
    if (value === true) return 'stop';
    if (value === false) return 'off';
    if (value === 'off' || value === 'stop' || value === 'suspend') return value;
    this.#problem(path, `${spell(path)} has to be "off", "stop" or "suspend"`, 'auto_stop_machines = "off"');
    return null;
  }

  #readCheck(path: Path, table: Table, type: 'http' | 'tcp', unit: number): Check {
    for (const key of ['interval', 'timeout']) this.#duration([...path, key], table[key], unit);
    return {
      path,
      type,
      httpPath: this.#text([...path, 'path'], table.path) || null,
      gracePeriodMs: this.#duration([...path, 'grace_period'], table.grace_period, unit),
    };
  }

  #readChecks(): AppConfig['checks'] {
    const value = this.#data.checks;
    const tables = Array.isArray(value)
      ? this.#arrayOfTables(['checks'], value)
      : Object.entries(this.#table(['checks'], value) ?? {}).flatMap(([name, check]): [Path, Table][] => {
          const table = this.#table(['checks', name], check);
          return table ? [[['checks', name], table]] : [];
        });
    return tables.map(([path, table]) => {
      if (table.type !== 'http' && table.type !== 'tcp') {
        this.#problem(path, `${spell(path)} needs a type: "http" or "tcp"`, 'type = "http"');
      }
      // Of services flyctl only warns, and mends it.
      if ((this.#milliseconds(table.interval, 1) ?? Infinity) < 2000) {
        const message = `${spell(path)} is asked more often than every 2 s`;
        this.#problem([...path, 'interval'], message, 'interval = "30s"');
      }
      if ((this.#milliseconds(table.timeout, 1) ?? 0) > 60_000) {
        const message = `${spell(path)} has longer than 60 s to answer`;
        this.#problem([...path, 'timeout'], message, 'timeout = "10s"');
      }
      return {
        ...this.#readCheck(path, table, table.type === 'tcp' ? 'tcp' : 'http', 1),
        port: typeof table.port === 'number' ? table.port : null,
        processes: this.#names(path, table),
      };
    });
  }

  #readMount(path: Path, mount: Table): Mount {
    const written = asText(mount.initial_size ?? '');
    const size = written === '' ? null : sizeIn(written, 'GB');
    if (written !== '' && (size === null || size < 1)) {
      const message = `initial_size = ${say(mount.initial_size)} is not a size of 1 GB or more`;
      this.#problem([...path, 'initial_size'], message, 'initial_size = "1gb"');
    }
    const days = this.#integer([...path, 'snapshot_retention'], mount.snapshot_retention, false);
    if (days !== null && (days < 1 || days > 60)) {
      const message = `snapshot_retention = ${days} is not between 1 and 60 days`;
      this.#problem([...path, 'snapshot_retention'], message, 'snapshot_retention = 5');
    }
    this.#checkExtension(path, mount);
    return {
      path,
      source: this.#text([...path, 'source'], mount.source) || null,
      destination: this.#text([...path, 'destination'], mount.destination) || null,
      // flyctl takes whole gigabytes, and cuts off the rest.
      initialSizeGb: size === null ? null : Math.max(1, Math.floor(size)),
      processes: this.#names(path, mount),
    };
  }

  /** A volume that grows by itself: when, by how much, and how far (flyctl's own check). */
  #checkExtension(path: Path, mount: Table): void {
    const limits: readonly [key: string, from: number, to: number, line: string][] = [
      ['threshold', 50, 99, '80'],
      ['increment', 1, 100, '"1GB"'],
      ['limit', 1, 500, '"10GB"'],
    ];
    const written = limits.map(([key]) => mount[`auto_extend_size_${key}`]);
    if (written.every((value) => value === undefined)) return;
    for (const [index, [key, from, to, line]] of limits.entries()) {
      const value = written[index];
      if (value === undefined && key === 'limit') continue;
      const size = sizeIn(asText(value ?? 0), 'GB') ?? 0;
      if (size >= from && size <= to) continue;
      const name = `auto_extend_size_${key}`;
      const message = `${name} is not between ${from} and ${to}${key === 'threshold' ? ' %' : ' GB'}`;
      this.#problem([...path, name], message, `${name} = ${line}`);
    }
  }

  #readVm(path: Path, vm: Table): Vm {
    const size = this.#text([...path, 'size'], vm.size);
    if (size && memoryOfSize[size] === undefined) {
      this.#problem([...path, 'size'], `${size} is not a size of Fly's`, 'size = "shared-cpu-2x"');
    }
    const exact = this.#integer([...path, 'memory_mb'], vm.memory_mb, false);
    const written = vm.memory === undefined ? null : sizeIn(asText(vm.memory), 'MiB');
    if (vm.memory !== undefined && !written) {
      this.#problem([...path, 'memory'], `memory = ${say(vm.memory)} is not a size`, 'memory = "2gb"');
    }
    const decided = exact || written;
    return {
      path,
      memoryMb: decided ?? (vm.memory === undefined ? (memoryOfSize[size] ?? smallestMemoryMb) : null),
      // Where both say the same, the one people read and edit is pointed at.
      memoryKey: exact && exact !== written ? 'memory_mb' : written ? 'memory' : size ? 'size' : null,
      processes: this.#names(path, vm),
    };
  }

  #readRestarts(): readonly Restart[] {
    return this.#arrayOfTables(['restart'], this.#data.restart).map(([path, restart]) => {
      const policy = this.#text([...path, 'policy'], restart.policy) || null;
      if (!['always', 'never', 'on-failure'].includes(policy ?? '')) {
        this.#problem(
          policy === null ? path : [...path, 'policy'],
          `the restart policy has to be "always", "on-failure" or "never"${policy === null ? '' : `, not "${policy}"`}`,
          'policy = "on-failure"',
        );
      }
      return {
        path,
        policy,
        retries: this.#integer([...path, 'retries'], restart.retries, false),
        processes: this.#names(path, restart),
      };
    });
  }
}

/** Any value as text. A table of the TOML parser has none of its own, and JSON no long numbers. */
function asText(value: unknown): string {
  if (typeof value !== 'object' || value === null || value instanceof Date) return String(value);
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? String(item) : item));
}

/** A value as the file has it, near enough to be recognized. */
function say(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : asText(value);
}

/** A path as the user would write it: `services.ports.port`. */
export function spell(path: Path): string {
  return path.filter((part) => typeof part === 'string').join('.');
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
