import type { DeployPlan } from '../app/plan.ts';
import type { Present } from '../app/present.ts';
import type { Journey } from '../journey.ts';
import { refuseLuck } from '../recover/free-volumes.ts';
import { snapshotPlan } from './snapshot.ts';

/**
 * Adds to the plan what is done first so that there is a way back, and what will be done if the deploy fails.
 *
 * @throws Failure `volume-mismatch` where nobody can say which state a new machine would come up on
 */
export function takePrecautions(journey: Journey, plan: DeployPlan, present: Present): void {
  const { inputs, report, console } = journey;
  refuseLuck(plan.app, plan.config, plan.region, present);
  const [machine] = present.machines;
  const snapshot = snapshotPlan(journey, plan, present);
  const lines: string[] = [];
  if (snapshot.due)
    lines.push(`first save volume ${snapshot.volumeIds.join(', ')} in a snapshot: ${snapshot.reason}`);
  if (inputs.healLock) lines.push('if a stale lock keeps the gateway down, release it, once');
  if (machine !== undefined && inputs.rollbackOnFailure !== 'false') {
    const also =
      inputs.rollbackOnFailure === 'with-volume'
        ? ', and to the volume as the snapshot has it if it never listened'
        : '';
    lines.push(`if it fails, go back to ${machine.imageRef}${also}, where that is safe`);
  }
  for (const line of lines) console.phase(line);
  report.plan.push(...lines);
}
