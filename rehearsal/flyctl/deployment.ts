import {
  type ProgressLine,
  progressLines,
  smokeCheck,
  titleOf,
  waitUntilHealthy,
  waitUntilStarted,
  warnOfLoopback,
} from './deploying-machine.ts';
import { EGRESS_ADDRESSES } from './egress.ts';
import { CommandError, within, wrapped } from './failure-report.ts';
import { provision } from './first-deploy.ts';
import type { AppConfig, Definition } from './fly-toml.ts';
import { formatDuration } from './go-duration.ts';
import { goJson, type JsonObject } from './go-json.ts';
import type { Guest } from './guest.ts';
import { requestLease } from './lease.ts';
import { type MachineFile, machineConfig } from './machine-config.ts';
import { configJson } from './machine-shape.ts';
import {
  configOf,
  isActive,
  isLaunchMachine,
  listActiveMachines,
  type Machine,
  type MachineConfig,
  type MachineMount,
  processGroup,
} from './machines.ts';
import { allServices, groupConfig, processNames } from './process-groups.ts';
import type { Session } from './session.ts';
import { listVolumesOf, type Volume } from './volumes.ts';

const DEFAULT_WAIT = 300_000;
const DEFAULT_LEASE = 13_000;
const RELEASE_ATTEMPTS = 3;
const LATEST_IMAGE =
  'query LatestImage ($appName: String!) { app(name: $appName) { currentReleaseUnprocessed { id version imageRef } } }';

/** What a deploy is to do, once its config and image are known. */
export interface DeploymentPlan {
  /** The app as the Machines API describes it. */
  app: { name: string; status?: string; organization?: { slug?: string } };
  config: AppConfig;
  /** Absent for a restart, which keeps the latest release's image. */
  image?: string;
  buildId: number;
  /** Machines keep their config: `secrets deploy` and the like. */
  restartOnly: boolean;
  smokeChecks: boolean;
  /** Wait for the state, the health checks and a warning about them. */
  healthChecks: boolean;
  dnsChecks: boolean;
  /** Milliseconds. */
  waitTimeout: number;
  leaseTimeout: number;
  /** Two machines for services without mounts. */
  highAvailability: boolean;
  updateOnly: boolean;
  /** For machines of groups that have no [[vm]]. */
  guest: Guest;
  volumeSize: number;
  addresses: 'public' | 'private' | 'none';
  files: readonly MachineFile[];
}

interface Release {
  id: string;
  version: number;
}

interface Update {
  machine: Machine;
  input: LaunchInput;
  replace: boolean;
}

interface LaunchInput {
  config: MachineConfig;
  region?: string;
  skipLaunch: boolean;
}

/** Times of a deploy that were asked for; a plan without them takes these. */
export const DEPLOY_TIMES = { waitTimeout: DEFAULT_WAIT, leaseTimeout: DEFAULT_LEASE };

/** Carries a plan out: release, machines, checks. */
export async function runDeployment(session: Session, plan: DeploymentPlan): Promise<void> {
  const { definition } = plan.config;
  const app = plan.app.name;
  const delay = (plan.leaseTimeout - 1000) / 3;
  if (plan.waitTimeout !== DEFAULT_WAIT || plan.leaseTimeout !== DEFAULT_LEASE) {
    session.log(
      'INFO',
      `Using wait timeout: ${formatDuration(plan.waitTimeout)} lease timeout: ${formatDuration(plan.leaseTimeout)} delay between lease refreshes: ${formatDuration(delay)}\n`,
    );
  }
  const all = (await within('failed to list VMs', session.api.flaps('GET', `/apps/${app}/machines`))) as
    | Machine[]
    | undefined;
  const machines = (all ?? []).filter((machine) => isLaunchMachine(machine) && isActive(machine));
  const strangers = machines.length === 0 ? await listActiveMachines(session.api, app) : [];
  if (strangers.length > 0) {
    session.err(
      "\u001b[33m[WARNING]\u001b[0m Your app doesn't have any Fly Launch machines, so we'll create one now. Learn more at \nhttps://fly.io/docs/launch/\n\n",
    );
  }
  const volumes = new FreeVolumes((definition.mounts ?? []).length > 0 ? await appVolumes(session, app) : []);
  const image = plan.image ?? (await latestImage(session, app, machines));
  const deployed = plan.app.status === 'deployed' || plan.app.status === 'suspended';
  const first = strangers.length > 0 || (!deployed && machines.length === 0);
  if (first && !plan.restartOnly) await provision(session, plan, image, volumes);
  checkVolumes(session, definition, machines, volumes);
  const release = await createRelease(session, plan, image);
  if (!plan.restartOnly) await askForEgress(session, app);
  const work = new Deployment(session, plan, release, image, machines, volumes, first);
  try {
    await setStatus(session, release, 'running', null);
  } catch (error) {
    throw wrapped("failed to set release status to 'running'", error);
  }
  await finishing(session, release, () => work.run());
  if (plan.dnsChecks) await checkDns(session, plan);
  if (session.surroundings.env.FLY_EMIT_RELEASE_JSON) {
    session.out(`${goJson({ id: release.id, version: release.version, image_ref: image })}\n`);
  }
}

