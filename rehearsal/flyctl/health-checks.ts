import { CommandError } from './failure-report.ts';
import { getMachine, type Machine } from './machines.ts';
import type { Session } from './session.ts';

/** How long machine commands wait for health checks, in milliseconds. */
const PATIENCE = 300_000;

/** Waits until every health check of the machine passes; a deadline ends the command with code 126. */
export async function watchHealthChecks(session: Session, app: string, machine: Machine): Promise<void> {
  const expected = machine.checks?.length ?? 0;
  if (expected === 0) {
    session.out('No health checks found\n');
    return;
  }
  const { clock } = session.surroundings;
  const start = clock.now();
  for (;;) {
    const current = await getMachine(session.api, app, machine.id);
    const checks = (current.checks ?? []).filter(({ name }) => !name?.startsWith('bg_deployments_compat'));
    const passing = checks.filter(({ status }) => status === 'passing').length;
    if (checks.length > 0) {
      session.err(
        `  Waiting for ${machine.id} to become healthy (${current.state}, ${passing}/${checks.length})\n`,
      );
    }
    if (passing === expected) return;
    if (clock.now() - start + 1000 > PATIENCE)
      throw new CommandError('context deadline exceeded', { deadline: true });
    await session.sleep(1000);
  }
}
