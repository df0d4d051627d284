import type { DeployPlan } from '../app/plan.ts';
import { provision } from '../app/provision.ts';
import { status } from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';

/** Makes what the plan found missing: app, volume, addresses. */
export async function provideAll(
  { console, report, signal }: Journey,
  flyctl: Flyctl,
  plan: DeployPlan,
  conclude: Conclude,
): Promise<void> {
  const made: string[] = [];
  await provision(flyctl, plan.app, plan.provisions, signal, (what) => {
    made.push(what);
    console.phase(what);
  });
  // Where a new app is reached is for the API to say.
  if (plan.provisions.app !== null && plan.mode.mode === 'public') {
    report.url = (await status(flyctl, plan.app, { signal })).appUrl || report.url;
  }
  conclude(made.join(', ') || 'everything is there');
}
