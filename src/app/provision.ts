import { causeTable, Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Volume } from '../flyctl/schemas.ts';
import { type AppConfig, gatewayMount } from './config.ts';
import type { AllocatedType, ModePlan } from './mode.ts';
import type { Present } from './present.ts';

/** What has to be made before a deploy; everything is `null` or empty where it is there already. */
export interface Provisions {
  readonly app: { readonly name: string; readonly org: string } | null;
  readonly volume: commands.NewVolume | null;
  readonly addresses: readonly AllocatedType[];
}

/** The size Fly gives a volume unless the mount says another, in GB. */
const defaultVolumeGb = 1;

/** A deploy takes only volumes whose host answers (flyctl 0.4.87). */
function usable(volume: Volume, name: string, region: string): boolean {
  return (
    volume.name === name &&
    volume.region === region &&
    (volume.hostStatus === 'ok' || volume.hostStatus === '')
  );
}

/** Decides what is missing. Asked again after a run that ended half way, it names the rest. */
export function planProvisions(question: {
  readonly app: string;
  readonly org: string;
  readonly region: string;
  readonly config: AppConfig;
  readonly present: Present;
  readonly mode: ModePlan;
}): Provisions {
  const { app, org, region, config, present, mode } = question;
  const mount = gatewayMount(config);
  const name = mount?.source ?? null;
  // A machine that is there keeps the volume it has; only a machine to be made needs a free one.
  const needed = name !== null && !present.machines.some((machine) => machine.volumes.length > 0);
  const there = name !== null && present.volumes.some((volume) => usable(volume, name, region));
  return {
    app: present.status === null ? { name: app, org } : null,
    volume:
      needed && !there && name !== null
        ? { name, region, sizeGb: mount?.initialSizeGb ?? defaultVolumeGb }
        : null,
    addresses: mode.allocateBefore,
  };
}

/** In words, for the plan. */
export function sayProvisions({ app, volume, addresses }: Provisions): string[] {
  return [
    ...(app ? [`create the app ${app.name} in the organization ${app.org}`] : []),
    ...(volume ? [`create the volume ${volume.name} (${volume.sizeGb} GB) in ${volume.region}`] : []),
    ...addresses.map((type) => `allocate ${addressWords[type]}`),
  ];
}

export const addressWords: Readonly<Record<AllocatedType, string>> = {
  shared_v4: 'a shared public IPv4 address',
  v6: 'a public IPv6 address',
  private_v6: 'a private IPv6 address (flycast)',
};

/**
 * Makes what is missing, one thing after the other, since each needs the one before. What another run makes at the
 * same time ends this one: two first deploys at once would bring up two gateways, one of them on an empty volume.
 *
 * @throws FlyctlFailure `token-rights`, `name-taken`, `region-unknown`, `plan-required`, `capacity` …
 * @throws Failure `superseded`
 */
export async function provision(
  flyctl: Flyctl,
  app: string,
  provisions: Provisions,
  signal: AbortSignal,
  said: (what: string) => void,
): Promise<void> {
  if (provisions.app) {
    await createApp(flyctl, provisions.app.name, provisions.app.org, signal);
    said(`created the app ${app}`);
  }
  if (provisions.volume) {
    await refuseCompany(flyctl, app, provisions.volume, null, signal);
    const made = await commands.volumesCreate(flyctl, app, provisions.volume, { signal });
    said(`created the volume ${made.name} (${made.id}) in ${made.region}`);
    await refuseCompany(flyctl, app, provisions.volume, made, signal);
  }
  for (const type of provisions.addresses) {
    await allocate(flyctl, app, type, signal);
    said(`allocated ${addressWords[type]}`);
  }
}

/** A name that is taken by an app which this token sees now, and did not a moment ago, is no stranger's. */
async function createApp(flyctl: Flyctl, app: string, org: string, signal: AbortSignal): Promise<void> {
  try {
    await commands.appsCreate(flyctl, app, org, { signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'name-taken') throw error;
    const seen = await commands.status(flyctl, app, { signal }).catch(() => null);
    throw seen === null ? error : superseded(app, `the app ${app}`, null);
  }
}

/**
 * Of two runs that find no volume only one may go on. Fly has nothing to lock, so each looks before it makes one, and
 * again after: the older volume counts.
 *
 * @param own the one that this run has made; `null`: none yet
 */
async function refuseCompany(
  flyctl: Flyctl,
  app: string,
  { name, region }: commands.NewVolume,
  own: Volume | null,
  signal: AbortSignal,
): Promise<void> {
  const volumes = await commands.volumesList(flyctl, app, { signal });
  const before = volumes.find(
    (volume) => usable(volume, name, region) && volume.id !== own?.id && isBefore(volume, own),
  );
  if (before !== undefined) throw superseded(app, `the volume ${before.id}`, own);
}

/** Where nobody can tell which came first, neither run goes on. */
function isBefore(volume: Volume, own: Volume | null): boolean {
  return own === null || (volume.createdAt ?? 0) <= (own.createdAt ?? 0);
}

function superseded(app: string, what: string, own: Volume | null): Failure {
  const fix = causeTable.superseded.fix({ app });
  // Nothing that this action does destroys a volume, not even one that is empty.
  const spare = own === null ? [] : [`fly volumes destroy ${own.id} -a ${app}`];
  const left = own === null ? '' : ` The volume ${own.id}, made by this run, is empty and to spare.`;
  return new Failure(
    'superseded',
    `Another deploy made ${what} while this run was about to make it, so this run ended.${left}`,
    { evidence: `${what} is there by now`, fix: { ...fix, commands: [...fix.commands, ...spare] } },
  );
}

/** flyctl never looks first: only for an address that is known to be missing. */
export async function allocate(
  flyctl: Flyctl,
  app: string,
  type: AllocatedType,
  signal: AbortSignal,
): Promise<void> {
  if (type === 'shared_v4') await commands.ipsAllocateV4Shared(flyctl, app, { signal });
  else if (type === 'v6') await commands.ipsAllocateV6(flyctl, app, { signal });
  else await commands.ipsAllocatePrivate(flyctl, app, { signal });
}

/** What a person types for the same. */
export function allocateByHand(type: AllocatedType, app: string): string {
  const which = { shared_v4: 'v4 --shared', v6: 'v6', private_v6: 'v6 --private' }[type];
  return `fly ips allocate-${which} -a ${app}`;
}
