import { CommandError } from './failure-report.ts';
import { formatDuration, parseDuration } from './go-duration.ts';
import type { Json, JsonObject } from './go-json.ts';

/**
 * One key of fly.toml: how its value is read. The order of the fields is the order in which the CLI writes them;
 * the Go names are those that its error messages show.
 */
type Field =
  | { kind: 'string' | 'int' | 'float' | 'bool' | 'duration' | 'autostop' | 'any'; keepZero?: boolean }
  | { kind: 'strings' }
  | { kind: 'stringMap' }
  | { kind: 'struct' | 'list' | 'map'; of: Struct };

interface Struct {
  goName: string;
  /** Go's name for a list of it, for error messages. */
  goList: string;
  fields: Record<string, Field>;
}

const struct = (goName: string, fields: Record<string, Field>, goList = `[]appconfig.${goName}`): Struct => ({
  goName,
  goList,
  fields,
});
const string: Field = { kind: 'string' };
const int: Field = { kind: 'int' };
const bool: Field = { kind: 'bool' };
const duration: Field = { kind: 'duration' };
const strings: Field = { kind: 'strings' };
const stringMap: Field = { kind: 'stringMap' };
/** A Go pointer: written even when it points at a zero value. */
const kept = (field: 'string' | 'int' | 'float' | 'bool'): Field => ({ kind: field, keepZero: true });
const one = (of: Struct): Field => ({ kind: 'struct', of });
const many = (of: Struct): Field => ({ kind: 'list', of });

const CONCURRENCY = struct('MachineServiceConcurrency', { type: string, hard_limit: int, soft_limit: int });
const TLS_OPTIONS = struct('TLSOptions', {
  alpn: strings,
  versions: strings,
  default_self_signed: kept('bool'),
});
const HTTP_OPTIONS = struct('HTTPOptions', {
  compress: kept('bool'),
  response: one(struct('HTTPResponseOptions', { headers: { kind: 'any' }, pristine: kept('bool') })),
  h2_backend: kept('bool'),
  idle_timeout: kept('int'),
  headers_read_timeout: kept('int'),
  replay_cache: { kind: 'any' },
});

const TCP_CHECK = { interval: duration, timeout: duration, grace_period: duration };
const HTTP_CHECK = struct(
  'ServiceHTTPCheck',
  {
    ...TCP_CHECK,
    method: kept('string'),
    path: kept('string'),
    protocol: kept('string'),
    tls_skip_verify: kept('bool'),
    tls_server_name: kept('string'),
    headers: stringMap,
  },
  '[]*appconfig.ServiceHTTPCheck',
);
const MACHINE_CHECK = struct(
  'ServiceMachineCheck',
  {
    command: strings,
    image: string,
    entrypoint: strings,
    kill_signal: kept('string'),
    kill_timeout: duration,
  },
  '[]*appconfig.ServiceMachineCheck',
);

const PORT = struct(
  'MachinePort',
  {
    port: kept('int'),
    start_port: kept('int'),
    end_port: kept('int'),
    handlers: strings,
    force_https: bool,
    tls_options: one(TLS_OPTIONS),
    http_options: one(HTTP_OPTIONS),
    proxy_proto_options: one(struct('ProxyProtoOptions', { version: string })),
  },
  '[]fly.MachinePort',
);

const COMPUTE = struct(
  'Compute',
  {
    size: string,
    memory: string,
    cpu_kind: string,
    cpus: int,
    memory_mb: int,
    max_memory_mb: int,
    gpus: int,
    gpu_kind: string,
    host_dedication_id: string,
    persist_rootfs: string,
    kernel_args: strings,
    processes: strings,
  },
  '[]*appconfig.Compute',
);

const STARTS = {
  auto_stop_machines: { kind: 'autostop' } as Field,
  auto_start_machines: kept('bool'),
  min_machines_running: kept('int'),
};

