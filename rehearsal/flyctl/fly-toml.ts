import { readFileSync } from 'node:fs';
import { CommandError } from './failure-report.ts';
import { decodeConfig } from './fly-toml-fields.ts';
import { formatDuration } from './go-duration.ts';
import type { Json, JsonObject } from './go-json.ts';

/** An app's config as the CLI understood it. */
export interface AppConfig {
  app?: string;
  /** The path as messages show it. */
  path: string;
  /** What is sent as the release's definition; only `app` when the file does not fit. */
  definition: Definition;
  /** The patched file, unknown keys and all, for strict validation. */
  raw: JsonObject;
  /** Why the file does not fit, in Go's words. */
  problem?: string;
}

/** fly.toml in canonical form: durations as Go writes them, `auto_stop_machines` as a boolean or `suspend`. */
export interface Definition extends JsonObject {
  app?: string;
  primary_region?: string;
  kill_signal?: string;
  kill_timeout?: string;
  swap_size_mb?: number;
  build?: {
    image?: string;
    dockerfile?: string;
    builder?: string;
    buildpacks?: string[];
    builtin?: string;
  } & JsonObject;
  deploy?: { strategy?: string; wait_timeout?: string; release_command?: string } & JsonObject;
  experimental?: { cmd?: string[]; entrypoint?: string[]; exec?: string[] } & JsonObject;
  env?: Record<string, string>;
  processes?: Record<string, string>;
  mounts?: Mount[];
  http_service?: Service;
  services?: Service[];
  checks?: Record<string, Check>;
  files?: ({
    guest_path?: string;
    local_path?: string;
    secret_name?: string;
    raw_value?: string;
  } & Grouped)[];
  host_dedication_id?: string;
  restart?: ({ policy?: string; retries?: number } & Grouped)[];
  vm?: Compute[];
  statics?: JsonObject[];
  metrics?: (JsonObject & Grouped)[];
}

interface Grouped extends JsonObject {
  processes?: string[];
}

export interface Mount extends Grouped {
  source?: string;
  destination?: string;
  initial_size?: string;
  snapshot_retention?: number;
  scheduled_snapshots?: boolean;
  auto_extend_size_threshold?: number;
  auto_extend_size_increment?: string;
  auto_extend_size_limit?: string;
}

export interface Service extends Grouped {
  protocol?: string;
  internal_port?: number;
  force_https?: boolean;
  auto_stop_machines?: boolean | string;
  auto_start_machines?: boolean;
  min_machines_running?: number;
  ports?: ({ port?: number; start_port?: number; end_port?: number; handlers?: string[] } & JsonObject)[];
  concurrency?: JsonObject;
  tls_options?: JsonObject;
  http_options?: JsonObject;
  /** `http_checks` of a service, `checks` of http_service. */
  checks?: Check[];
  http_checks?: Check[];
  tcp_checks?: Check[];
}

export interface Check extends Grouped {
  port?: number;
  type?: string;
  interval?: string;
  timeout?: string;
  grace_period?: string;
  headers?: Record<string, string>;
}

export interface Compute extends Grouped {
  size?: string;
  memory?: string;
  cpu_kind?: string;
  cpus?: number;
  memory_mb?: number;
  host_dedication_id?: string;
}

/**
 * Reads a config file by its ending: TOML, JSON or YAML.
 * @param shown the path for messages
 * @throws CommandError when the file is no TOML at all; a file that only does not fit comes back with its problem
 */
export async function loadConfig(file: string, shown: string): Promise<AppConfig> {
  const text = readFileSync(file, 'utf8');
  return configOfRaw(await parsedText(text, shown), shown);
}

/** The config of a release definition, as the API hands it out. */
export function configOfDefinition(definition: JsonObject): AppConfig {
  return configOfRaw(definition, '--config path unset--');
}

function configOfRaw(source: JsonObject, path: string): AppConfig {
  const app = typeof source.app === 'string' ? source.app : undefined;
  try {
    const raw = patched(source);
    return { app, path, raw, definition: decodeConfig(raw) as Definition };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { app, path, raw: source, definition: app === undefined ? {} : { app }, problem: error.message };
  }
}

async function parsedText(text: string, shown: string): Promise<JsonObject> {
  if (shown.endsWith('.json')) return JSON.parse(text) as JsonObject;
  if (shown.endsWith('.yaml')) return ((await import('yaml')).parse(text) ?? {}) as JsonObject;
  const { parse, TomlError } = await import('smol-toml');
  try {
    return plain(parse(text, { integersAsBigInt: 'asNeeded' })) as JsonObject;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new CommandError(`failed loading app config from ${shown}: ${tomlFault(text, error)}`);
  }
}

