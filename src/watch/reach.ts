import type { ProbeReading } from './facts.ts';
import { findingsOf } from './findings.ts';
import type { Boot } from './moments.ts';
import { readinessIn } from './readiness.ts';
import { proofsOf } from './spoken.ts';
import type { Expectations, MachineWatch, WatchState } from './state.ts';
import type { Evidence } from './verdict.ts';

/** The proof that the port is open. */
export interface Listening {
  readonly by: 'log' | 'probe' | 'url';
  readonly learntAt: number;
  readonly evidence: Evidence;
  readonly ready: boolean;
}

/**
 * Whether Fly's proxy gets through. `unsure`: the port is open, and nothing says on which address; `closed`: a look
 * inside finds nothing on the port although the log says otherwise.
 */
export interface Reach {
  readonly to: 'open' | 'loopback' | 'other-port' | 'closed' | 'unsure';
  readonly by: 'log' | 'probe' | 'url' | 'command';
  readonly port: number | null;
}

/** What one source shows of the port. */
interface Reached {
  readonly to: Reach['to'];
  readonly port: number | null;
  readonly learntAt: number;
}

/** What is known of the port of a boot, from all that can tell. The earliest sign counts. */
export function listeningOf(
  state: WatchState,
  machine: MachineWatch,
  boot: Boot | null,
  running: boolean,
): { readonly listening: Listening | null; readonly reach: Reach } {
  const logged = boot === null ? null : listeningInLog(machine, boot);
  const probe = boot === null ? null : listeningByProbe(state, machine, boot);
  const url = boot === null || !running ? null : listeningByUrl(state, boot);
  const [listening = null] = [logged?.listening ?? null, probe?.listening ?? null, url]
    .filter((proof) => proof !== null)
    .sort((a, b) => a.learntAt - b.learntAt);
  return { listening, reach: reachOf(state, { logged, probe, url: url !== null }) };
}

function isLoopback(address: string): boolean {
  return /^(?:127\.|::1$|localhost$|0:0:0:0:0:0:0:1$)/.test(address);
}

/** What the log of a boot says. */
export function listeningInLog(
  machine: MachineWatch,
  boot: Boot,
): (Reached & { readonly listening: Listening }) | null {
  const proofs = findingsOf(
    machine.findings,
    ['listening', 'ready', 'address', 'starting'],
    proofsOf(machine, boot),
  );
  const opens = proofs.filter(({ signature: { kind } }) => kind === 'listening' || kind === 'ready');
  const [first] = opens;
  if (!first) return null;
  const addresses = opens.flatMap((noted) => noted.addresses);
  const named = addresses.length > 0 ? addresses : proofs.flatMap((noted) => noted.addresses);
  const open = named.filter(({ address }) => !isLoopback(address));
  const saysOpen = proofs.some((noted) => noted.signature.name === 'not-loopback');
  const saysStart = proofs.some((noted) => noted.signature.kind === 'starting');
  const to =
    named.length > 0
      ? open.length > 0
        ? 'open'
        : 'loopback'
      : saysOpen
        ? 'open'
        : // Since 4.15 no line names the address, and one warns of every address but loopback.
          saysStart
          ? 'loopback'
          : 'unsure';
  return {
    listening: {
      by: 'log',
      learntAt: Math.min(...opens.map((noted) => noted.learntAt)),
      evidence: { text: first.text, source: 'log', at: first.at },
      ready: opens.some((noted) => noted.signature.kind === 'ready'),
    },
    learntAt: Math.min(...opens.map((noted) => noted.learntAt)),
    to,
    port: (open[0] ?? named[0])?.port ?? null,
  };
}

