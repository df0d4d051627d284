import type { Finding } from '../gateway/classify.ts';
import type { SignatureKind } from '../gateway/signatures.ts';

/** A finding with its place in time. */
export interface Noted extends Finding {
  /** Platform time of the line. */
  readonly at: number;
  /** Order of arrival, for lines of the same instant. */
  readonly order: number;
  /** By the runner's clock. */
  readonly learntAt: number;
}

/** What a machine's lines told so far, row by row, each sorted by time. */
export type Findings = ReadonlyMap<string, readonly Noted[]>;

/** Of each row the earliest and the latest are kept: a gateway that repeats itself for days adds nothing. */
const keptOfRow = 24;

const byTime = (a: Noted, b: Noted) => a.at - b.at || a.order - b.order;

/** The same line again, as a page brings it, changes nothing. */
export function withFinding(findings: Findings, noted: Noted): Findings {
  const { name } = noted.signature;
  const row = findings.get(name) ?? [];
  if (row.some((other) => other.at === noted.at && other.text === noted.text)) return findings;
  const sorted = [...row, noted].sort(byTime);
  if (sorted.length > keptOfRow) sorted.splice(keptOfRow / 2, 1);
  return new Map(findings).set(name, sorted);
}

/** All findings of some kinds whose time lies in `(after, until]`, in the order of time. */
export function findingsOf(
  findings: Findings,
  kinds: readonly SignatureKind[],
  within: (noted: Noted) => boolean,
): readonly Noted[] {
  const found: Noted[] = [];
  for (const row of findings.values()) {
    const kind = row[0]?.signature.kind;
    if (kind !== undefined && kinds.includes(kind)) found.push(...row.filter(within));
  }
  return found.sort(byTime);
}
