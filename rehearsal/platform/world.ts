/** What there is on the platform. Plain state: the modules beside this one change it, tests and scenarios read it. */
import { createHash } from 'node:crypto';

/** JSON as clients send it. */
export type Json = Record<string, unknown>;

export type AddressType = 'v4' | 'v6' | 'shared_v4' | 'private_v6';

export interface Address {
  readonly id: string;
  readonly type: AddressType;
  readonly address: string;
  readonly region: string;
  readonly createdAt: number;
}

export interface Secret {
  readonly name: string;
  value: string;
  /** 16 hex digits, equal for equal values. */
  digest: string;
  readonly createdAt: number;
  updatedAt: number;
}

export interface Release {
  readonly id: string;
  readonly version: number;
  /** pending, running, complete, failed, interrupted. */
  status: string;
  readonly strategy: string;
  readonly image: string;
  /** fly.toml as JSON, `null` if none was sent. */
  readonly definition: Json | null;
  readonly createdAt: number;
  /** `post_deployment_info` and whatever else the client left. */
  metadata: Json | null;
}

export interface Snapshot {
  /** Empty while it is made. */
  id: string;
  status: 'waiting' | 'created';
  readonly createdAt: number;
  size: number;
  readonly volumeSizeGb: number;
  readonly digest: string;
  /** What was on the volume, by path. */
  readonly files: ReadonlyMap<string, string>;
}

export interface Volume {
  readonly id: string;
  readonly name: string;
  /** created, scheduling_destroy. */
  state: string;
  sizeGb: number;
  readonly region: string;
  readonly zone: string;
  readonly encrypted: boolean;
  /** Machine id. */
  attachedTo: string | null;
  readonly createdAt: number;
  readonly snapshotRetention: number;
  readonly autoBackup: boolean;
  /** `ok`, or `unreachable`, `unknown`. */
  readonly hostStatus: string;
  /** Contents by path below the mount, without a leading slash. */
  readonly files: Map<string, string>;
  /** Oldest first. */
  readonly snapshots: Snapshot[];
}

/** One end of a main process, as the machine's event says it. */
export interface Exit {
  readonly code: number;
  /** Signal that killed it, 0: none. */
  readonly signal: number;
  readonly oomKilled: boolean;
  readonly requestedStop: boolean;
  readonly restarting: boolean;
  /** Restarts by policy before this end. */
  readonly restartCount: number;
}

export interface MachineEvent {
  readonly id: string;
  readonly type: 'launch' | 'start' | 'exit' | 'restart' | 'stop';
  readonly status: string;
  readonly source: 'user' | 'flyd';
  /** Platform time, ms since the epoch. */
  readonly at: number;
  readonly exit?: Exit;
}

export interface Lease {
  readonly nonce: string;
  readonly owner: string;
  /** Platform time, ms since the epoch. */
  expiresAt: number;
}

export interface ImageRef {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly labels: Readonly<Record<string, string>> | null;
}

export type MachineState =
  | 'created'
  | 'starting'
  | 'started'
  | 'stopping'
  | 'stopped'
  | 'replacing'
  | 'suspended'
  | 'failed'
  | 'destroyed';

/** A port that somebody listens on inside a machine. */
export interface Listener {
  /** `0.0.0.0`, `127.0.0.1` or `::1`. */
  readonly address: string;
  readonly port: number;
}

export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  state: MachineState;
  /** Changes with each update. */
  instanceId: string;
  readonly privateIp: string;
  readonly createdAt: number;
  updatedAt: number;
  config: Json;
  image: ImageRef;
  /** Newest first. */
  readonly events: MachineEvent[];
  lease: Lease | null;
  readonly hostStatus: string;
  /** Values that the last create or update gave it; staged ones are not among them. */
  secrets: Readonly<Record<string, string>>;
  /** Boots since it was created or last updated. */
  boots: number;
  /** Restarts by policy since somebody last started, restarted or updated it. */
  restartCount: number;
  /** Platform time of the last `started`; `null` while it is not. */
  startedAt: number | null;
  /** Files beside the volumes, gone with each boot; by absolute path. */
  readonly rootFiles: Map<string, string>;
}

export interface LogLine {
  /** Counts the lines of the app from 1. */
  readonly n: number;
  /** Platform time, ms since the epoch. */
  readonly at: number;
  readonly provider: string;
  readonly level: string;
  readonly machine: string;
  readonly region: string;
  readonly text: string;
}

/** A custom host name of the app. */
export interface Certificate {
  readonly hostname: string;
  /** Platform time, ms since the epoch. */
  readonly createdAt: number;
}

export interface App {
  readonly name: string;
  readonly number: number;
  readonly org: string;
  readonly network: string;
  status: 'pending' | 'deployed' | 'suspended';
  readonly createdAt: number;
  /** Destroyed ones too. */
  readonly machines: Map<string, Machine>;
  /** In the order in which the API lists them. */
  readonly volumes: Map<string, Volume>;
  addresses: Address[];
  readonly certificates: Certificate[];
  readonly secrets: Map<string, Secret>;
  secretsVersion: number;
  /** Oldest first. */
  readonly releases: Release[];
  readonly log: LogLine[];
  /** Boots of all its machines. */
  boots: number;
  /** Ends without a clean stop by volume id, platform time. */
  readonly uncleanEnds: Map<string, number[]>;
}

export interface World {
  readonly apps: Map<string, App>;
  /** Names that belong to apps of others. */
  readonly takenNames: Set<string>;
  readonly fullRegions: Set<string>;
  /** Images that the registry had once. */
  readonly forgottenImages: Set<string>;
}

/** Hash of what is on a volume or in a snapshot: equal contents, equal hash, whatever the id. */
export function contentHash(files: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const path of [...files.keys()].sort()) hash.update(JSON.stringify([path, files.get(path)]));
  return hash.digest('hex');
}
