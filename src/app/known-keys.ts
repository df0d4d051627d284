import { stringify } from 'smol-toml';
import { isTable } from './config-file.ts';

/** What a value has to be where nothing else looks at it; flyctl refuses a file with any other. */
type Kind = 'text' | 'texts' | 'whole' | 'number' | 'flag';

/**
 * What flyctl knows at a place of the file: a table's keys, any key with the same thing below, or a value, of a kind
 * or one that the reader of the config judges.
 */
type Keys = { readonly [key: string]: Keys } | Kind | 'value' | 'any' | { readonly each: Keys };

const check = {
  interval: 'value',
  timeout: 'value',
  grace_period: 'value',
  // Of the first platform; accepted and unused, and still in files that flyctl itself once wrote.
  restart_limit: 'value',
} as const;

const httpCheck = {
  ...check,
  method: 'text',
  path: 'value',
  protocol: 'text',
  tls_skip_verify: 'flag',
  tls_server_name: 'text',
  headers: 'any',
} as const;

const machineCheck = {
  command: 'value',
  image: 'value',
  entrypoint: 'value',
  kill_signal: 'value',
  kill_timeout: 'value',
} as const;

const httpOptions = {
  compress: 'flag',
  response: { headers: 'any', pristine: 'flag' },
  h2_backend: 'flag',
  idle_timeout: 'whole',
  headers_read_timeout: 'whole',
  replay_cache: 'any',
} as const;

const tlsOptions = { alpn: 'texts', versions: 'texts', default_self_signed: 'flag' } as const;

const concurrency = { type: 'text', hard_limit: 'whole', soft_limit: 'whole' } as const;

const guest = {
  size: 'value',
  memory: 'value',
  cpu_kind: 'text',
  cpus: 'whole',
  memory_mb: 'value',
  max_memory_mb: 'whole',
  gpus: 'whole',
  gpu_kind: 'text',
  host_dedication_id: 'text',
  persist_rootfs: 'text',
  kernel_args: 'texts',
  processes: 'value',
} as const;

const mount = {
  source: 'value',
  destination: 'value',
  initial_size: 'value',
  snapshot_retention: 'value',
  scheduled_snapshots: 'flag',
  auto_extend_size_threshold: 'whole',
  auto_extend_size_increment: 'text',
  auto_extend_size_limit: 'text',
  processes: 'value',
} as const;

const metrics = { port: 'whole', path: 'text', https: 'flag', processes: 'texts' } as const;

const autoMachines = {
  internal_port: 'value',
  auto_stop_machines: 'value',
  auto_start_machines: 'flag',
  min_machines_running: 'value',
  processes: 'value',
  concurrency,
  machine_checks: machineCheck,
} as const;

/** The keys of a config file that flyctl 0.4.105 and the versions before it read. */
const knownKeys: Keys = {
  app: 'value',
  primary_region: 'value',
  kill_signal: 'value',
  kill_timeout: 'value',
  swap_size_mb: 'whole',
  console_command: 'text',
  host_dedication_id: 'text',
  machine_config: 'text',
  container: 'text',
  machine_checks: machineCheck,
  experimental: 'any',
  build: {
    builder: 'text',
    args: { each: 'text' },
    buildpacks: 'texts',
    image: 'value',
    settings: 'any',
    builtin: 'text',
    dockerfile: 'value',
    ignorefile: 'value',
    'build-target': 'value',
    build_target: 'value',
    compose: 'any',
    compression: 'text',
    compression_level: 'whole',
  },
  deploy: {
    strategy: 'value',
    max_unavailable: 'number',
    wait_timeout: 'value',
    release_command: 'text',
    release_command_timeout: 'value',
    release_command_vm: guest,
    seed_command: 'text',
  },
  env: 'any',
  processes: 'any',
  mounts: mount,
  mount,
  http_service: {
    ...autoMachines,
    force_https: 'value',
    tls_options: tlsOptions,
    http_options: httpOptions,
    checks: httpCheck,
  },
  services: {
    ...autoMachines,
    protocol: 'text',
    script_checks: 'any',
    ports: {
      port: 'value',
      start_port: 'whole',
      end_port: 'whole',
      handlers: 'value',
      force_https: 'value',
      tls_options: tlsOptions,
      http_options: httpOptions,
      proxy_proto_options: 'any',
    },
    tcp_checks: check,
    http_checks: httpCheck,
  },
  checks: { each: { ...httpCheck, port: 'whole', type: 'value', name: 'value', processes: 'value' } },
  files: {
    guest_path: 'text',
    local_path: 'value',
    secret_name: 'text',
    raw_value: 'text',
    processes: 'texts',
  },
  restart: { policy: 'value', retries: 'value', processes: 'value' },
  vm: guest,
  compute: guest,
  computes: guest,
  statics: { guest_path: 'text', url_prefix: 'text', tigris_bucket: 'text', index_document: 'text' },
  metrics,
  metric: metrics,
};

/** A key that flyctl does not know, and the one that was probably meant. */
interface UnknownKey {
  readonly path: readonly (string | number)[];
  readonly meant: string | null;
  /** The line, or the header, with the key that was meant; `null` where none was, or where it is there as well. */
  readonly line: string | null;
}

/** A value of another type than flyctl takes. */
interface Mistyped {
  readonly path: readonly (string | number)[];
  /** What it has to be, in words. */
  readonly wanted: string;
  /** The line with the value that was probably meant; `null` where nobody can tell. */
  readonly line: string | null;
}

