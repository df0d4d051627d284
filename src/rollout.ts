import { Failure } from './causes.ts';
import { askUrl, audit, settleAddresses } from './chapters/addresses.ts';
import { attend } from './chapters/attend.ts';
import { deployWatched, verdictInWords } from './chapters/deploy.ts';
import { install } from './chapters/install.ts';
import { lookAround, makePlan, type Planned } from './chapters/plan.ts';
import { provideAll } from './chapters/provision.ts';
import { restart } from './chapters/restart.ts';
import { pruneSecrets, stageSecrets } from './chapters/secrets.ts';
import { type FlyctlDirs, stopAgent } from './flyctl/config-dir.ts';
import type { Flyctl } from './flyctl/process.ts';
import { chapter, type Journey } from './journey.ts';

/**
 * The story of a run. The report is filled in on the way; what stops the run is thrown.
 *
 * @throws Failure with the cause, when the run cannot go on
 */
export async function rollout(journey: Journey, dirs: FlyctlDirs): Promise<void> {
  const flyctl = await chapter(journey, 'Install flyctl', (conclude) => install(journey, dirs, conclude));
  try {
    await stories[journey.inputs.operation](journey, flyctl);
  } finally {
    await flyctl.stop();
    await stopAgent(flyctl, dirs);
  }
}

type Story = (journey: Journey, flyctl: Flyctl) => Promise<void>;

const stories: Readonly<Record<Journey['inputs']['operation'], Story>> = {
  deploy: deployGateway,
  verify: verifyGateway,
  restart: restartGateway,
  rollback: notInThisVersion,
  'release-lock': notInThisVersion,
};

/** The main job: what the repository or the workflow names comes up on Fly, and it is proven. */
async function deployGateway(journey: Journey, flyctl: Flyctl): Promise<void> {
  const { inputs, report } = journey;
  const planned = await chapter(journey, 'Plan', (end) => makePlan(journey, flyctl, end));
  if (inputs.dryRun) return endDryRun(journey);
  if (planned.kind === 'up-to-date') return keepRunning(journey, flyctl, planned);
  const { plan, present } = planned;
  await chapter(journey, 'Provision', (end) => provideAll(journey, flyctl, plan, end));
  const secrets = await chapter(journey, 'Secrets', (end) =>
    stageSecrets(journey, flyctl, plan.app, plan.config, present, end),
  );
  const { verdict } = await chapter(
    journey,
    'Deploy and watch',
    (end) => deployWatched(journey, flyctl, plan, present, secrets, end),
    'open',
  );
  if (verdict.verdict !== 'failed') {
    await chapter(journey, 'Settle', async (end) => {
      const addresses = await settleAddresses(journey, flyctl, plan);
      const pruned =
        verdict.verdict === 'healthy' ? await pruneSecrets(journey, flyctl, plan.app, secrets) : [];
      end([...addresses, ...pruned].join(', ') || 'nothing to do');
    });
  }
  await chapter(journey, 'Audit', (end) => audit(journey, flyctl, plan, end));
  if (report.verdict !== 'failed' && report.url !== null)
    report.urlStatus = await askUrl(journey, report.url);
}

/** What is wanted runs: only secrets that changed have to reach it, by a restart. */
async function keepRunning(
  journey: Journey,
  flyctl: Flyctl,
  { app, config, present }: Extract<Planned, { kind: 'up-to-date' }>,
): Promise<void> {
  const { report } = journey;
  const why = report.meaning;
  if (journey.secrets.values.size > 0) {
    const secrets = await chapter(journey, 'Secrets', (end) =>
      stageSecrets(journey, flyctl, app, config, present, end),
    );
    const { added, changed } = secrets.changes;
    if (added.length + changed.length > 0) {
      await chapter(
        journey,
        'Restart and watch',
        (end) => restart(journey, flyctl, { app, config, present, secrets }, end),
        'open',
      );
      return;
    }
  }
  report.verdict = 'skipped';
  report.cause = 'up-to-date';
  report.meaning = why;
}

/** Watches what runs and changes nothing. */
async function verifyGateway(journey: Journey, flyctl: Flyctl): Promise<void> {
  const { inputs, report } = journey;
  const { app, config, present } = await chapter(journey, 'Look at Fly', (end) =>
    lookAround(journey, flyctl, end),
  );
  report.plan.push(`watch ${present.machines.map(({ id }) => id).join(', ')}`);
  if (inputs.dryRun) return endDryRun(journey);
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
      end(verdictInWords(journey));
    },
    'open',
  );
  if (report.verdict !== 'failed' && report.url !== null)
    report.urlStatus = await askUrl(journey, report.url);
}

/** Applies staged secrets, if there are any, restarts, and watches the boot. */
async function restartGateway(journey: Journey, flyctl: Flyctl): Promise<void> {
  const { inputs, report } = journey;
  const { app, config, present } = await chapter(journey, 'Look at Fly', (end) =>
    lookAround(journey, flyctl, end),
  );
  report.plan.push(`restart ${present.machines.map(({ id }) => id).join(', ')}`);
  if (inputs.dryRun) return endDryRun(journey);
  const secrets = await chapter(journey, 'Secrets', (end) =>
    stageSecrets(journey, flyctl, app, config, present, end),
  );
  const { verdict } = await chapter(
    journey,
    'Restart and watch',
    (end) => restart(journey, flyctl, { app, config, present, secrets }, end),
    'open',
  );
  if (verdict.verdict === 'healthy') {
    await chapter(journey, 'Settle', async (end) => {
      end((await pruneSecrets(journey, flyctl, app, secrets)).join(', ') || 'nothing to do');
    });
  }
  if (report.verdict !== 'failed' && report.url !== null)
    report.urlStatus = await askUrl(journey, report.url);
}

async function notInThisVersion({ inputs }: Journey): Promise<never> {
  throw new Failure(
    'inputs-invalid',
    `operation: "${inputs.operation}" is not in this version; deploy, verify and restart are`,
  );
}

function endDryRun({ report, console }: Journey): void {
  report.verdict = 'skipped';
  report.cause = 'dry-run';
  report.meaning = 'This was a dry run: the plan was made, and nothing was changed.';
  console.notice('dry-run: nothing was changed.');
}
