import { CommandError } from './failure-report.ts';
import type { Check, Compute, Definition, Service } from './fly-toml.ts';
import { sizeInGb } from './fly-toml-validation.ts';
import type { JsonObject } from './go-json.ts';
import { type Guest, guestOfSize, memoryInMb } from './guest.ts';
import { autostop } from './machine-shape.ts';
import type { MachineConfig, MachineMount } from './machines.ts';
import { allServices, groupConfig } from './process-groups.ts';
import { shellWords } from './shell-words.ts';

const FLYCTL_VERSION = '0.4.87';

/** A file for the machine, its content in base64 or named by a secret. */
export interface MachineFile {
  guest_path: string;
  raw_value?: string;
  secret_name?: string;
}

/**
 * The machine config that a deploy sends for a process group. Of what a machine had before, only metadata and what
 * fly.toml cannot say is kept: env, command, checks, files, mounts and the restart policy are the file's alone.
 * @param files the config's files and those of the flags, read
 * @param before the machine's config until now, when there is a machine
 */
export function machineConfig(
  definition: Definition,
  group: string,
  files: readonly MachineFile[],
  before?: MachineConfig,
): MachineConfig {
  const config = groupConfig(definition, group);
  const { experimental } = config;
  const services = allServices(config).map(machineService);
  const guest = groupGuest(config);
  const [restart] = (config.restart ?? []).slice(-1);
  const { kill_signal: signal, kill_timeout: timeout } = config;
  const cmd = initCommand(config, group) ?? experimental?.cmd;
  return {
    ...before,
    env: {
      ...config.env,
      FLY_PROCESS_GROUP: group,
      ...(config.primary_region && { PRIMARY_REGION: config.primary_region }),
    },
    init: {
      ...before?.init,
      cmd,
      entrypoint: experimental?.entrypoint,
      exec: experimental?.exec,
      swap_size_mb: config.swap_size_mb,
    },
    guest: guest ?? before?.guest,
    metadata: {
      ...before?.metadata,
      fly_flyctl_version: FLYCTL_VERSION,
      fly_platform_version: 'v2',
      fly_process_group: group,
    },
    mounts: (config.mounts ?? []).map(
      (mount): MachineMount => ({
        path: mount.destination,
        name: mount.source,
        extend_threshold_percent: mount.auto_extend_size_threshold,
        add_size_gb: sizeInGb(mount.auto_extend_size_increment ?? ''),
        size_gb_limit: sizeInGb(mount.auto_extend_size_limit ?? ''),
      }),
    ),
    services,
    metrics: config.metrics?.[0],
    checks: machineChecks(config, group),
    statics: config.statics,
    files,
    restart: restart && {
      policy: restart.policy === 'never' ? 'no' : restart.policy,
      max_retries: restart.retries,
    },
    stop_config: signal !== undefined || timeout !== undefined ? { timeout, signal } : undefined,
  };
}

function initCommand({ processes }: Definition, group: string): string[] | undefined {
  const command = processes?.[group];
  return command ? shellWords(command) : undefined;
}

function machineService(service: Service): JsonObject {
  const checks = [
    ...(service.tcp_checks ?? []).map((check) => ({ type: 'tcp', ...check })),
    ...(service.http_checks ?? []).map((check) => ({ type: 'http', ...check, headers: headerList(check) })),
  ];
  return {
    protocol: service.protocol,
    internal_port: service.internal_port,
    autostop: autostop(service.auto_stop_machines),
    autostart: service.auto_start_machines,
    min_machines_running: service.min_machines_running,
    ports: service.ports,
    checks,
    concurrency: service.concurrency,
  };
}

function headerList({ headers }: Check): { name: string; values: string[] }[] | undefined {
  return headers && Object.entries(headers).map(([name, value]) => ({ name, values: [value] }));
}

function machineChecks({ checks, http_service: http }: Definition, group: string): JsonObject | undefined {
  if (!checks || Object.keys(checks).length === 0) return undefined;
  return Object.fromEntries(
    Object.entries(checks).map(([name, check]) => {
      const port = check.port ?? http?.internal_port;
      if (port === undefined) {
        throw new CommandError(
          `Check '${name}' for process group '${group}' has no port set and the group has no http_service to take it from`,
        );
      }
      return [name, { ...check, port, headers: headerList(check) }];
    }),
  );
}

/** The size that [[vm]] gives the group; undefined when it gives none, and then a machine keeps its own. */
export function groupGuest({ vm, host_dedication_id: host }: Definition): Guest | undefined {
  const [size] = vm ?? [];
  return size && computeGuest(size, host);
}

function computeGuest(compute: Compute, host: string | undefined): Guest {
  const { size, memory, processes: _, ...own } = compute;
  const guest: Guest = { ...guestOfSize(size || 'shared-cpu-1x'), ...(host && { host_dedication_id: host }) };
  if (memory) {
    const megabytes = memoryInMb(memory);
    if (megabytes === undefined) throw new CommandError(`invalid size: '${memory}'`);
    if (megabytes === 0) throw new CommandError('memory cannot be zero');
    guest.memory_mb = megabytes;
  }
  return { ...guest, ...own };
}
