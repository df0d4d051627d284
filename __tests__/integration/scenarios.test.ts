import { describe, it } from 'vitest';
import { play } from '../../rehearsal/play.ts';
import { readScenarios } from '../../rehearsal/scenario.ts';
import { expectPages } from './expect-pages.ts';
import { expectReported } from './expect-reported.ts';

/**
 * The bundle as a child process, in a runner's surroundings, against the embedded platform. The rest of the
 * scenarios differ from these by version or mode only; `npm run rehearse -- --all` plays them all.
 */
const played = [
  'deploy-public',
  'deploy-private',
  'fails-out-of-memory-public',
  'fails-out-of-memory-kernel-private',
  'fails-gateway-lock-private',
  'fails-gateway-lock-exit-0-public',
];

describe('scenarios', () => {
  const scenarios = readScenarios();

  it.concurrent.for(played)('%s ends as it says', async (name, { expect }) => {
    const scenario = scenarios.get(name);
    if (!scenario) throw new Error(`there is no scenario ${name}`);
    const results = await play(scenario, { speed: 20 });
    expect(results.map(({ run, off }) => ({ run: run.title, off }))).toEqual(
      scenario.runs.map(({ title }) => ({ run: title, off: [] })),
    );
    for (const { end } of results) expectReported(expect, end);
    await expectPages(expect, scenario, results);
  });
});
