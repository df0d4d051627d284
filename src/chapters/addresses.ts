import { setTimeout as pause } from 'node:timers/promises';
import { auditAddresses, isPublic, type ModePlan } from '../app/mode.ts';
import type { DeployPlan } from '../app/plan.ts';
import { addressWords, allocate, allocateByHand } from '../app/provision.ts';
import { causeTable } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import { reportedFix } from '../report/report.ts';

/**
 * Gives and takes addresses as the plan says, one at a time: what fails half way is finished by the next run. Only
 * after a healthy verdict, which proves that people still get in; after any other a warning says what waits.
 */
export async function settleAddresses(
  journey: Journey,
  flyctl: Flyctl,
  { app, mode }: DeployPlan,
): Promise<string[]> {
  const { allocateAfter, releaseAfter } = mode;
  if (allocateAfter.length + releaseAfter.length === 0) return [];
  if (journey.report.verdict !== 'healthy') return [leaveForLater(journey, app, mode)];
  const { signal } = journey;
  const done: string[] = [];
  for (const type of allocateAfter) {
    await allocate(flyctl, app, type, signal);
    done.push(`allocated ${addressWords[type]}`);
  }
  for (const { address, type } of releaseAfter) {
    await commands.ipsRelease(flyctl, app, address, { signal });
    done.push(`released ${address} (${type})`);
  }
  return done;
}

function leaveForLater(
  { report, console }: Journey,
  app: string,
  { allocateAfter, releaseAfter }: ModePlan,
): string {
  const what =
    releaseAfter.length > 0
      ? `Not released yet: ${releaseAfter.map(({ address, type }) => `${address} (${type})`).join(', ')}`
      : `Not allocated yet: ${allocateAfter.map((type) => addressWords[type]).join(', ')}`;
  const warning = `${what}. Addresses change only after a healthy verdict, and this one is ${verdictOf(report)}.`;
  console.warning(warning);
  report.warnings.push(warning);
  if (allocateAfter.length > 0) {
    report.nextSteps.push({
      text: 'Deploy again to make the app public once it is healthy; or do it all the same:',
      url: null,
      commands: allocateAfter.map((type) => allocateByHand(type, app)),
    });
    // Without a public address nothing answers at the URL.
    if (!report.addresses.before.some(isPublic)) {
      report.url = null;
      report.access = 'unknown';
    }
  }
  return 'the addresses wait for a healthy verdict';
}

function verdictOf({ verdict, cause }: Journey['report']): string {
  return verdict === cause ? verdict : `${verdict} (${cause})`;
}

/** Reads the addresses again: a private app with a public address fails, however healthy its gateway is. */
export async function audit(
  journey: Journey,
  flyctl: Flyctl,
  plan: DeployPlan,
  conclude: Conclude,
): Promise<void> {
  const { report, signal } = journey;
  const isNew = plan.appIsNew && plan.mode.mode === 'public';
  const [addresses, status] = await Promise.all([
    commands.ipsList(flyctl, plan.app, { signal }),
    // Where a new app is reached is for the API to say, and it says so once the app is deployed.
    isNew ? commands.status(flyctl, plan.app, { signal }) : null,
  ]);
  report.url = status?.appUrl || report.url;
  report.addresses.after = addresses.map(({ type, address }) => ({ type, address }));
  const exposed = auditAddresses(plan.mode.mode, addresses);
  conclude(
    exposed?.message ?? (addresses.map(({ type }) => type).join(', ') || 'no address'),
    exposed === null ? 'done' : 'failed',
  );
  // A gateway that failed still has its public addresses: they are released after a healthy verdict only.
  if (exposed === null || report.verdict === 'failed') return;
  const { meaning, fix } = causeTable['public-address'];
  const waiting =
    report.verdict === 'healthy' || plan.mode.releaseAfter.length === 0
      ? ''
      : ` The public addresses go after a healthy verdict only, and this one was ${verdictOf(report)}: ${report.meaning}`;
  report.verdict = 'failed';
  report.cause = 'public-address';
  report.meaning = `${meaning}${waiting}`;
  report.evidence = { text: exposed.message, source: 'flyctl', at: null, machine: null };
  const open = addresses.filter(isPublic).map(({ address }) => address);
  report.fix = reportedFix(fix({ app: plan.app, addresses: open }));
}

/** Fly's proxy needs a moment after the machine listens. In milliseconds. */
const urlPatience = { totalMs: 10_000, pauseMs: 500, answerMs: 5_000 };

/** Asks the public URL from here until it answers. A fact beside the verdict, with a limit of its own. */
export async function askUrl({ signal }: Journey, url: string): Promise<number | null> {
  const until = performance.now() + urlPatience.totalMs;
  let status: number | null = null;
  do {
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}/healthz`, {
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(urlPatience.answerMs)]),
      });
      await response.body?.cancel();
      status = response.status;
      if (status < 500) return status;
    } catch {
      status = null;
    }
    await pause(urlPatience.pauseMs, undefined, { signal }).catch(() => {});
  } while (performance.now() < until && !signal.aborted);
  return status;
}
