import { Failure } from '../causes.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Address, AppStatus, Machine, Secret, Volume } from '../flyctl/schemas.ts';

/** What is on Fly before anything is touched. `status: null`: there is no such app yet. */
export interface Present {
  readonly status: AppStatus | null;
  readonly machines: readonly Machine[];
  readonly addresses: readonly Address[];
  readonly volumes: readonly Volume[];
  readonly secrets: readonly Secret[];
}

/**
 * Asks all of it side by side. Of an app that is not there every question fails; `status` says so for all.
 *
 * @throws FlyctlFailure
 */
export async function lookAtFly(flyctl: Flyctl, app: string, signal: AbortSignal): Promise<Present> {
  const [status, addresses, volumes, secrets] = await Promise.allSettled([
    commands.status(flyctl, app, { signal }),
    commands.ipsList(flyctl, app, { signal }),
    commands.volumesList(flyctl, app, { signal }),
    commands.secretsList(flyctl, app, { signal }),
  ]);
  if (status.status === 'rejected') {
    if (status.reason instanceof Failure && status.reason.code === 'app-missing') {
      return { status: null, machines: [], addresses: [], volumes: [], secrets: [] };
    }
    throw status.reason;
  }
  return {
    status: status.value,
    machines: status.value.machines,
    addresses: said(addresses),
    volumes: said(volumes),
    secrets: said(secrets),
  };
}

function said<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
