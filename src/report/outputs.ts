import { randomUUID } from 'node:crypto';
import { appendFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunReport, redacted } from './report.ts';
import { defused, oneLine, visibleLines } from './visible.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where outputs and the report file go, and what must not be in them. */
export interface OutputTarget {
  readonly env: Env;
  /** What the runner masks: it drops a job output that holds any of it. */
  readonly masked: readonly string[];
  readonly redact: (text: string) => string;
  readonly warn: (message: string) => void;
}

/** The outputs of action.yml. What is not known is the empty string, so that a workflow can compare. */
export function outputs(report: RunReport, reportFile: string): Record<string, string> {
  const { evidence, fix } = report;
  const changed = report.secrets.filter(({ state }) =>
    ['added', 'changed', 'generated', 'removed'].includes(state),
  );
  const fixLines = fix ? [fix.text, ...fix.commands, fix.lines?.text ?? []].flat() : [];
  const values = {
    verdict: report.verdict,
    cause: report.cause,
    evidence: evidence?.text ?? '',
    url: report.url ?? '',
    'dashboard-url': report.dashboardUrl ?? '',
    'machine-id': report.machines[0]?.id ?? '',
    // Where no machine was reached, what ran before runs now.
    image: report.image.to ?? report.image.from ?? '',
    version: report.version.to ?? '',
    'previous-image': report.image.from ?? '',
    release: report.release === null ? '' : String(report.release),
    'snapshot-id': report.snapshot ?? '',
    'secrets-changed': changed.map(({ name }) => name).join(','),
    'listening-after': report.listeningAfter === null ? '' : String(report.listeningAfter),
    'discord-after': report.discordAfter === null ? '' : String(report.discordAfter),
    'rolled-back': String(report.rollback?.done ?? false),
    report: reportFile,
  };
  const safe = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, oneLine(value, 4000)]),
  );
  return { ...safe, fix: fixLines.flatMap(visibleLines).map(defused).join('\n') };
}

/**
 * Writes the JSON report under RUNNER_TEMP and sets the outputs through GITHUB_OUTPUT. Best effort: what goes
 * wrong is a warning, and what can be set is set.
 */
export function writeOutputs(report: RunReport, to: OutputTarget): void {
  const clean = redacted(report, to.redact);
  const file = writeReport(clean, to);
  const whole = outputs(report, file);
  const kept = Object.entries(outputs(clean, file)).filter(([name, value]) => {
    // A sentence can be read without the value; of an address or a name nothing useful is left.
    const cut = !sentences.has(name) && value !== whole[name];
    if (!cut && !to.masked.some((secret) => secret !== '' && value.includes(secret))) return true;
    to.warn(
      `The output \`${name}\` is left out: it holds a value that the runner masks. ` +
        'An app name belongs into a variable (`vars.FLY_APP_NAME`), not into a secret.',
    );
    return false;
  });
  attempt('The outputs could not be set', to, () => {
    const target = to.env.GITHUB_OUTPUT;
    if (!target) throw new Error('GITHUB_OUTPUT is not set');
    append(target, kept.map(([name, value]) => entry(name, value)).join(''));
  });
}

/** All of it or nothing: the runner fails a step whose file ends in the middle of an entry. */
function append(file: string, text: string): void {
  const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
  try {
    appendFileSync(file, text);
  } catch (error) {
    truncateSync(file, size);
    throw error;
  }
}

const sentences = new Set(['evidence', 'fix']);

/** One output in the file's own format; nobody can foresee the line that ends it. */
function entry(name: string, value: string): string {
  const end = `end_${randomUUID()}`;
  return `${name}<<${end}\n${value}\n${end}\n`;
}

function writeReport(report: RunReport, to: OutputTarget): string {
  return (
    attempt('The report file could not be written', to, () => {
      const folder = to.env.RUNNER_TEMP;
      if (!folder) throw new Error('RUNNER_TEMP is not set');
      const file = join(folder, `openclaw-report-${randomUUID()}.json`);
      writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
      return file;
    }) ?? ''
  );
}

function attempt<T>(failure: string, to: OutputTarget, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    to.warn(`${failure}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
