import type { DeployPlan } from '../app/plan.ts';
import type { Present } from '../app/present.ts';
import { wayIn } from '../app/way-in.ts';
import type { Journey } from '../journey.ts';
import { conditionOf } from '../recover/condition.ts';
import type { SyncedSecrets } from '../secrets/sync.ts';

/** Tells how a person gets in, as far as it is news: who had a gateway that ran, reached as now, knows it already. */
export function tellWayIn(
  { report }: Journey,
  { app, mode: { mode, access, allocateAfter, releaseAfter }, config }: DeployPlan,
  before: Present,
  { onFly }: Pick<SyncedSecrets, 'onFly'>,
): void {
  if (report.verdict === 'failed') return;
  const begin = Date.parse(report.startedAt);
  const steps = wayIn({
    app,
    mode,
    access,
    config,
    secretNames: onFly.map(({ name }) => name),
    first: !before.machines.some((machine) => conditionOf(machine, begin) === 'up'),
    changed: report.verdict === 'healthy' && allocateAfter.length + releaseAfter.length > 0,
  });
  const told = report.nextSteps.flatMap(({ commands }) => commands);
  // A token that this run made up was told of when it was made.
  const isNews = ({ commands }: (typeof steps)[number]) =>
    commands.length === 0 || !commands.every((command) => told.includes(command));
  report.nextSteps.push(...steps.filter(isNews));
}
