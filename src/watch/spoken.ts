import { findingsOf, type Noted } from './findings.ts';
import type { Boot } from './moments.ts';
import type { MachineWatch } from './state.ts';

/** Clocks of log and events differ by less; a gateway needs seconds to open its port. */
const clockSlackMs = 1_000;
/** Nothing that was read that long before the machine was last seen in its former boot is the next boot's. */
const feedSlackMs = 15_000;

/** Lines of a boot in the wider sense: what it complained about may arrive until the next one starts. */
export function wordsOf(boot: Boot): (noted: Noted) => boolean {
  return ({ at, learntAt }) => at > boot.from && at <= boot.until && learntAt > boot.absentAt - feedSlackMs;
}

/** Lines that may prove something in the boot's favour: said while it lived, and by the log of a gateway. */
export function proofsOf(machine: MachineWatch, boot: Boot): (noted: Noted) => boolean {
  // Nothing speaks for a boot of which no event says that it began, where events are told.
  if (boot.startAt === null && machine.snapshot?.events !== null) return () => false;
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

/** Findings that no later line takes back. */
export function withoutRecovered(said: readonly Noted[]): readonly Noted[] {
  const recovered = said.findLast((noted) => noted.signature.kind === 'recovered');
  return said.filter(
    ({ signature, at }) =>
      signature.kind === 'degraded' &&
      !(recovered && signature.cause === recovered.signature.cause && at <= recovered.at),
  );
}
