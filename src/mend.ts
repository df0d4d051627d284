import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EndedProcess,
  endLeftProcesses,
  lastNoted,
  removeConfigDir,
  stopAgent,
} from './flyctl/config-dir.ts';
import { oneLine } from './report/visible.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The post step may take so long; a folder that is still there then is the runner's to remove with RUNNER_TEMP. */
const limitMs = 5_000;
/** Of that, what is kept for the start of this step, for a flyctl that minds no signal, and for removing the folder. */
const removalMs = 1_000;

/**
 * Puts right what a main step that was killed left behind: its flyctl processes, the lease that a deploy held and the
 * agent that it started, and its private folder, which holds request bodies with secret values. After an ordinary run
 * there is nothing to do.
 */
export async function mend(env: Env): Promise<void> {
  const folder = env.STATE_folder;
  if (!folder || !existsSync(folder)) return;
  const late = new Promise<void>((resolve) => {
    setTimeout(() => {
      say('Cleaning up took too long and was left.');
      resolve();
    }, limitMs).unref();
  });
  await Promise.race([putRight(env, folder), late]);
}

async function putRight(env: Env, folder: string): Promise<void> {
  const signal = AbortSignal.timeout(limitMs - removalMs);
  const steps = [
    async () => settleDeploy(env, folder, await endLeftProcesses(folder), signal),
    () => removeConfigDir(folder),
  ];
  for (const step of steps) {
    try {
      for (const line of await step()) say(line);
    } catch (error) {
      say(`Nothing more could be cleaned up: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** @returns what was done, and what could not be, one sentence each */
async function settleDeploy(
  env: Env,
  folder: string,
  ended: readonly EndedProcess[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  // Most of the code, and an ordinary run needs none of it.
  const { readDeployNote } = await import('./flyctl/deploy-note.ts');
  const note = readDeployNote(folder);
  const token = (env['INPUT_FLY-API-TOKEN'] || env.FLY_API_TOKEN || '').trim();
  if (note === null || token === '') return [];
  const { openFlyctl } = await import('./flyctl/process.ts');
  const { settleKilledDeploy } = await import('./flyctl/leases.ts');
  const configDir = join(folder, 'config');
  const redact = (text: string) => text.replaceAll(token, '***');
  const flyctl = openFlyctl({
    path: note.path,
    version: note.version,
    token,
    configDir,
    emptyDir: join(folder, 'empty'),
    env,
    redact,
    graces: { interruptMs: 200, terminateMs: 100 },
  });
  const noted = lastNoted(folder);
  const [{ cleared, trouble }] = await Promise.all([
    settleKilledDeploy(flyctl, note, {
      ran: ended.some(({ command, ran }) => command === 'deploy' && ran),
      sinceMs: noted === null ? null : Date.now() - noted,
      signal,
    }),
    stopAgent(flyctl, { configDir }, signal),
  ]);
  return [
    ...cleared.map((id) => `Cleared the lease that the killed deploy left on machine ${id}.`),
    ...trouble.map((text) => redact(`${text}.`)),
  ];
}

/** Some of it is what flyctl said, which no runner is to take for commands. */
function say(line: string): void {
  process.stdout.write(`${oneLine(line)}\n`);
}