/** The whole of fly.toml (flyctl internal/appconfig Config). */
const CONFIG = struct('Config', {
  app: string,
  primary_region: string,
  kill_signal: kept('string'),
  kill_timeout: duration,
  swap_size_mb: kept('int'),
  console_command: string,
  experimental: one(
    struct('Experimental', {
      cmd: strings,
      entrypoint: strings,
      exec: strings,
      auto_rollback: bool,
      enable_consul: bool,
      enable_etcd: bool,
      lazy_load_images: bool,
      attached: { kind: 'any' },
      machine_config: string,
      use_zstd: bool,
    }),
  ),
  build: one(
    struct('Build', {
      builder: string,
      args: stringMap,
      buildpacks: strings,
      image: string,
      settings: { kind: 'any' },
      builtin: string,
      dockerfile: string,
      ignorefile: string,
      'build-target': string,
      compose: { kind: 'any' },
      compression: string,
      compression_level: kept('int'),
    }),
  ),
  deploy: one(
    struct('Deploy', {
      strategy: string,
      max_unavailable: kept('float'),
      wait_timeout: duration,
      release_command: string,
      release_command_timeout: duration,
      release_command_vm: one(COMPUTE),
      seed_command: string,
    }),
  ),
  env: stringMap,
  processes: stringMap,
  mounts: many(
    struct('Mount', {
      source: string,
      destination: string,
      initial_size: string,
      snapshot_retention: kept('int'),
      scheduled_snapshots: kept('bool'),
      auto_extend_size_threshold: int,
      auto_extend_size_increment: string,
      auto_extend_size_limit: string,
      processes: strings,
    }),
  ),
  http_service: one(
    struct('HTTPService', {
      internal_port: int,
      force_https: bool,
      ...STARTS,
      processes: strings,
      concurrency: one(CONCURRENCY),
      tls_options: one(TLS_OPTIONS),
      http_options: one(HTTP_OPTIONS),
      checks: many(HTTP_CHECK),
      machine_checks: many(MACHINE_CHECK),
    }),
  ),
  services: many(
    struct('Service', {
      protocol: string,
      internal_port: int,
      ...STARTS,
      ports: many(PORT),
      concurrency: one(CONCURRENCY),
      tcp_checks: many(struct('ServiceTCPCheck', TCP_CHECK, '[]*appconfig.ServiceTCPCheck')),
      http_checks: many(HTTP_CHECK),
      machine_checks: many(MACHINE_CHECK),
      processes: strings,
    }),
  ),
  checks: {
    kind: 'map',
    of: struct('ToplevelCheck', {
      port: kept('int'),
      type: kept('string'),
      ...TCP_CHECK,
      method: kept('string'),
      path: kept('string'),
      protocol: kept('string'),
      tls_skip_verify: kept('bool'),
      tls_server_name: kept('string'),
      headers: stringMap,
      processes: strings,
    }),
  },
  files: many(
    struct('File', {
      guest_path: string,
      local_path: string,
      secret_name: string,
      raw_value: string,
      processes: strings,
    }),
  ),
  host_dedication_id: string,
  machine_config: string,
  container: string,
  machine_checks: many(MACHINE_CHECK),
  restart: many(struct('Restart', { policy: string, retries: int, processes: strings })),
  vm: many(COMPUTE),
  statics: many(
    struct('Static', {
      guest_path: string,
      url_prefix: string,
      tigris_bucket: string,
      index_document: string,
    }),
  ),
  metrics: many(
    struct('Metrics', { port: int, path: string, https: bool, processes: strings }, '[]*appconfig.Metrics'),
  ),
});

const GO_TYPES: Record<string, string> = {
  string: 'string',
  int: 'int',
  float: 'float64',
  bool: 'bool',
  strings: '[]string',
  stringMap: 'map[string]string',
};

/**
 * Reads a patched config as Go's encoding/json would fill the struct.
 * @throws CommandError with Go's words for the first value of a wrong type
 */
export function decodeConfig(raw: JsonObject): JsonObject {
  return decodeStruct(CONFIG, raw, '');
}

/** Every key that the CLI does not know, with the sections that hold it, as `config validate --strict` lists them. */
export function unknownKeys(raw: JsonObject): string[] {
  const found: string[] = [];
  collectUnknown(CONFIG, raw, '', found);
  return found;
}

function decodeStruct(shape: Struct, raw: JsonObject, path: string): JsonObject {
  const result: JsonObject = {};
  for (const [key, field] of Object.entries(shape.fields)) {
    const value = raw[key];
    if (value === undefined || value === null) continue;
    const decoded = decodeField(field, value, shape.goName, path === '' ? key : `${path}.${key}`);
    if (decoded !== undefined) result[key] = decoded;
  }
  return result;
}