/** Where our TOML parser stumbles it says so in other words than the CLI's; those that recordings show. */
const TOML_WORDS: [reason: string, line: RegExp, words: string][] = [
  ['control characters are not allowed in strings', /"/, 'basic strings cannot have new lines'],
  ['illegal character in key', /^\s*\[/, "expected ']' to close table name"],
];

function tomlFault(
  text: string,
  { line, column, message }: { line: number; column: number; message: string },
): string {
  const lines = text.split('\n');
  const faulty = lines[line - 1] ?? '';
  const reason = message.split('\n')[0]?.replace('Invalid TOML document: ', '') ?? '';
  const words = TOML_WORDS.find(([known, where]) => known === reason && where.test(faulty))?.[2] ?? reason;
  const first = Math.max(line - 2, 1);
  const gutter = String(line).length;
  const shown = lines
    .slice(first - 1, line)
    .map((each, index) => `${String(first + index).padStart(gutter)}| ${each}\n`);
  return `row ${line} column ${column}\n${shown.join('')}${' '.repeat(gutter)}| ${' '.repeat(column - 1)}~ ${words}`;
}

/** TOML values as JSON has them: dates as text, and big integers too, which only `[env]` has a use for. */
function plain(value: unknown): Json {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value as Json;
}

/** Brings what older files wrote into today's form (flyctl internal/appconfig patches). */
function patched(source: JsonObject): JsonObject {
  const raw: JsonObject = structuredClone(source);
  if (raw.env !== undefined) raw.env = patchedEnv(raw.env);
  if (raw.services !== undefined) raw.services = listed(raw.services, 'services').map(patchedService);
  patchProcesses(raw);
  if (isObject(raw.experimental)) {
    for (const key of ['cmd', 'entrypoint', 'exec']) {
      const words = raw.experimental[key];
      if (typeof words === 'string') raw.experimental[key] = [words];
    }
  }
  if (raw.checks !== undefined) patchChecks(raw);
  const vm = ['compute', 'computes', 'vm'].flatMap((key) =>
    raw[key] === undefined ? [] : listed(raw[key], 'compute'),
  );
  for (const size of vm) if (size.memory !== undefined) size.memory = goText(size.memory);
  const mounts = ['mount', 'mounts'].flatMap((key) =>
    raw[key] === undefined ? [] : listed(raw[key], 'mounts'),
  );
  for (const mount of mounts)
    if (mount.initial_size !== undefined) mount.initial_size = goText(mount.initial_size);
  const metrics = ['metric', 'metrics'].flatMap((key) =>
    raw[key] === undefined ? [] : listed(raw[key], 'mounts'),
  );
  for (const key of ['compute', 'computes', 'mount', 'metric']) delete raw[key];
  Object.assign(raw, {
    vm: vm.length > 0 ? vm : null,
    mounts: mounts.length > 0 ? mounts : null,
    metrics: metrics.length > 0 ? metrics : null,
  });
  if (raw.kill_timeout !== undefined) raw.kill_timeout = durationOf(raw.kill_timeout, 1000);
  const build = raw.build as JsonObject | undefined;
  if (build && 'build_target' in build) {
    build['build-target'] = build.build_target;
    delete build.build_target;
  }
  return raw;
}

function patchedEnv(value: Json): JsonObject {
  if (Array.isArray(value)) return Object.assign({}, ...value.map(patchedEnv)) as JsonObject;
  if (!isObject(value))
    throw new CommandError(`Do not know how to process 'env' section of type: ${goKind(value)}`);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, goText(item)]));
}

function patchProcesses(raw: JsonObject): void {
  const { processes } = raw;
  if (!Array.isArray(processes)) return;
  const named = processes.filter(isObject).filter((item) => item.name !== undefined);
  raw.processes = Object.fromEntries(named.map((item) => [goText(item.name), goText(item.command ?? '')]));
}

function patchChecks(raw: JsonObject): void {
  const { checks } = raw;
  const named = Array.isArray(checks)
    ? Object.fromEntries(checks.filter(isObject).map((check) => [String(check.name), check]))
    : (checks as JsonObject);
  raw.checks = Object.fromEntries(
    Object.entries(named).map(([name, check]) => [name, patchedCheck((check ?? {}) as JsonObject)]),
  );
}

function patchedService(service: JsonObject): JsonObject {
  const result = { ...service };
  if (typeof result.concurrency === 'string') {
    const [soft, hard] = result.concurrency.split(',').map(Number);
    result.concurrency = { type: 'requests', hard_limit: hard, soft_limit: soft };
  }
  if (result.ports !== undefined) {
    result.ports = listed(result.ports, 'ports').map((port) =>
      port.port === undefined ? port : { ...port, port: whole(port.port) },
    );
  }
  for (const key of ['tcp_checks', 'http_checks']) {
    if (result[key] !== undefined) result[key] = listed(result[key], key).map(patchedCheck);
  }
  if (result.internal_port !== undefined) result.internal_port = whole(result.internal_port);
  return result;
}

function patchedCheck(check: JsonObject): JsonObject {
  const result = { ...check };
  for (const key of ['interval', 'timeout', 'grace_period']) {
    if (result[key] !== undefined) result[key] = durationOf(result[key], 1);
  }
  const { headers } = result;
  if (Array.isArray(headers)) {
    const pairs = headers.filter(isObject).map((header) => [goText(header.name), goText(header.value ?? '')]);
    result.headers = Object.fromEntries(pairs);
  } else if (isObject(headers)) {
    result.headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, goText(value)]),
    );
  }
  return result;
}

/** A number is so many units of `unit` milliseconds; an empty text is nothing. */
function durationOf(value: Json | undefined, unit: number): Json {
  if (typeof value === 'number') return formatDuration(Math.trunc(value) * unit);
  return value === '' ? null : (value ?? null);
}

function listed(value: Json | undefined, section: string): JsonObject[] {
  if (Array.isArray(value) && value.every(isObject)) return value as JsonObject[];
  if (isObject(value)) return [value];
  throw new CommandError(`Error processing ${section}: Unknown type '${goKind(value ?? null)}'`);
}

function whole(value: Json | undefined): number {
  if (typeof value === 'number') return Math.trunc(value);
  const number = Number(value);
  if (typeof value !== 'string' || !/^[+-]?\d+$/.test(value)) {
    throw new CommandError(
      `Can not convert '${String(value)}' to integer: strconv.Atoi: parsing "${String(value)}": invalid syntax`,
    );
  }
  return number;
}

function goText(value: Json | undefined): string {
  return typeof value === 'string' ? value : String(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function goKind(value: Json): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
