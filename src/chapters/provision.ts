import type { DeployPlan } from '../app/plan.ts';
import { provision } from '../app/provision.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import { dashboardOf } from './look.ts';

/** Makes what the plan found missing: app, volume, addresses; and frees a private app that never ran of public ones. */
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
    report.dashboardUrl ??= dashboardOf(plan.app);
  });
  for (const { address, type } of plan.mode.releaseBefore) {
    await commands.ipsRelease(flyctl, plan.app, address, { signal });
    made.push(`released ${address} (${type})`);
    console.phase(`released the public address ${address} (${type})`);
  }
  // Where a new app is reached is for the API to say; until it does, by its name.
  if (plan.mode.mode === 'public') report.url ??= `https://${plan.app}.fly.dev`;
  conclude(made.join(', ') || 'everything is there');
}