function decodeField(field: Field, value: Json, goStruct: string, path: string): Json | undefined {
  const mismatch = (goType: string) =>
    new CommandError(
      `json: cannot unmarshal ${jsonKind(value)} into Go struct field ${goStruct}.${path} of type ${goType}`,
    );
  switch (field.kind) {
    case 'any':
      return value;
    case 'duration':
      return decodeDuration(value);
    case 'autostop':
      if (value === 'off' || value === false) return false;
      if (value === 'stop' || value === true) return true;
      if (value === 'suspend') return 'suspend';
      throw new CommandError(`invalid autostop value "${String(value)}"`);
    case 'struct':
      if (!isObject(value)) throw mismatch(`appconfig.${field.of.goName}`);
      return decodeStruct(field.of, value, path);
    case 'list': {
      if (!Array.isArray(value)) throw mismatch(field.of.goList);
      const items = value.map((item) => {
        if (isObject(item)) return decodeStruct(field.of, item, path);
        throw new CommandError(
          `json: cannot unmarshal ${jsonKind(item)} into Go struct field ${goStruct}.${path} of type ${field.of.goList.slice(2).replace('*', '')}`,
        );
      });
      return items.length > 0 ? items : undefined;
    }
    case 'map': {
      if (!isObject(value)) throw mismatch(`map[string]*appconfig.${field.of.goName}`);
      const entries = sortedEntries(value).map(([key, item]) => [
        key,
        decodeStruct(field.of, (item ?? {}) as JsonObject, path),
      ]);
      return entries.length > 0 ? Object.fromEntries(entries) : undefined;
    }
    case 'strings': {
      if (!Array.isArray(value)) throw mismatch('[]string');
      const bad = value.find((item) => typeof item !== 'string');
      if (bad !== undefined) {
        throw new CommandError(
          `json: cannot unmarshal ${jsonKind(bad)} into Go struct field ${goStruct}.${path} of type string`,
        );
      }
      return value.length > 0 ? value : undefined;
    }
    case 'stringMap': {
      if (!isObject(value)) throw mismatch('map[string]string');
      const entries = sortedEntries(value);
      const bad = entries.find(([, item]) => typeof item !== 'string');
      if (bad)
        throw new CommandError(
          `json: cannot unmarshal ${jsonKind(bad[1] ?? null)} into Go struct field ${goStruct}.${path} of type string`,
        );
      return entries.length > 0 ? Object.fromEntries(entries) : undefined;
    }
    default: {
      const fits =
        field.kind === 'string'
          ? typeof value === 'string'
          : field.kind === 'bool'
            ? typeof value === 'boolean'
            : typeof value === 'number' && (field.kind === 'float' || Number.isInteger(value));
      if (!fits) throw mismatch(GO_TYPES[field.kind] ?? field.kind);
      const zero = value === '' || value === 0 || value === false;
      return zero && !field.keepZero ? undefined : value;
    }
  }
}

function decodeDuration(value: Json): string {
  // A bare number is nanoseconds here, unless a patch has made seconds of it before.
  if (typeof value === 'number') return formatDuration(value / 1e6);
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  if (ms === undefined) throw new CommandError(`time: invalid duration ${JSON.stringify(value)}`);
  return formatDuration(ms);
}

function collectUnknown(shape: Struct, raw: JsonObject, path: string, found: string[]): void {
  for (const [key, value] of sortedEntries(raw)) {
    const field = shape.fields[key];
    const here = path === '' ? key : `${path}.${key}`;
    if (!field) {
      found.push(here);
      continue;
    }
    if (field.kind === 'struct' && isObject(value)) collectUnknown(field.of, value, here, found);
    if (field.kind === 'list' && Array.isArray(value)) {
      for (const [index, item] of value.entries())
        if (isObject(item)) collectUnknown(field.of, item, `${here}[${index}]`, found);
    }
    if (field.kind === 'map' && isObject(value)) {
      for (const [name, item] of sortedEntries(value))
        if (isObject(item)) collectUnknown(field.of, item, `${here}.${name}`, found);
    }
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sortedEntries(value: JsonObject): [string, Json | undefined][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function jsonKind(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'number' : `number ${value}`;
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
