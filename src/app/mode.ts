import type { Finding } from './finding.ts';

/** An address of the app as `fly ips list` names it: v4, shared_v4, v6, private_v6, egress_v4, egress_v6. */
export interface Address {
  readonly type: string;
  readonly address: string;
}

export type AllocatedType = 'v6' | 'shared_v4' | 'private_v6';

/** What is known when the mode is decided. */
export interface ModeQuestion {
  /** The inputs `mode` and `private-access`. */
  readonly wanted: 'auto' | 'public' | 'private';
  readonly privateAccess: 'flycast' | 'none';
  /** Never deployed: made by this run, or there without machine and release. */
  readonly appIsNew: boolean;
  readonly addresses: readonly Address[];
  /** The config file has a service for the gateway. */
  readonly hasService: boolean;
  /** The config file is named private (`fly.private.toml`). */
  readonly namedPrivate: boolean;
  /** Host names of the app's certificates. */
  readonly customHosts: readonly string[];
}

/** What becomes of the addresses, and when. Everything is empty where nothing has to change. */
export interface ModePlan {
  readonly mode: 'public' | 'private';
  /** Why it is this mode, in one sentence. */
  readonly reason: string;
  /** How people get in once the plan is done. */
  readonly access: 'public' | 'flycast' | 'console';
  readonly allocateBefore: readonly AllocatedType[];
  /** Of an app that never ran: nobody comes in by them, and the gateway is never to be met there. */
  readonly releaseBefore: readonly Address[];
  /** After a healthy verdict. */
  readonly allocateAfter: readonly AllocatedType[];
  /** After a healthy verdict; never anything without `mode: private` said. */
  readonly releaseAfter: readonly Address[];
  /** What cannot be had back once released. First in the plan. */
  readonly lost: readonly string[];
  /** What is left alone because the input did not say it, with the way to get it. */
  readonly leftAlone: readonly string[];
  /** Addresses are this plan's business, never flyctl's: it makes them on a first deploy only, and fails silently. */
  readonly deployFlags: readonly string[];
}

const privateTypes = new Set(['private_v6', 'egress_v4', 'egress_v6']);

/** A type that is not known counts as public, because nothing proves that it is not. */
export function isPublic(address: Address): boolean {
  return !privateTypes.has(address.type);
}

/**
 * Decides what the app is to be and what its addresses need for it. Asked again in any half-done state it gives the
 * rest of the way, and nothing in a finished one.
 */
export function planMode(question: ModeQuestion): ModePlan {
  const { wanted, addresses, appIsNew, hasService, privateAccess } = question;
  const publicOnes = addresses.filter(isPublic);
  const has = (type: string) => addresses.some((address) => address.type === type);
  const { mode, reason } = decide(question, publicOnes);
  const base = { mode, reason, deployFlags: ['--no-public-ips'] };

  if (mode === 'private') {
    const flycast = hasService && privateAccess === 'flycast';
    const lost =
      publicOnes.length === 0
        ? []
        : [
            ...publicOnes
              .filter((address) => address.type === 'v4')
              .map((address) => `the dedicated address ${address.address}`),
            ...question.customHosts.map((host) => `the way in by ${host}`),
          ];
    return {
      ...base,
      access: flycast ? 'flycast' : 'console',
      allocateBefore: flycast && !has('private_v6') ? ['private_v6'] : [],
      releaseBefore: appIsNew ? publicOnes : [],
      allocateAfter: [],
      releaseAfter: appIsNew ? [] : publicOnes,
      lost,
      leftAlone: [],
    };
  }

  const missing: AllocatedType[] = [];
  if (!has('v6')) missing.push('v6');
  if (!has('v4') && !has('shared_v4')) missing.push('shared_v4');
  const mayAllocate = hasService && (appIsNew || wanted === 'public');
  return {
    ...base,
    access: hasService ? 'public' : 'console',
    allocateBefore: mayAllocate && appIsNew ? missing : [],
    releaseBefore: [],
    allocateAfter: mayAllocate && !appIsNew ? missing : [],
    releaseAfter: [],
    lost: [],
    leftAlone: hasService
      ? []
      : [
          'the config has no service, so nothing answers at the public addresses: ' +
            'add [http_service], or say mode: private to release them',
        ],
  };
}

/** Whether the app is not yet what the plan says. */
export function isUnfinished({
  allocateBefore,
  releaseBefore,
  allocateAfter,
  releaseAfter,
}: ModePlan): boolean {
  return allocateBefore.length + releaseBefore.length + allocateAfter.length + releaseAfter.length > 0;
}

function decide(
  question: ModeQuestion,
  publicOnes: readonly Address[],
): { mode: 'public' | 'private'; reason: string } {
  const { wanted, appIsNew, hasService, namedPrivate } = question;
  if (wanted !== 'auto') return { mode: wanted, reason: `the input mode says ${wanted}` };
  const named = publicOnes.map((address) => address.address).join(', ');
  if (publicOnes.length > 0) return { mode: 'public', reason: `the app has public addresses (${named})` };
  if (question.addresses.some((address) => address.type === 'private_v6')) {
    return { mode: 'private', reason: 'the app has private addresses only' };
  }
  if (!appIsNew) return { mode: 'private', reason: 'the app runs without a public address' };
  if (namedPrivate) return { mode: 'private', reason: 'the config is a private one' };
  if (!hasService)
    return { mode: 'private', reason: 'the config has no service that the public could reach' };
  return { mode: 'public', reason: 'a new app becomes public' };
}

/**
 * Reads the address list after a run: a private app has none but private and egress ones.
 *
 * @returns what is wrong, for the cause `public-address`; `null` where all is well
 */
export function auditAddresses(mode: 'public' | 'private', addresses: readonly Address[]): Finding | null {
  const exposed = addresses.filter(isPublic);
  if (mode === 'public' || exposed.length === 0) return null;
  const named = exposed.map((address) => `${address.address} (${address.type})`).join(', ');
  return {
    rule: 'public-address',
    severity: 'error',
    file: null,
    line: null,
    column: null,
    message: `the private app has ${exposed.length === 1 ? 'a public address' : 'public addresses'}: ${named}`,
    why: 'Whoever scans the internet finds the gateway there.',
    lines: null,
    missing: false,
  };
}
