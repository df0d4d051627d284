import type { Exchange } from '../../rehearsal/conformance/recording.ts';

/** Which keys the answers to one kind of call have, and what types are behind them: `config.guest.cpus: number`. */
function shapesOf(exchanges: readonly Exchange[]): Map<string, Set<string>> {
  const shapes = new Map<string, Set<string>>();
  for (const { method, path, operation = '', status, response, injected } of exchanges) {
    if (injected || typeof status !== 'number') continue;
    const kind = `${method} ${path.replace(/\?.*/, '').replaceAll(/(?<=\/(machines|volumes|releases|ip_assignments)\/)[^/]+/g, 'ID')} ${operation} ${status}`;
    const seen = shapes.get(kind) ?? new Set();
    shapes.set(kind, seen);
    note(response, '', seen);
  }
  return shapes;
}

function note(value: unknown, place: string, seen: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) note(item, `${place}[]`, seen);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) note(item, place === '' ? key : `${place}.${key}`, seen);
  } else seen.add(`${place}: ${value === null ? 'null' : typeof value}`);
}

/** A zero may be left out of what an exit event tells, and when it came about is chance. */
const IS_CHANCE = /events\[\]\.request\./;

/** Where two series of answers differ in shape, as far as both have answers to a kind of call. */
export function differences(ours: readonly Exchange[], theirs: readonly Exchange[]): string[] {
  const known = shapesOf(theirs);
  return [...shapesOf(ours)].flatMap(([kind, shapes]) => {
    const wanted = known.get(kind);
    if (!wanted) return [];
    const missing = [...wanted].filter((shape) => !shapes.has(shape)).map((shape) => `${kind}: no ${shape}`);
    const foreign = [...shapes]
      .filter((shape) => !wanted.has(shape))
      .map((shape) => `${kind}: a foreign ${shape}`);
    return [...missing, ...foreign].filter((difference) => !IS_CHANCE.test(difference));
  });
}