/** Volumes that no machine holds, in the order of the API's list, each given out once. */
export class FreeVolumes {
  readonly #volumes: Volume[];

  constructor(all: readonly Volume[]) {
    this.#volumes = all.filter(
      (volume) => !volume.attached_machine_id && !volume.attached_alloc_id && volume.host_status === 'ok',
    );
  }

  named(name: string): Volume[] {
    return this.#volumes.filter((volume) => volume.name === name);
  }

  add(volume: Volume): void {
    this.#volumes.push(volume);
  }

  /** Takes the first of that name in the region. */
  take(name: string, region: string | undefined): Volume | undefined {
    const index = this.#volumes.findIndex(
      (volume) => volume.name === name && (!region || volume.region === region),
    );
    return index < 0 ? undefined : this.#volumes.splice(index, 1)[0];
  }
}

async function appVolumes(session: Session, app: string): Promise<Volume[]> {
  return within('Error fetching application volumes', listVolumesOf(session.api, app));
}

async function latestImage(session: Session, app: string, machines: readonly Machine[]): Promise<string> {
  const data = await session.api.namedGraphql('LatestImage', LATEST_IMAGE, { appName: app });
  const release = (data.app as { currentReleaseUnprocessed?: { imageRef?: string } | null } | null)
    ?.currentReleaseUnprocessed;
  const [machine] = machines;
  const image = release?.imageRef || (machine && configOf(machine).image);
  if (!image)
    throw new CommandError('could not find image to use for deployment; backend error was: no release found');
  return image;
}

function checkVolumes(
  session: Session,
  definition: Definition,
  machines: readonly Machine[],
  volumes: FreeVolumes,
): void {
  for (const group of processNames(definition)) {
    const mounts = groupConfig(definition, group).mounts ?? [];
    const own = machines.filter((machine) => processGroup(machine) === group);
    if (own.length === 0) {
      for (const { source = '' } of mounts) {
        if (volumes.named(source).length > 0) continue;
        throw new CommandError(
          `creating a new machine in group '${group}' requires an unattached '${source}' volume. Create it with \`fly volume create ${source}\``,
        );
      }
      continue;
    }
    const [mount] = mounts;
    const needed = new Map<string, number>();
    for (const machine of own) {
      const [held] = configOf(machine).mounts ?? [];
      if (!mount?.destination && held) {
        session.err(
          `Warning! machine ${machine.id} [${group}] has a volume mounted but app config does not specify a volume.\nThis usually indicates a misconfiguration.\n`,
        );
        throw new CommandError('yes flag must be specified when not running interactively');
      }
      if (mount?.destination && !held)
        needed.set(machine.region ?? '', (needed.get(machine.region ?? '') ?? 0) + 1);
      if (held?.name && mount?.source && mount.source !== held.name) {
        // The arguments stand in the wrong places in the CLI as well.
        throw new CommandError(
          `machine ${machine.id} [${group}] can't update the attached volume ${mount.source} with name '${held.volume}' by '${held.name}'`,
        );
      }
    }
    const source = mount?.source ?? '';
    const free = (region: string) =>
      volumes.named(source).filter((volume) => volume.region === region).length;
    const missing = [...needed]
      .filter(([region, count]) => count > free(region))
      .map(([region, count]) => `${region}=${count - free(region)}`);
    if (missing.length > 0) {
      throw new CommandError(
        `Process group '${group}' needs volumes with name '${source}' to fulfill mounts defined in fly.toml; Run \`fly volume create ${source} -r REGION -n COUNT\` for the following regions and counts: ${missing.join(' ')}`,
      );
    }
  }
}

