import { removeConfigDir } from './flyctl/config-dir.ts';

/** The post step may take so long; a folder that is still there then is the runner's to remove with RUNNER_TEMP. */
const limitMs = 5_000;

/**
 * Puts right what a main step that was killed left behind: its flyctl processes and its private folder, which
 * holds request bodies with secret values. After an ordinary run there is nothing to do.
 */
export async function mend(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const folder = env.STATE_folder;
  if (!folder) return;
  try {
    const late = new Promise<readonly string[]>((resolve) => {
      setTimeout(() => resolve(['Cleaning up took too long and was left.']), limitMs).unref();
    });
    for (const trouble of await Promise.race([removeConfigDir(folder), late]))
      process.stdout.write(`${trouble}\n`);
  } catch (error) {
    process.stdout.write(
      `Nothing more could be cleaned up: ${error instanceof Error ? error.message : error}\n`,
    );
  }
}
