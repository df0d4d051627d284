import { Failure } from './causes.ts';
import type { Inputs } from './inputs.ts';
import type { Awaited } from './report/awaited.ts';
import type { Conclude, Console } from './report/console.ts';
import type { RunReport } from './report/report.ts';
import type { CollectedSecrets } from './secrets/collect.ts';
import type { Silence } from './secrets/silence.ts';
import type { Clock } from './watch/watch.ts';

/** What every chapter of a run has at hand. The report is filled in as the run learns. */
export interface Journey {
  readonly inputs: Inputs;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the repository is checked out. */
  readonly workspace: string;
  /** Private to this run, mode 0700, gone at its end. */
  readonly folder: string;
  readonly secrets: CollectedSecrets;
  readonly silence: Silence;
  readonly console: Console;
  readonly clock: Clock;
  readonly awaited: Awaited;
  /** Aborts with the Failure that ends the run: `cancelled`, or `timeout` for everything together. */
  readonly signal: AbortSignal;
  readonly report: RunReport;
}

/** Whether a person stopped the run, rather than its own limit. */
export function isCancelled({ signal }: Journey): boolean {
  return signal.aborted && !(signal.reason instanceof Failure && signal.reason.code === 'timeout');
}

export type { Conclude };

/** One chapter: a group in the log, a row in the timeline. */
export async function chapter<T>(
  journey: Journey,
  title: string,
  body: (conclude: Conclude) => Promise<T>,
  form: 'group' | 'open' = 'group',
): Promise<T> {
  const { awaited, clock, console, report } = journey;
  const since = () => Math.max(0, Math.round(clock.now() - Date.parse(report.startedAt)) / 1000);
  const row: RunReport['timeline'][number] = {
    name: title,
    from: since(),
    to: since(),
    outcome: 'done',
    note: null,
    moment: false,
  };
  report.timeline.push(row);
  const begun = awaited.begin(`the chapter ${title} to end`);
  const beat = setInterval(() => console.idle(awaited.latest ?? title), 1_000).unref();
  try {
    journey.signal.throwIfAborted();
    return await console.chapter(
      title,
      (conclude) =>
        body((result, outcome = 'done') => {
          row.note = journey.silence.redact(result);
          row.outcome = outcome;
          conclude(result, outcome);
        }),
      form,
    );
  } catch (error) {
    row.outcome = 'failed';
    row.note = journey.silence.redact(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    clearInterval(beat);
    begun();
    row.to = since();
  }
}

/** Says a warning in the log and in the summary. */
export function tellAll({ console, report }: Pick<Journey, 'console' | 'report'>, text: string): void {
  console.warning(text);
  report.warnings.push(text);
}
