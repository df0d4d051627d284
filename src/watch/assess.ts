import type { CauseCode } from '../causes.ts';
import { signatures } from '../gateway/signatures.ts';
import type { MachineSnapshot, ProbeReading } from './facts.ts';
import { findingsOf, type Noted } from './findings.ts';
import { type Boot, bootsFrom, type Moment } from './moments.ts';
import type { Anchor, Expectations, MachineWatch, WatchState } from './state.ts';
import type { DiscordState, Evidence } from './verdict.ts';

const rows = new Map(signatures.map((signature, i) => [signature.name, i]));

/** Place of its row in the table: of two lines the one whose row stands higher names the cause. */
export const rank = (noted: Noted) => rows.get(noted.signature.name) ?? signatures.length;

/**
 * A machine as the evidence shows it: which boots count, what was said in them, what listens where. Nothing
 * here waits for anything; judge.ts does.
 */
export interface Assessment {
  readonly machine: MachineWatch;
  /** `null`: the boot that is awaited has not begun. */
  readonly openedAt: number | null;
  readonly boots: readonly Boot[];
  /** The last of them: runs, or is about to. */
  readonly boot: Boot | null;
  /** Boots that ended without anybody asking for it. */
  readonly deaths: readonly Death[];
  /** By its last snapshot the machine is started and in a boot of its own. */
  readonly running: boolean;
  readonly listening: Listening | null;
  /** Some awaited boot had its port open. */
  readonly everListened: boolean;
  readonly reach: Reach;
  readonly discord: Discord;
  /** Why nothing is heard of Discord, as far as silence can tell. */
  readonly discordSuspicion: CauseCode | null;
  readonly refusal: Refusal | null;
  readonly degraded: readonly Noted[];
  readonly notices: readonly Noted[];
  /** The boot prints its start, so what it does not print means something. */
  readonly talks: boolean;
}

export interface Death {
  readonly boot: Boot;
  readonly cause: CauseCode;
  /** One such death is enough. */
  readonly conclusive: boolean;
  readonly evidence: Evidence;
  /** Two deaths with the same mark are the same death. */
  readonly mark: string;
}

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

export interface Discord {
  /**
   * `awaited`: nothing either way, or a handshake that goes on. `claimed`: a login that time must confirm.
   * `failing`: off, and perhaps for a moment only. `off`: off for good.
   */
  readonly status: 'not-expected' | 'awaited' | 'claimed' | 'confirmed' | 'failing' | 'off';
  readonly state: DiscordState;
  readonly cause: CauseCode | null;
  readonly evidence: Evidence | null;
  /** By the runner's clock, since when it is so; of a claim, since when it is complete. */
  readonly since: number;
  /** How long nothing may speak against a claim. */
  readonly settleMs: number;
}

export interface Refusal {
  readonly cause: CauseCode;
  readonly conclusive: boolean;
  readonly evidence: Evidence;
}

/** A login that is refused is closed within half a second (4004, 4014 in every recording); more than enough. */
const settleMs = 5_000;
/** OpenClaw since 4.2 reports a handshake that has no end after 15 s. */
const handshakeMs = 20_000;
/** Since 4.2 a channel that does not connect counts as fine in `/readyz` for its first two minutes. */
const connectGraceMs = 130_000;
/** Clocks of log and events differ by less; a gateway needs seconds to open its port. */
const clockSlackMs = 1_000;
/** Nothing that was read that long before the machine was last seen in its former boot is the next boot's. */
const feedSlackMs = 15_000;

