import type { CauseCode } from '../causes.ts';
import { findingsOf, type Noted } from './findings.ts';
import type { Boot } from './moments.ts';
import { readinessIn } from './readiness.ts';
import { proofsOf, withoutRecovered, wordsOf } from './spoken.ts';
import type { MachineWatch, WatchState } from './state.ts';
import type { DiscordState, Evidence } from './verdict.ts';

/** How the Discord channel of a boot is doing. */
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

/** A login that is refused is closed within half a second (4004, 4014 in every recording); more than enough. */
const settleMs = 5_000;
/** OpenClaw since 4.2 reports a handshake that has no end after 15 s. */
const handshakeMs = 20_000;
/** Since 4.2 a channel that does not connect counts as fine in `/readyz` for its first two minutes. */
const connectGraceMs = 130_000;
const discordKinds = [
  'discord-login',
  'discord-token-good',
  'discord-awaiting',
  'discord-off',
  'discord-trouble',
] as const;

/** What of Discord was said last, in a boot. */
interface Heard {
  readonly off: Noted | null;
  readonly login: Noted | null;
  readonly handshake: Noted | null;
  /** Discord took the token. */
  readonly named: Noted | null;
  /** A connection failed. To a Discord that took the token the next one is open, or says within 15 s that it is not. */
  readonly trouble: Noted | null;
}

const nothingHeard: Heard = { off: null, login: null, handshake: null, named: null, trouble: null };

/** @param saysReady the version is one that claims a login no earlier than the handshake is over */
function hear(heard: Heard, noted: Noted, saysReady: boolean): Heard {
  const { kind, conclusive } = noted.signature;
  switch (kind) {
    case 'discord-trouble':
      if (heard.login !== null && (saysReady || heard.handshake !== null)) return heard;
      if (heard.off !== null) return heard;
      if (heard.handshake !== null && takenToken(heard) !== null) return { ...heard, trouble: noted };
      return { ...heard, off: noted, login: null, handshake: null, trouble: noted };
    case 'discord-off':
      return heard.off !== null && !isTrouble(heard.off) && !conclusive
        ? heard
        : { ...heard, off: noted, login: null, handshake: null };
    case 'discord-login':
      // Without a name it was also printed where nothing was reached at all, before it waited for the handshake (3.13).
      if (!conclusive && !saysReady && (heard.off !== null || heard.named === null)) return heard;
      return { ...heard, off: null, login: noted };
    case 'discord-token-good':
      return { ...heard, named: noted };
    default:
      // A channel that was restarted begins anew, but not after what is final.
      return heard.off?.signature.conclusive
        ? heard
        : { ...heard, off: null, handshake: noted, trouble: null };
  }
}

/** The line by which Discord took the token. */
const takenToken = ({ handshake, named }: Heard) => (handshake?.signature.conclusive ? handshake : named);

/** How Discord is doing in a boot, by its log and where that is silent by its readiness. */
export function discordOf(state: WatchState, machine: MachineWatch, boot: Boot | null): Discord {
  const nothing = { cause: null, evidence: null, since: Number.NaN, settleMs } as const;
  if (!state.expectations.expectDiscord) {
    return { ...nothing, status: 'not-expected', state: 'not-configured' };
  }
  const awaited: Discord = { ...nothing, status: 'awaited', state: 'unknown' };
  if (boot === null) return awaited;
  const words = wordsOf(boot);
  const proofs = proofsOf(machine, boot);
  const said = findingsOf(machine.findings, discordKinds, (noted) =>
    isOff(noted) ? words(noted) : proofs(noted),
  );
  const opens = findingsOf(machine.findings, ['listening', 'ready'], proofs);
  const saysReady = opens.some((noted) => noted.signature.kind === 'ready');
  const heard = said
    // Of what was said in the same instant the refusal is the later word: logins are claimed before they fail.
    .toSorted((a, b) => a.at - b.at || Number(isOff(a)) - Number(isOff(b)))
    .reduce((so, noted) => hear(so, noted, saysReady), nothingHeard);
  const { off, login, handshake, trouble } = heard;
  if (off?.signature.conclusive) return failed(off, 'off');
  const tripped = withoutRecovered(findingsOf(machine.findings, ['degraded', 'recovered'], words)).find(
    (noted) => noted.signature.cause === 'restart-breaker',
  );
  if (tripped && login === null) return failed(tripped, 'off');
  if (off) {
    const first = trouble?.signature.cause === off.signature.cause ? trouble : off;
    const failing = failed(first, 'failing');
    // A channel that waits for its next restart does not count as failing in `/readyz`: nothing vouches for that one.
    return isTrouble(off) ? withReadiness(machine, boot, failing) : failing;
  }
  if (login) {
    const evidence = inLog(login);
    return withReadiness(machine, boot, {
      ...awaited,
      status: 'claimed',
      state: 'logged-in',
      evidence,
      since: login.learntAt,
    });
  }
  if (handshake === null) return withReadiness(machine, boot, awaited);
  const good = takenToken(heard);
  // Complete once the gateway reports ready, which 9.6 withholds after a refusal; up to 4.2 it never does.
  const ready = saysReady || opens.some((noted) => noted.addresses.length > 0);
  return withReadiness(machine, boot, {
    status: ready ? 'claimed' : 'awaited',
    state: ready ? 'logged-in' : 'unknown',
    cause: null,
    evidence: inLog(good ?? handshake),
    since: Math.max(...[handshake, good, trouble].map((noted) => noted?.learntAt ?? handshake.learntAt)),
    settleMs: good && !trouble ? settleMs : handshakeMs,
  });
}

const isTrouble = (noted: Noted) => noted.signature.kind === 'discord-trouble';
const isOff = (noted: Noted) => noted.signature.kind === 'discord-off' || isTrouble(noted);
const inLog = (noted: Noted): Evidence => ({ text: noted.text, source: 'log', at: noted.at });

function failed(noted: Noted, status: 'off' | 'failing'): Discord {
  const { cause } = noted.signature;
  const suppressed = cause === 'discord-suppressed' || cause === 'restart-breaker';
  return {
    status,
    state: suppressed ? 'suppressed' : 'failed',
    cause,
    evidence: inLog(noted),
    since: noted.learntAt,
    settleMs,
  };
}

/** A gateway that has the plugin says nothing when the token is missing, one without it says nothing at all. */
export function suspicionOf(machine: MachineWatch, boot: Boot): CauseCode | null {
  const heard = findingsOf(machine.findings, [...discordKinds, 'discord-starting'], wordsOf(boot));
  if (heard.length > 0) return null;
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
    // What the log says of it is the better reason.
    if (discord.status === 'failing') return discord;
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
  if (
    ready &&
    uptimeMs > connectGraceMs &&
    !(discord.status === 'failing' && probed.learntAt < discord.since)
  ) {
    const login = discord.status === 'failing' ? null : discord.evidence;
    return {
      ...base,
      status: 'confirmed',
      state: 'logged-in',
      cause: null,
      evidence: login ?? shown('asked inside the machine, /readyz answers ready, channels included'),
    };
  }
  return discord;
}
