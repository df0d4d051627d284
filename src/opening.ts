import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { lookAtFly } from './app/present.ts';
import { Failure } from './causes.ts';
import { findApp, lookAround } from './chapters/look.ts';
import type { Planned } from './chapters/plan.ts';
import type { Flyctl } from './flyctl/process.ts';
import { type Conclude, chapter, type Journey } from './journey.ts';

/**
 * The story of a run, once flyctl is there: how it opens, which is by looking at Fly. The rest is most of the code,
 * and is loaded when Fly has been asked. The report is filled in on the way; what stops the run is thrown.
 *
 * @throws Failure with the cause, when the run cannot go on
 */
export async function tellStory(journey: Journey, flyctl: Flyctl): Promise<void> {
  const { operation } = journey.inputs;
  if (operation === 'deploy') {
    const planned = await chapter(journey, 'Plan', (end) => plan(journey, flyctl, end));
    const { deployGateway } = await import('./rollout.ts');
    return deployGateway(journey, flyctl, planned);
  }
  const around = await chapter(journey, 'Look at Fly', (end) => lookAround(journey, flyctl, end));
  const { stories } = await import('./rollout.ts');
  await stories[operation](journey, flyctl, around);
}

/** Asks Fly, and loads what decides while the answers are on their way. */
async function plan(journey: Journey, flyctl: Flyctl, conclude: Conclude): Promise<Planned> {
  const openclawConfig = readOpenclawConfig(journey);
  const { app } = await findApp(journey);
  const asked = journey.inputs.redeploy === 'if-changed' ? null : lookAtFly(flyctl, app, journey.signal);
  const [present, { makePlan }] = await Promise.all([asked, import('./chapters/plan.ts')]);
  return makePlan(journey, flyctl, { app, openclawConfig, present }, conclude);
}

function readOpenclawConfig({ inputs, workspace }: Journey): string | null {
  if (inputs.openclawConfig === null) return null;
  try {
    return readFileSync(resolve(workspace, inputs.openclawConfig), 'utf8');
  } catch {
    throw new Failure(
      'inputs-invalid',
      `openclaw-config: "${inputs.openclawConfig}" is not a file of the checked-out repository`,
    );
  }
}
