/** What flyctl knows at a place of the file: a table's keys, or any key with the same thing below. */
type Keys = { readonly [key: string]: Keys } | 'value' | 'any' | { readonly each: Keys };

const check = {
  interval: 'value',
  timeout: 'value',
  grace_period: 'value',
  // Of the first platform; accepted and unused, and still in files that flyctl itself once wrote.
  restart_limit: 'value',
} as const;

const httpCheck = {
  ...check,
  method: 'value',
  path: 'value',
  protocol: 'value',
  tls_skip_verify: 'value',
  tls_server_name: 'value',
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
  compress: 'value',
  response: { headers: 'any', pristine: 'value' },
  h2_backend: 'value',
  idle_timeout: 'value',
  headers_read_timeout: 'value',
  replay_cache: 'any',
} as const;

const tlsOptions = { alpn: 'value', versions: 'value', default_self_signed: 'value' } as const;

const concurrency = { type: 'value', hard_limit: 'value', soft_limit: 'value' } as const;

const guest = {
  size: 'value',
  memory: 'value',
  cpu_kind: 'value',
  cpus: 'value',
  memory_mb: 'value',
  max_memory_mb: 'value',
  gpus: 'value',
  gpu_kind: 'value',
  host_dedication_id: 'value',
  persist_rootfs: 'value',
  kernel_args: 'value',
  processes: 'value',
} as const;

const mount = {
  source: 'value',
  destination: 'value',
  initial_size: 'value',
  snapshot_retention: 'value',
  scheduled_snapshots: 'value',
  auto_extend_size_threshold: 'value',
  auto_extend_size_increment: 'value',
  auto_extend_size_limit: 'value',
  processes: 'value',
} as const;

const metrics = { port: 'value', path: 'value', https: 'value', processes: 'value' } as const;

const autoMachines = {
  internal_port: 'value',
  auto_stop_machines: 'value',
  auto_start_machines: 'value',
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
  swap_size_mb: 'value',
  console_command: 'value',
  host_dedication_id: 'value',
  machine_config: 'value',
  container: 'value',
  machine_checks: machineCheck,
  experimental: 'any',
  build: {
    builder: 'value',
    args: 'any',
    buildpacks: 'value',
    image: 'value',
    settings: 'any',
    builtin: 'value',
    dockerfile: 'value',
    ignorefile: 'value',
    'build-target': 'value',
    build_target: 'value',
    compose: 'any',
    compression: 'value',
    compression_level: 'value',
  },
  deploy: {
    strategy: 'value',
    max_unavailable: 'value',
    wait_timeout: 'value',
    release_command: 'value',
    release_command_timeout: 'value',
    release_command_vm: guest,
    seed_command: 'value',
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
    protocol: 'value',
    script_checks: 'any',
    ports: {
      port: 'value',
      start_port: 'value',
      end_port: 'value',
      handlers: 'value',
      force_https: 'value',
      tls_options: tlsOptions,
      http_options: httpOptions,
      proxy_proto_options: 'any',
    },
    tcp_checks: check,
    http_checks: httpCheck,
  },
  checks: { each: { ...httpCheck, port: 'value', type: 'value', name: 'value', processes: 'value' } },
  files: {
    guest_path: 'value',
    local_path: 'value',
    secret_name: 'value',
    raw_value: 'value',
    processes: 'value',
  },
  restart: { policy: 'value', retries: 'value', processes: 'value' },
  vm: guest,
  compute: guest,
  computes: guest,
  statics: { guest_path: 'value', url_prefix: 'value', tigris_bucket: 'value', index_document: 'value' },
  metrics,
  metric: metrics,
};

/** A key that flyctl does not know, and the one that was probably meant. */
interface UnknownKey {
  readonly path: readonly (string | number)[];
  readonly meant: string | null;
}

/** Walks the data of a config file, below the keys that are known, and lists those that are not. */
export function unknownKeys(data: unknown): readonly UnknownKey[] {
  return walk(data, knownKeys, []);
}

function walk(value: unknown, keys: Keys, path: readonly (string | number)[]): UnknownKey[] {
  if (typeof keys === 'string') return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => walk(item, keys, [...path, index]));
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  const table = keys as { readonly [key: string]: Keys };
  const each = 'each' in table ? table.each : undefined;
  return Object.entries(value).flatMap(([key, item]) => {
    const below = Array.isArray(value)
      ? undefined
      : (each ?? (Object.hasOwn(table, key) ? table[key] : undefined));
    if (below !== undefined) return walk(item, below, [...path, key]);
    return [{ path: [...path, key], meant: closest(key, Object.keys(table)) }];
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
