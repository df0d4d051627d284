import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JobLog } from './job-log.ts';
import type { ActionEnd } from './runner.ts';

/** What people get to see of one run. */
export interface Pages {
  /** The job log as GitHub's page shows it. */
  readonly console: string;
  /** The summary, as Markdown. */
  readonly summary: string;
}

/** The pages of a run that is over. */
export function pagesOf({ log, summary }: Pick<ActionEnd, 'log' | 'summary'>): Pages {
  let shown = '';
  const page = new JobLog((text) => {
    shown += text;
  });
  page.add(log);
  page.end();
  return { console: shown, summary };
}

/** Writes the pages of a run to `FOLDER/SCENARIO/N RUN.log` and `.md`, to be read by people. */
export function writePages(
  folder: string,
  { scenario, run, number }: { readonly scenario: string; readonly run: string; readonly number: number },
  pages: Pages,
): void {
  const name = `${number} ${run.replace(/[^\p{L}\p{N} .-]+/gu, ' ').trim()}`;
  mkdirSync(join(folder, scenario), { recursive: true });
  writeFileSync(join(folder, scenario, `${name}.log`), pages.console);
  writeFileSync(join(folder, scenario, `${name}.md`), pages.summary);
}
