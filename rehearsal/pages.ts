import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { JobLog } from './job-log.ts';
import type { ActionEnd } from './runner.ts';
import type { Scenario, ScenarioJob } from './scenario.ts';

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

/** The path of a run's pages without ending: `SCENARIO/N-TITLE-OF-THE-RUN`. */
export function pagePath(scenario: Scenario, run: ScenarioJob): string {
  const number = scenario.runs.findIndex((one) => one === run || one.beside === run) + 1;
  const words = run.title.toLowerCase().match(/[a-z\d]+/g) ?? [];
  return [scenario.name, [number, ...words].join('-')].join('/');
}

/** Writes the pages of a run into a folder, to be read by people: `.log` the job log, `.md` the summary. */
export function writePages(folder: string, path: string, pages: Pages): void {
  const base = join(folder, path);
  mkdirSync(dirname(base), { recursive: true });
  writeFileSync(`${base}.log`, pages.console);
  writeFileSync(`${base}.md`, pages.summary);
}
