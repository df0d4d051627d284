import type { DeployPlan } from '../app/plan.ts';
import type { Present } from '../app/present.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import type { RollbackTarget } from '../recover/rollback-target.ts';
import type { RunReport } from '../report/report.ts';
import type { SyncedSecrets } from '../secrets/sync.ts';
import { deployWatched } from './deploy.ts';
import { letItRest } from './rest.ts';

/** An earlier image that is about to be deployed again. */
export interface PutBack {
  /** With the config, and with the image as what is deployed. */
  readonly plan: DeployPlan;
  readonly target: RollbackTarget;
  readonly present: Present;
  readonly secrets: Pick<SyncedSecrets, 'onFly'>;
  /** Why, in one clause. */
  readonly reason: string;
  readonly withVolume: boolean;
}

/**
 * Deploys an earlier image and watches it like any deploy. What it finds goes into `report.rollback`, and what runs
 * afterwards into the report; the report's own verdict, cause and evidence are left alone.
 *
 * @returns the report of the attempt
 * @throws Failure when flyctl fails, or the run is cancelled: then `report.rollback` says how far it came
 */
export async function putBack(
  journey: Journey,
  flyctl: Flyctl,
  { plan, target, present, secrets, reason, withVolume }: PutBack,
  conclude: Conclude,
): Promise<RunReport> {
  const { report } = journey;
  const replaced = report.version.to;
  beginRollback(report, target, reason, withVolume);
  await letItRest(journey, flyctl, plan.app, present.machines, target.version);
  const trial: RunReport = {
    ...report,
    version: { from: replaced, to: target.version },
    image: { ...report.image },
    memoryMb: { ...report.memoryMb },
    warnings: [],
    listeningAfter: null,
    discordAfter: null,
  };
  const attempt: Journey = { ...journey, report: trial };
  await deployWatched(attempt, flyctl, plan, present, secrets, (result, outcome) =>
    conclude(`back on ${target.version ?? target.image}: ${result}`, outcome),
  );
  report.image.to = trial.image.to;
  report.version.to = trial.version.to;
  report.memoryMb.to = trial.memoryMb.to;
  report.machines = trial.machines;
  report.release = trial.release;
  report.volume = trial.volume;
  report.warnings.push(...trial.warnings.map((text) => `Of the rollback: ${text}`));
  report.rollback = {
    done: true,
    reason: `${sentence(reason)}.`,
    image: trial.image.to ?? target.image,
    version: trial.version.to,
    replaced,
    verdict: trial.verdict,
    cause: trial.cause,
    withVolume,
  };
  return trial;
}

/** What the report says should the run end here. */
export function beginRollback(
  report: RunReport,
  { image, version }: RollbackTarget,
  reason: string,
  withVolume: boolean,
): void {
  report.rollback = {
    done: false,
    reason: `${sentence(reason)}. It was begun and did not come to its end: run the job again, or operation: rollback.`,
    image,
    version,
    replaced: report.version.to,
    verdict: null,
    cause: null,
    withVolume,
  };
}

function sentence(clause: string): string {
  return clause.charAt(0).toUpperCase() + clause.slice(1);
}
