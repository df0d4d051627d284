import type { CauseCode } from '../causes.ts';
import { signatures } from '../gateway/signatures.ts';
import { findingsOf, type Noted } from './findings.ts';
import type { Boot } from './moments.ts';
import { proofsOf, withoutRecovered, wordsOf } from './spoken.ts';
import { type MachineWatch, machineName } from './state.ts';
import type { Evidence } from './verdict.ts';

/** A boot that ended without anybody asking for it. */
export interface Death {
  readonly boot: Boot;
  readonly cause: CauseCode;
  /** One such death is enough. */
  readonly conclusive: boolean;
  /** The log may still name what is behind it. */
  readonly reasonFollows?: true | undefined;
  readonly evidence: Evidence;
  /** Two deaths with the same mark are the same death. */
  readonly mark: string;
}

/** Why a start has failed, in the gateway's own words. */
export interface Refusal {
  readonly cause: CauseCode;
  readonly conclusive: boolean;
  readonly reasonFollows: true | undefined;
  readonly evidence: Evidence;
}

const rows = new Map(signatures.map((signature, i) => [signature.name, i]));

/** Place of its row in the table: of two lines the one whose row stands higher names the cause. */
export const rank = (noted: Noted) => rows.get(noted.signature.name) ?? signatures.length;

/** The refusal that names the cause, with the line that tells its reason. */
export function refusalOf(machine: MachineWatch, boot: Boot): Refusal | null {
  const said = findingsOf(machine.findings, ['refusal', 'detail'], wordsOf(boot));
  const refusals = said.filter((noted) => noted.signature.kind === 'refusal');
  const [found] = refusals.toSorted(
    (a, b) => rank(a) - rank(b) || Number(b.wrapped) - Number(a.wrapped) || a.at - b.at,
  );
  if (!found) return null;
  const { cause, conclusive, reasonFollows } = found.signature;
  const detail = said.find(
    ({ signature, at, order }) =>
      signature.kind === 'detail' &&
      signature.cause === cause &&
      (at > found.at || (at === found.at && order > found.order)),
  );
  const text = detail ? `${found.text} ${detail.text.trim().replace(/^- /, '')}` : found.text;
  const evidence: Evidence = { text, source: 'log', at: found.at };
  return { cause: cause ?? 'exited', conclusive, reasonFollows, evidence };
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

/** What a version that keeps running without its store only complains about, another dies of (6.11). */
const isStore = (cause: CauseCode | null) => cause === 'state-full' || cause === 'state-unwritable';

function opened(machine: MachineWatch, boot: Boot): boolean {
  return findingsOf(machine.findings, ['listening', 'ready'], proofsOf(machine, boot)).length > 0;
}

/** What a boot died of; `null` while it lives, or when it was asked to stop. */
export function deathOf(machine: MachineWatch, boot: Boot): Death | null {
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
    const { cause, evidence, reasonFollows } = refusal;
    return { boot, mark, cause, conclusive: true, reasonFollows, evidence };
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
  const store = opened(machine, boot) ? undefined : words.find((noted) => isStore(noted.signature.cause));
  if (store?.signature.cause) {
    const evidence: Evidence = { text: store.text, source: 'log', at: store.at };
    return { boot, mark, cause: store.signature.cause, conclusive: false, evidence };
  }
  return { boot, mark, cause: 'exited', conclusive: false, evidence: refusal?.evidence ?? event };
}
