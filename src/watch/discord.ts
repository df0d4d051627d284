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
const discordKinds = ['discord-login', 'discord-token-good', 'discord-awaiting', 'discord-off'] as const;

/** What of Discord was said last, in a boot. */
interface Heard {
  readonly off: Noted | null;
  readonly login: Noted | null;
  readonly handshake: Noted | null;
  /** Discord took the token. */
  readonly named: Noted | null;
}

function hear(heard: Heard, noted: Noted): Heard {
  const { kind, conclusive } = noted.signature;
  switch (kind) {
    case 'discord-off':
      return heard.off !== null && !conclusive
        ? heard
        : { ...heard, off: noted, login: null, handshake: null };
    case 'discord-login':
      // Without a name it is also printed where nothing was reached at all (3.13).
      if (!conclusive && (heard.off !== null || heard.named === null)) return heard;
      return { ...heard, off: null, login: noted };
    case 'discord-token-good':
      return { ...heard, named: noted };
    default:
      // A channel that was restarted begins anew, but not after what is final.
      return heard.off?.signature.conclusive ? heard : { ...heard, off: null, handshake: noted };
  }
}

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
    noted.signature.kind === 'discord-off' ? words(noted) : proofs(noted),
  );
  const { off, login, handshake, named } = said
    // Of what was said in the same instant the refusal is the later word: logins are claimed before they fail.
    .toSorted((a, b) => a.at - b.at || Number(isOff(a)) - Number(isOff(b)))
    .reduce(hear, { off: null, login: null, handshake: null, named: null });
  if (off?.signature.conclusive) return failed(off, 'off');
  const tripped = withoutRecovered(findingsOf(machine.findings, ['degraded', 'recovered'], words)).find(
    (noted) => noted.signature.cause === 'restart-breaker',
  );
  if (tripped && login === null) return failed(tripped, 'off');
  if (off) return failed(off, 'failing');
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
  const good = handshake.signature.conclusive ? handshake : named;
  // Complete once the gateway reports ready, which 9.6 withholds after a refusal; up to 4.2 it never does.
  const ready = findingsOf(machine.findings, ['listening', 'ready'], proofs).some(
    (noted) => noted.signature.kind === 'ready' || noted.addresses.length > 0,
  );
  return withReadiness(machine, boot, {
    status: ready ? 'claimed' : 'awaited',
    state: ready ? 'logged-in' : 'unknown',
    cause: null,
    evidence: inLog(good ?? handshake),
    since: Math.max(handshake.learntAt, good?.learntAt ?? handshake.learntAt),
    settleMs: good ? settleMs : handshakeMs,
  });
}

const isOff = (noted: Noted) => noted.signature.kind === 'discord-off';
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
