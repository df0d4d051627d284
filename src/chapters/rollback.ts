import { isDeepStrictEqual } from 'node:util';
import { gatewayMount } from '../app/config.ts';
import type { DeployPlan } from '../app/plan.ts';
import { lookAtFly, type Present } from '../app/present.ts';
import { type CauseCode, Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Machine } from '../flyctl/schemas.ts';
import { type Conclude, isCancelled, type Journey, tellAll } from '../journey.ts';
import { toBeRemembered } from '../recover/blame.ts';
import { configToRestore, type RestoredConfig } from '../recover/config-to-restore.ts';
import { migrationEvidence } from '../recover/migration-evidence.ts';
import {
  decideRollback,
  type RollbackDecision,
  type RollbackQuestion,
} from '../recover/rollback-decision.ts';
import {
  chooseTarget,
  mayHaveMoved,
  type RollbackTarget,
  wholeReference,
} from '../recover/rollback-target.ts';
import { sameConfig } from '../recover/same-config.ts';
import { sameImage } from '../recover/snapshot-due.ts';
import type { RunReport } from '../report/report.ts';
import type { SyncedSecrets } from '../secrets/sync.ts';
import type { FailedVersion } from '../upstream/failed-versions.ts';
import { wayBackFromAll } from '../upstream/migrations.ts';
import { imageVersion } from '../upstream/reference.ts';
import type { Attended } from './attend.ts';
import { runningVersion } from './look.ts';
import { beginRollback, putBack } from './put-back.ts';
import { restoreVolume } from './restore-volume.ts';
import type { WayBackKept } from './snapshot.ts';
import { tellFailedVersions } from './source.ts';

/** A deploy that failed, and what was before it. */
export interface FailedDeploy {
  readonly plan: DeployPlan;
  readonly before: Present;
  readonly secrets: SyncedSecrets;
  readonly kept: WayBackKept;
  /** `null`: flyctl's own words are the verdict. */
  readonly attended: Attended | null;
  readonly cause: CauseCode;
}

/** A way back: the image, and the config that it is deployed with. */
interface Way {
  readonly target: RollbackTarget;
  readonly restored: RestoredConfig;
  /** The config is today's, since nobody can tell the one that ran before. */
  readonly todays: boolean;
  /** What is remembered in its environment. */
  readonly failed: readonly FailedVersion[];
  /** When anything else first ran on the state, in milliseconds since the epoch; `null`: in this run. */
  readonly ranSince: number | null;
  /** Versions that have run on the state since, besides the one that failed now; `null`: not known which. */
  readonly others: readonly (string | null)[];
}

/** How much of the input `timeout` a deploy leaves for its own rollback, in milliseconds. */
export function rollbackReserve({ inputs }: Journey, before: Present): number {
  if (inputs.rollbackOnFailure === 'false' || before.machines.length === 0) return 0;
  return Math.min(300_000, inputs.timeoutMs / 4);
}

/**
 * Goes back to what ran before a deploy of this run, if that can be done safely: one attempt, watched like any deploy.
 * The verdict of the run stays that of the failed deploy; `report.rollback` has what became of the attempt, or why
 * there was none. What flyctl fails with on the way is told there too.
 *
 * @throws Failure only when the run is cancelled; where its time is over, the verdict of the deploy still counts
 */
