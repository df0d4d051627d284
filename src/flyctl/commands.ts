import { Failure } from '../causes.ts';
import type { LogLine, MachineEvent } from '../watch/facts.ts';
import { ask, type CallOptions, tell } from './call.ts';
import { readDocuments } from './documents.ts';
import { FlyctlFailure } from './errors.ts';
import { parseMachineStatus } from './machine-status.ts';
import type { Flyctl } from './process.ts';
import {
  type Address,
  type AppStatus,
  addresses,
  appStatus,
  type CreatedApp,
  certificateHosts,
  createdApp,
  type ExecResult,
  execResult,
  images,
  type Lease,
  leases,
  logEntry,
  type Machine,
  type MachineImage,
  machines,
  organizations,
  type Release,
  releaseList,
  type Secret,
  type Snapshot,
  secrets,
  snapshots,
  type Volume,
  version,
  viewer,
  volume,
  volumes,
} from './schemas.ts';

/**
 * One function a command. Those that only look are tried again on errors that pass; those that change something
 * are tried again only where doing it twice is the same as doing it once, or where nothing reached the API.
 *
 * All of them throw a FlyctlFailure (errors.ts) when flyctl fails, and a Failure `fly-api` when its reply does not fit.
 */

/** `flyctl version --json`: no token, no network. @returns e.g. `0.4.105` */
export async function flyctlVersion(flyctl: Flyctl, options: CallOptions = {}): Promise<string> {
  return ask(flyctl, ['version', '--json'], version, { ...options, repeat: 'always' });
}

/** The cheapest question that needs a token. App-scoped tokens are refused here though they are good elsewhere. */
export async function whoami(flyctl: Flyctl, options: CallOptions = {}): Promise<string> {
  return ask(flyctl, ['auth', 'whoami', '--json'], viewer, { ...options, repeat: 'always' });
}

/** Organizations that the token may see: slug to name. Empty for an app-scoped token. */
export async function orgsList(
  flyctl: Flyctl,
  options: CallOptions = {},
): Promise<ReadonlyMap<string, string>> {
  return ask(flyctl, ['orgs', 'list', '--json'], organizations, { ...options, repeat: 'always' });
}

/** @throws FlyctlFailure `name-taken`, `token-rights` (an app-scoped token sees no organization) */
export async function appsCreate(
  flyctl: Flyctl,
  app: string,
  org: string,
  options: CallOptions = {},
): Promise<CreatedApp> {
  return ask(flyctl, ['apps', 'create', app, '--org', org, '--json'], createdApp, {
    // flyctl waits up to 60 s until the new app can be seen.
    deadlineMs: 90_000,
    ...options,
    repeat: 'unsent',
    context: { app, org },
  });
}

