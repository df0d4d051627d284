import { explainFailure, type FlyctlFailure } from './errors.ts';
import { awaitLeases, type LeaseWait } from './leases.ts';
import type { Completed, Flyctl, OutputStream } from './process.ts';

export interface DeployRequest {
  readonly app: string;
  /** Absolute path of the effective config. */
  readonly configPath: string;
  /** The build context; relative paths in the config start here. */
  readonly cwd: string;
  /** Deploys this image; without it flyctl builds. */
  readonly image?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** What the plan wants said besides: which addresses a first deploy may not make, which Dockerfile is built. */
  readonly flags?: readonly string[] | undefined;
  /** For the words of a fix. */
  readonly region?: string | undefined;
}

/** How far a deploy came, as its output tells. */
export interface DeployProgress {
  /**
   * Up to `image` nothing on Fly was changed; from `releasing` on addresses, a volume and a release may have been made;
   * from `machines` on a machine was leased, and perhaps changed.
   */
  readonly reached: DeployStage;
  /** Machines that it had the lease of, in the order of its output. */
  readonly machineIds: readonly string[];
  /** Those of them that it created. */
  readonly createdIds: readonly string[];
}

/** What a deploy did, as far as its output tells. Its exit is evidence, never the verdict. */
export interface DeployReport extends DeployProgress {
  readonly outcome: 'finished' | 'failed' | 'deadline' | 'cancelled';
  /** It was told to stop before it ended: it may have finished all the same, and leave its lease behind. */
  readonly interrupted: boolean;
  /** `null` when `finished`. */
  readonly failure: FlyctlFailure | null;
  /** Release number where flyctl got as far as printing it: at the very end. */
  readonly releaseVersion: number | null;
  readonly durationMs: number;
}

export type DeployStage = 'config' | 'image' | 'releasing' | 'machines';

export interface DeployOptions {
  /** Milliseconds for everything: builds, second tries, waiting for a lease of another. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Output as it comes. Hostile text: a build prints what it likes. */
  readonly onLine?: ((stream: OutputStream, line: string) => void) | undefined;
  /** Told how far it came, at the beginning and whenever that changes. */
  readonly onProgress?: ((progress: DeployProgress) => void) | undefined;
  /** Told once for each holder that is waited for. */
  readonly onLeaseWait?: ((wait: LeaseWait) => void) | undefined;
  /** Told when the same deploy is begun again because its last request never left. */
  readonly onAgain?: ((failure: FlyctlFailure) => void) | undefined;
}

/**
 * Seconds that flyctl may wait for a state of a machine. It also becomes the lease of each machine that a first
 * deploy creates (note 3 of the recordings: not refreshed, and left behind on a signal), so it is short; with
 * `--detach` there is next to nothing it could cut off.
 */
const waitTimeout = '30s';

/**
 * The flags of every deploy:
 * - `--detach`: the watch judges, not flyctl's smoke, health and start waits; the lease is given back at once.
 * - `--remote-only`: never the local docker; with `--image`, a hit there would be pushed to Fly's registry.
 * - `--deploy-retries 0`: pins the classic path, whose exit codes and texts errors.ts knows; `auto` asks a flag
 *   service, and the other path deploys again by itself.
 * - `--ha=false`: one machine for one volume, and one without; the default makes two where there is no mount.
 * - `--dns-checks=false`: no questions to 8.8.8.8, which cost up to a minute.
 * - `--smoke-checks=false`: implied by `--detach` in the versions seen; said, because 10 s a machine hang on it.
 */
export function deployArguments(request: DeployRequest): string[] {
  const args = ['deploy', '-a', request.app, '-c', request.configPath];
  args.push('--detach', '--remote-only', '--deploy-retries', '0', '--ha=false');
  args.push('--dns-checks=false', '--smoke-checks=false', '--wait-timeout', waitTimeout);
  if (request.image !== undefined) args.push('--image', request.image);
  for (const [name, value] of Object.entries(request.buildArgs ?? {})) {
    args.push('--build-arg', `${name}=${value}`);
  }
  return [...args, ...(request.flags ?? [])];
}