async function createRelease(
  session: Session,
  { app, config, buildId }: DeploymentPlan,
  image: string,
): Promise<Release> {
  const strategy = (config.definition.deploy?.strategy ?? 'rolling').toUpperCase();
  const body = { app_name: app.name, build_id: buildId, definition: config.definition, image, strategy };
  const reply = await session.api.uiex('POST', '/releases', body);
  if (reply.status !== 200 && reply.status !== 201) {
    throw new CommandError(`failed to create release (status ${reply.status}): ${reply.body}`);
  }
  return (JSON.parse(reply.body) as { release: Release }).release;
}

async function askForEgress(session: Session, app: string): Promise<void> {
  try {
    await session.api.graphql(EGRESS_ADDRESSES, { appName: app });
  } catch (error) {
    if (!(error instanceof CommandError) || error.details.cancelled) throw error;
  }
}

/** Sets a release's status, three times if need be, half a second and a second apart. */
async function setStatus(
  session: Session,
  { id }: Release,
  status: string,
  metadata: JsonObject | null,
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await session.api.uiex('PATCH', `/releases/${id}`, { status, metadata }, signal);
    if (reply.status === 200) return;
    if (attempt === RELEASE_ATTEMPTS)
      throw new CommandError(`failed to update release (status ${reply.status}): ${reply.body}`);
    await session.sleep(500 * 2 ** (attempt - 1));
  }
}

/** Runs the work and says in the release how it ended; after a signal on a connection that the signal does not cut. */
async function finishing(session: Session, release: Release, work: () => Promise<void>): Promise<void> {
  const info = (error: string) => ({ post_deployment_info: { flyctl_version: '0.4.87', error } });
  const warn = async (words: string, set: Promise<void>) => {
    try {
      await set;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      session.log('WARN', `failed to set final release status after ${words}: ${error.message}\n`);
    }
  };
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.details.cancelled) {
      await warn(
        'deployment failure',
        setStatus(session, release, 'interrupted', info(''), new AbortController().signal),
      );
    } else await warn('deployment failure', setStatus(session, release, 'failed', info(error.message)));
    throw error;
  }
  await warn('successful deployment', setStatus(session, release, 'complete', info('')));
}

/**
 * Asks a public name server, as the CLI does for up to a minute. A rehearsal has no internet, so it plays what the
 * CLI shows without one.
 */
async function checkDns(session: Session, { app, config }: DeploymentPlan): Promise<void> {
  const { ips } = ((await session.api.flaps('GET', `/apps/${app.name}/ip_assignments`)) ?? {}) as {
    ips?: { ip: string; shared?: boolean; region?: string }[];
  };
  if (!ips || ips.length === 0 || allServices(config.definition).length === 0) return;
  const host = `${app.name}.fly.dev`;
  session.err(`Checking DNS configuration for ${host}\n`);
  await session.sleep(55_000);
  const count = ips.filter(
    ({ ip, shared, region }) => ip.includes('.') && (shared || region === 'global'),
  ).length;
  const reason = `expected ${count} A records for ${host}., got 0`;
  session.err(
    `WARNING: DNS verification failed: ${reason}\nYour app is deployed but DNS may take a few minutes to propagate globally\n`,
  );
  session.log('WARN', `DNS checks failed: ${reason}\n`);
}

/** The part of a deploy that touches machines. */
class Deployment {
  readonly #session: Session;
  readonly #plan: DeploymentPlan;
  readonly #release: Release;
  readonly #image: string;
  readonly #volumes: FreeVolumes;
  readonly #first: boolean;
  #machines: Machine[];
  readonly #listenChecked = new Set<string>();

  constructor(
    session: Session,
    plan: DeploymentPlan,
    release: Release,
    image: string,
    machines: Machine[],
    volumes: FreeVolumes,
    first: boolean,
  ) {
    this.#session = session;
    this.#plan = plan;
    this.#release = release;
    this.#image = image;
    this.#machines = machines;
    this.#volumes = volumes;
    this.#first = first;
  }

