import type { Exchange, Recording } from '../../rehearsal/conformance/recording.ts';
import type { PlatformOptions, TokenKind } from '../../rehearsal/platform/options.ts';
import type { Act, Boot, Seed } from '../../rehearsal/platform/scenario.ts';

type App = NonNullable<Seed['apps']>[number];
type Machine = NonNullable<App['machines']>[number];
type Volume = NonNullable<App['volumes']>[number];

/** What there was before a recorded command and those that prepared it. */
export interface Situation extends PlatformOptions {
  /** What happened to it before anything was run. */
  acts?: Act[];
  /** Commands that were run before those that the recording knows of. */
  before?: string[];
}

const VOLUME = 'vol_4qlk1n3yd2z0m8xr';
const RESTORED = 'vol_restored0000001';

/** The app that most recordings were made with, as far as the platform does not fill it in. */
const MACHINE: Machine = { id: '148ed193b95948', volume: 'data' };
const DEPLOYED: App = {
  name: 'my-app',
  secrets: { OPENCLAW_GATEWAY_TOKEN: 'fake-gateway-token' },
  addresses: ['v6', 'shared_v4'],
  volumes: [{ id: VOLUME }],
  machines: [MACHINE],
};

/** Made, and never deployed. */
const FRESH: App = { name: 'my-app' };

const TOKENS: Record<string, TokenKind> = {
  'test-token': 'org',
  'deploy-token': 'deploy',
  'nologs-token': 'deploy-no-logs',
};

const HEALTHY: Boot = { recording: '2026.5.12/01-healthy-start', ports: [3000] };
const SLOW: Situation = { boots: [{ ...HEALTHY, bootDelay: 20 }] };

/** Only what was started by a rule stops by it. */
const SLOW_TO_STOP: Situation = {
  boots: [{ ...HEALTHY, stopTakes: 70 }],
  before: ['flyctl machine restart 148ed193b95948 -a my-app --skip-health-checks', 'sleep 5000 ms'],
};

/** What the answers of a recording do not tell, by its number. */
const UNTOLD: Record<string, (app: App) => Situation> = {
  '015': () => ({ seed: { takenNames: ['taken-app'] } }),
  '041': () => ({ tokens: { 'test-token': 'foreign' } }),
  '177': () => ({ tokens: { 'test-token': 'foreign' } }),
  '138': () => withApps(FRESH),
  '139': () => withApps(FRESH),
  '141': () => ({ tokens: { 'deploy-token': 'deploy-no-logs' } }),
  '142': () => ({ seed: { apps: [] } }),
  '120': () => ({ snapshotTime: 0 }),
  '313': () => ({ snapshotTime: 0 }),
  '193': () => SLOW,
  '230': () => SLOW,
  '233': () => SLOW,
  '237': () => SLOW,
  '263': () => SLOW,
  '272': () => SLOW,
  // Deployed once, and every machine destroyed since.
  '217': () => ({ ...withApps({ ...DEPLOYED, volumes: [], machines: [{}] }), acts: [{ destroy: true }] }),
  '218': (app) => ({
    ...withApps({ ...DEPLOYED, volumes: app.volumes, machines: [{}] }),
    acts: [{ destroy: true }],
  }),
  '255': () => withApps(FRESH),
  '266': () => withApps(FRESH),
  '305': () => withApps({ ...DEPLOYED, machines: [{}] }),
  '409': () =>
    withApps({
      ...DEPLOYED,
      machines: [MACHINE, { id: '287e2d3c471348' }].map((each) => ({ ...each, lease: { ttl: 600 } })),
    }),
  '415': () => SLOW_TO_STOP,
  '482': () => SLOW_TO_STOP,
  '432': () => ({ touchUnchangedSecrets: true }),
  '440': () => withApps(FRESH),
  '466': () => withApps({ ...DEPLOYED, machines: [{ ...MACHINE, state: 'stopped' }] }),
  '344': () => withApps({ ...DEPLOYED, ...twoVolumes(), machines: [MACHINE, strayMachine(RESTORED)] }),
  '472': () => withApps({ ...DEPLOYED, machines: [strayMachine('data')] }),
  '468': () =>
    withApps({
      ...DEPLOYED,
      volumes: [{ id: RESTORED }, { id: VOLUME }],
      machines: [{ ...MACHINE, volume: VOLUME }],
    }),
};

function withApps(...apps: App[]): Situation {
  return { seed: { apps } };
}

function twoVolumes(): Pick<App, 'volumes'> {
  return { volumes: [{ id: VOLUME }, { id: RESTORED }] };
}

/** A machine of `machine run`. */
function strayMachine(volume: string): Machine {
  const config = { init: {}, services: [], restart: undefined, env: undefined };
  return { volume, group: null, memory_mb: 256, config };
}

