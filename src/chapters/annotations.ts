import type { Finding } from '../app/finding.ts';
import { SyntaxFailure } from '../app/syntax-failure.ts';
import type { Journey } from '../journey.ts';

/** A config that does not parse is annotated at its line before the failure goes on. */
export async function annotated<T>(journey: Journey, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SyntaxFailure) annotate(journey, [error.finding]);
    throw error;
  }
}

/** Findings as annotations at their lines, and in the report. */
export function annotate({ console, report }: Journey, findings: readonly Finding[]): void {
  for (const { rule, severity, message, why, file, line, column, lines } of findings) {
    report.findings.push({ rule, severity, message: `${message}. ${why}`, file, line, column, lines });
    const text = `${message}. ${why}${lines === null ? '' : `\nWrite:\n${lines}`}`;
    if (severity === 'notice') console.phase(text);
    else console[severity](text, { file, line, column, title: rule });
  }
}
