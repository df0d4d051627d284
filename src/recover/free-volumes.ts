import { type AppConfig, gatewayMount } from '../app/config.ts';
import type { Present } from '../app/present.ts';
import { Failure } from '../causes.ts';
import type { Volume } from '../flyctl/schemas.ts';

/**
 * Volumes that a deploy without a machine would choose from. It takes the first free one of that name in that region,
 * in an order that nobody controls (flyctl recordings 325 and 468), and where others hold them all it silently makes
 * an empty one (472).
 */
function candidates(config: AppConfig, region: string, present: Present): readonly Volume[] {
  const name = gatewayMount(config)?.source ?? null;
  return present.volumes.filter((volume) => volume.name === name && volume.region === region);
}

/** The volume that a machine to be made gets; `null`: a new one, or nobody can say which. */
export function volumeToCome(config: AppConfig, region: string, present: Present): Volume | null {
  const free = candidates(config, region, present).filter(
    ({ attachedMachineId }) => attachedMachineId === null,
  );
  return free.length === 1 ? (free[0] ?? null) : null;
}

/**
 * Ends the run where the state that a new machine came up on would be a matter of luck.
 *
 * @throws Failure `volume-mismatch`, naming the volumes
 */
export function refuseLuck(app: string, config: AppConfig, region: string, present: Present): void {
  if (present.machines.some(({ volumes }) => volumes.length > 0)) return;
  const all = candidates(config, region, present);
  const free = all.filter(({ attachedMachineId }) => attachedMachineId === null);
  if (all.length === 0 || free.length === 1) return;
  const named = all
    .map(
      ({ id, attachedMachineId }) =>
        `${id} (${attachedMachineId === null ? 'free' : `held by machine ${attachedMachineId}`})`,
    )
    .join(', ');
  const message =
    free.length > 1
      ? `No machine runs the gateway, and ${free.length} free volumes could be its: a deploy would take whichever comes first`
      : 'No machine runs the gateway, and its volume is held by a machine that deploys do not touch: a deploy would make an empty one';
  throw new Failure('volume-mismatch', `${message}. ${named}`, {
    evidence: named,
    fix:
      free.length > 1
        ? {
            text: 'Destroy the volumes that you do not need (a snapshot of each stays for its retention time), or bring the gateway up on the right one by hand.',
            commands: [`fly volumes list -a ${app}`, `fly volumes destroy VOLUME -a ${app}`],
            lines: null,
          }
        : {
            text: 'Free the volume by destroying the machine that holds it (the volume stays), or name another one in [mounts].',
            commands: [
              `fly machine list -a ${app}`,
              ...[
                ...new Set(
                  all.map(
                    ({ attachedMachineId }) => `fly machine destroy ${attachedMachineId} --force -a ${app}`,
                  ),
                ),
              ],
            ],
            lines: null,
          },
  });
}