/** The app and its machines of the deploy platform; destroyed machines and those of `machine run` are not among them. */
export async function status(flyctl: Flyctl, app: string, options: CallOptions = {}): Promise<AppStatus> {
  return ask(flyctl, ['status', '-a', app, '--json'], appStatus, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

/** All machines of the app that the API names, in one request. */
export async function machineList(
  flyctl: Flyctl,
  app: string,
  options: CallOptions = {},
): Promise<readonly Machine[]> {
  return ask(flyctl, ['machine', 'list', '-a', app, '--json'], machines, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

/**
 * State and events of one machine from the text of `machine status` (it has no JSON form): for servers whose list
 * carries no events. The table does not say whether the platform will restart the machine: `restarting` is false.
 */
export async function machineStatusEvents(
  flyctl: Flyctl,
  app: string,
  machineId: string,
  options: CallOptions = {},
): Promise<{
  readonly instanceId: string;
  readonly state: string;
  readonly events: readonly MachineEvent[];
}> {
  const { stdout } = await tell(flyctl, ['machine', 'status', machineId, '-a', app], {
    ...options,
    repeat: 'always',
    context: { app, machineId },
  });
  return parseMachineStatus(stdout);
}

/** Starts a machine and does not wait for it. A machine that runs already is no error. */
export async function machineStart(
  flyctl: Flyctl,
  app: string,
  machineId: string,
  options: CallOptions = {},
): Promise<void> {
  await tell(flyctl, ['machine', 'start', machineId, '-a', app], {
    // A lease of another is waited for by flyctl itself, for a minute.
    deadlineMs: 90_000,
    ...options,
    repeat: 'always',
    context: { app, machineId },
  });
}

/**
 * Stops a machine with the signal and the patience of its own config unless told otherwise.
 * flyctl waits 60 s at most, whatever it is told; without `waitSeconds` it does not wait.
 */
export async function machineStop(
  flyctl: Flyctl,
  app: string,
  machineId: string,
  stop: {
    readonly signal?: string | undefined;
    readonly timeoutSeconds?: number | undefined;
    readonly waitSeconds?: number | undefined;
  } = {},
  options: CallOptions = {},
): Promise<void> {
  const args = ['machine', 'stop', machineId, '-a', app];
  if (stop.signal !== undefined) args.push('--signal', stop.signal);
  if (stop.timeoutSeconds !== undefined) args.push('--timeout', String(stop.timeoutSeconds));
  if (stop.waitSeconds !== undefined) args.push('-w', `${stop.waitSeconds}s`);
  await tell(flyctl, args, { deadlineMs: 90_000, ...options, repeat: 'always', context: { app, machineId } });
}

/**
 * Restarts a machine; a stopped one is started. Health checks are left to the watch, and so is a machine that takes
 * its time: once the order is given, flyctl only waits for the start. It gives up after 300 s, and crashes where the
 * API says after a minute that the machine is not up yet, as with a gateway that is slow to stop (0.4.87).
 */
export async function machineRestart(
  flyctl: Flyctl,
  app: string,
  machineId: string,
  options: CallOptions = {},
): Promise<void> {
  try {
    await tell(flyctl, ['machine', 'restart', machineId, '-a', app, '--skip-health-checks'], {
      deadlineMs: 360_000,
      ...options,
      repeat: 'unsent',
      context: { app, machineId },
    });
  } catch (error) {
    const waiting = error instanceof FlyctlFailure && (error.exitCode === 3 || error.code === 'timeout');
    if (!waiting) throw error;
  }
}

export interface MachineChange {
  readonly memoryMb?: number | undefined;
  /** Split as a shell would; `''` takes the command away. Gone with the next deploy. */
  readonly command?: string | undefined;
  /** Kept by deploys, unlike anything else set here; an empty value takes the name away. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Looked up before anything is changed. */
  readonly image?: string | undefined;
  readonly restart?: 'no' | 'on-failure' | 'always' | undefined;
  /** Leaves a stopped machine stopped, and stops one that runs. */
  readonly skipStart?: boolean | undefined;
}

/** Changes one machine, which replaces and so restarts it, a stopped one too unless `skipStart`. Makes no release. */
export async function machineUpdate(
  flyctl: Flyctl,
  app: string,
  machineId: string,
  change: MachineChange,
  options: CallOptions = {},
): Promise<void> {
  const args = ['machine', 'update', machineId, '-a', app, '-y', '--skip-health-checks'];
  if (change.memoryMb !== undefined) args.push('--vm-memory', String(change.memoryMb));
  if (change.command !== undefined) args.push('-C', change.command);
  if (change.image !== undefined) args.push('--image', change.image);
  if (change.restart !== undefined) args.push('--restart', change.restart);
  for (const [name, value] of Object.entries(change.metadata ?? {})) {
    args.push('--metadata', `${name}=${value}`);
  }
  if (change.skipStart) args.push('--skip-start');
  await tell(flyctl, args, {
    deadlineMs: 360_000,
    ...options,
    repeat: 'unsent',
    context: { app, machineId },
  });
}

/**
 * Runs one command inside a started machine. flyctl exits 0 whatever the command's exit code is, and a death by
 * signal looks like success (an empty reply): end a script with an echo of a marker where that matters. The CLI
 * sends the request again after a 503, so the command must bear being run twice. It has no standard input and no
 * shell: use `sh -c '…'`. Never a secret in it: it is an argument.
 *
 * @param timeoutSeconds limit inside the machine; the call itself gets 15 s more
 */
export async function machineExec(
  flyctl: Flyctl,
  app: string,
  machineId: string,
  command: string,
  timeoutSeconds: number,
  options: CallOptions = {},
): Promise<ExecResult> {
  const args = ['machine', 'exec', machineId, command, '-a', app, '--json'];
  return ask(flyctl, [...args, '--timeout', String(timeoutSeconds)], execResult, {
    deadlineMs: (timeoutSeconds + 15) * 1000,
    ...options,
    repeat: 'always',
    context: { app, machineId },
  });
}

/** Destroys a machine in whatever state; its volume stays. Waits for a lease of another, up to a minute. */
export async function machineDestroy(
  flyctl: Flyctl,
  app: string,
  machineId: string,
  options: CallOptions = {},
): Promise<void> {
  await tell(flyctl, ['machine', 'destroy', machineId, '-a', app, '--force'], {
    deadlineMs: 120_000,
    ...options,
    repeat: 'unsent',
    context: { app, machineId },
  });
}

/** Leases now held; machines without one are not among them. */
export async function leasesView(
  flyctl: Flyctl,
  app: string,
  machineIds: readonly string[],
  options: CallOptions = {},
): Promise<readonly Lease[]> {
  if (machineIds.length === 0) return [];
  return ask(flyctl, ['machine', 'leases', 'view', ...machineIds, '-a', app, '--json'], leases, {
    ...options,
    repeat: 'always',
    context: { app, machineId: machineIds[0] },
  });
}

/** Clears the lease of one machine, whoever holds it. A machine without one is no error. */
export async function leasesClear(
  flyctl: Flyctl,
  app: string,
  machineId: string,
  options: CallOptions = {},
): Promise<void> {
  await tell(flyctl, ['machine', 'leases', 'clear', machineId, '-a', app], {
    ...options,
    repeat: 'always',
    context: { app, machineId },
  });
}

/** Names and digests; values cannot be read back. Both generations of the reply are understood. */
export async function secretsList(
  flyctl: Flyctl,
  app: string,
  options: CallOptions = {},
): Promise<readonly Secret[]> {
  return ask(flyctl, ['secrets', 'list', '-a', app, '--json'], secrets, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

/**
 * `secrets import --stage`: the next deploy, or `secretsDeploy`, applies them. The same values twice are the same
 * as once.
 *
 * @param input the lines of the encoder, on standard input only
 */
export async function secretsImport(
  flyctl: Flyctl,
  app: string,
  input: string,
  options: CallOptions = {},
): Promise<void> {
  await tell(flyctl, ['secrets', 'import', '-a', app, '--stage'], {
    deadlineMs: 60_000,
    ...options,
    stdin: input,
    repeat: 'always',
    context: { app },
  });
}

/** `secrets unset --stage`. Names that Fly does not have are no error. */
export async function secretsUnset(
  flyctl: Flyctl,
  app: string,
  names: readonly string[],
  options: CallOptions = {},
): Promise<void> {
  await tell(flyctl, ['secrets', 'unset', ...names, '-a', app, '--stage'], {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

/**
 * Applies staged secrets by a new release that restarts every machine, also when nothing is staged. Still spends
 * 10 s on flyctl's smoke check in spite of `--detach` (recording 095), so its failure is evidence, not a verdict.
 *
 * @throws FlyctlFailure `app-missing` when no machine is there to restart
 */
export async function secretsDeploy(flyctl: Flyctl, app: string, options: CallOptions = {}): Promise<void> {
  await tell(flyctl, ['secrets', 'deploy', '-a', app, '--detach', '--dns-checks=false'], {
    deadlineMs: 360_000,
    ...options,
    repeat: 'unsent',
    context: { app },
  });
}

/** Volumes that are not on their way out. */
export async function volumesList(
  flyctl: Flyctl,
  app: string,
  options: CallOptions = {},
): Promise<readonly Volume[]> {
  return ask(flyctl, ['volumes', 'list', '-a', app, '--json'], volumes, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

export interface NewVolume {
  readonly name: string;
  readonly region: string;
  /** Without it flyctl takes 1 GB, also when a snapshot is larger. */
  readonly sizeGb: number;
  readonly snapshotId?: string | undefined;
}

/**
 * Makes one volume, whether or not one of that name is there.
 *
 * @throws FlyctlFailure `region-unknown`, `plan-required`, `capacity`
 */
export async function volumesCreate(
  flyctl: Flyctl,
  app: string,
  wanted: NewVolume,
  options: CallOptions = {},
): Promise<Volume> {
  const args = ['volumes', 'create', wanted.name, '-a', app, '-r', wanted.region];
  args.push('-s', String(wanted.sizeGb), '-y', '--json');
  if (wanted.snapshotId !== undefined) args.push('--snapshot-id', wanted.snapshotId);
  return ask(flyctl, args, volume, {
    ...options,
    repeat: 'unsent',
    context: { app, region: wanted.region },
  });
}

export async function volumeShow(
  flyctl: Flyctl,
  app: string,
  volumeId: string,
  options: CallOptions = {},
): Promise<Volume> {
  return ask(flyctl, ['volumes', 'show', volumeId, '-a', app, '--json'], volume, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

/** Asks for a snapshot. The reply names none: look for an id that `snapshotsList` did not have before. */
export async function snapshotCreate(
  flyctl: Flyctl,
  app: string,
  volumeId: string,
  options: CallOptions = {},
): Promise<void> {
  await tell(flyctl, ['volumes', 'snapshots', 'create', volumeId, '-a', app], {
    ...options,
    repeat: 'unsent',
    context: { app },
  });
}

/** Oldest first. A snapshot just asked for may have an empty id at first. */
export async function snapshotsList(
  flyctl: Flyctl,
  app: string,
  volumeId: string,
  options: CallOptions = {},
): Promise<readonly Snapshot[]> {
  return ask(flyctl, ['volumes', 'snapshots', 'list', volumeId, '-a', app, '--json'], snapshots, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

export async function ipsList(
  flyctl: Flyctl,
  app: string,
  options: CallOptions = {},
): Promise<readonly Address[]> {
  return ask(flyctl, ['ips', 'list', '-a', app, '--json'], addresses, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

/** flyctl never looks first: called twice, it allocates twice. */
async function allocate(
  flyctl: Flyctl,
  app: string,
  args: readonly string[],
  options: CallOptions,
): Promise<void> {
  await tell(flyctl, ['ips', ...args, '-a', app], { ...options, repeat: 'unsent', context: { app } });
}

/** The shared public v4. See `ipsList` for the address: the reply is a table. */
export async function ipsAllocateV4Shared(
  flyctl: Flyctl,
  app: string,
  options: CallOptions = {},
): Promise<void> {
  await allocate(flyctl, app, ['allocate-v4', '--shared'], options);
}

/** A dedicated public v6. */
export async function ipsAllocateV6(flyctl: Flyctl, app: string, options: CallOptions = {}): Promise<void> {
  await allocate(flyctl, app, ['allocate-v6'], options);
}

/** A private v6 for Fly's proxy (flycast). */
export async function ipsAllocatePrivate(
  flyctl: Flyctl,
  app: string,
  options: CallOptions = {},
): Promise<void> {
  await allocate(flyctl, app, ['allocate-v6', '--private'], options);
}

/** Releases one address; flyctl takes several, but stops half way at the first that fails. */
export async function ipsRelease(
  flyctl: Flyctl,
  app: string,
  address: string,
  options: CallOptions = {},
): Promise<void> {
  await tell(flyctl, ['ips', 'release', address, '-a', app], {
    ...options,
    repeat: 'unsent',
    context: { app },
  });
}

/** Host names of the app's certificates, the first 50: flyctl asks for no second page. */
export async function certsList(
  flyctl: Flyctl,
  app: string,
  options: CallOptions = {},
): Promise<readonly string[]> {
  return ask(flyctl, ['certs', 'list', '-a', app, '--json'], certificateHosts, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

/**
 * The first page of the log buffer. Every call begins at the first page again, so lines repeat from call to call.
 * With an empty buffer flyctl polls for ever: the deadline passing means "no lines yet", not a failure.
 *
 * @throws FlyctlFailure `token-rights` when the token may not read logs
 */
export async function logsPage(
  flyctl: Flyctl,
  app: string,
  which: { readonly machineId?: string | undefined } = {},
  options: CallOptions = {},
): Promise<readonly LogLine[]> {
  const args = ['logs', '-a', app, '--no-tail', '--json'];
  if (which.machineId !== undefined) args.push('-m', which.machineId);
  const { stdout } = await tell(flyctl, args, {
    deadlineMs: 5_000,
    ...options,
    repeat: 'always',
    lateIsFine: true,
    context: { app, machineId: which.machineId },
  });
  const lines: LogLine[] = [];
  for (const document of readDocuments(stdout).documents) {
    const entry = logEntry.safeParse(document);
    if (entry.success) lines.push(entry.data);
  }
  return lines;
}

/** The definition of the latest release, also of one that failed. It has no image, no memory flags and no file contents. */
export async function configShow(
  flyctl: Flyctl,
  app: string,
  form: 'json' | 'toml',
  options: CallOptions = {},
): Promise<string> {
  const args = ['config', 'show', '-a', app];
  if (form === 'toml') args.push('--toml');
  const { stdout } = await tell(flyctl, args, { ...options, repeat: 'always', context: { app } });
  if (stdout.trim() === '') throw new Failure('fly-api', `flyctl ${args.join(' ')} printed nothing`);
  return stdout;
}

/** The last 25 releases, newest first. A `complete` one says nothing about health. */
export async function releases(
  flyctl: Flyctl,
  app: string,
  options: CallOptions = {},
): Promise<readonly Release[]> {
  return ask(flyctl, ['releases', '-a', app, '--json'], releaseList, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}

/** The image of each machine; empty when there is none. */
export async function imageShow(
  flyctl: Flyctl,
  app: string,
  options: CallOptions = {},
): Promise<readonly MachineImage[]> {
  return ask(flyctl, ['image', 'show', '-a', app, '--json'], images, {
    ...options,
    repeat: 'always',
    context: { app },
  });
}