/** What was on Fly, so far as the recording tells. */
export function situationOf(recording: Recording): Situation {
  const testimony = new Testimony(recording);
  const app = testimony.app();
  const untold = UNTOLD[recording.name.slice(0, 3)]?.(app ?? FRESH) ?? {};
  const tokens = { ...TOKENS, ...untold.tokens };
  return { seed: { apps: app ? [app] : [] }, ...testimony.beside(), ...untold, tokens };
}

interface MachineAnswer {
  id: string;
  name: string;
  state: Machine['state'] & string;
  host_status: Machine['hostStatus'];
  image_ref: { labels: Record<string, string> | null };
  config: {
    image: string;
    mounts?: { volume: string }[];
    services?: unknown[];
    stop_config?: unknown;
    metadata: Record<string, string>;
  };
}

interface VolumeAnswer {
  id: string;
  name: string;
  region: string;
  size_gb: number;
  attached_machine_id: string | null;
}

interface ExecAnswer {
  exit_code: number;
  exit_signal: number;
  stdout: string;
  stderr: string;
}

interface ReleaseNode {
  status: string;
  imageRef?: string;
  image_ref?: string;
}

interface CurrentRelease {
  imageRef: string;
  configDefinition: Record<string, unknown>;
}

/** What the first answers of a recording tell about the time before it. */
class Testimony {
  readonly #recording: Recording;
  readonly #exchanges: readonly Exchange[];

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#exchanges = recording.exchanges;
  }

  /** Labels of images, regions without room, and what commands inside a machine say. */
  beside(): Situation {
    const [machine] = this.#machines() ?? [];
    const labels = machine?.image_ref.labels;
    return {
      ...(labels && { images: { [machine.config.image]: { labels } } }),
      ...(this.#text().includes('insufficient') && { seed: { apps: [FRESH], fullRegions: ['iad'] } }),
      exec: this.#commands(),
    };
  }

  app(): App | undefined {
    if (/app not found|Could not find App/.test(this.#text())) return undefined;
    if (this.#exchanges.some(({ method, path }) => method === 'POST' && path.startsWith('/v1/apps?')))
      return undefined;
    const base = this.#base();
    if (this.#recording.before?.length) return base;
    return { ...base, ...this.#secrets(), ...this.#addresses(), ...this.#releases() };
  }

  #base(): App {
    const { before, argv, stdout } = this.#recording;
    const hasSnapshot = /vs_old1|--from-snapshot/.test(this.#text() + argv.join(' '));
    const snapshots = hasSnapshot ? { snapshots: [{ id: 'vs_old1', age: 330_000 }] } : {};
    if (`${before} ${argv} ${stdout} ${this.#text()}`.includes(RESTORED)) {
      return { ...DEPLOYED, ...twoVolumes(), machines: [{ ...MACHINE, volume: VOLUME, ...this.#state() }] };
    }
    if (before?.length) return { ...DEPLOYED, volumes: [{ id: VOLUME, ...snapshots }] };
    const seen = this.#machines();
    const status = this.#first('GET', /^\/v1\/apps\/[^/]+$/) as { status: string } | undefined;
    const isFresh =
      status?.status === 'pending' || seen?.length === 0 || /"status":"pending","appUrl"/.test(this.#text());
    if (isFresh) return { ...FRESH, ...this.#volumes() };
    const machines = seen?.map((machine) => this.#machine(machine)) ?? [{ ...MACHINE, ...this.#lease() }];
    const volumes = machines.some(({ volume }) => volume) ? [{ id: VOLUME, ...snapshots }] : [];
    const destroyed = this.#first('DELETE', /\/volumes\//) as VolumeAnswer | undefined;
    if (destroyed?.attached_machine_id === null) return { ...DEPLOYED, machines: [{}] };
    return { ...DEPLOYED, volumes, machines, ...(seen ? {} : this.#volumes()) };
  }

  #state(): Pick<Machine, 'state'> {
    const [machine] = this.#machines() ?? [];
    return this.#recording.before || !machine ? {} : { state: machine.state };
  }

  #machine({ id, name, state, host_status, config }: MachineAnswer): Machine {
    const { mounts = [], services = [], stop_config, metadata } = config;
    const isUsual = metadata.fly_release_id?.startsWith('rel_');
    return {
      id,
      name,
      state,
      hostStatus: host_status,
      ...(mounts.length > 0 && { volume: 'data' }),
      ...this.#lease(),
      config: {
        ...(services.length === 0 && { services: undefined }),
        ...(stop_config !== undefined && { stop_config }),
        ...(!isUsual && { metadata }),
      },
    };
  }

  /** The list, or the one machine that was asked for. */
  #machines(): MachineAnswer[] | undefined {
    const list = this.#exchanges.find(
      ({ method, path, status }) =>
        method === 'GET' && /\/machines(\/[0-9a-f]{14})?$/.test(path) && status === 200,
    )?.response;
    if (list === undefined) return undefined;
    return Array.isArray(list) ? list : [list as MachineAnswer];
  }

  /** Somebody else's, and for how long. */
  #lease(): Pick<Machine, 'lease'> {
    const refused = /currently held by (\S+), expires at (\S+?Z)/.exec(this.#text());
    if (refused) {
      const ttl = (Date.parse(refused[2] ?? '') - this.#recording.started) / 1000;
      return { lease: { ttl, owner: refused[1] } };
    }
    const seen = this.#first('GET', /\/lease$/) as
      | { data: { owner: string; expires_at: number } }
      | undefined;
    if (!seen) return {};
    return { lease: { ttl: seen.data.expires_at - this.#recording.started / 1000, owner: seen.data.owner } };
  }

  #volumes(): Pick<App, 'volumes'> {
    const seen = this.#first('GET', /\/volumes$/) as VolumeAnswer[] | undefined;
    if (!seen) return {};
    return { volumes: seen.map(({ id, name, region, size_gb }): Volume => ({ id, name, region, size_gb })) };
  }

  #secrets(): Pick<App, 'secrets' | 'stagedSecrets'> {
    const seen = this.#first('GET', /\/secrets/) as { secrets: { name: string }[] } | undefined;
    const values = Object.fromEntries(seen?.secrets.map(({ name }) => [name, 'fake-gateway-token']) ?? []);
    return seen ? { secrets: values } : {};
  }

  #addresses(): Pick<App, 'addresses'> {
    const match = /"ipAddresses":\{"nodes":(\[.*?\])\},"sharedIpAddress":("[^"]*"|null)/.exec(this.#text());
    const rest = this.#first('GET', /\/ip_assignments$/) as { ips: { ip: string }[] } | undefined;
    if (match && this.#recording.argv[1] === 'list') {
      const nodes = JSON.parse(match[1] ?? '[]') as { type: 'v4'; address: string; region: string }[];
      const shared = JSON.parse(match[2] ?? 'null') as string | null;
      return {
        addresses: [
          ...nodes.map(({ type, address, region }) => ({ type, address, region })),
          ...(shared ? [{ type: 'shared_v4' as const, address: shared }] : []),
        ],
      };
    }
    if (this.#recording.argv[1] === 'release') return { addresses: this.#released() };
    return rest?.ips.some(({ ip }) => ip.startsWith('fdaa')) ? { addresses: ['private_v6'] } : {};
  }

  /** What was there to be released. */
  #released(): App['addresses'] {
    const { argv, stdout } = this.#recording;
    const gone = argv.filter((word) => /^[\d.]+$|:/.test(word) && stdout.includes(word));
    return gone.map((address) => {
      if (address.includes(':')) return { type: 'v6', address };
      return { type: address.startsWith('66.') ? 'shared_v4' : 'v4', address };
    });
  }

  #releases(): Pick<App, 'releases'> {
    const current = this.#exchanges.find(({ operation }) => operation === 'FlyctlConfigCurrentRelease')
      ?.response as { data?: { app?: { currentReleaseUnprocessed?: CurrentRelease | null } } } | undefined;
    const release = current?.data?.app?.currentReleaseUnprocessed;
    if (release) return { releases: [{ image: release.imageRef, definition: release.configDefinition }] };
    const nodes = /"releases":(?:\{"nodes":)?(\[.*?\])[}\]]/.exec(this.#text())?.[1];
    if (!nodes) return {};
    const releases = JSON.parse(nodes) as ReleaseNode[];
    return {
      releases: releases.toReversed().map(({ status, imageRef, image_ref }) => ({
        image: imageRef ?? image_ref ?? '',
        status: status as 'complete',
        age: 0,
      })),
    };
  }

  #commands(): PlatformOptions['exec'] {
    const answers = this.#exchanges.filter(
      ({ path, status }) => path.endsWith('/exec') && (status === 200 || status === 408),
    );
    return answers.map(({ request, response, status, took = 0 }) => {
      const { exit_code = 0, exit_signal = 0, stdout = '', stderr = '' } = response as Partial<ExecAnswer>;
      const takes = status === 408 ? 3600 : took / 1000;
      return {
        marker: (request as { cmd: string }).cmd,
        answer: () => ({ exitCode: exit_code, exitSignal: exit_signal, stdout, stderr, takes }),
      };
    });
  }

  #first(method: string, path: RegExp): unknown {
    return this.#exchanges.find(
      (exchange) => exchange.method === method && path.test(exchange.path) && exchange.status === 200,
    )?.response;
  }

  /** Every answer in one text. */
  #text(): string {
    return this.#exchanges.map(({ response }) => JSON.stringify(response ?? '')).join('\n');
  }
}
