import { describe, it } from 'vitest';
import { play } from '../../rehearsal/play.ts';
import { readScenarios } from '../../rehearsal/scenario.ts';
import { expectPages } from './expect-pages.ts';
import { expectReported } from './expect-reported.ts';

/**
 * The bundle as a child process, in a runner's surroundings, against the embedded platform, with so many runs of each
 * scenario as end in another way than those before. `npm run rehearse -- --all` plays all runs of all scenarios.
 */
const played: readonly (readonly [name: string, runs: number])[] = [
  ['deploy-public', 3],
  ['deploy-private', 1],
  ['fails-out-of-memory-public', 2],
  ['fails-out-of-memory-kernel-private', 1],
  ['fails-gateway-lock-private', 2],
  ['fails-gateway-lock-exit-0-public', 2],
];

describe('scenarios', () => {
  const scenarios = readScenarios();

  it.concurrent.for(played)('%s ends as it says', async ([name, count], { expect }) => {
    const whole = scenarios.get(name);
    if (!whole) throw new Error(`there is no scenario ${name}`);
    const scenario = { ...whole, runs: whole.runs.slice(0, count) };
    const results = await play(scenario, { speed: 20 });
    expect(results.map(({ run, off }) => ({ run: run.title, off }))).toEqual(
      scenario.runs.map(({ title }) => ({ run: title, off: [] })),
    );
    for (const { end } of results) expectReported(expect, end);
    await expectPages(expect, scenario, results);
  });
});
