import * as z from 'zod/mini';
import type { ExitEvent, LogLine, MachineEvent, MachineSnapshot } from '../watch/facts.ts';

/**
 * What flyctl's JSON looks like and what becomes of it. Go leaves zero values out (`omitempty`) and prints nil
 * slices as `null`, so nothing but identity is required; unknown keys pass. Types of the GraphQL API carry Go field
 * names (PascalCase), those of the Machines API snake_case. Seen with flyctl 0.4.87.
 */

// What does not fit is said in zod's own words, which its small form brings only where it is asked to.
z.config(z.locales.en());

const string = z.string();
const identity = string.check(z.minLength(1));

function turned<S extends z.ZodMiniType, T>(schema: S, turn: (reply: z.output<S>) => T) {
  return z.pipe(schema, z.transform(turn));
}

const text = turned(z.nullish(string), (value) => value ?? '');
const yes = turned(z.nullish(z.boolean()), (value) => value ?? false);
const number = turned(z.nullish(z.number()), (value) => value ?? 0);
const texts = turned(z.nullish(z.record(string, string)), (value) => value ?? {});

function list<T extends z.ZodMiniType>(item: T) {
  return turned(z.nullish(z.array(item)), (value) => value ?? []);
}

/** Milliseconds since the epoch; `null` for nothing, nonsense, and Go's zero time. */
function instant(value: string): number | null {
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) || value.startsWith('0001-') ? null : parsed;
}

export const version = turned(
  z.looseObject({
    // A string in 0.4.87; its source of the same day would print an object.
    Version: z.union([
      identity,
      turned(
        z.looseObject({ Major: z.number(), Minor: z.number(), Patch: z.number() }),
        ({ Major, Minor, Patch }) => `${Major}.${Minor}.${Patch}`,
      ),
    ]),
  }),
  (reply) => reply.Version.replace(/^v/, ''),
);

export const viewer = turned(z.looseObject({ email: text }), (reply) => reply.email);

export const organizations = turned(
  z.record(string, string),
  (reply): ReadonlyMap<string, string> => new Map(Object.entries(reply)),
);

export interface CreatedApp {
  readonly name: string;
  readonly hostname: string;
  readonly org: string;
}

export const createdApp = turned(
  z.looseObject({
    Name: identity,
    Hostname: text,
    Organization: z.nullish(z.looseObject({ Slug: text })),
  }),
  (reply): CreatedApp => ({
    name: reply.Name,
    hostname: reply.Hostname,
    org: reply.Organization?.Slug ?? '',
  }),
);

/** A snapshot for the watch, and what the rest of a run wants to know of the same machine. */
export interface Machine extends MachineSnapshot {
  readonly name: string;
  /** Process group of the app's config; `''` for machines that no deploy made. */
  readonly processGroup: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Command of the machine's config; empty where the image's own holds. */
  readonly command: readonly string[];
  readonly cpus: number | null;
  /** `shared` or `performance`; `''` when unsaid. */
  readonly cpuKind: string;
  /** Files that its config ships, without those whose content is a secret. */
  readonly files: readonly { readonly guestPath: string; readonly base64: string }[];
  /** Ports inside the machine that services point at. */
  readonly internalPorts: readonly number[];
  /** The image as it was asked for, e.g. `ghcr.io/openclaw/openclaw:2026.9.6`. */
  readonly imageRef: string;
  readonly imageDigest: string;
  readonly imageLabels: Readonly<Record<string, string>>;
  /** `ok`, `unknown`, `unreachable`; `''` when unsaid. */
  readonly hostStatus: string;
}

const exitEvent = z.looseObject({
  exit_code: z.nullish(z.number()),
  guest_signal: z.nullish(z.number()),
  signal: z.nullish(z.number()),
  oom_killed: yes,
  requested_stop: yes,
  restarting: yes,
  exited_at: text,
});