/** Begun again at most this often; the fault is seen in 2 to 9 of 100 runs that meet a 503 (note 6). */
const unsentTries = 3;

/**
 * Deploys. Never throws for what flyctl does: the report says it. A deploy is begun a second time in two cases only:
 * its last request never left this host (`ContentLength=N with Body length 0`), or a machine was leased to another
 * process, which is then waited for. Both leave a failed release behind and no machine changed.
 */
export async function deploy(
  flyctl: Flyctl,
  request: DeployRequest,
  options: DeployOptions,
): Promise<DeployReport> {
  const { now } = flyctl.patience;
  const startedAt = now();
  const deadlineAt = startedAt + options.deadlineMs;
  const args = deployArguments(request);
  const context = { app: request.app, region: request.region };
  const progress = new DeployReader();
  const told = new Set<string>();
  options.onProgress?.(progress.soFar());

  for (let unsent = 1; ; ) {
    const completed = await flyctl.run(args, {
      cwd: request.cwd,
      deadlineMs: Math.max(0, deadlineAt - now()),
      signal: options.signal,
      onLine: (stream, line) => {
        if (progress.read(line)) options.onProgress?.(progress.soFar());
        options.onLine?.(stream, line);
      },
    });
    const report = (failure: FlyctlFailure | null): DeployReport => ({
      outcome: outcome(completed),
      interrupted: completed.cancelled || completed.timedOut,
      failure,
      ...progress.soFar(),
      durationMs: now() - startedAt,
    });
    if (outcome(completed) === 'finished') return report(null);
    const failure = explainFailure({ flyctl, args, completed, context });
    if (outcome(completed) !== 'failed') return report(failure);

    if (failure.unsent && unsent < unsentTries) {
      unsent += 1;
      options.onAgain?.(failure);
      continue;
    }
    if (failure.lease === null) return report(failure);
    const free = await awaitLeases(flyctl, request.app, [failure.lease.machineId], {
      deadlineMs: deadlineAt - now(),
      signal: options.signal,
      onWait: (wait) => {
        const holder = `${wait.machineId} ${wait.owner}`;
        if (!told.has(holder)) options.onLeaseWait?.(wait);
        told.add(holder);
      },
    });
    if (!free) return report(failure);
  }
}

function outcome(completed: Completed): DeployReport['outcome'] {
  if (completed.exitCode === 0) return 'finished';
  if (completed.cancelled) return 'cancelled';
  return completed.timedOut ? 'deadline' : 'failed';
}

/** Reads the stage off flyctl's status lines; the glyph in front of them and `[1/2]` may be there or not. */
class DeployReader {
  #reached: DeployStage = 'config';
  readonly #machines = new Set<string>();
  readonly #created = new Set<string>();
  #release: number | null = null;

  /** @returns whether it tells something new of how far the deploy came */
  read(line: string): boolean {
    const before = this.#reached + this.#machines.size + this.#created.size;
    if (line.startsWith('==> Building image')) this.#reach('image');
    // Printed before the addresses, the volume and the release are made.
    if (line.startsWith('Watch your deployment at ')) this.#reach('releasing');
    // Both are printed after the lease of an existing machine was got; a machine being launched has no name yet.
    const machine = /\b(?:Updating|Machine) ([0-9a-f]{8,}) \[[^\]]+\]/.exec(line)?.[1];
    if (machine !== undefined) this.#machines.add(machine);
    if (machine !== undefined && /\] was created$/.test(line.trimEnd())) this.#created.add(machine);
    if (machine !== undefined || /Launching new machine/.test(line)) this.#reach('machines');
    const release = /^\{"id":"[^"]*","version":(\d+)\b/.exec(line)?.[1];
    if (release !== undefined) this.#release = Number(release);
    return before !== this.#reached + this.#machines.size + this.#created.size;
  }

  soFar() {
    return {
      reached: this.#reached,
      machineIds: [...this.#machines],
      createdIds: [...this.#created],
      releaseVersion: this.#release,
    };
  }

  #reach(stage: DeployStage): void {
    const order: readonly DeployStage[] = ['config', 'image', 'releasing', 'machines'];
    if (order.indexOf(stage) > order.indexOf(this.#reached)) this.#reached = stage;
  }
}
