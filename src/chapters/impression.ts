import type { AppConfig } from '../app/config.ts';
import { Failure } from '../causes.ts';
import { machineExec } from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { AppStatus, Machine } from '../flyctl/schemas.ts';
import { parseListeners, parseUptime, uptimeCommand } from '../gateway/probe.ts';
import type { Journey } from '../journey.ts';
import { elapsed } from '../report/elapsed.ts';
import { exitsOf, troubleOf } from '../upstream/skip.ts';
import type { ProbeReading } from '../watch/facts.ts';
import { flySources, isGatewayMachine } from '../watch/sources.ts';

/** A look at a gateway that runs, from inside its machine. */
export interface Look {
  readonly machine: Pick<Machine, 'id' | 'events'>;
  /** Where it should listen; `null`: nobody knows. */
  readonly port: number | null;
  /** Fly's proxy is to reach it, which no loopback address allows. */
  readonly throughProxy: boolean;
  readonly listeners: ProbeReading['listeners'];
  /** Milliseconds since its boot; `null`: nobody knows. */
  readonly uptimeMs: number | null;
  /** How long a boot may take, in milliseconds. */
  readonly listenTimeoutMs: number;
}

/** How a gateway looks that may be left alone. */
export interface Impression {
  /** What speaks against it, in one clause; `null`: nothing. */
  readonly doubt: string | null;
  /** Whether anybody answers at the public URL; `null`: it was not asked. */
  readonly urlAnswers: boolean | null;
}

/**
 * Looks whether what runs may be left alone. A machine that is started says nothing of the gateway in it: a version
 * that hangs would look up to date for ever. The public URL is asked first, since it costs no call to Fly; where it
 * does not answer, one look inside the machine decides.
 */
export async function impressionOf(
  journey: Journey,
  flyctl: Flyctl,
  app: string,
  config: AppConfig,
  { machines, appUrl }: Pick<AppStatus, 'machines' | 'appUrl'>,
): Promise<Impression> {
  const { clock, console, inputs, signal } = journey;
  const gateways = machines.filter((machine) => isGatewayMachine(machine, config.gatewayGroup));
  for (const machine of gateways) {
    const trouble = troubleOf(machine, clock.now());
    if (trouble !== null)
      return { doubt: `machine ${machine.id} is there, but ${trouble}`, urlAnswers: null };
  }
  const machine = gateways.find(({ state }) => state === 'started');
  if (machine === undefined) return { doubt: null, urlAnswers: null };
  const port = machine.internalPorts[0] ?? config.gateway?.port ?? null;
  const sources = flySources(flyctl, { app, processGroup: config.gatewayGroup, port, url: appUrl || null });
  const status = (await sources.url?.(signal)) ?? null;
  const urlAnswers = status !== null;
  if (status !== null && status < 500) return { doubt: null, urlAnswers };
  try {
    const { stdout } = await machineExec(flyctl, app, machine.id, uptimeCommand, 12, {
      signal,
      patience: null,
    });
    const doubt = whyDeaf({
      machine,
      port,
      throughProxy: machine.internalPorts.length > 0,
      listeners: parseListeners(stdout),
      uptimeMs: parseUptime(stdout),
      listenTimeoutMs: inputs.listenTimeoutMs,
    });
    return { doubt, urlAnswers };
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    console.phase(`whether the gateway listens could not be seen: ${error.message}`);
    return { doubt: null, urlAnswers };
  }
}

/** Why a gateway counts as one that does not listen, in one clause; `null`: it does, or nobody can say. */
export function whyDeaf(look: Look): string | null {
  const { machine, port, throughProxy, listeners, uptimeMs, listenTimeoutMs } = look;
  if (listeners === null) return null;
  const open = listeners.filter((listener) => port === null || listener.port === port);
  const reached = open.filter(({ address }) => !throughProxy || !/^(?:127\.|::1$)/.test(address));
  if (reached.length > 0) return null;
  const died = exitsOf(machine).some(({ requestedStop }) => !requestedStop);
  // Somebody may just have deployed or restarted it, and is watching it: that run judges.
  if (uptimeMs !== null && uptimeMs < listenTimeoutMs && !died) return null;
  const after = uptimeMs === null ? '' : `, ${elapsed(uptimeMs / 1000)} after its boot`;
  const aside = open.length > 0 ? ', other than for itself' : '';
  const where = port === null ? 'on any port' : `on port ${port}${aside}`;
  return `the gateway on machine ${machine.id} does not listen ${where}${after}`;
}