export async function rollBackFailure(
  journey: Journey,
  flyctl: Flyctl,
  failed: FailedDeploy,
  conclude: Conclude,
): Promise<void> {
  const { report, signal } = journey;
  try {
    await attempt(journey, flyctl, failed, conclude);
  } catch (error) {
    if (!(error instanceof Failure) || isCancelled(journey)) throw error;
    const begun = report.rollback ?? notDone;
    if (signal.aborted) {
      const unfinished = begun.reason || 'The time of the run was over before it could be decided.';
      report.rollback = { ...begun, reason: unfinished };
      return tellAll(
        journey,
        `The rollback did not come to its end in the time that the input timeout allows.`,
      );
    }
    report.rollback = {
      ...begun,
      done: false,
      cause: error.code,
      reason: `It failed: ${error.message.replace(/\.?$/, '.')}`,
    };
    // The summary has a place of its own for it.
    journey.console.warning(`The rollback failed: ${error.message}`);
    report.nextSteps.push({
      text: 'See which releases there are, and run the action with `operation: rollback` and the number of one as `version`.',
      url: null,
      commands: [`fly releases -a ${failed.plan.app} --image`],
    });
    conclude(`failed (${error.code})`, 'failed');
  }
}

async function attempt(
  journey: Journey,
  flyctl: Flyctl,
  failed: FailedDeploy,
  conclude: Conclude,
): Promise<void> {
  const { report, signal } = journey;
  const { plan, before, kept, secrets } = failed;
  const now = await lookAtFly(flyctl, plan.app, signal);
  const changed = isChanged(before.machines, now.machines);
  const way = changed ? await wayOf(journey, flyctl, failed, now) : null;
  const question = await questionOf(journey, flyctl, failed, now, way);
  let decision = decideRollback(question);
  if (decision.kind === 'needless' || decision.kind === 'refused' || way === null) {
    return leaveIt(journey, decision, conclude);
  }
  if (way.todays) {
    tellAll(journey, 'The rollback uses the config of today: nobody can tell the one that ran before.');
  }
  const moved = mayHaveMoved(way.target);
  if (moved !== null) tellAll(journey, moved);
  const names = secretsOfThisRun(report);
  if (names !== null) tellAll(journey, names);
  let present = now;
  const [machine] = now.machines;
  const volume = now.volumes.find(({ id }) => id === question.volume.id);
  if (decision.kind === 'with-volume' && machine && volume && kept.snapshot !== null) {
    beginRollback(report, way.target, decision.reason, true);
    try {
      const snapshotId = kept.snapshot;
      const restore = { app: plan.app, machine, volume, snapshotId, image: way.target.image };
      const { id } = await restoreVolume(journey, flyctl, restore);
      report.nextSteps.push(howToForget(plan.app, machine.id, volume.id, id));
    } catch (error) {
      // Without the image there is nothing that the volume as it is could be of use to.
      if (signal.aborted || !(error instanceof Failure) || error.code === 'image-missing') throw error;
      tellAll(journey, `The volume could not be restored: ${error.message}`);
      // Perhaps the volume will do as it is: decided as if nobody had asked for the snapshot.
      decision = decideRollback({ ...question, wish: 'true' });
      if (decision.kind !== 'image') return leaveIt(journey, decision, conclude);
    }
    present = await lookAtFly(flyctl, plan.app, signal);
  }
  const { reason } = decision;
  const deployable = {
    kind: 'image',
    reference: way.target.image,
    version: way.target.version,
    name: null,
    identity: null,
    reason,
  } as const;
  const withVolume = decision.kind === 'with-volume';
  const back = { ...plan, ...way.restored, deployable };
  await putBack(
    journey,
    flyctl,
    { plan: back, target: way.target, present, secrets, reason, withVolume },
    conclude,
  );
  // Only now it is in the environment of the machine.
  tellFailedVersions(report, way.failed);
}

const notDone: NonNullable<RunReport['rollback']> = {
  done: false,
  reason: '',
  image: null,
  version: null,
  replaced: null,
  verdict: null,
  cause: null,
  withVolume: false,
};

