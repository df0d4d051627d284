import type { AppConfig } from '../app/config.ts';
import type { Present } from '../app/present.ts';
import { Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import type { SyncedSecrets } from '../secrets/sync.ts';
import type { ActEnd } from '../watch/watch.ts';
import { type Attended, attend } from './attend.ts';
import { verdictInWords } from './deploy.ts';

/** What is restarted. */
export interface Restarting {
  readonly app: string;
  readonly config: AppConfig | null;
  readonly present: Present;
  readonly secrets: SyncedSecrets;
}

/** Restarts the machines, by way of `secrets deploy` where secrets wait for it, and watches the boot. */
export async function restart(
  journey: Journey,
  flyctl: Flyctl,
  { app, config, present, secrets }: Restarting,
  conclude: Conclude,
): Promise<Attended> {
  const waiting = secrets.onFly.some(({ status }) => status === 'staged' || status === 'partial');
  const act = async (signal: AbortSignal): Promise<ActEnd> => {
    try {
      if (waiting) await commands.secretsDeploy(flyctl, app, { signal });
      else for (const { id } of present.machines) await commands.machineRestart(flyctl, app, id, { signal });
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