/** Walks the data of a config file, below the keys that are known, and lists those that are not. */
export function unknownKeys(data: unknown): readonly UnknownKey[] {
  return walk(data, knownKeys, []).flatMap(({ path, keys, siblings, value, table }) => {
    if (keys !== null) return [];
    const meant = closest(String(path.at(-1)), siblings);
    // A key that is there already cannot be written twice.
    const isFree = meant !== null && !Object.hasOwn(table, meant);
    return [{ path, meant, line: isFree ? rewritten(path, meant, value) : null }];
  });
}

function rewritten(path: readonly (string | number)[], meant: string, value: unknown): string {
  const tables = Array.isArray(value) ? value : [value];
  if (tables.length > 0 && tables.every((one) => isTable(one))) {
    const header = [...path.slice(0, -1).filter((part) => typeof part === 'string'), meant].join('.');
    return Array.isArray(value) ? `[[${header}]]` : `[${header}]`;
  }
  const written = path.at(-1) === 'memory_gb' ? `${value}gb` : value;
  return stringify({ [meant]: written }).trimEnd();
}

/** Values of keys that are known, and that nothing else looks at. */
export function mistypedValues(data: unknown): readonly Mistyped[] {
  return walk(data, knownKeys, []).flatMap(({ path, keys, value }) => {
    const kind = typeof keys === 'string' && keys in kinds ? kinds[keys as Kind] : null;
    if (kind === null || value === null || kind.fits(value)) return [];
    const meant = kind.meant(value);
    return [{ path, wanted: kind.words, line: meant === null ? null : `${path.at(-1)} = ${meant}` }];
  });
}

const quoted = (value: unknown) =>
  typeof value === 'number' || typeof value === 'boolean' ? `"${value}"` : null;

const kinds: Readonly<
  Record<Kind, { words: string; fits(value: unknown): boolean; meant(value: unknown): string | null }>
> = {
  text: { words: 'a string', fits: (value) => typeof value === 'string', meant: quoted },
  texts: {
    words: 'a list of strings',
    fits: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    meant: (value) => (typeof value === 'string' ? `[${JSON.stringify(value)}]` : null),
  },
  whole: {
    words: 'a whole number',
    fits: (value) => Number.isInteger(value) || typeof value === 'bigint',
    meant: (value) => (typeof value === 'string' && /^\d+$/.test(value) ? value : null),
  },
  number: {
    words: 'a number',
    fits: (value) => typeof value === 'number',
    meant: (value) => (typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value) ? value : null),
  },
  flag: {
    words: 'true or false',
    fits: (value) => typeof value === 'boolean',
    meant: (value) => {
      if (typeof value !== 'string') return null;
      if (/^(?:true|yes|on)$/i.test(value)) return 'true';
      return /^(?:false|no|off)$/i.test(value) ? 'false' : null;
    },
  },
};

/** A key with its value, what is known of it (`null`: nothing), and the names that are known in its table. */
interface Visited {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly keys: Keys | null;
  readonly siblings: readonly string[];
  /** What stands beside it. */
  readonly table: object;
}

function walk(value: unknown, keys: Keys, path: readonly (string | number)[]): Visited[] {
  if (typeof keys === 'string') return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => walk(item, keys, [...path, index]));
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  const table = keys as { readonly [key: string]: Keys };
  const each = 'each' in table ? table.each : undefined;
  return Object.entries(value).flatMap(([key, item]) => {
    const below = each ?? (Object.hasOwn(table, key) ? table[key] : undefined);
    const siblings = Object.keys(table);
    const here = { path: [...path, key], value: item, keys: below ?? null, siblings, table: value };
    return below === undefined ? [here] : [here, ...walk(item, below, here.path)];
  });
}

/** Names people know from elsewhere (the Machines API, older files) and what fly.toml calls the thing. */
const otherNames: Readonly<Record<string, string>> = {
  autostop: 'auto_stop_machines',
  auto_stop: 'auto_stop_machines',
  autostart: 'auto_start_machines',
  auto_start: 'auto_start_machines',
  min_machines: 'min_machines_running',
  environment: 'env',
  volumes: 'mounts',
  region: 'primary_region',
  memory_gb: 'memory',
};

/** The known key that is one slip away: two at most, and one at most for short names. */
function closest(key: string, known: readonly string[]): string | null {
  const other = otherNames[key.toLowerCase()];
  if (other !== undefined && known.includes(other)) return other;
  const plain = key.toLowerCase().replaceAll('-', '_');
  const slips = known
    .map((name) => ({ name, slips: distance(plain, name) }))
    .filter((one) => one.slips <= (Math.min(plain.length, one.name.length) >= 6 ? 2 : 1))
    .sort((a, b) => a.slips - b.slips);
  return slips[0]?.name ?? null;
}

/** Letters to change, add, leave out or swap with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const cell = (up: number, left: number) => rows[row - up]?.[column - left] ?? 0;
      const same = a[row - 1] === b[column - 1];
      let least = Math.min((line[column - 1] ?? 0) + 1, cell(1, 0) + 1, cell(1, 1) + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, cell(2, 2) + 1);
      }
      line.push(least);
    }
    rows.push(line);
  }
  return rows[a.length]?.[b.length] ?? 0;
}