export function assess(state: WatchState, machine: MachineWatch): Assessment {
  const opening = openingOf(state, machine);
  const boots = opening === null ? [] : opening.boots;
  const boot = boots.at(-1) ?? null;
  const deaths = boots.flatMap((ended) => {
    const death = deathOf(machine, ended);
    return death ? [death] : [];
  });
  const running = boot !== null && runs(machine, boot);
  const logged = boot === null ? null : listeningInLog(machine, boot);
  const probe = boot === null ? null : listeningByProbe(state, machine, boot);
  const url = boot === null || !running ? null : listeningByUrl(state, boot);
  const listening = earliest([logged?.listening ?? null, probe?.listening ?? null, url]);
  const said = (kinds: Parameters<typeof findingsOf>[1]) =>
    boot === null ? [] : findingsOf(machine.findings, kinds, wordsOf(boot));
  return {
    machine,
    openedAt: opening?.learntAt ?? null,
    boots,
    boot,
    deaths,
    running,
    listening,
    everListened: listening !== null || boots.some((one) => listeningInLog(machine, one) !== null),
    reach: reachOf(state, { logged, probe, url: url !== null }),
    discord: discordOf(state, machine, boot),
    discordSuspicion: boot === null ? null : suspicionOf(machine, boot),
    refusal: boot === null ? null : refusalOf(machine, boot),
    degraded: withoutRecovered(said(['degraded', 'recovered'])),
    notices: said(['notice']),
    talks: said(['starting', 'listening', 'ready']).length > 0,
  };
}

/** `machine 148e…`; a saved log may not say which one. */
export function machineName({ id }: { readonly id: string }): string {
  return id === '' ? 'the machine' : `machine ${id}`;
}

/** The boot that runs or is about to, for what must be filed under it. */
export function currentBoot(state: WatchState, machine: MachineWatch): Boot | null {
  return openingOf(state, machine)?.boots.at(-1) ?? null;
}

function earliest(proofs: readonly (Listening | null)[]): Listening | null {
  const known = proofs.filter((proof) => proof !== null);
  return known.toSorted((a, b) => a.learntAt - b.learntAt)[0] ?? null;
}

interface Opening {
  readonly learntAt: number;
  readonly boots: readonly Boot[];
}

/** Where the part of the history begins that this watch is about. */
function openingOf(state: WatchState, machine: MachineWatch): Opening | null {
  const { operation } = state.expectations;
  const instance = machine.instances.at(-1);
  if (instance === undefined || machine.snapshot === null) return null;
  const ours = state.ourRelease;
  if (
    operation !== 'verify' &&
    ours !== null &&
    instance.releaseVersion !== null &&
    instance.releaseVersion < ours &&
    machine.base !== null
  )
    return null;
  const old = machine.base?.instanceId === instance.id;
  if (old && operation === 'deploy') return null;
  const index = indexOf(machine.moments, instance.anchor);
  const earlierLife = machine.base !== null || machine.instances.length > 1;
  const from = instance.anchor?.at ?? Number.NEGATIVE_INFINITY;
  if (old && operation === 'restart') {
    const start = machine.moments.slice(index).find((moment) => moment.kind === 'start');
    if (!start) return null;
    return { learntAt: start.learntAt, boots: bootsFrom(machine.moments, index, from, earlierLife) };
  }
  return {
    learntAt: instance.learntAt,
    boots: bootsFrom(machine.moments, index, from, earlierLife && instance.anchor?.kind !== 'start'),
  };
}

function indexOf(moments: readonly Moment[], anchor: Anchor | null): number {
  if (anchor === null) return 0;
  const exact = moments.findLastIndex(
    (moment) => moment.at === anchor.at && (anchor.kind === null || moment.kind === anchor.kind),
  );
  if (exact >= 0) return anchor.inclusive ? exact : exact + 1;
  const later = moments.findIndex((moment) => moment.at > anchor.at);
  return later >= 0 ? later : moments.length;
}

function runs(machine: MachineWatch, boot: Boot): boolean {
  if (machine.gone || machine.snapshot?.state !== 'started' || boot.exit !== null) return false;
  return boot.startAt !== null || machine.snapshot.events === null;
}

/** Lines of a boot in the wider sense: what it complained about may arrive until the next one starts. */
function wordsOf(boot: Boot): (noted: Noted) => boolean {
  return ({ at, learntAt }) => at > boot.from && at <= boot.until && learntAt > boot.absentAt - feedSlackMs;
}

