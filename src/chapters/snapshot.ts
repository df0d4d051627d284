import type { DeployPlan } from '../app/plan.ts';
import type { Present } from '../app/present.ts';
import { Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import { type Condition, conditionOf } from '../recover/condition.ts';
import { volumeToCome } from '../recover/free-volumes.ts';
import { byHand } from '../recover/rollback-decision.ts';
import { wholeReference } from '../recover/rollback-target.ts';
import { decideSnapshot, finishedSnapshot, type SnapshotDecision } from '../recover/snapshot-due.ts';
import { elapsed } from '../report/elapsed.ts';
import type { NextStep } from '../report/report.ts';
import { pollPause } from './attend.ts';
import { withEvents } from './events.ts';
import { impressionOf } from './impression.ts';
import { runningVersion } from './look.ts';

/** What a rollback of this run can lean on. */
export interface WayBackKept {
  /** Snapshot of the gateway's volume, taken by this run. */
  readonly snapshot: string | null;
  /** The config that ran before, as TOML; `null` where it was not asked for or nobody can tell it. */
  readonly config: string | null;
  /** How the gateways were before this run changed anything: `up` if all were, `ailing` if one was. */
  readonly condition: Condition;
}

/** A snapshot takes seconds; one that takes longer than this, in milliseconds, is not waited for. */
const snapshotPatienceMs = 300_000;

/** Which volumes a change would touch, and whether they are saved first. */
export function snapshotPlan(
  { inputs }: Journey,
  { appIsNew, config, region, deployable }: DeployPlan,
  present: Present,
): SnapshotDecision & { readonly volumeIds: readonly string[] } {
  const [machine] = present.machines;
  const mounted = present.machines.flatMap(({ volumes }) => volumes.map(({ id }) => id));
  // On the volume of an app that was never deployed nothing has run.
  const free = mounted.length === 0 && !appIsNew ? volumeToCome(config, region, present) : null;
  const volumeIds = [...new Set(free === null ? mounted : [free.id])];
  const running =
    machine === undefined
      ? null
      : {
          imageRef: machine.imageRef,
          imageDigest: machine.imageDigest,
          version: runningVersion(machine),
        };
  const wanted = {
    reference: deployable.kind === 'image' ? deployable.reference : null,
    version: deployable.version,
  };
  return { ...decideSnapshot({ wish: inputs.snapshot, volumeIds, running, wanted }), volumeIds };
}

/**
 * Saves what a rollback would need, before anything is changed: the volume, and the config that runs.
 *
 * @throws Failure `snapshot-failed` unless the input says `best-effort`
 */
export async function keepWayBack(
  journey: Journey,
  flyctl: Flyctl,
  plan: DeployPlan,
  present: Present,
  conclude: Conclude,
): Promise<WayBackKept> {
  const { inputs, report, console } = journey;
  const { due, reason, volumeIds } = snapshotPlan(journey, plan, present);
  const mayRollBack = inputs.operation === 'deploy' && inputs.rollbackOnFailure !== 'false';
  const config = mayRollBack ? await configThatRuns(journey, flyctl, plan.app, present) : null;
  const condition = mayRollBack ? await conditionOfAll(journey, flyctl, plan, present) : 'down';
  if (!due) {
    conclude(`no snapshot: ${reason}`);
    return { snapshot: null, config, condition };
  }
  const startedAt = journey.clock.now();
  const taken: string[] = [];
  try {
    for (const volumeId of volumeIds) taken.push(await takeSnapshot(journey, flyctl, plan.app, volumeId));
  } catch (error) {
    if (journey.signal.aborted || !(error instanceof Failure)) throw error;
    const failure = asSnapshotFailure(error, plan.app);
    if (inputs.snapshot !== 'best-effort') throw failure;
    console.warning(`No snapshot, and the deploy goes on as snapshot: best-effort says. ${failure.message}`);
    report.warnings.push(`There is no snapshot of the state before this run: ${failure.message}`);
  }
  report.snapshot = taken[0] ?? null;
  if (report.snapshot !== null && !report.imageLeadsBack) {
    report.nextSteps.push(stepsBack(plan.app, present, report.snapshot));
  }
  const took = elapsed((journey.clock.now() - startedAt) / 1000);
  conclude(taken.length === 0 ? 'no snapshot' : `snapshot ${taken.join(', ')} after ${took}: ${reason}`);
  return { snapshot: report.snapshot, config, condition };
}

async function conditionOfAll(
  journey: Journey,
  flyctl: Flyctl,
  { app, config }: DeployPlan,
  { status, machines }: Present,
): Promise<Condition> {
  const { clock, console, signal } = journey;
  const told = await withEvents(flyctl, app, machines, signal);
  const conditions = new Set(told.map((machine) => conditionOf(machine, clock.now())));
  if (conditions.has('ailing')) return 'ailing';
  if (status === null || conditions.size === 0 || conditions.has('down')) return 'down';
  const { doubt } = await impressionOf(journey, flyctl, app, config, status);
  if (doubt === null) return 'up';
  console.phase(`what runs now is not what a rollback should go back to: ${doubt}`);
  return 'ailing';
}

/** For people: where the image alone does not lead back, the snapshot of this run does. */
function stepsBack(app: string, { machines, volumes }: Present, snapshot: string): NextStep {
  const [machine] = machines;
  const volume = volumes.find(({ id }) => id === machine?.volumes[0]?.id);
  const at = {
    snapshot,
    machineIds: machines.map(({ id }) => id),
    id: volume?.id ?? null,
    name: volume?.name ?? null,
    region: volume?.region ?? null,
    sizeGb: volume?.sizeGb ?? null,
  };
  return {
    text: 'To go back by hand, with the state of the snapshot on a new volume; the present volume stays as it is:',
    url: null,
    commands: [...byHand(app, at, machine === undefined ? 'IMAGE' : wholeReference(machine))],
  };
}

/** @returns the id, once the platform says that the snapshot is done */
async function takeSnapshot(
  { clock, console, inputs, report, signal }: Journey,
  flyctl: Flyctl,
  app: string,
  volumeId: string,
): Promise<string> {
  const before = await commands.snapshotsList(flyctl, app, volumeId, { signal });
  await commands.snapshotCreate(flyctl, app, volumeId, { signal });
  console.phase(`asked for a snapshot of volume ${volumeId}`);
  // Half of what is left is the deploy's.
  const left = Date.parse(report.startedAt) + inputs.timeoutMs - clock.now();
  const patienceMs = Math.max(0, Math.min(snapshotPatienceMs, left / 2));
  const until = clock.now() + patienceMs;
  for (;;) {
    const done = finishedSnapshot(before, await commands.snapshotsList(flyctl, app, volumeId, { signal }));
    if (done !== null) return done.id;
    if (clock.now() >= until) break;
    console.tick(`the snapshot of volume ${volumeId}`);
    await clock.sleep(pollPause(inputs.stableForMs), signal);
    signal.throwIfAborted();
  }
  throw new Failure(
    'snapshot-failed',
    `The snapshot of volume ${volumeId} was not done after ${elapsed(patienceMs / 1000)}.`,
    { evidence: `volume ${volumeId} has no new snapshot with an id and the status created` },
  );
}

function asSnapshotFailure(error: Failure, app: string): Failure {
  if (error.code === 'snapshot-failed') return error;
  const { evidence, code, message } = error;
  // A token that may not do it is a cause of its own, with its own fix.
  if (code === 'token-rights' || code === 'token-invalid') return error;
  return new Failure('snapshot-failed', `The volume of ${app} could not be saved: ${message}`, {
    evidence: evidence ?? message,
    cause: error,
  });
}

/**
 * The config of the release that runs. Fly tells that of the latest release only, also of one that failed
 * (flyctl recording 427): where the machine runs another, nobody can tell.
 */
async function configThatRuns(
  { console, signal }: Journey,
  flyctl: Flyctl,
  app: string,
  { status, machines }: Present,
): Promise<string | null> {
  const running = machines[0]?.releaseVersion ?? null;
  if (status === null || running === null || running !== status.version) return null;
  try {
    return await commands.configShow(flyctl, app, 'toml', { signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    console.phase(`the config that runs could not be read (${error.message}): a rollback would use today's`);
    return null;
  }
}
