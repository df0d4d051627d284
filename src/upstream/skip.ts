import type { Machine } from '../flyctl/schemas.ts';
import { elapsed } from '../report/elapsed.ts';
import type { ExitEvent } from '../watch/facts.ts';
import { parseReference } from './reference.ts';

/** What of a machine tells which image it runs, and how it is doing. */
export type RunningMachine = Pick<
  Machine,
  'id' | 'imageRef' | 'imageDigest' | 'imageLabels' | 'state' | 'events' | 'env'
>;

/** What would be deployed. */
export type Wanted =
  /** Any of these digests is it: that of an index, and that of the image in it. */
  | { readonly kind: 'digests'; readonly digests: readonly string[] }
  /** Only the tag is known, since the registry could not be asked. */
  | { readonly kind: 'tag'; readonly name: string; readonly tag: string }
  | { readonly kind: 'commit'; readonly commit: string }
  /** Only building it tells what it brings. */
  | { readonly kind: 'unknown' };

export interface SkipDecision {
  readonly skip: boolean;
  /** Why: what is wanted `runs already`, or a clause that says what speaks against it. */
  readonly reason: string;
}

/** So many unasked exits of the present config within so many milliseconds are a loop, whatever the state says just now. */
const loops = [
  { exits: 2, withinMs: 300_000 },
  { exits: 3, withinMs: 3_600_000 },
];

/**
 * Whether all machines run what is wanted, and are well as far as Fly knows. A gateway that died is not up to date:
 * it is deployed again, so that the watch says what is wrong with it.
 *
 * @param now milliseconds since the epoch
 */
export function decideSkip(wanted: Wanted, machines: readonly RunningMachine[], now: number): SkipDecision {
  if (machines.length === 0) return { skip: false, reason: 'no machine runs yet' };
  if (wanted.kind === 'unknown') {
    return { skip: false, reason: 'what a build of the repository brings is only known when it is built' };
  }
  const other = machines.find((machine) => !runs(machine, wanted));
  if (other !== undefined) return { skip: false, reason: `machine ${other.id} runs ${other.imageRef}` };
  for (const machine of machines) {
    const trouble = troubleOf(machine, now);
    if (trouble !== null) return { skip: false, reason: `machine ${machine.id} runs it, but ${trouble}` };
  }
  const stopped = machines.filter(({ state }) => state !== 'started');
  const asleep =
    stopped.length === 0 ? '' : ` (${stopped.map(({ id, state }) => `${id} is ${state}`).join(', ')})`;
  return { skip: true, reason: `runs already${asleep}` };
}

function runs(machine: RunningMachine, wanted: Exclude<Wanted, { kind: 'unknown' }>): boolean {
  if (wanted.kind === 'digests') {
    const asked = parseReference(machine.imageRef)?.digest ?? '';
    return wanted.digests.includes(machine.imageDigest) || wanted.digests.includes(asked);
  }
  if (wanted.kind === 'commit') return commitOf(machine) === wanted.commit;
  const reference = parseReference(machine.imageRef);
  return reference?.name === wanted.name && reference.tag === wanted.tag;
}

/**
 * What a machine's state and events say against the gateway on it, in words; `null`: nothing. One that was stopped on
 * request is in no trouble.
 */
export function troubleOf(machine: Pick<RunningMachine, 'state' | 'events'>, now: number): string | null {
  const exits = exitsOf(machine);
  const unasked = exits.filter(({ requestedStop }) => !requestedStop);
  for (const { exits: most, withinMs } of loops) {
    const recent = unasked.filter(({ at }) => now - at < withinMs).length;
    if (recent >= most) return `it ended ${recent} times within ${elapsed(withinMs / 1000)}`;
  }
  if (machine.state === 'failed') return 'it failed';
  if (machine.state !== 'stopped') return null;
  const [last] = exits;
  if (last === undefined || last.requestedStop) return null;
  return `it stopped by itself${last.exitCode === null ? '' : ` with exit code ${last.exitCode}`}`;
}

/** How the boots of a machine's present config ended, newest first. */
export function exitsOf({ events }: Pick<RunningMachine, 'events'>): readonly ExitEvent[] {
  const all = events ?? [];
  const since = Math.max(
    0,
    ...all.filter(({ type }) => /^(?:launch|update)$/.test(type)).map(({ at }) => at),
  );
  return all
    .flatMap(({ exit }) => (exit === undefined || exit.at < since ? [] : [exit]))
    .sort((a, b) => b.at - a.at);
}

/** Tag of an image built from a commit of upstream: it says which one, and no other build has the same. */
export function builtTag(commit: string, now: number): string {
  return `upstream-${commit}-${Math.floor(now / 1000).toString(36)}`;
}

/** The commit of upstream that a machine's image was built from; `null` where nothing says it. */
export function commitOf({
  imageRef,
  imageLabels,
}: Pick<Machine, 'imageRef' | 'imageLabels'>): string | null {
  const tag = parseReference(imageRef)?.tag ?? '';
  const inTag = /^upstream-([0-9a-f]{40})-/.exec(tag)?.[1] ?? null;
  const label = imageLabels['org.opencontainers.image.revision'] ?? '';
  return inTag ?? (/^[0-9a-f]{40}$/.test(label) ? label : null);
}