const event = turned(
  z.looseObject({
    type: text,
    timestamp: number,
    request: z.nullish(
      z.looseObject({
        exit_event: z.nullish(exitEvent),
        MonitorEvent: z.nullish(z.looseObject({ exit_event: z.nullish(exitEvent) })),
      }),
    ),
  }),
  (entry): MachineEvent => {
    if (entry.type !== 'exit') return { type: entry.type, at: entry.timestamp };
    const said = entry.request?.exit_event ?? entry.request?.MonitorEvent?.exit_event ?? null;
    // -1 stands for "no signal"; the guest's own view comes second.
    const signal = [said?.signal, said?.guest_signal].find((value) => value != null && value > 0) ?? null;
    const exit: ExitEvent = {
      at: instant(said?.exited_at ?? '') ?? entry.timestamp,
      exitCode: said === null ? null : (said.exit_code ?? 0),
      signal,
      oomKilled: said?.oom_killed ?? false,
      requestedStop: said?.requested_stop ?? false,
      restarting: said?.restarting ?? false,
    };
    return { type: 'exit', at: entry.timestamp, exit };
  },
);

const machineConfig = z.looseObject({
  image: text,
  env: texts,
  metadata: texts,
  init: z.nullish(z.looseObject({ cmd: list(string) })),
  guest: z.nullish(
    z.looseObject({ memory_mb: z.nullish(z.number()), cpus: z.nullish(z.number()), cpu_kind: text }),
  ),
  restart: z.nullish(z.looseObject({ policy: text })),
  mounts: list(z.looseObject({ volume: text, name: text, path: text })),
  services: list(z.looseObject({ internal_port: number })),
  files: list(z.looseObject({ guest_path: text, raw_value: text })),
});

const machine = turned(
  z.looseObject({
    id: identity,
    name: text,
    state: text,
    region: text,
    instance_id: text,
    version: text,
    created_at: text,
    updated_at: text,
    host_status: text,
    image_ref: z.nullish(
      z.looseObject({ registry: text, repository: text, tag: text, digest: text, labels: texts }),
    ),
    config: z.nullish(machineConfig),
    incomplete_config: z.nullish(machineConfig),
    events: z.nullish(z.array(event)),
    checks: list(z.looseObject({ name: text, status: text, output: text })),
  }),
  (reply): Machine => {
    // A machine on an unreachable host has only the incomplete one.
    const config = reply.config ?? reply.incomplete_config;
    const ref = reply.image_ref;
    const repository = [ref?.registry, ref?.repository].filter(Boolean).join('/');
    const digest = ref?.digest ?? '';
    const asked = config?.image || (ref?.tag ? `${repository}:${ref.tag}` : repository);
    return {
      id: reply.id,
      name: reply.name,
      instanceId: reply.instance_id || reply.version,
      state: reply.state,
      region: reply.region,
      createdAt: instant(reply.created_at),
      updatedAt: instant(reply.updated_at),
      image: repository && digest ? `${repository}@${digest}` : asked,
      imageRef: asked,
      imageDigest: digest,
      imageLabels: ref?.labels ?? {},
      memoryMb: config?.guest?.memory_mb ?? null,
      cpus: config?.guest?.cpus ?? null,
      cpuKind: config?.guest?.cpu_kind ?? '',
      releaseVersion: releaseNumber(config?.metadata.fly_release_version),
      metadata: config?.metadata ?? {},
      processGroup: config?.metadata.fly_process_group ?? '',
      env: config?.env ?? {},
      command: config?.init?.cmd ?? [],
      files: (config?.files ?? []).flatMap(({ guest_path: guestPath, raw_value: base64 }) =>
        base64 === '' ? [] : [{ guestPath, base64 }],
      ),
      internalPorts: (config?.services ?? []).map((service) => service.internal_port),
      events: reply.events ?? null,
      restartPolicy: config?.restart?.policy || null,
      checks: reply.checks.map(({ name, status, output }) => ({ name, status, output })),
      volumes: (config?.mounts ?? []).map((mount) => ({
        id: mount.volume,
        name: mount.name,
        path: mount.path,
      })),
      hostStatus: reply.host_status,
    };
  },
);

function releaseNumber(metadata: string | undefined): number | null {
  return metadata !== undefined && /^\d+$/.test(metadata) ? Number(metadata) : null;
}

export const machines = list(machine);

