import { matchesGlob } from 'node:path/posix';
import { contentHash, type Volume, type World } from './platform/world.ts';

/** What was on one volume, by path below its mount. */
export interface Contents {
  readonly volumeId: string;
  readonly files: ReadonlyMap<string, string>;
}

/** What is on all volumes that are there, as it is now. */
export function contentsOf(world: World): readonly Contents[] {
  return volumesOf(world).map(({ id, files }) => ({ volumeId: id, files: new Map(files) }));
}

function volumesOf(world: World): readonly Volume[] {
  return [...world.apps.values()].flatMap((app) =>
    [...app.volumes.values()].filter(({ state }) => state === 'created'),
  );
}

/**
 * Contents that no volume has any more: what was there before must be there afterwards, on whatever volume, and
 * more may have come to it.
 *
 * @param mayChange globs of paths that the run is allowed to change or remove
 * @returns one sentence each
 */
export function lostContents(
  before: readonly Contents[],
  world: World,
  mayChange: readonly string[],
): readonly string[] {
  const after = volumesOf(world);
  return before.flatMap(({ volumeId, files }) => {
    const kept = [...files].filter(([path]) => !mayChange.some((glob) => matchesGlob(path, glob)));
    const paths = new Set(kept.map(([path]) => path));
    const hash = contentHash(new Map(kept));
    const found = after.some(
      (volume) => contentHash(new Map([...volume.files].filter(([path]) => paths.has(path)))) === hash,
    );
    return found ? [] : [`no volume holds any more what was on ${volumeId}: ${[...paths].join(', ')}`];
  });
}

/** The volume of the one gateway that runs; `null` where none does, or several do. */
export function volumeOfGateway(world: World): Volume | null {
  const running = [...world.apps.values()].flatMap((app) =>
    [...app.volumes.values()].filter(
      ({ attachedTo }) => attachedTo !== null && app.machines.get(attachedTo)?.state === 'started',
    ),
  );
  const [volume, ...others] = running;
  return volume !== undefined && others.length === 0 ? volume : null;
}
