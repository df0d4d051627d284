import { CommandError, Panic, within, wrapped } from './failure-report.ts';
import { formatDuration } from './go-duration.ts';
import type { Machine } from './machines.ts';
import type { Session } from './session.ts';

/** Longest single wait the Machines API is asked for, in milliseconds. */
const LONGEST_WAIT = 60_000;

/** One wait of the Machines API for a state, of at most a minute whatever is asked. */
export async function waitOnce(
  session: Session,
  app: string,
  id: string,
  state: string,
  ms: number,
  signal = session.surroundings.signal,
): Promise<void> {
  const seconds = Math.max(Math.floor(Math.min(ms, LONGEST_WAIT) / 1000), 1);
  const path = `/apps/${app}/machines/${id}/wait?state=${state}&timeout=${seconds}`;
  await within(`failed to wait for VM ${id} in [${state}] state`, session.api.flaps('GET', path, { signal }));
}

/** Text for a machine that did not reach a state in time; two of the callers add their own advice. */
export const STATE_TIMEOUT = "timeout reached waiting for machine's state to change";

/**
 * Waits for a state as the machine commands do: minute by minute until `patience` milliseconds have passed.
 * @throws Panic where the API's word that it was not reached in a minute meets a machine without config
 */
export async function waitForState(
  session: Session,
  app: string,
  machine: Machine,
  state: string,
  patience: number,
): Promise<void> {
  const { clock, signal } = session.surroundings;
  const deadline = clock.now() + patience;
  const limited = limitedBy(session, patience);
  try {
    for (let pause = 500; ; pause = Math.min(pause * 2, 2000)) {
      try {
        await waitOnce(session, app, machine.id, state, LONGEST_WAIT, limited.signal);
        return;
      } catch (error) {
        if (!(error instanceof CommandError) || signal.aborted) throw error;
        if (clock.now() >= deadline) {
          throw new CommandError(STATE_TIMEOUT, {
            description: `The machine ${machine.id} took more than ${formatDuration(patience)} to reach "${state}"`,
          });
        }
        if (error.message.includes('machine failed to reach desired state')) {
          if (!machine.config)
            throw new Panic('runtime error: invalid memory address or nil pointer dereference');
          if (machine.config.restart?.policy === 'no') {
            throw new CommandError(
              'machine failed to reach desired start state, and restart policy was set to no restart',
            );
          }
        }
        if (error.details.status === 400) throw wrapped('failed waiting for machine', error);
        await clock.sleep(pause, limited.signal);
      }
    }
  } finally {
    limited.release();
  }
}

/**
 * As {@link limitedBy}, for the waits of a deploy: on a signal each ends the line that its progress may stand on.
 */
export function deployLimit(session: Session, ms: number): ReturnType<typeof limitedBy> {
  const { signal } = session.surroundings;
  const newline = () => session.err('\n');
  signal.addEventListener('abort', newline);
  const limit = limitedBy(session, ms);
  return {
    ...limit,
    release: () => {
      signal.removeEventListener('abort', newline);
      limit.release();
    },
  };
}

/** A signal that aborts with the session's own or after `ms`, with Go's text for a passed deadline. */
export function limitedBy(
  session: Session,
  ms: number,
): { signal: AbortSignal; passed(): boolean; release(): void } {
  const { clock, signal } = session.surroundings;
  const controller = new AbortController();
  const release = new AbortController();
  const follow = () => controller.abort(signal.reason);
  signal.addEventListener('abort', follow);
  if (signal.aborted) follow();
  let passed = false;
  void clock.sleep(ms, release.signal).then(() => {
    if (release.signal.aborted || controller.signal.aborted) return;
    passed = true;
    controller.abort('net/http: request canceled');
  });
  return {
    signal: controller.signal,
    passed: () => passed,
    release: () => {
      signal.removeEventListener('abort', follow);
      release.abort();
    },
  };
}
