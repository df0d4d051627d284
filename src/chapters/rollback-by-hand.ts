import { type ConfigSource, findConfig, hasFile } from '../app/config-source.ts';
import { chooseConfig, type DeployPlan, type PlanQuestion, planDeploy } from '../app/plan.ts';
import type { Present } from '../app/present.ts';
import { Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Machine } from '../flyctl/schemas.ts';
import { type Conclude, type Journey, tellAll } from '../journey.ts';
import { refuseLuck } from '../recover/free-volumes.ts';
import { byHand } from '../recover/rollback-decision.ts';
import { chooseTarget, mayHaveMoved, type RollbackTarget } from '../recover/rollback-target.ts';
import { withShippedFiles } from '../recover/shipped-files.ts';
import {
  carriedOn,
  type FailedVersion,
  failedVersionsName,
  readFailedVersions,
  withFailure,
} from '../upstream/failed-versions.ts';
import { wayBack } from '../upstream/migrations.ts';
import { compareVersions, parseVersion } from '../upstream/version.ts';
import { runningVersion } from './look.ts';
import { putBack } from './put-back.ts';
import { snapshotPlan } from './snapshot.ts';
import { tellFailedVersions } from './source.ts';

/** What `operation: rollback` will deploy. */
export interface PlannedRollback {
  readonly plan: DeployPlan;
  readonly target: RollbackTarget;
  readonly present: Present;
}

/**
 * Finds the release to go back to, and makes the plan: its image with the config of today, since Fly shows the config
 * of the latest release only.
 *
 * @throws Failure `inputs-invalid` when there is no such release, `state-newer` when that version would refuse the state
 */
export async function planRollback(
  journey: Journey,
  flyctl: Flyctl,
  { app, present }: { readonly app: string; readonly present: Present },
  conclude: Conclude,
): Promise<PlannedRollback> {
  const { inputs, report, console, signal, workspace } = journey;
  const [machine] = present.machines;
  const releases = await commands.releases(flyctl, app, { signal });
  const remembered = readFailedVersions({ [failedVersionsName]: machine?.env[failedVersionsName] ?? '' });
  const running = {
    imageRef: machine?.imageRef ?? releases[0]?.imageRef ?? '',
    imageDigest: machine?.imageDigest ?? '',
    version: machine === undefined ? null : runningVersion(machine),
    releaseVersion: machine?.releaseVersion ?? null,
  };
  const target = chooseTarget({ wanted: inputs.version, releases, running, failed: remembered });
  if (target === null) {
    throw new Failure(
      'inputs-invalid',
      `operation: "rollback" has nothing to go back to: none of the ${releases.length} releases that Fly lists is older than what runs and has another image`,
      { evidence: releases.map(({ version, imageRef }) => `${version} ${imageRef}`).join('\n') || null },
    );
  }
  refuseMigrated(app, present, running.version, target);
  const shown = await shownConfig(journey, flyctl, app, machine);
  const find = async (mode: 'public' | 'private') =>
    (await findConfig(workspace, inputs.config, mode)) ?? shown;
  const secretNames = new Set(present.secrets.map(({ name }) => name));
  const question: PlanQuestion = {
    inputs: { ...inputs, openclawConfig: null },
    app,
    present,
    find,
    openclawConfig: null,
    secretNames,
    workspace,
    hasFile: (path) => hasFile(workspace, path),
    // A rollback leaves the addresses alone.
    customHosts: [],
  };
  const chosen = await chooseConfig(question);
  const deployable = {
    kind: 'image',
    reference: target.image,
    version: target.version,
    name: null,
    identity: null,
    reason: target.why,
  } as const;
  const failed = withLeft(remembered, running.version, target.version);
  const plan = planDeploy(question, chosen, deployable, failed);
  refuseLuck(app, plan.config, plan.region, present);
  report.version.to = target.version;
  report.overrides = [...plan.effective.overrides];
  const snapshot = snapshotPlan(journey, plan, present);
  report.plan.push(
    ...(snapshot.due
      ? [`save volume ${snapshot.volumeIds.join(', ')} in a snapshot (${snapshot.reason})`]
      : []),
    `deploy the image ${target.image} of release ${target.release} (${target.why}) in place of ${running.imageRef}`,
    `with the config of today (${plan.config.source.file}), since Fly keeps none of earlier releases that could be read`,
    'leave the secrets as they are: their earlier values cannot be read',
  );
  for (const line of report.plan) console.phase(line);
  const moved = mayHaveMoved(target);
  if (moved !== null) tellAll(journey, moved);
  conclude(`to ${target.version ?? target.image}, release ${target.release}`);
  return { plan, target, present };
}

/** Without a config in the repository, that of the latest release is today's. */
async function shownConfig(
  { inputs, signal, workspace }: Journey,
  flyctl: Flyctl,
  app: string,
  machine: Machine | undefined,
): Promise<ConfigSource | null> {
  if ((await findConfig(workspace, inputs.config, 'public')) !== null) return null;
  const shown = await commands.configShow(flyctl, app, 'toml', { signal });
  const text = withShippedFiles(shown, machine?.files ?? []);
  return { file: 'fly config show', directory: workspace, format: 'toml', text, generated: true };
}

function refuseMigrated(
  app: string,
  { machines, volumes }: Present,
  running: string | null,
  target: RollbackTarget,
): void {
  const back = wayBack(running, target.version);
  if (back.kind !== 'refused') return;
  const volume = volumes.find(({ id }) => id === machines[0]?.volumes[0]?.id);
  const at = {
    snapshot: null,
    machineIds: machines.map(({ id }) => id),
    id: volume?.id ?? null,
    name: volume?.name ?? null,
    sizeGb: volume?.sizeGb ?? null,
    region: volume?.region ?? null,
  };
  throw new Failure('state-newer', `The image alone is not put back: ${back.text}`, {
    evidence: back.text,
    fix: {
      text: 'Choose a snapshot from before the update (its id is in the list), and go back by hand on a new volume made from it; the present volume stays as it is.',
      commands: byHand(app, at, target.image),
      lines: null,
    },
  });
}

/** A version that a person leaves for an older one is not to come back with the next schedule. */
function withLeft(
  remembered: readonly FailedVersion[],
  left: string | null,
  target: string | null,
): readonly FailedVersion[] {
  const [from, to] = [left, target].map((version) => (version === null ? null : parseVersion(version)));
  if (left === null || !from || !to || compareVersions(from, to) <= 0) return remembered;
  return withFailure(remembered, { version: left, identity: null });
}

/** Deploys the earlier image; its verdict is the run's. */
export async function rollBack(
  journey: Journey,
  flyctl: Flyctl,
  { plan, target, present }: PlannedRollback,
  conclude: Conclude,
): Promise<void> {
  const { report } = journey;
  const secrets = { onFly: present.secrets };
  const reason = `operation: rollback asked for ${target.version ?? target.image}, ${target.why}`;
  const trial = await putBack(
    journey,
    flyctl,
    { plan, target, present, secrets, reason, withVolume: false },
    conclude,
  );
  tellFailedVersions(report, carriedOn(plan.failedVersions, target.version));
  const { verdict, cause, meaning, evidence, fix, discord, lastLines, listeningAfter, discordAfter } = trial;
  Object.assign(report, {
    verdict,
    cause,
    meaning,
    evidence,
    fix,
    discord,
    lastLines,
    listeningAfter,
    discordAfter,
  });
}
