import { describe, it } from 'vitest';
import { play } from '../../rehearsal/play.ts';
import { readScenarios } from '../../rehearsal/scenario.ts';
import { expectPages } from './expect-pages.ts';
import { expectReported } from './expect-reported.ts';

/** One of each kind; `npm run rehearse -- --all` plays the rest: refusals, images and volumes that cannot be had. */
const played = ['recover-rollback', 'recover-with-volume', 'recover-lock-on-volume'];
// On Windows no process can send another the Ctrl-C that a runner sends.
if (process.platform !== 'win32') played.push('recover-cancelled');

describe('the way back', () => {
  const scenarios = readScenarios();

  it.concurrent.for(played)(
    '%s ends as it says, and no volume lost what it held',
    async (name, { expect }) => {
      const scenario = scenarios.get(name);
      if (!scenario) throw new Error(`there is no scenario ${name}`);
      const results = await play(scenario, { speed: 20 });
      expect(results.map(({ run, off }) => ({ run: run.title, off }))).toEqual(
        scenario.runs.map(({ title }) => ({ run: title, off: [] })),
      );
      for (const { end } of results) expectReported(expect, end);
      await expectPages(expect, scenario, results);
    },
  );
});
