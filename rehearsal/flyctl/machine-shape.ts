import {
  always,
  type JsonObject,
  list,
  mapOf,
  omitEmpty,
  optional,
  pointer,
  type Shape,
  sortedMap,
  struct,
} from './go-json.ts';
import { goTime } from './go-time.ts';

/** `autostop` travels as a boolean for off and stop, as a word for suspend, whichever way it came. */
export const autostop: Shape = (value) => {
  if (value === 'off') return false;
  if (value === 'stop') return true;
  return value ?? undefined;
};

const httpOptions = struct({
  compress: pointer,
  response: optional(struct({ headers: sortedMap, pristine: pointer })),
  h2_backend: pointer,
  idle_timeout: pointer,
  headers_read_timeout: pointer,
  replay_cache: omitEmpty,
});

const tlsOptions = struct({ alpn: omitEmpty, versions: omitEmpty, default_self_signed: pointer });

export const servicePort = struct({
  port: pointer,
  start_port: pointer,
  end_port: pointer,
  handlers: omitEmpty,
  force_https: omitEmpty,
  tls_options: optional(tlsOptions),
  http_options: optional(httpOptions),
  proxy_proto_options: optional(struct({ version: omitEmpty })),
});

const check = {
  port: pointer,
  type: pointer,
  interval: pointer,
  timeout: pointer,
  grace_period: pointer,
  method: pointer,
  path: pointer,
  protocol: pointer,
  tls_skip_verify: pointer,
  tls_server_name: pointer,
  headers: list(struct({ name: omitEmpty, values: omitEmpty })),
};

const { port, type, ...afterType } = check;

const guest = struct({
  cpu_kind: omitEmpty,
  cpus: omitEmpty,
  memory_mb: omitEmpty,
  max_memory_mb: omitEmpty,
  gpus: omitEmpty,
  gpu_kind: omitEmpty,
  host_dedication_id: omitEmpty,
  persist_rootfs: omitEmpty,
  kernel_args: omitEmpty,
});

const service = struct({
  protocol: omitEmpty,
  internal_port: omitEmpty,
  autostop,
  autostart: pointer,
  min_machines_running: pointer,
  ports: list(servicePort),
  checks: list(struct(check)),
  concurrency: optional(struct({ type: omitEmpty, hard_limit: omitEmpty, soft_limit: omitEmpty })),
  force_instance_key: always(null),
  force_instance_description: pointer,
});

const config = struct({
  env: sortedMap,
  init: struct({
    exec: omitEmpty,
    entrypoint: omitEmpty,
    cmd: omitEmpty,
    tty: omitEmpty,
    swap_size_mb: pointer,
    kernel_args: omitEmpty,
  }),
  guest: optional(guest),
  metadata: sortedMap,
  mounts: list(
    struct({
      encrypted: omitEmpty,
      path: omitEmpty,
      size_gb: omitEmpty,
      volume: omitEmpty,
      name: omitEmpty,
      extend_threshold_percent: omitEmpty,
      add_size_gb: omitEmpty,
      size_gb_limit: omitEmpty,
    }),
  ),
  services: list(service),
  metrics: optional(struct({ port: omitEmpty, path: omitEmpty, https: omitEmpty })),
  checks: mapOf(struct({ port, type, kind: pointer, ...afterType })),
  statics: list(
    struct({
      guest_path: always(''),
      url_prefix: always(''),
      tigris_bucket: always(''),
      index_document: always(''),
    }),
  ),
  image: omitEmpty,
  files: list(
    struct({
      guest_path: omitEmpty,
      raw_value: pointer,
      secret_name: pointer,
      image_config: pointer,
      mode: omitEmpty,
    }),
  ),
  schedule: omitEmpty,
  auto_destroy: omitEmpty,
  restart: optional(struct({ policy: omitEmpty, max_retries: omitEmpty })),
  dns: optional(
    struct({
      skip_registration: omitEmpty,
      nameservers: omitEmpty,
      searches: omitEmpty,
      options: omitEmpty,
      dns_forward_rules: omitEmpty,
      hostname: omitEmpty,
      hostname_fqdn: omitEmpty,
    }),
  ),
  processes: omitEmpty,
  standbys: omitEmpty,
  stop_config: optional(struct({ timeout: pointer, signal: pointer })),
  containers: omitEmpty,
  volumes: omitEmpty,
  rootfs: pointer,
  cache_drive: pointer,
  spot: pointer,
  size: omitEmpty,
  disable_machine_autostart: pointer,
});

const exitEvent = struct({
  exit_code: omitEmpty,
  guest_exit_code: omitEmpty,
  guest_signal: omitEmpty,
  oom_killed: omitEmpty,
  requested_stop: omitEmpty,
  restarting: omitEmpty,
  signal: omitEmpty,
  exited_at: (value) => goTime(typeof value === 'string' ? value : ''),
});

const checkStatus = struct({ name: omitEmpty, status: omitEmpty, output: omitEmpty, updated_at: pointer });

const machine = struct({
  id: omitEmpty,
  name: omitEmpty,
  state: omitEmpty,
  region: omitEmpty,
  image_ref: struct({
    registry: omitEmpty,
    repository: omitEmpty,
    tag: omitEmpty,
    digest: omitEmpty,
    labels: sortedMap,
  }),
  instance_id: omitEmpty,
  version: omitEmpty,
  private_ip: omitEmpty,
  created_at: omitEmpty,
  updated_at: omitEmpty,
  config: optional(config),
  events: list(
    struct({
      type: omitEmpty,
      status: omitEmpty,
      request: optional(
        struct({
          exit_event: optional(exitEvent),
          MonitorEvent: optional(struct({ exit_event: optional(exitEvent) })),
          restart_count: omitEmpty,
        }),
      ),
      source: omitEmpty,
      timestamp: omitEmpty,
    }),
  ),
  checks: list(checkStatus),
  nonce: omitEmpty,
  host_status: omitEmpty,
  cordoned: always(false),
  containers: omitEmpty,
  incomplete_config: optional(config),
});

/** A machine as the CLI prints it (fly-go Machine). */
export const machineJson = (value: unknown): JsonObject => machine(value as JsonObject) as JsonObject;

/** A machine's config as the CLI sends and prints it (fly-go MachineConfig). */
export const configJson = (value: unknown): JsonObject => config(value as JsonObject) as JsonObject;

/** One health check's state as the CLI prints it. */
export const checkStatusJson = (value: unknown): JsonObject => checkStatus(value as JsonObject) as JsonObject;