/** The app as `status` sees it. */
export interface AppStatus {
  readonly name: string;
  /** e.g. `my-app.fly.dev` */
  readonly hostname: string;
  /** e.g. `https://my-app.fly.dev`; `''` when there is none. */
  readonly appUrl: string;
  readonly org: string;
  /** pending, deployed, suspended … */
  readonly status: string;
  readonly deployed: boolean;
  /** Number of the current release; 0 when there is none. */
  readonly version: number;
  readonly machines: readonly Machine[];
}

export const appStatus = turned(
  z.looseObject({
    Name: identity,
    Hostname: text,
    AppURL: text,
    Status: text,
    Deployed: yes,
    Version: number,
    Organization: z.nullish(z.looseObject({ Slug: text })),
    Machines: list(machine),
  }),
  (reply): AppStatus => ({
    name: reply.Name,
    hostname: reply.Hostname,
    appUrl: reply.AppURL,
    org: reply.Organization?.Slug ?? '',
    status: reply.Status,
    deployed: reply.Deployed,
    version: reply.Version,
    machines: reply.Machines,
  }),
);

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const execResult = turned(
  z.looseObject({ exit_code: number, stdout: text, stderr: text }),
  (reply): ExecResult => ({ exitCode: reply.exit_code, stdout: reply.stdout, stderr: reply.stderr }),
);

/** Who may change a machine just now. */
export interface Lease {
  readonly machineId: string;
  /** e.g. an e-mail address; `''` when unsaid. */
  readonly owner: string;
  readonly description: string;
  readonly nonce: string;
  /** Milliseconds since the epoch, by Fly's clock. */
  readonly expiresAt: number;
  /** Instance of the machine when the lease was taken. */
  readonly version: string;
}

export const leases = turned(
  z.record(
    string,
    z.nullish(
      z.looseObject({
        data: z.nullish(
          z.looseObject({ nonce: text, expires_at: number, owner: text, description: text, version: text }),
        ),
      }),
    ),
  ),
  (reply): readonly Lease[] =>
    Object.entries(reply).flatMap(([machineId, entry]) =>
      entry?.data
        ? [
            {
              machineId,
              owner: entry.data.owner,
              description: entry.data.description,
              nonce: entry.data.nonce,
              expiresAt: entry.data.expires_at * 1000,
              version: entry.data.version,
            },
          ]
        : [],
    ),
);

export interface Secret {
  readonly name: string;
  /** Made by the server; only good for comparing with an earlier one of the same name. */
  readonly digest: string;
  /** `unknown` also where this version of flyctl says nothing. */
  readonly status: 'deployed' | 'staged' | 'partial' | 'unknown';
}

const secret = z.union([
  // 0.3.178 and later; `status` since 0.4.6, and not with more than 100 machines.
  turned(
    z.looseObject({ name: identity, digest: text, status: text }),
    ({ name, digest, status }): Secret => ({ name, digest, status: secretStatus(status) }),
  ),
  turned(
    z.looseObject({ Name: identity, Digest: text }),
    ({ Name, Digest }): Secret => ({ name: Name, digest: Digest, status: 'unknown' }),
  ),
]);

function secretStatus(said: string): Secret['status'] {
  const lower = said.toLowerCase();
  return lower === 'deployed' || lower === 'staged' || lower === 'partial' ? lower : 'unknown';
}

export const secrets = list(secret);

export interface Volume {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly sizeGb: number;
  readonly region: string;
  /** `null`: free. */
  readonly attachedMachineId: string | null;
  readonly createdAt: number | null;
  readonly encrypted: boolean;
  /** Days that snapshots are kept. */
  readonly snapshotRetention: number;
  /** A deploy uses only volumes whose host is `ok`. */
  readonly hostStatus: string;
}

export const volume = turned(
  z.looseObject({
    id: identity,
    name: text,
    state: text,
    size_gb: number,
    region: text,
    attached_machine_id: text,
    created_at: text,
    encrypted: yes,
    snapshot_retention: number,
    host_status: text,
  }),
  (reply): Volume => ({
    id: reply.id,
    name: reply.name,
    state: reply.state,
    sizeGb: reply.size_gb,
    region: reply.region,
    attachedMachineId: reply.attached_machine_id || null,
    createdAt: instant(reply.created_at),
    encrypted: reply.encrypted,
    snapshotRetention: reply.snapshot_retention,
    hostStatus: reply.host_status,
  }),
);

