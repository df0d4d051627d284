import { causeUrl } from './docs.ts';
import { isUntouched, lastSeen } from './reached.ts';
import type { RunReport } from './report.ts';
import { defused, oneLine, visibleLines } from './visible.ts';

/** What a run that is not healthy says in its annotation. */
export interface FailureMessage {
  /** A few words, e.g. `OpenClaw failed: out-of-memory`. */
  readonly title: string;
  /** Cause, evidence and fix, each on its own lines, the fix ready to paste. */
  readonly text: string;
}

const longestBlock = 40;

/**
 * The message of a failed, degraded or cancelled run.
 * @param env the step's environment, for the address of the docs
 */
export function failureMessage(
  report: RunReport,
  env: Readonly<Record<string, string | undefined>>,
): FailureMessage {
  const { fix, evidence } = report;
  const lines = [oneLine(report.meaning)];
  const last = lastSeen(report);
  if (evidence) lines.push(`Evidence (${evidence.source}): ${oneLine(evidence.text, 300)}`);
  else if (report.verdict === 'cancelled' && last) lines.push(`Last seen: ${oneLine(last, 300)}`);
  else if (report.verdict === 'failed') lines.push('Evidence: no line, event or reply names it.');
  if (fix) {
    lines.push(`Fix: ${oneLine(fix.text)}`, ...indented(fix.commands.join('\n')));
    if (fix.lines) lines.push(`  in ${oneLine(fix.lines.file)}:`, ...indented(fix.lines.text, '    '));
  }
  if (isUntouched(report)) lines.push('Nothing was changed on Fly.');
  if (report.rollback)
    lines.push(`Rollback: ${oneLine(`${report.rollback.reason}${outcome(report.rollback)}`)}`);
  lines.push(`More: ${causeUrl(report.cause, env)}`);
  return { title: `OpenClaw ${report.verdict}: ${report.cause}`, text: lines.join('\n') };
}

/** The second verdict of a run that went back. */
function outcome({ done, verdict, cause }: NonNullable<RunReport['rollback']>): string {
  if (!done || verdict === null) return '';
  return ` What was put back: ${verdict}${cause === null || cause === verdict ? '' : ` (${cause})`}.`;
}

function indented(text: string, by = '  '): string[] {
  if (text === '') return [];
  return visibleLines(text)
    .slice(0, longestBlock)
    .map((line) => `${by}${defused(line)}`);
}