/** Nothing is put back: says why, and how a person would do it. */
function leaveIt(journey: Journey, decision: RollbackDecision, conclude: Conclude): void {
  const { report } = journey;
  const { reason } = decision;
  const needless = decision.kind === 'needless';
  report.rollback = { ...notDone, reason: `${needless ? 'Not needed' : 'Refused'}: ${reason}.` };
  // The summary has a place of its own for it.
  if (!needless) journey.console.warning(`No rollback: ${reason}.`);
  const byHand = decision.kind === 'refused' ? decision.commands : [];
  // The chapter that took the snapshot may have said it already.
  const told = report.nextSteps.some(({ commands }) => String(commands) === String(byHand));
  if (byHand.length > 0 && !told) {
    report.nextSteps.push({
      text: 'To go back by hand, with the state of the snapshot on a new volume; the present volume stays as it is:',
      url: null,
      commands: [...byHand],
    });
  }
  conclude(`${needless ? 'not needed' : 'refused'}: ${reason}`, needless ? 'done' : 'failed');
}

function isChanged(before: readonly Machine[], now: readonly Machine[]): boolean {
  const instances = new Map(before.map(({ id, instanceId }) => [id, instanceId]));
  return now.some(({ id, instanceId }) => instances.get(id) !== instanceId);
}

/** Secret values cannot be read, so they cannot be put back either. */
function secretsOfThisRun({ secrets }: RunReport): string | null {
  const changed = secrets.filter(({ state }) => /^(?:added|changed|generated|removed)$/.test(state));
  if (changed.length === 0) return null;
  const names = changed.map(({ name }) => name).join(', ');
  return `Secrets cannot be rolled back, since Fly never tells their values. As this run has set them: ${names}.`;
}

function howToForget(app: string, machineId: string, oldId: string, newId: string) {
  return {
    text: `Volume ${newId}, made from the snapshot, is the gateway's now. The old volume ${oldId} was kept as the failed version left it, held by the stopped machine ${machineId}, so that no deploy takes it by accident. Once you do not need it any more:`,
    url: null,
    commands: [
      `fly machine destroy ${machineId} --force -a ${app}`,
      `fly volumes destroy ${oldId} -a ${app}`,
    ],
  };
}

/**
 * What to go back to. A gateway that ran before this run is the answer itself. Where it was dying already, as after a
 * rollback that was cancelled, the release history has the last one that was something else.
 */
async function wayOf(
  { signal, workspace }: Journey,
  flyctl: Flyctl,
  { plan, before, kept, cause }: FailedDeploy,
  now: Present,
): Promise<Way | null> {
  const [old] = before.machines;
  const [machine] = now.machines;
  if (old === undefined || machine === undefined) return null;
  const { app, failedVersions: remembered } = plan;
  const { identity } = plan.deployable;
  const running = { ...machine, version: runningVersion(machine) };
  const deployed = { remembered, identity, cause };
  if (kept.condition !== 'up') {
    const failed = toBeRemembered({ ...deployed, sameImage: false });
    const releases = await commands.releases(flyctl, app, { signal });
    const ailing = kept.condition === 'ailing' ? old : null;
    const target = chooseTarget({ wanted: 'latest', releases, running, ailing, failed });
    if (target === null) return null;
    const options = { app, image: target.image, machine: null, failed, workspace };
    const restored = configToRestore(plan.effective.toml, options);
    const since = releases.filter(({ version }) => version > (target.release ?? 0));
    const ranSince = sameImage(target.image, old)
      ? null
      : (since.at(-1)?.createdAt ?? Number.NEGATIVE_INFINITY);
    const others = since.filter(({ imageRef }) => imageRef !== target.image && !sameImage(imageRef, running));
    return {
      target,
      restored,
      todays: true,
      failed,
      ranSince,
      others: [...new Set(others.map(({ imageRef }) => imageVersion(imageRef)))],
    };
  }
  const image = wholeReference(old);
  const same = sameImage(image, running);
  // Where the image is the same, only another config could have made the difference.
  const sameFiles = isDeepStrictEqual(old.files, machine.files);
  if (same && sameFiles && !(await configChanged(flyctl, app, kept.config, signal))) return null;
  const failed = toBeRemembered({ ...deployed, sameImage: same });
  const target: RollbackTarget = {
    image,
    version: runningVersion(old),
    release: old.releaseVersion,
    why: same ? 'with the config that ran before' : 'which ran before',
  };
  const options = { app, image, machine: old, failed, workspace };
  const restored = configToRestore(kept.config ?? plan.effective.toml, options);
  return { target, restored, todays: kept.config === null, failed, ranSince: null, others: [] };
}

