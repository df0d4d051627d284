import { Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Machine, Volume } from '../flyctl/schemas.ts';
import type { Journey } from '../journey.ts';
import { elapsed } from '../report/elapsed.ts';
import { isDown } from '../watch/moments.ts';
import { pollPause } from './attend.ts';

export interface VolumeRestore {
  readonly app: string;
  /** Runs the failed version; it keeps the old volume. */
  readonly machine: Machine;
  readonly volume: Volume;
  readonly snapshotId: string;
  /** What will run on the restored volume. */
  readonly image: string;
}

/** In milliseconds. A gateway may take Fly's longest kill timeout to stop. */
const stopPatienceMs = 320_000;
const volumePatienceMs = 180_000;

/**
 * Makes a volume from the snapshot, and leaves the next deploy no other to choose: the old machine is stopped first
 * (one bot token, one gateway), given a command that ends at once, and then taken out of the hands of deploys, so
 * that it goes on holding the old volume. A deploy looks for machines whose `fly_platform_version` is `v2`
 * (flyctl 0.4.87), and takes the first free volume of the config's name (recordings 325, 468, 472).
 *
 * After each step a run that comes later finds its way: up to the last one the old machine is still the one that a
 * deploy updates and starts; after it the restored volume is the only free one of its name.
 *
 * @returns the new volume
 * @throws FlyctlFailure `image-missing` before anything was changed, `capacity` and others; Failure `fly-api` where the
 *   platform does not come to the state that it was asked for
 */
export async function restoreVolume(
  journey: Journey,
  flyctl: Flyctl,
  { app, machine, volume, snapshotId, image }: VolumeRestore,
): Promise<Volume> {
  const { console, signal } = journey;
  const { id } = machine;
  console.phase(`stopping machine ${id}, so that no second gateway runs`);
  const harmless = { image, command: 'true', restart: 'no', skipStart: true } as const;
  await commands.machineUpdate(flyctl, app, id, harmless, { signal });
  await untilDown(journey, flyctl, app, id);

  const { name, region, sizeGb } = volume;
  const wanted = { name, region, sizeGb, snapshotId };
  const restored = await commands.volumesCreate(flyctl, app, wanted, { signal });
  console.phase(`made volume ${restored.id} from snapshot ${snapshotId}`);
  await untilMade(journey, flyctl, app, restored);

  const metadata = { fly_platform_version: 'kept', fly_process_group: '' };
  await commands.machineUpdate(flyctl, app, id, { metadata, skipStart: true }, { signal });
  const { machines } = await commands.status(flyctl, app, { signal });
  if (machines.some((one) => one.id === id)) {
    throw new Failure('fly-api', `Machine ${id} could not be taken out of the hands of deploys.`, {
      evidence: `machine ${id} is still among the machines of the app`,
    });
  }
  console.phase(
    `volume ${volume.id} stays as it is, held by machine ${id}, which no deploy touches any more`,
  );
  return restored;
}

async function untilDown(journey: Journey, flyctl: Flyctl, app: string, machineId: string): Promise<void> {
  const { signal } = journey;
  const isStopped = async () => {
    const machines = await commands.machineList(flyctl, app, { signal });
    return isDown(machines.find(({ id }) => id === machineId)?.state ?? 'destroyed');
  };
  if (await isStopped()) return;
  await commands.machineStop(flyctl, app, machineId, {}, { signal });
  await until(journey, `machine ${machineId} to be stopped`, stopPatienceMs, isStopped);
}

async function untilMade(
  journey: Journey,
  flyctl: Flyctl,
  app: string,
  { id, state }: Volume,
): Promise<void> {
  if (state === 'created') return;
  await until(journey, `volume ${id} to be made`, volumePatienceMs, async () => {
    const shown = await commands.volumeShow(flyctl, app, id, { signal: journey.signal });
    return shown.state === 'created';
  });
}

/** @throws Failure `fly-api` when it does not come to be in time */
async function until(
  { clock, console, inputs, signal }: Journey,
  what: string,
  patienceMs: number,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const deadline = clock.now() + patienceMs;
  while (!(await isSo())) {
    if (clock.now() >= deadline) {
      throw new Failure('fly-api', `Waited ${elapsed(patienceMs / 1000)} for ${what}, in vain.`);
    }
    console.tick(what);
    await clock.sleep(pollPause(inputs.stableForMs), signal);
    signal.throwIfAborted();
  }
}
