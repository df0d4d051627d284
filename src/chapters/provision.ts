import type { DeployPlan } from '../app/plan.ts';
import { provision } from '../app/provision.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';

/** Makes what the plan found missing: app, volume, addresses. */
export async function provideAll(
  { console, signal }: Journey,
  flyctl: Flyctl,
  plan: DeployPlan,
  conclude: Conclude,
): Promise<void> {
  const made: string[] = [];
  await provision(flyctl, plan.app, plan.provisions, signal, (what) => {
    made.push(what);
    console.phase(what);
  });
  conclude(made.join(', ') || 'everything is there');
}
