import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeployPlan } from '../app/plan.ts';
import type { Present } from '../app/present.ts';
import { Failure } from '../causes.ts';
import { type DeployReport, deploy } from '../flyctl/deploy.ts';
import { forgetDeploy, noteDeploy } from '../flyctl/deploy-note.ts';
import { settleInterruptedDeploy } from '../flyctl/leases.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import { elapsed } from '../report/elapsed.ts';
import type { SyncedSecrets } from '../secrets/sync.ts';
import type { ActEnd } from '../watch/watch.ts';
import { type Attended, attend } from './attend.ts';
import { leaseTeller } from './lease.ts';

/**
 * Watches, then deploys, to the verdict; a deploy that had to be interrupted is put right.
 *
 * @param reserveMs of the input `timeout`, left to what may follow
 */
export async function deployWatched(
  journey: Journey,
  flyctl: Flyctl,
  plan: DeployPlan,
  present: Present,
  secrets: Pick<SyncedSecrets, 'onFly'>,
  conclude: Conclude,
  reserveMs = 0,
): Promise<Attended> {
  const { console, folder, inputs, report, clock } = journey;
  const { app, config, deployable } = plan;
  const configPath = join(folder, 'fly.toml');
  writeFileSync(configPath, plan.effective.toml, { mode: 0o600 });
  const said: string[] = [];
  const underWay = {
    path: flyctl.path,
    version: flyctl.version,
    app,
    machinesBefore: present.machines.map(({ id }) => id),
    releaseBefore: present.status?.version ?? 0,
  };
  let deployed: DeployReport | null = null;
  const act = async (signal: AbortSignal): Promise<ActEnd> => {
    deployed = await deploy(
      flyctl,
      {
        app,
        configPath,
        cwd: deployable.kind === 'build' ? deployable.context : journey.workspace,
        image: deployable.kind === 'image' ? deployable.reference : undefined,
        buildArgs: Object.fromEntries(inputs.buildArgs.map((pair) => pair.split(/=(.*)/s, 2))),
        flags: [...plan.mode.deployFlags, ...plan.effective.buildFlags],
        region: plan.region,
      },
      {
        deadlineMs: Date.parse(report.startedAt) + inputs.timeoutMs - reserveMs - clock.now(),
        signal,
        onLine: (_, line) => {
          said.push(line);
          // A build takes minutes: its stages are told as they come, the rest of its words at the end.
          const stage = /^==> (?!Verifying)(.+)/.exec(line)?.[1];
          if (stage !== undefined) console.phase(`flyctl: ${stage}`);
        },
        onProgress: (progress) => noteDeploy(folder, { ...underWay, ...progress }),
        onLeaseWait: leaseTeller(journey),
        onAgain: () => console.phase('the last request of flyctl never left: deploying again'),
      },
    );
    // Whose lease it is from now on, nobody can tell any more.
    if (!deployed.interrupted) forgetDeploy(folder);
    if (deployed.failure === null) return { ok: true, releaseVersion: deployed.releaseVersion };
    return { ok: false, failure: deployed.failure };
  };
  try {
    const watched = await attend(journey, flyctl, {
      app,
      operation: 'deploy',
      config,
      url: plan.mode.access === 'public' ? report.url : null,
      baseline: present.machines,
      secretNames: new Set(secrets.onFly.map(({ name }) => name)),
      act,
      reserveMs,
    });
    const failed = watched.act !== null && !watched.act.ok ? watched.act.failure : null;
    // Where flyctl's own failure is the cause, its words and its fix say more than the watch can.
    if (failed !== null && watched.verdict.cause === failed.code) throw failed;
    conclude(...verdictInWords(journey));
    return watched;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report.cause = error.code;
    throw error;
  } finally {
    console.raw('What flyctl deploy said', said.join('\n'));
    await putRight(journey, flyctl, app, present, deployed);
    forgetDeploy(folder);
  }
}

async function putRight(
  { console, report }: Journey,
  flyctl: Flyctl,
  app: string,
  present: Present,
  deployed: DeployReport | null,
): Promise<void> {
  if (deployed === null || !deployed.interrupted) return;
  const settled = await settleInterruptedDeploy(flyctl, {
    app,
    machinesBefore: present.machines.map(({ id }) => id),
    releaseBefore: present.status?.version ?? 0,
    report: deployed,
    owner: null,
  });
  for (const id of settled.cleared)
    console.phase(`cleared the lease that the interrupted deploy left on machine ${id}`);
  for (const { machineId, owner } of settled.foreign)
    console.phase(`machine ${machineId} is leased to ${owner || 'somebody else'}: left alone`);
  if (settled.releaseLeftRunning !== null)
    console.phase(
      `release ${settled.releaseLeftRunning} goes on to say that it is running, though nobody works on it: the next deploy ends that`,
    );
  for (const trouble of settled.trouble) {
    console.warning(trouble);
    report.warnings.push(trouble);
  }
}

/** The verdict in one line, as the result of its chapter. */
export function verdictInWords({ report }: Journey): [result: string, outcome: 'done' | 'failed'] {
  const listening =
    report.listeningAfter === null ? '' : `, listening after ${elapsed(report.listeningAfter)}`;
  const discord = report.discordAfter === null ? '' : `, Discord after ${elapsed(report.discordAfter)}`;
  const cause = report.cause === report.verdict ? '' : ` (${report.cause})`;
  return [`${report.verdict}${cause}${listening}${discord}`, report.verdict === 'failed' ? 'failed' : 'done'];
}
