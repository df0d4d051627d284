import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Machine } from '../flyctl/schemas.ts';
import { listenersCommand, parseListeners, parseReadiness, readinessCommand } from '../gateway/probe.ts';
import type { ProbeReading } from './facts.ts';
import type { Sources } from './watch.ts';

/** Whether a machine runs the gateway: made by a deploy, in the gateway's process group, and not on its way out. */
export function isGatewayMachine(machine: Machine, processGroup: string | null): boolean {
  if (machine.state === 'destroyed' || machine.state === 'destroying') return false;
  if (machine.processGroup === '') return false;
  return processGroup === null || machine.processGroup === processGroup;
}

export interface SourceOptions {
  readonly app: string;
  /** Process group of the gateway; `null`: every machine of the app counts. */
  readonly processGroup: string | null;
  /** Where the gateway listens inside the machine; `null` when nothing says so. */
  readonly port: number | null;
  /** Base of the public URL, e.g. `https://my-app.fly.dev`; `null` where nobody can reach it from here. */
  readonly url: string | null;
  readonly fetch?: typeof fetch;
}

/**
 * The watch's facts, asked of Fly through flyctl.
 *
 * Logs come by pages (`logs --no-tail`), not from a child that tails: the tailing form first asks the API for
 * WireGuard peers and, where it gets them, makes one in the user's organization and starts an agent (recording
 * 144). A page is the newest hundred lines of that machine and every call brings it again; on an empty buffer the
 * call waits, which is as good as a long poll, until its deadline.
 */
export function flySources(flyctl: Flyctl, options: SourceOptions): Sources {
  const { app, processGroup, port, url } = options;
  const request = options.fetch ?? fetch;
  return {
    async machines(signal) {
      const all = await commands.machineList(flyctl, app, { signal, patience: null, deadlineMs: 15_000 });
      const gateways = all.filter((machine) => isGatewayMachine(machine, processGroup));
      // Whether the list carries events is the server's choice; where it does not, the single machine's text has them.
      return Promise.all(
        gateways.map(async (machine) => {
          if (machine.events !== null) return machine;
          const { events } = await commands.machineStatusEvents(flyctl, app, machine.id, {
            signal,
            patience: null,
            deadlineMs: 15_000,
          });
          return { ...machine, events };
        }),
      );
    },
    async logs(machineId, signal) {
      return commands.logsPage(flyctl, app, { machineId }, { signal, patience: null });
    },
    async probe(machineId, signal): Promise<ProbeReading> {
      const exec = (command: string) =>
        commands.machineExec(flyctl, app, machineId, command, 12, { signal, patience: null });
      const listeners = parseListeners((await exec(listenersCommand)).stdout);
      const asked = port ?? listeners?.find((listener) => !listener.address.startsWith('127.'))?.port ?? null;
      // Nothing to ask where nothing listens; an image without Node in its path simply does not answer.
      if (asked === null || listeners?.every((listener) => listener.port !== asked)) {
        return { machineId, listeners, healthz: null, readyz: null };
      }
      return { machineId, listeners, ...parseReadiness((await exec(readinessCommand(asked))).stdout) };
    },
    url:
      url === null
        ? null
        : async (signal) => {
            try {
              const response = await request(`${url.replace(/\/+$/, '')}/healthz`, {
                redirect: 'manual',
                signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
              });
              await response.body?.cancel();
              return response.status;
            } catch {
              return null;
            }
          },
    async start(machineId, signal) {
      await commands.machineStart(flyctl, app, machineId, { signal });
    },
  };
}