export const volumes = list(volume);

export interface Snapshot {
  /** `''` while it is being made. */
  readonly id: string;
  /** Bytes stored. */
  readonly size: number;
  /** `created` when it is done. */
  readonly status: string;
  readonly createdAt: number | null;
  readonly retentionDays: number | null;
}

export const snapshots = list(
  turned(
    z.looseObject({
      id: text,
      size: number,
      status: text,
      created_at: text,
      retention_days: z.nullish(z.number()),
    }),
    (reply): Snapshot => ({
      id: reply.id,
      size: reply.size,
      status: reply.status,
      createdAt: instant(reply.created_at),
      retentionDays: reply.retention_days ?? null,
    }),
  ),
);

export interface Address {
  readonly address: string;
  /** v4, v6, shared_v4, private_v6, egress_v4, egress_v6; others may come. */
  readonly type: string;
  readonly region: string;
  /** Organization whose private network holds a private address; `''` otherwise. */
  readonly networkOrg: string;
}

export const addresses = list(
  turned(
    z.looseObject({
      Address: identity,
      Type: text,
      Region: text,
      Network: z.nullish(z.looseObject({ Organization: z.nullish(z.looseObject({ Slug: text })) })),
    }),
    (reply): Address => ({
      address: reply.Address,
      type: reply.Type,
      region: reply.Region,
      networkOrg: reply.Network?.Organization?.Slug ?? '',
    }),
  ),
);

/** Host names of an app's certificates. Machines API since 0.4.12, GraphQL before. */
export const certificateHosts = list(
  z.union([
    turned(z.looseObject({ hostname: identity }), ({ hostname }) => hostname),
    turned(z.looseObject({ Hostname: identity }), ({ Hostname }) => Hostname),
  ]),
);

export const logEntry = turned(
  z.looseObject({
    message: text,
    instance: text,
    timestamp: string,
    meta: z.nullish(z.looseObject({ Instance: text, Event: z.nullish(z.looseObject({ Provider: text })) })),
  }),
  (entry): LogLine => ({
    machineId: entry.instance || (entry.meta?.Instance ?? ''),
    provider: entry.meta?.Event?.Provider ?? '',
    at: instantWithFraction(entry.timestamp),
    text: entry.message,
  }),
);

/** Keeps the order of lines within one millisecond: Fly sends nanoseconds, Date drops them. */
function instantWithFraction(timestamp: string): number {
  const at = Date.parse(timestamp);
  const beyond = /\.\d{3}(\d{1,6})/.exec(timestamp)?.[1];
  if (Number.isNaN(at)) return 0;
  return beyond === undefined ? at : at + Number(`0.${beyond}`);
}

export interface Release {
  readonly version: number;
  /** running, complete, failed, interrupted … */
  readonly status: string;
  readonly imageRef: string;
  readonly description: string;
  readonly user: string;
  readonly createdAt: number | null;
}

export const releaseList = turned(
  list(
    turned(
      z.looseObject({
        Version: z.number(),
        Status: text,
        ImageRef: text,
        Description: text,
        CreatedAt: text,
        User: z.nullish(z.looseObject({ Email: text, Name: text })),
      }),
      (reply): Release => ({
        version: reply.Version,
        status: reply.Status,
        imageRef: reply.ImageRef,
        description: reply.Description,
        user: reply.User?.Email || reply.User?.Name || '',
        createdAt: instant(reply.CreatedAt),
      }),
    ),
  ),
  (reply): readonly Release[] => [...reply].sort((a, b) => b.version - a.version),
);

export interface MachineImage {
  readonly machineId: string;
  /** Without tag and digest, e.g. `ghcr.io/openclaw/openclaw`. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

export const images = list(
  turned(
    z.looseObject({
      MachineID: identity,
      Registry: text,
      Repository: text,
      Tag: text,
      Digest: text,
    }),
    (reply): MachineImage => ({
      machineId: reply.MachineID,
      repository: [reply.Registry, reply.Repository].filter(Boolean).join('/'),
      tag: reply.Tag,
      digest: reply.Digest,
    }),
  ),
);
