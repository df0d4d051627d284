import type { ExpectStatic } from 'vitest';
import { pagePath, pagesOf } from '../../rehearsal/pages.ts';
import type { Played } from '../../rehearsal/play.ts';
import type { Scenario } from '../../rehearsal/scenario.ts';
import { steadyPages } from './steady-pages.ts';

/** Compares what people got to see with what somebody has read and found good (`-u` writes it anew, to be read). */
export async function expectPages(
  expect: ExpectStatic,
  scenario: Scenario,
  played: readonly Played[],
): Promise<void> {
  // Where a job was cancelled, the clock decides how far it came.
  for (const { run, end } of played.filter(({ run }) => run.cancelAt === undefined)) {
    const { console, summary } = steadyPages(pagesOf(end));
    const path = `pages/${pagePath(scenario, run)}`;
    await expect(console).toMatchFileSnapshot(`${path}.log`);
    await expect(summary).toMatchFileSnapshot(`${path}.md`);
  }
}