/** Lines that may prove something in the boot's favour: said while it lived, and by the log of a gateway. */
function proofsOf(machine: MachineWatch, boot: Boot): (noted: Noted) => boolean {
  const words = wordsOf(boot);
  const notBefore = boot.startAt === null ? boot.from : boot.startAt - clockSlackMs;
  const notAfter = boot.exit?.at ?? Number.POSITIVE_INFINITY;
  const stamps = findingsOf(machine.findings, ['starting', 'address', 'listening', 'ready'], words).some(
    (noted) => noted.stamped,
  );
  // In a log of stamped lines an unstamped one is the rest of a longer text: somebody's words, not the gateway's.
  return (noted) =>
    words(noted) && noted.at >= notBefore && noted.at <= notAfter && (noted.stamped || !stamps);
}

export function isLoopback(address: string): boolean {
  return /^(?:127\.|::1$|localhost$|0:0:0:0:0:0:0:1$)/.test(address);
}

function listeningInLog(
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

/** `{"ready":false,"failing":["discord"]}`; versions before 3.x answer HTML. */
function readinessIn(readyz: ProbeReading['readyz']): {
  readonly ready: boolean;
  readonly failing: readonly string[];
  readonly suppressed: readonly string[];
  readonly uptimeMs: number;
} {
  const none = { ready: false, failing: [], suppressed: [], uptimeMs: 0 };
  if (readyz === null) return none;
  try {
    const { ready, failing, suppressed, uptimeMs } = JSON.parse(readyz.body);
    const names = (list: unknown) => (Array.isArray(list) ? list.map(String) : []);
    return {
      ready: ready === true,
      failing: names(failing),
      suppressed: names(suppressed),
      uptimeMs: typeof uptimeMs === 'number' ? uptimeMs : 0,
    };
  } catch {
    return none;
  }
}

const discordKinds = ['discord-login', 'discord-token-good', 'discord-awaiting', 'discord-off'] as const;

function discordOf(state: WatchState, machine: MachineWatch, boot: Boot | null): Discord {
  const nothing = { cause: null, evidence: null, since: Number.NaN, settleMs } as const;
  if (!state.expectations.expectDiscord)
    return { ...nothing, status: 'not-expected', state: 'not-configured' };
  const awaited: Discord = { ...nothing, status: 'awaited', state: 'unknown' };
  if (boot === null) return awaited;
  const words = wordsOf(boot);
  const proofs = proofsOf(machine, boot);
  const said = findingsOf(machine.findings, discordKinds, (noted) =>
    noted.signature.kind === 'discord-off' ? words(noted) : proofs(noted),
  );
  // Of what was said in the same instant the refusal is the later word: logins are claimed before they fail.
  const ordered = said.toSorted(
    (a, b) =>
      a.at - b.at || Number(a.signature.kind === 'discord-off') - Number(b.signature.kind === 'discord-off'),
  );
  const ready = findingsOf(machine.findings, ['listening', 'ready'], proofs).some(
    (noted) => noted.signature.kind === 'ready' || noted.addresses.length > 0,
  );
  const log = (noted: Noted): Evidence => ({ text: noted.text, source: 'log', at: noted.at });
  let discord = awaited;
  let tokenGood: Noted | null = null;
  for (const noted of ordered) {
    const { kind, conclusive, cause } = noted.signature;
    const since = noted.learntAt;
    const isOff = discord.status === 'off' || discord.status === 'failing';
    if (kind === 'discord-off') {
      if (discord.status === 'off' && !conclusive) continue;
      if (discord.status === 'failing' && !conclusive) continue;
      discord = {
        status: conclusive ? 'off' : 'failing',
        state: cause === 'discord-suppressed' ? 'suppressed' : 'failed',
        cause,
        evidence: log(noted),
        since,
        settleMs,
      };
    } else if (kind === 'discord-login') {
      // Without a name it is also printed where nothing was reached at all (3.13).
      if (!conclusive && (isOff || tokenGood === null)) continue;
      discord = { ...awaited, status: 'claimed', state: 'logged-in', evidence: log(noted), since };
    } else if (kind === 'discord-token-good') {
      tokenGood = noted;
      if (discord.status !== 'awaited' || discord.evidence === null) continue;
      discord = claimOf(discord, noted);
    } else {
      if (discord.status === 'off' || discord.status === 'claimed') continue;
      discord = { ...awaited, evidence: log(noted), since };
      const good = conclusive ? noted : tokenGood;
      discord = good ? claimOf(discord, good) : { ...discord, settleMs: handshakeMs };
    }
  }
  // A handshake that began: complete once the gateway reports ready, which 9.6 withholds after a refusal.
  if (discord.status === 'awaited' && discord.evidence !== null && ready) {
    discord = { ...discord, status: 'claimed', state: 'logged-in' };
  } else if (discord.status === 'claimed' && discord.settleMs === handshakeMs && !ready) {
    discord = { ...discord, status: 'awaited', state: 'unknown' };
  }
  const tripped = withoutRecovered(findingsOf(machine.findings, ['degraded', 'recovered'], words)).find(
    (noted) => noted.signature.cause === 'restart-breaker',
  );
  if (tripped && (discord.status === 'awaited' || discord.status === 'failing')) {
    return {
      status: 'off',
      state: 'suppressed',
      cause: 'restart-breaker',
      evidence: log(tripped),
      since: tripped.learntAt,
      settleMs,
    };
  }
  return discord.status === 'awaited' || discord.status === 'claimed'
    ? withReadiness(machine, boot, discord)
    : discord;

  function claimOf(handshake: Discord, proof: Noted): Discord {
    return {
      ...handshake,
      status: ready ? 'claimed' : 'awaited',
      state: ready ? 'logged-in' : 'unknown',
      evidence: log(proof),
      since: Math.max(handshake.since, proof.learntAt),
      settleMs,
    };
  }
}

/** A gateway that has the plugin says nothing when the token is missing, one without it says nothing at all. */
function suspicionOf(machine: MachineWatch, boot: Boot): CauseCode | null {
  if (findingsOf(machine.findings, discordKinds, wordsOf(boot)).length > 0) return null;
  const opens = findingsOf(machine.findings, ['listening', 'ready'], proofsOf(machine, boot));
  const plugins = opens.flatMap((noted) => noted.plugins ?? []);
  return plugins.length > 0 && !plugins.includes('discord') ? 'discord-plugin-missing' : 'discord-no-token';
}

/** What `/readyz` says about Discord, where the log says nothing final. */
function withReadiness({ probed }: MachineWatch, boot: Boot, discord: Discord): Discord {
  if (probed === null || probed.bootFrom !== boot.from) return discord;
  const { ready, failing, suppressed, uptimeMs } = readinessIn(probed.reading.readyz);
  const shown = (text: string): Evidence => ({ text, source: 'probe', at: null });
  const base = { since: probed.learntAt, settleMs };
  if (failing.includes('discord')) {
    return {
      ...base,
      status: 'failing',
      state: 'failed',
      cause: 'discord-timeout',
      evidence: shown(
        `asked inside the machine, /readyz answers ${probed.reading.readyz?.status}: discord fails`,
      ),
      since: probed.discordFailingSince ?? probed.learntAt,
    };
  }
  if (suppressed.includes('discord')) {
    return {
      ...base,
      status: 'off',
      state: 'suppressed',
      cause: 'discord-suppressed',
      evidence: shown('asked inside the machine, /readyz says that discord is suppressed'),
    };
  }
  if (ready && uptimeMs > connectGraceMs) {
    return {
      ...base,
      status: 'confirmed',
      state: 'logged-in',
      cause: null,
      evidence:
        discord.evidence ?? shown('asked inside the machine, /readyz answers ready, channels included'),
    };
  }
  return discord;
}

function withoutRecovered(said: readonly Noted[]): readonly Noted[] {
  const recovered = said.findLast((noted) => noted.signature.kind === 'recovered');
  return said.filter(
    ({ signature, at }) =>
      signature.kind === 'degraded' &&
      !(recovered && signature.cause === recovered.signature.cause && at <= recovered.at),
  );
}

function refusalOf(machine: MachineWatch, boot: Boot): Refusal | null {
  const said = findingsOf(machine.findings, ['refusal', 'detail'], wordsOf(boot));
  const refusals = said.filter((noted) => noted.signature.kind === 'refusal');
  const [found] = refusals.toSorted(
    (a, b) => rank(a) - rank(b) || Number(b.wrapped) - Number(a.wrapped) || a.at - b.at,
  );
  if (!found) return null;
  const { cause, conclusive } = found.signature;
  const detail = said.find(
    ({ signature, at, order }) =>
      signature.kind === 'detail' &&
      signature.cause === cause &&
      (at > found.at || (at === found.at && order > found.order)),
  );
  const text = detail ? `${found.text} ${detail.text.trim().replace(/^- /, '')}` : found.text;
  return { cause: cause ?? 'exited', conclusive, evidence: { text, source: 'log', at: found.at } };
}

const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
};