async function configChanged(
  flyctl: Flyctl,
  app: string,
  before: string | null,
  signal: AbortSignal,
): Promise<boolean> {
  if (before === null) return false;
  return !sameConfig(before, await commands.configShow(flyctl, app, 'toml', { signal }));
}

async function questionOf(
  journey: Journey,
  flyctl: Flyctl,
  { plan, before, kept, attended, cause }: FailedDeploy,
  now: Present,
  way: Way | null,
): Promise<RollbackQuestion> {
  const { inputs, report } = journey;
  const [machine] = now.machines;
  const volume = now.volumes.find(({ id }) => id === machine?.volumes[0]?.id);
  const failedVersion = (machine && runningVersion(machine)) ?? plan.deployable.version;
  const ours = report.release ?? 0;
  const newest = Math.max(
    now.status?.version ?? 0,
    ...now.machines.map(({ releaseVersion }) => releaseVersion ?? 0),
  );
  const log = await logOf(journey, flyctl, plan.app, machine, way?.ranSince ?? null);
  return {
    wish: inputs.rollbackOnFailure,
    app: plan.app,
    cause,
    changed: isChanged(before.machines, now.machines),
    foreignRelease: ours > 0 && newest > ours ? newest : null,
    target: way?.target ?? null,
    failedVersion,
    others: way?.others ?? [],
    ailing: kept.condition === 'ailing',
    wayBack: wayBackFromAll([failedVersion, ...(way?.others ?? [])], way?.target.version ?? null),
    migrated: attended?.migrated ?? log.migrated,
    unseen: way !== null && way.ranSince !== null && !log.whole,
    volume: {
      snapshot: kept.snapshot,
      wasUp: kept.condition === 'up',
      listened: attended?.listened ?? null,
      machineIds: now.machines.map(({ id }) => id),
      id: volume?.id ?? null,
      name: volume?.name ?? null,
      sizeGb: volume?.sizeGb ?? null,
      region: volume?.region ?? null,
      config: {
        region: way?.restored.config.primaryRegion ?? null,
        mount: (way && gatewayMount(way.restored.config)?.source) ?? null,
      },
    },
  };
}

/** What the log of a machine tells of the failed version. */
interface FailedLog {
  /** The words that say that it has migrated the state. */
  readonly migrated: string | null;
  /** The log goes back to its first boot. */
  readonly whole: boolean;
}

/**
 * The failed version ran on after the verdict, and may have run before: its log is read once more.
 *
 * @param ranSince when it first ran; `null`: since the machine was last changed
 */
async function logOf(
  { signal }: Journey,
  flyctl: Flyctl,
  app: string,
  machine: Machine | undefined,
  ranSince: number | null,
): Promise<FailedLog> {
  const since = ranSince ?? machine?.events?.find(({ type }) => /^(?:launch|update)/.test(type))?.at;
  if (machine === undefined || since === undefined) return { migrated: null, whole: false };
  try {
    const lines = await commands.logsPage(flyctl, app, { machineId: machine.id }, { signal, patience: null });
    const words = lines
      .filter(({ at, provider }) => provider === 'app' && at >= since)
      .map(({ text }) => migrationEvidence(text));
    return {
      migrated: words.find((found) => found !== null) ?? null,
      whole: lines.some(({ at }) => at < since),
    };
  } catch (error) {
    // Who may not read the log has told so by now; the version alone decides.
    if (signal.aborted || !(error instanceof Failure)) throw error;
    return { migrated: null, whole: false };
  }
}