  async run(): Promise<void> {
    // On a signal the CLI ends the line that its progress may stand on.
    const newline = () => this.#session.err('\n');
    this.#session.surroundings.signal.addEventListener('abort', newline);
    try {
      if (this.#plan.restartOnly)
        await this.#update(this.#machines.map((machine) => this.#restartOf(machine)));
      else await this.#deploy();
    } finally {
      this.#session.surroundings.signal.removeEventListener('abort', newline);
    }
  }

  async #deploy(): Promise<void> {
    const { definition } = this.#plan.config;
    const groups = processNames(definition);
    const leaving = this.#machines.filter((machine) => !groups.includes(processGroup(machine)));
    const bare = groups.filter((group) => !this.#machines.some((machine) => processGroup(machine) === group));
    this.#announce(leaving, bare);
    this.#machines = this.#machines.filter((machine) => !leaving.includes(machine));
    for (const machine of leaving) {
      await this.#session.api.flaps(
        'DELETE',
        `/apps/${this.#plan.app.name}/machines/${machine.id}?kill=true`,
      );
    }
    if (!this.#plan.updateOnly && bare.length > 0) await this.#createFor(bare);
    const updates = this.#machines.map((machine) => {
      try {
        return this.#updateOf(machine);
      } catch (error) {
        throw wrapped(`failed to update machine configuration for ${titleOf(machine)}`, error);
      }
    });
    await this.#update(updates);
  }

  #announce(leaving: readonly Machine[], bare: readonly string[]): void {
    if (leaving.length === 0 && bare.length === 0) return;
    const out = (text: string) => this.#session.out(text);
    out(this.#first ? 'This deployment will:\n' : 'Process groups have changed. This will:\n');
    for (const group of new Set(leaving.map(processGroup))) {
      const count = leaving.filter((machine) => processGroup(machine) === group).length;
      out(` * destroy ${count} "${group}" machine${count === 1 ? '' : 's'}\n`);
    }
    for (const group of bare) {
      const config = groupConfig(this.#plan.config.definition, group);
      const single = !this.#plan.highAvailability || (config.mounts ?? []).length > 0;
      const pair =
        allServices(config).length > 0
          ? `2 "${group}" machines`
          : `1 "${group}" machine and 1 standby machine for it`;
      out(` * create ${single ? `1 "${group}" machine` : pair}\n`);
    }
    out('\n');
  }

  async #createFor(groups: readonly string[]): Promise<void> {
    const lines = progressLines(this.#session, groups.length);
    for (const [index, group] of groups.entries()) {
      const line = lines[index];
      if (!line) continue;
      line.log('Launching new machine');
      this.#session.out(`No machines in group ${group}, launching a new machine\n`);
      try {
        const machine = await this.#spawn(group, line);
        const config = groupConfig(this.#plan.config.definition, group);
        if (!this.#plan.highAvailability || (config.mounts ?? []).length > 0) continue;
        if (allServices(config).length > 0) {
          this.#session.out(
            'Creating a second machine for high availability and zero downtime deployments.\nTo disable this, set "min_machines_running = 0" in your fly.toml.\n',
          );
          await this.#spawn(group, line);
        } else {
          this.#session.out(`Creating a standby machine for ${machine.id}\n`);
          await this.#spawn(group, line, machine.id);
        }
      } catch (error) {
        if (error instanceof CommandError) line.failure(`Failed: ${error.message}`);
        throw error;
      }
    }
    this.#session.err('Finished launching new machines\n');
    this.#noteAutostop(groups);
  }

  #noteAutostop(groups: readonly string[]): void {
    const stopping = groups.filter((group) => {
      const services = allServices(groupConfig(this.#plan.config.definition, group));
      return services.length > 0 && services.every((service) => service.auto_stop_machines === true);
    });
    if (stopping.length === 0) return;
    this.#session.out(
      `\n\nNOTE: The machines for [${stopping.join(',')}] have services with 'auto_stop_machines = "stop"' that will be stopped when idling\n\n`,
    );
  }

  async #spawn(group: string, line: ProgressLine, standbyFor?: string): Promise<Machine> {
    const { app, waitTimeout, healthChecks, smokeChecks, config } = this.#plan;
    const session = this.#session;
    let input: LaunchInput;
    try {
      input = this.#launchOf(group, standbyFor);
    } catch (error) {
      throw wrapped('error creating machine configuration', error);
    }
    const body = this.#inputJson(input, { lease_ttl: Math.floor(waitTimeout / 1000) });
    const launched = within(
      'failed to launch VM',
      session.api.flaps('POST', `/apps/${app.name}/machines`, { body }),
    );
    const machine = (await within('error creating a new machine', launched)) as Machine;
    line.log(`Machine ${titleOf(machine)} was created`);
    try {
      if (input.skipLaunch) return machine;
      if (smokeChecks) await smokeCheck(session, app.name, machine, config.definition.primary_region ?? '');
      if (healthChecks) {
        await waitUntilStarted(session, app.name, machine, waitTimeout);
        await this.#healthy(machine);
        line.success(`Machine ${titleOf(machine)} update finished: success`);
      }
      await this.#listening(machine);
      return machine;
    } finally {
      await this.#releaseNew(machine);
    }
  }

  async #healthy(machine: Machine, line?: ProgressLine): Promise<void> {
    try {
      await waitUntilHealthy(this.#session, this.#plan.app.name, machine, this.#plan.waitTimeout, line);
    } catch (error) {
      if (error instanceof CommandError && !error.details.cancelled) await this.#listening(machine);
      throw error;
    }
  }

  /** Looks at the listening addresses once for each process group. */
  async #listening(machine: Machine): Promise<void> {
    const group = processGroup(machine);
    if (this.#listenChecked.has(group)) return;
    this.#listenChecked.add(group);
    await warnOfLoopback(this.#session, this.#plan.app.name, machine, this.#plan.config.definition);
  }

  /** A new machine is leased by its very creation, for as long as the wait timeout; that lease is not refreshed. */
  async #releaseNew(machine: Machine): Promise<void> {
    const { signal } = this.#session.surroundings;
    if (!machine.nonce) return;
    if (signal.aborted)
      this.#session.log(
        'INFO',
        `detected canceled context and allowing 500ms to release machine ${titleOf(machine)} lease\n`,
      );
    try {
      const path = `/apps/${this.#plan.app.name}/machines/${machine.id}/lease`;
      await this.#session.api.flaps('DELETE', path, { nonce: machine.nonce });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#session.log('WARN', `failed to release lease for machine ${titleOf(machine)}: ${error.message}`);
    }
  }

  async #update(updates: readonly Update[]): Promise<void> {
    if (updates.length === 0) return;
    const nonces = await this.#leases(updates.map(({ machine }) => machine));
    const refreshing = new AbortController();
    const refreshes = [...nonces].map(([id, nonce]) => this.#refresh(id, nonce, refreshing.signal));
    try {
      const strategy = this.#plan.config.definition.deploy?.strategy ?? 'rolling';
      this.#session.out(`Updating existing machines in '${this.#plan.app.name}' with ${strategy} strategy\n`);
      await this.#rollOut(updates, nonces, strategy === 'immediate');
    } finally {
      refreshing.abort();
      await Promise.all(refreshes);
      await this.#releaseAll(updates, nonces);
    }
  }

  async #leases(machines: readonly Machine[]): Promise<Map<string, string>> {
    const nonces = new Map<string, string>();
    const seconds = Math.floor(this.#plan.leaseTimeout / 1000);
    const outcomes = await Promise.allSettled(
      machines.map(async ({ id }) =>
        nonces.set(id, (await requestLease(this.#session, this.#plan.app.name, id, seconds)).nonce),
      ),
    );
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (!failure) return nonces;
    const error: unknown = failure.reason;
    if (error instanceof CommandError) {
      this.#session.log('WARN', `failed to acquire lease: ${error.message}\n`);
      for (const [id, nonce] of nonces)
        await this.#session.api.flaps('DELETE', `/apps/${this.#plan.app.name}/machines/${id}/lease`, {
          nonce,
        });
    }
    throw error;
  }

  async #refresh(id: string, nonce: string, signal: AbortSignal): Promise<void> {
    const { clock, signal: interruption } = this.#session.surroundings;
    const seconds = Math.floor(this.#plan.leaseTimeout / 1000);
    const stop = AbortSignal.any([signal, interruption]);
    for (;;) {
      await clock.sleep((this.#plan.leaseTimeout - 1000) / 3, stop);
      if (stop.aborted) return;
      try {
        await this.#session.api.flaps(
          'POST',
          `/apps/${this.#plan.app.name}/machines/${id}/lease?ttl=${seconds}`,
          { nonce },
        );
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        if (stop.aborted || error.message.includes('machine not found')) return;
        this.#session.log(
          'WARN',
          `error refreshing lease for machine ${id}: failed to get lease on VM ${id}: ${error.message}\n`,
        );
      }
    }
  }

  /** After a signal nothing reaches the API any more: the leases stay until they run out. */
  async #releaseAll(updates: readonly Update[], nonces: ReadonlyMap<string, string>): Promise<void> {
    const { signal } = this.#session.surroundings;
    const cancelled = signal.aborted;
    if (cancelled)
      this.#session.log('INFO', 'detected canceled context and allowing 500ms to release machine leases\n');
    await Promise.all(
      updates.map(async ({ machine }) => {
        const nonce = nonces.get(machine.id);
        if (!nonce) return;
        if (cancelled) {
          this.#session.log(
            'INFO',
            `detected canceled context and allowing 500ms to release machine ${titleOf(machine)} lease\n`,
          );
          return;
        }
        try {
          await this.#session.api.flaps(
            'DELETE',
            `/apps/${this.#plan.app.name}/machines/${machine.id}/lease`,
            { nonce },
          );
        } catch (error) {
          if (!(error instanceof CommandError)) throw error;
          if (error.details.status !== 404)
            this.#session.log('WARN', `failed to release lease: ${error.message}\n`);
        }
      }),
    );
  }

  async #rollOut(
    updates: readonly Update[],
    nonces: ReadonlyMap<string, string>,
    immediate: boolean,
  ): Promise<void> {
    const sorted = updates.toSorted((a, b) => (a.machine.id < b.machine.id ? -1 : 1));
    const cold = sorted.filter(({ machine }) => machine.state !== 'started');
    const warm = sorted.filter(({ machine }) => machine.state === 'started');
    const lines = progressLines(this.#session, updates.length);
    const inTurn = async (batch: readonly Update[], from: number) => {
      for (const [index, update] of batch.entries()) {
        const line = lines[from + index];
        if (line) await this.#updateOne(update, nonces.get(update.machine.id) ?? '', line, !immediate);
      }
    };
    // The first failure of either is the deploy's; the other batch is not waited for by the CLI, but it is here.
    const outcomes = await Promise.allSettled([inTurn(cold, 0), inTurn(warm, cold.length)]);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
  }

  async #updateOne(update: Update, nonce: string, line: ProgressLine, wait: boolean): Promise<void> {
    const title = titleOf(update.machine);
    line.log(`Updating ${title}`);
    try {
      const machine = await this.#put(update, nonce, line);
      if (wait && !update.input.skipLaunch) await this.#waitFor(machine, line);
      line.success(`Machine ${title} update succeeded`);
    } catch (error) {
      if (error instanceof CommandError) {
        line.failure(
          `Machine ${title} update ${error.details.cancelled ? 'canceled while it was in progress' : `failed: ${error.message}`}`,
        );
      }
      throw error;
    }
  }

  async #put({ machine, input, replace }: Update, nonce: string, line: ProgressLine): Promise<Machine> {
    const { api } = this.#session;
    const machines = `/apps/${this.#plan.app.name}/machines`;
    if (replace) {
      line.log(`Replacing ${titleOf(machine)} by new machine`);
      await within(
        `failed to destroy VM ${machine.id}`,
        api.flaps('DELETE', `${machines}/${machine.id}?kill=true`, { nonce }),
      );
      const body = this.#inputJson(input, { lease_ttl: Math.floor(this.#plan.waitTimeout / 1000) });
      const created = (await within('failed to launch VM', api.flaps('POST', machines, { body }))) as Machine;
      await this.#releaseNew(created);
      line.log(`Created machine ${titleOf(created)}`);
      return created;
    }
    line.log(`Updating ${titleOf(machine)}`);
    const body = this.#inputJson(input, {});
    const request = api.flaps('POST', `${machines}/${machine.id}`, { nonce, body });
    return (await within(`failed to update VM ${machine.id}`, request)) as Machine;
  }

  async #waitFor(machine: Machine, line: ProgressLine): Promise<void> {
    const { app, waitTimeout, healthChecks, smokeChecks, config } = this.#plan;
    if (healthChecks) await waitUntilStarted(this.#session, app.name, machine, waitTimeout, line);
    if (smokeChecks)
      await smokeCheck(this.#session, app.name, machine, config.definition.primary_region ?? '', line);
    if (healthChecks) await this.#healthy(machine, line);
    await this.#listening(machine);
  }

  #inputJson({ config, region, skipLaunch }: LaunchInput, extra: JsonObject): JsonObject {
    const version = this.#session.directory.secretsVersion(this.#plan.app.name);
    return {
      config: configJson(config),
      ...(region && { region }),
      ...(skipLaunch && { skip_launch: true }),
      skip_secrets: false,
      ...(version !== undefined && { min_secrets_version: version }),
      ...extra,
    };
  }

  #withRelease(config: MachineConfig): MachineConfig {
    const metadata: Record<string, string> = {
      fly_platform_version: 'v2',
      fly_process_group: 'app',
      ...config.metadata,
      fly_release_id: this.#release.id,
      fly_release_version: String(this.#release.version),
      fly_flyctl_version: '0.4.87',
    };
    return { ...config, metadata };
  }

  #restartOf(machine: Machine): Update {
    const config = this.#withRelease(configOf(machine));
    return {
      machine,
      replace: false,
      input: { config, region: machine.region, skipLaunch: skipsLaunch(machine) },
    };
  }

  #launchOf(group: string, standbyFor: string | undefined): LaunchInput {
    const { definition } = this.#plan.config;
    const config = this.#withRelease({
      ...machineConfig(definition, group, this.#plan.files),
      image: this.#image,
    });
    config.guest ??= this.#plan.guest;
    const region = definition.primary_region;
    const [mount] = config.mounts ?? [];
    if (mount) {
      const volume = this.#volumes.take(mount.name ?? '', region);
      if (!volume) {
        throw new CommandError(
          `New machine in group '${group}' needs an unattached volume named '${mount.name}' in region '${region ?? ''}'`,
        );
      }
      mount.volume = volume.id;
    }
    if (standbyFor) {
      config.standbys = [standbyFor];
      config.env = { ...config.env, FLY_STANDBY_FOR: standbyFor };
    }
    return { config, region, skipLaunch: standbyFor !== undefined };
  }

  #updateOf(machine: Machine): Update {
    const before = configOf(machine);
    const group = processGroup(machine) || 'app';
    const config = this.#withRelease({
      ...machineConfig(this.#plan.config.definition, group, this.#plan.files, before),
      image: this.#image,
    });
    let replace = machine.host_status !== 'ok';
    const [held] = before.mounts ?? [];
    const [wanted] = config.mounts ?? [];
    if (held && wanted) {
      const kept: MachineMount =
        wanted.path === held.path || !held.name ? { ...held } : { ...wanted, volume: held.volume };
      const { extend_threshold_percent, add_size_gb, size_gb_limit } = wanted;
      config.mounts = [{ ...kept, extend_threshold_percent, add_size_gb, size_gb_limit }];
      if (wanted.path !== held.path && held.name) {
        this.#session.log(
          'WARN',
          `Updating the mount path for volume ${held.volume} on machine ${machine.id} from ${held.path} to ${wanted.path} due to fly.toml [mounts] destination value\n`,
        );
      }
    } else if (held) replace = true;
    else if (wanted) {
      const volume = this.#volumes.take(wanted.name ?? '', machine.region);
      if (!volume) {
        throw new CommandError(
          `machine in group '${group}' needs an unattached volume named '${wanted.name}' in region '${machine.region}'`,
        );
      }
      wanted.volume = volume.id;
      replace = true;
    }
    const [mount] = config.mounts ?? [];
    if (machine.host_status !== 'ok' && held && mount && held.volume === mount.volume) {
      throw new CommandError(
        `machine '${machine.id}' requires manual intervention, it can't be automatically replaced because its volume '${held.volume}' is on an unreachable host`,
      );
    }
    if ((config.services ?? []).length > 0 && (config.standbys ?? []).length > 0) config.standbys = undefined;
    return { machine, replace, input: { config, region: machine.region, skipLaunch: skipsLaunch(machine) } };
  }
}

/** A machine that is neither up nor coming up is updated and left as it is. */
function skipsLaunch({ state = '' }: Machine): boolean {
  return !['started', 'starting', 'failed'].includes(state);
}