/** `exit code 137 (SIGKILL), killed for memory`. */
export function exitWords({ exit }: Boot): string {
  if (exit === null) return 'no exit';
  const code = exit.exitCode;
  const signal = exit.signal ?? (code !== null && code > 128 && code < 160 ? code - 128 : null);
  const named = signal === null ? '' : (signals[signal] ?? `signal ${signal}`);
  const how =
    code !== null
      ? `exit code ${code}${named === '' ? '' : ` (${named})`}`
      : named === ''
        ? 'an exit whose code is not known'
        : named;
  return exit.oomKilled ? `${how}, killed for memory` : how;
}

/** The memory of the machine ran out, or that of the heap: with an exit that fits, else the line is hearsay. */
function fitsExit(cause: CauseCode, { exit }: Boot): boolean {
  return cause !== 'out-of-memory' || exit?.exitCode !== 0 || exit.signal !== null;
}

function deathOf(machine: MachineWatch, boot: Boot): Death | null {
  const { exit } = boot;
  if (exit === null || exit.requestedStop) return null;
  const mark = `${exit.exitCode} ${exit.signal} ${exit.oomKilled} ${boot.exitInferred}`;
  const event: Evidence = {
    text: `${machineName(machine)} ended with ${exitWords(boot)}`,
    source: 'machine',
    at: exit.at,
  };
  const refusal = refusalOf(machine, boot);
  if (refusal?.conclusive && fitsExit(refusal.cause, boot)) {
    return { boot, mark, cause: refusal.cause, conclusive: true, evidence: refusal.evidence };
  }
  const words = findingsOf(machine.findings, ['last-words', 'degraded'], wordsOf(boot));
  const lent = (cause: CauseCode): Evidence => {
    const found = words.find((noted) => noted.signature.cause === cause);
    return found ? { text: found.text, source: 'log', at: found.at } : event;
  };
  if (exit.oomKilled) {
    return { boot, mark, cause: 'out-of-memory', conclusive: true, evidence: lent('out-of-memory') };
  }
  const tripped = withoutRecovered(words).find((noted) => noted.signature.cause === 'restart-breaker');
  if (tripped) {
    const evidence: Evidence = { text: tripped.text, source: 'log', at: tripped.at };
    return { boot, mark, cause: 'restart-breaker', conclusive: false, evidence };
  }
  if (exit.signal === 9 || exit.exitCode === 137) {
    return { boot, mark, cause: 'killed', conclusive: false, evidence: lent('killed') };
  }
  return { boot, mark, cause: 'exited', conclusive: false, evidence: refusal?.evidence ?? event };
}

/** Whether the machine shows another release than the one this watch is about. */
export function supersededBy(state: WatchState, snapshot: MachineSnapshot): number | null {
  const ours = state.ourRelease ?? state.assumedRelease;
  const { releaseVersion } = snapshot;
  return ours !== null && releaseVersion !== null && releaseVersion > ours ? releaseVersion : null;
}

/**
 * Machines the verdict depends on. A deploy leaves machines without a release alone (`machine run`, flyctl
 * 0.4.87), so they are nobody's to await while another has one.
 */
export function awaitedMachines(state: WatchState): readonly MachineWatch[] {
  const present = [...state.machines.values()].filter(
    (machine) => !machine.gone && (machine.snapshot !== null || machine.base !== null),
  );
  if (state.expectations.operation !== 'deploy') return present;
  const released = present.filter((machine) => (machine.snapshot ?? machine.base)?.releaseVersion !== null);
  return released.length > 0 ? released : present;
}

export function deployIsOver({ expectations, deploy }: WatchState): boolean {
  return expectations.operation !== 'deploy' || deploy !== null;
}
