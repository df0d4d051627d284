import { describe, it } from 'vitest';
import { play } from '../../rehearsal/play.ts';
import { readScenarios } from '../../rehearsal/scenario.ts';
import { expectPages } from './expect-pages.ts';
import { expectReported } from './expect-reported.ts';

/**
 * One of each kind, with so many runs of it as no other test shows; `npm run rehearse -- --all` plays the rest: refusals,
 * images and volumes that cannot be had.
 */
const played: [name: string, runs: number][] = [
  ['recover-rollback', 2],
  ['recover-with-volume', 3],
  ['recover-lock-on-volume', 2],
];
// On Windows no process can send another the Ctrl-C that a runner sends.
if (process.platform !== 'win32') played.push(['recover-cancelled', 2]);

describe('the way back', () => {
  const scenarios = readScenarios();

  it.concurrent.for(played)(
    '%s ends as it says, and no volume lost what it held',
    async ([name, count], { expect }) => {
      const whole = scenarios.get(name);
      if (!whole) throw new Error(`there is no scenario ${name}`);
      const scenario = { ...whole, runs: whole.runs.slice(0, count) };
      const results = await play(scenario, { speed: 20 });
      expect(results.map(({ run, off }) => ({ run: run.title, off }))).toEqual(
        scenario.runs.map(({ title }) => ({ run: title, off: [] })),
      );
      for (const { end } of results) expectReported(expect, end);
      await expectPages(expect, scenario, results);
    },
  );
});
