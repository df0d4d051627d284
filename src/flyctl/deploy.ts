import type { CallOptions } from './call.ts';
import type { FlyctlFailure } from './errors.ts';
import type { Flyctl, OutputStream } from './process.ts';

export interface DeployRequest {
  readonly app: string;
  /** Absolute path of the effective config. */
  readonly configPath: string;
  /** The build context; paths in the config are relative to it. */
  readonly cwd: string;
  /** Deploys this image; without it flyctl builds. */
  readonly image?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** What a FIRST deploy may allocate by itself; later ones never do. */
  readonly addresses: 'public' | 'flycast' | 'none';
}

/** What a deploy did, as far as its output tells. Its exit is evidence, never the verdict. */
export interface DeployReport {
  readonly outcome: 'finished' | 'failed' | 'deadline' | 'cancelled';
  /** Set when `failed`, and when the deadline passed. */
  readonly failure: FlyctlFailure | null;
  /** How far it came: nothing was changed before `releasing`; from there on a release may exist. */
  readonly reached: 'config' | 'image' | 'releasing' | 'machines';
  /** Machines named as created or updated, in that order. */
  readonly machineIds: readonly string[];
  /** Machines that this deploy created. */
  readonly createdIds: readonly string[];
  /** Release number where flyctl printed it (at the very end). */
  readonly releaseVersion: number | null;
  readonly durationMs: number;
}
