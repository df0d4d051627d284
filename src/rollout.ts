import { Failure } from './causes.ts';
import { askUrl, audit, settleAddresses } from './chapters/addresses.ts';
import { type Attended, attend } from './chapters/attend.ts';
import { deployWatched, verdictInWords } from './chapters/deploy.ts';
import type { lookAround } from './chapters/look.ts';
import type { Planned } from './chapters/plan.ts';
import { provideAll } from './chapters/provision.ts';
import { lookForLock, planLockRelease, releaseLock } from './chapters/release-lock.ts';
import { type Restarting, restart } from './chapters/restart.ts';
import { type FailedDeploy, rollBackFailure, rollbackReserve } from './chapters/rollback.ts';
import { planRollback, rollBack } from './chapters/rollback-by-hand.ts';
import { pruneSecrets, stageSecrets } from './chapters/secrets.ts';
import { keepWayBack } from './chapters/snapshot.ts';
import { tellWayIn } from './chapters/way-in.ts';
import type { Flyctl } from './flyctl/process.ts';
import { chapter, isCancelled, type Journey } from './journey.ts';

type Around = Awaited<ReturnType<typeof lookAround>>;

/** How the operations that deploy nothing new go on, once they have looked at Fly. */
export const stories: Readonly<
  Record<
    Exclude<Journey['inputs']['operation'], 'deploy'>,
    (journey: Journey, flyctl: Flyctl, around: Around) => Promise<void>
  >
> = {
  verify: verifyGateway,
  restart: restartGateway,
  rollback: rollBackGateway,
  'release-lock': releaseGatewayLock,
};

/** The main job: what the repository or the workflow names comes up on Fly, and it is proven. */
export async function deployGateway(journey: Journey, flyctl: Flyctl, planned: Planned): Promise<void> {
  const { inputs, report } = journey;
  if (inputs.dryRun) return endDryRun(journey);
  if (planned.kind === 'up-to-date') return keepRunning(journey, flyctl, planned);
  const { plan, present } = planned;
  await chapter(journey, 'Provision', (end) => provideAll(journey, flyctl, plan, end));
  const secrets = await chapter(journey, 'Secrets', (end) =>
    stageSecrets(journey, flyctl, plan.app, plan.config, present, end, plan.settlesAuth),
  );
  const kept = await chapter(journey, 'Keep a way back', (end) =>
    keepWayBack(journey, flyctl, plan, present, end),
  );
  await deployOrRecover(journey, flyctl, { plan, before: present, secrets, kept });
  if (report.verdict !== 'failed') {
    await chapter(journey, 'Settle', async (end) => {
      const addresses = await settleAddresses(journey, flyctl, plan);
      const pruned =
        report.verdict === 'healthy' ? await pruneSecrets(journey, flyctl, plan.app, secrets) : [];
      end([...addresses, ...pruned].join(', ') || 'nothing to do');
    });
  }
  try {
    await chapter(journey, 'Audit', (end) => audit(journey, flyctl, plan, end));
  } catch (error) {
    // What failed before is the cause of the run, whatever keeps it from looking at the addresses.
    if (report.verdict !== 'failed' || isCancelled(journey)) throw error;
  }
  tellWayIn(journey, plan, present, secrets);
  if (report.verdict !== 'failed' && report.url !== null)
    report.urlStatus = await askUrl(journey, report.url);
}

/** Deploys to a verdict. Where the workflow asks for it, a stale lock is released and what failed is rolled back. */
async function deployOrRecover(
  journey: Journey,
  flyctl: Flyctl,
  deploying: Omit<FailedDeploy, 'attended' | 'cause'>,
): Promise<void> {
  const { inputs, report, signal } = journey;
  const { plan, before, secrets } = deploying;
  let attended: Attended | null = null;
  let failure: Failure | null = null;
  try {
    const reserveMs = rollbackReserve(journey, before);
    attended = await chapter(
      journey,
      'Deploy and watch',
      (end) => deployWatched(journey, flyctl, plan, before, secrets, end, reserveMs),
      'open',
    );
    attended = await healIfAsked(journey, flyctl, { ...plan, secrets }, attended);
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    failure = error;
  }
  const cause = failure?.code ?? report.cause;
  if ((failure !== null || report.verdict === 'failed') && inputs.rollbackOnFailure !== 'false') {
    const failed = { ...deploying, attended, cause };
    await chapter(journey, 'Roll back', (end) => rollBackFailure(journey, flyctl, failed, end), 'open');
  }
  if (failure !== null) throw failure;
}

/** One bounded attempt, for a lock only, and only with `heal-lock: true`. */
async function healIfAsked(
  journey: Journey,
  flyctl: Flyctl,
  { app, config, secrets }: Pick<Restarting, 'app' | 'config' | 'secrets'>,
  attended: Attended,
): Promise<Attended> {
  const { verdict } = attended;
  if (verdict.cause !== 'gateway-lock' || !journey.inputs.healLock) return attended;
  const secretNames = new Set(secrets.onFly.map(({ name }) => name));
  const locked = { app, config, url: journey.report.url, secretNames, verdict };
  const healed = await chapter(
    journey,
    'Release the lock',
    (end) => releaseLock(journey, flyctl, locked, end),
    'open',
  );
  return healed === null ? attended : { ...healed, migrated: attended.migrated ?? healed.migrated };
}

