import { setTimeout as pause } from 'node:timers/promises';
import { auditAddresses } from '../app/mode.ts';
import type { DeployPlan } from '../app/plan.ts';
import { addressWords, allocate } from '../app/provision.ts';
import { causeTable } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import { reportedFix } from '../report/report.ts';

/** Gives and takes addresses as the plan says, one at a time: what fails half way is finished by the next run. */
export async function settleAddresses(
  { signal }: Journey,
  flyctl: Flyctl,
  plan: DeployPlan,
): Promise<string[]> {
  const done: string[] = [];
  for (const type of plan.mode.allocateAfter) {
    await allocate(flyctl, plan.app, type, signal);
    done.push(`allocated ${addressWords[type]}`);
  }
  for (const { address, type } of plan.mode.releaseAfter) {
    await commands.ipsRelease(flyctl, plan.app, address, { signal });
    done.push(`released ${address} (${type})`);
  }
  return done;
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
  conclude(exposed?.message ?? (addresses.map(({ type }) => type).join(', ') || 'no address'));
  // A gateway that failed still has its public addresses: they are released after a healthy verdict only.
  if (exposed === null || report.verdict === 'failed') return;
  report.verdict = 'failed';
  report.cause = 'public-address';
  report.meaning = `${causeTable['public-address'].meaning} ${exposed.message}.`;
  report.evidence = { text: exposed.message, source: 'flyctl', at: null, machine: null };
  report.fix = reportedFix(causeTable['public-address'].fix({ app: plan.app, evidence: exposed.message }));
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
