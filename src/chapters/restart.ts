import type { AppConfig } from '../app/config.ts';
import type { Present } from '../app/present.ts';
import { Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import { awaitLeases } from '../flyctl/leases.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import type { SyncedSecrets } from '../secrets/sync.ts';
import type { ActEnd } from '../watch/watch.ts';
import { type Attended, attend } from './attend.ts';
import { verdictInWords } from './deploy.ts';
import { leaseTeller } from './lease.ts';
import { runningVersion } from './look.ts';
import { letItRest } from './rest.ts';

/** What is restarted. */
export interface Restarting {
  readonly app: string;
  readonly config: AppConfig | null;
  readonly present: Present;
  readonly secrets: SyncedSecrets;
}

/**
 * Restarts the machines, by way of `secrets deploy` where secrets wait for it, and watches the boot. After boots that
 * ended uncleanly it is put off until this one is not the one too many.
 */
export async function restart(
  journey: Journey,
  flyctl: Flyctl,
  { app, config, present, secrets }: Restarting,
  conclude: Conclude,
): Promise<Attended> {
  const waiting =
    secrets.changes.waiting.length > 0 ||
    secrets.onFly.some(({ status }) => status === 'staged' || status === 'partial');
  const ids = present.machines.map(({ id }) => id);
  const onWait = leaseTeller(journey);
  /** flyctl waits for a lease for a minute only, and says nothing meanwhile. */
  const patiently = async (
    machineIds: readonly string[],
    signal: AbortSignal,
    change: () => Promise<void>,
  ): Promise<void> => {
    const left = () => Date.parse(journey.report.startedAt) + journey.inputs.timeoutMs - journey.clock.now();
    for (;;) {
      await awaitLeases(flyctl, app, machineIds, { deadlineMs: left(), signal, onWait });
      try {
        return await change();
      } catch (error) {
        // Somebody was faster. What changes nothing may be done again.
        if (!(error instanceof Failure) || error.code !== 'lease-held' || left() <= 0) throw error;
      }
    }
  };
  const [machine] = present.machines;
  await letItRest(journey, flyctl, app, present.machines, machine ? runningVersion(machine) : null);
  const act = async (signal: AbortSignal): Promise<ActEnd> => {
    try {
      if (waiting) await patiently(ids, signal, () => commands.secretsDeploy(flyctl, app, { signal }));
      else {
        for (const id of ids)
          await patiently([id], signal, () => commands.machineRestart(flyctl, app, id, { signal }));
      }
      return { ok: true, releaseVersion: null };
    } catch (error) {
      if (error instanceof Failure) return { ok: false, failure: error };
      throw error;
    }
  };
  const watched = await attend(journey, flyctl, {
    app,
    operation: waiting ? 'deploy' : 'restart',
    config,
    url: journey.report.url,
    baseline: present.machines,
    secretNames: new Set(secrets.onFly.map(({ name }) => name)),
    act,
  });
  const failed = watched.act !== null && !watched.act.ok ? watched.act.failure : null;
  if (failed !== null && watched.verdict.cause === failed.code) throw failed;
  conclude(...verdictInWords(journey));
  return watched;
}