/** What a look inside shows of the port and of Discord. */
export function causedByProbe(
  expectations: Expectations,
  { listeners, healthz, readyz }: ProbeReading,
): { readonly open: boolean; readonly to: Reach['to']; readonly discordFailing: boolean } {
  const { throughProxy, internalPort, gatewayPort } = expectations;
  const port = (throughProxy ? internalPort : null) ?? gatewayPort ?? internalPort;
  const here = listeners?.filter((listener) => port === null || listener.port === port) ?? null;
  const answered = (healthz?.status ?? 500) < 300 || readyz !== null;
  const silent = healthz === null && readyz === null;
  const { failing } = readinessIn(readyz);
  const discordFailing = failing.includes('discord');
  if (here === null) return { open: answered, to: 'unsure', discordFailing };
  const outside = here.some(({ address }) => !isLoopback(address));
  // Where nobody knows the port, only an answer tells the gateway from another listener.
  const open = here.length > 0 && (answered || (silent && port !== null));
  const elsewhere =
    gatewayPort !== null &&
    gatewayPort !== port &&
    (listeners ?? []).some((listener) => listener.port === gatewayPort);
  const to = here.length === 0 ? (elsewhere ? 'other-port' : 'closed') : outside ? 'open' : 'loopback';
  return { open: open || elsewhere, to, discordFailing };
}

function listeningByProbe(
  state: WatchState,
  { probed }: MachineWatch,
  boot: Boot,
): (Reached & { readonly listening: Listening | null }) | null {
  if (probed === null || probed.bootFrom !== boot.from) return null;
  const { to } = causedByProbe(state.expectations, probed.reading);
  const { internalPort, gatewayPort } = state.expectations;
  const port = internalPort ?? gatewayPort;
  const where = port === null ? 'its port' : `port ${port}`;
  return {
    listening:
      probed.openSince === null
        ? null
        : {
            by: 'probe',
            learntAt: probed.openSince,
            evidence: {
              text:
                probed.reading.healthz === null
                  ? `asked inside the machine, something listens on ${where}`
                  : `asked inside the machine, /healthz on ${where} answers ${probed.reading.healthz.status}`,
              source: 'probe',
              at: null,
            },
            ready: probed.reading.readyz?.status === 200,
          },
    learntAt: probed.learntAt,
    to,
    port: to === 'other-port' ? gatewayPort : port,
  };
}

/** What only the gateway itself answers: redirects and errors are the proxy's own. */
function answersUrl(status: number | null): boolean {
  return status !== null && ((status >= 200 && status < 300) || status === 401 || status === 403);
}

function listeningByUrl(state: WatchState, boot: Boot): Listening | null {
  const { url } = state;
  const alone = [...state.machines.values()].filter((machine) => !machine.gone).length === 1;
  if (url === null || !alone || !answersUrl(url.status) || url.learntAt < boot.learntAt) return null;
  return {
    by: 'url',
    learntAt: url.learntAt,
    evidence: { text: `the URL answers ${url.status}`, source: 'url', at: null },
    ready: false,
  };
}

/** The URL proves what is to be proven; a look inside is better than what a log leaves to be concluded. */
function reachOf(
  { expectations }: WatchState,
  seen: { readonly logged: Reached | null; readonly probe: Reached | null; readonly url: boolean },
): Reach {
  const { throughProxy, internalPort, gatewayPort } = expectations;
  const port = seen.logged?.port ?? null;
  if (seen.url) return { to: 'open', by: 'url', port };
  if (!throughProxy) {
    const to = seen.probe?.to === 'closed' && seen.logged === null ? 'closed' : 'open';
    return { to, by: seen.logged ? 'log' : 'probe', port };
  }
  // A look from before the port was open says nothing about after.
  const current =
    seen.probe !== null && (seen.logged === null || seen.probe.learntAt >= seen.logged.learntAt);
  // Nothing on the port of the service is what the log's other port foretells.
  const foretold =
    seen.probe?.to === 'closed' && port !== null && internalPort !== null && port !== internalPort;
  if (seen.probe !== null && current && seen.probe.to !== 'unsure' && !foretold) {
    return { to: seen.probe.to, by: 'probe', port: seen.probe.port };
  }
  if (seen.logged === null) return { to: 'unsure', by: 'probe', port };
  const listensOn = port ?? gatewayPort;
  if (
    seen.logged.to === 'open' &&
    internalPort !== null &&
    listensOn !== null &&
    listensOn !== internalPort
  ) {
    return { to: 'other-port', by: port === null ? 'command' : 'log', port: listensOn };
  }
  return { to: seen.logged.to, by: 'log', port: listensOn };
}