/** What runs stays: only secrets that changed have to reach it, by a restart, and what is in doubt is watched. */
async function keepRunning(
  journey: Journey,
  flyctl: Flyctl,
  { app, config, present, doubt }: Extract<Planned, { kind: 'up-to-date' }>,
): Promise<void> {
  const { report } = journey;
  const why = report.meaning;
  if (journey.secrets.values.size > 0) {
    const secrets = await chapter(journey, 'Secrets', (end) =>
      stageSecrets(journey, flyctl, app, config, present, end),
    );
    if (secrets.changes.waiting.length > 0) {
      await restartOrHeal(journey, flyctl, { app, config, present, secrets });
      return;
    }
  }
  if (doubt !== null) {
    journey.console.phase(`Nothing is deployed, but what runs is watched: ${doubt}.`);
    await watchWhatRuns(journey, flyctl, { app, config, present });
    return;
  }
  report.verdict = 'skipped';
  report.cause = 'up-to-date';
  report.meaning = why;
}

/** Watches what runs and changes nothing. */
async function verifyGateway(journey: Journey, flyctl: Flyctl, around: Around): Promise<void> {
  const { inputs, report } = journey;
  const { app, config, present } = around;
  report.plan.push(`watch ${present.machines.map(({ id }) => id).join(', ')}`);
  if (inputs.dryRun) return endDryRun(journey);
  await watchWhatRuns(journey, flyctl, { app, config, present });
  if (report.verdict !== 'failed' && report.url !== null)
    report.urlStatus = await askUrl(journey, report.url);
}

async function watchWhatRuns(
  journey: Journey,
  flyctl: Flyctl,
  { app, config, present }: Pick<Restarting, 'app' | 'config' | 'present'>,
): Promise<void> {
  const { report } = journey;
  await chapter(
    journey,
    'Watch',
    async (end) => {
      const secretNames = new Set(present.secrets.map(({ name }) => name));
      const boot = {
        app,
        operation: 'verify',
        config,
        url: report.url,
        baseline: present.machines,
        secretNames,
        act: null,
      } as const;
      await attend(journey, flyctl, boot);
      end(...verdictInWords(journey));
    },
    'open',
  );
}

/** Applies staged secrets, if there are any, restarts, and watches the boot. */
async function restartGateway(journey: Journey, flyctl: Flyctl, around: Around): Promise<void> {
  const { inputs, report } = journey;
  const { app, config, present } = around;
  report.plan.push(`restart ${present.machines.map(({ id }) => id).join(', ')}`);
  if (inputs.dryRun) return endDryRun(journey);
  const secrets = await chapter(journey, 'Secrets', (end) =>
    stageSecrets(journey, flyctl, app, config, present, end),
  );
  await restartOrHeal(journey, flyctl, { app, config, present, secrets });
  if (report.verdict === 'healthy') {
    await chapter(journey, 'Settle', async (end) => {
      end((await pruneSecrets(journey, flyctl, app, secrets)).join(', ') || 'nothing to do');
    });
  }
  if (report.verdict !== 'failed' && report.url !== null)
    report.urlStatus = await askUrl(journey, report.url);
}

async function restartOrHeal(journey: Journey, flyctl: Flyctl, restarting: Restarting): Promise<void> {
  const attended = await chapter(
    journey,
    'Restart and watch',
    (end) => restart(journey, flyctl, restarting, end),
    'open',
  );
  await healIfAsked(journey, flyctl, restarting, attended);
}

/** Deploys an earlier image once more, and watches it like any deploy. */
async function rollBackGateway(journey: Journey, flyctl: Flyctl, around: Around): Promise<void> {
  const { inputs, report } = journey;
  const planned = await chapter(journey, 'Plan', (end) => planRollback(journey, flyctl, around, end));
  if (inputs.dryRun) return endDryRun(journey);
  await chapter(journey, 'Keep a way back', (end) =>
    keepWayBack(journey, flyctl, planned.plan, planned.present, end),
  );
  await chapter(journey, 'Roll back', (end) => rollBack(journey, flyctl, planned, end), 'open');
  if (report.verdict !== 'failed' && report.url !== null)
    report.urlStatus = await askUrl(journey, report.url);
}

/** Looks whether a lock keeps the gateway down, and clears it if it is stale. */
async function releaseGatewayLock(journey: Journey, flyctl: Flyctl, around: Around): Promise<void> {
  const { inputs, report } = journey;
  report.plan.push(...planLockRelease(around.present));
  if (inputs.dryRun) return endDryRun(journey);
  await chapter(journey, 'Look for a lock', (end) => lookForLock(journey, flyctl, around, end), 'open');
  if (report.verdict !== 'failed' && report.url !== null)
    report.urlStatus = await askUrl(journey, report.url);
}

function endDryRun({ report, console }: Journey): void {
  report.verdict = 'skipped';
  report.cause = 'dry-run';
  report.meaning = 'This was a dry run: the plan was made, and nothing was changed.';
  console.notice('dry-run: nothing was changed.');
}
