import { type CauseCode, type CauseRow, causeTable, type FixContext } from '../causes.ts';
import { lastWords } from '../gateway/last-words.ts';
import { type RunReport, reportedFix } from '../report/report.ts';
import type { Evidence, Verdict } from '../watch/verdict.ts';

/**
 * Puts what a watch found into the report.
 *
 * @param more what a fix may name besides
 */
export function account(report: RunReport, verdict: Verdict, more: FixContext): void {
  const row = causeTable[verdict.cause];
  const context = { ...verdict.context, ...more };
  const suspected = suspectedCause(verdict, more);
  report.verdict = verdict.verdict;
  report.cause = verdict.cause;
  report.meaning = row.meaning;
  report.fix = verdict.verdict === 'healthy' ? null : reportedFix((suspected ?? row).fix(context));
  if (suspected !== null) report.meaning += ` Suspected, not proven: ${suspected.meaning}`;
  report.evidence = verdict.evidence && {
    text: inFull(verdict, verdict.evidence.text),
    source: evidenceSources[verdict.evidence.source],
    at: verdict.evidence.at === null ? null : new Date(verdict.evidence.at).toISOString(),
    machine: verdict.machineId,
  };
  report.discord = verdict.discord;
  report.lastLines = [...verdict.lastLines];
  report.warnings.push(...verdict.warnings.map(({ cause, text }) => `${causeTable[cause].title}: ${text}`));
  if (verdict.verdict !== 'healthy' && (verdict.cause === 'timeout' || verdict.cause === 'discord-timeout')) {
    report.warnings.push(
      ...verdict.seen.map((text) => `Seen: ${text}`),
      ...verdict.notSeen.map((text) => `Not seen: ${text}`),
    );
  }
  // What another release brought is not what this run would have compared.
  if (verdict.cause === 'superseded') report.compareUrl = null;
}

/** An end that nothing explains is told with what the gateway said before it. */
function inFull({ cause, evidence, lastLines }: Verdict, text: string): string {
  if (evidence?.source !== 'machine' || !unexplained.has(cause)) return text;
  const words = lastWords(lastLines);
  return words === null ? text : `${text}; the last words before it: ${words}`;
}

/** A missing token is no suspicion where it is known to be there. */
function suspectedCause({ suspected }: Verdict, { hasDiscordToken }: FixContext): CauseRow | null {
  if (suspected === null || (suspected === 'discord-no-token' && hasDiscordToken)) return null;
  return causeTable[suspected];
}

const unexplained: ReadonlySet<CauseCode> = new Set(['exited', 'crash-loop', 'killed']);

const evidenceSources: Readonly<Record<Evidence['source'], NonNullable<RunReport['evidence']>['source']>> = {
  log: 'gateway',
  machine: 'machine',
  probe: 'probe',
  url: 'url',
  deploy: 'flyctl',
  deadline: 'machine',
};
