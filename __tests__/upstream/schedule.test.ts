import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installStandIn } from '../../rehearsal/flyctl/install.ts';
import { type PlayOptions, play } from '../../rehearsal/play.ts';
import { readScenarios, type Scenario } from '../../rehearsal/scenario.ts';

const scenarios = readScenarios();

function scenario(name: string): Scenario {
  const found = scenarios.get(name);
  if (!found) throw new Error(`there is no scenario ${name}`);
  return found;
}

async function playAsExpected(played: Scenario, options: PlayOptions = {}): Promise<void> {
  const results = await play(played, { speed: 20, ...options });
  expect(results.map(({ run, off }) => ({ run: run.title, off }))).toEqual(
    played.runs.map(({ title }) => ({ run: title, off: [] })),
  );
}

/** Far more than they take: other tests run beside these. In milliseconds. */
const patience = 180_000;

describe('the bundle on a schedule', () => {
  it('builds a commit of upstream, once', async () => playAsExpected(scenario('upstream-build')), patience);

  it(
    'goes back, remembers in a new process, and runs flyctl five times with the secrets as the only write',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'openclaw calls '));
      const calls = join(folder, 'calls');
      const made = new Map<string, readonly string[]>();
      try {
        const whole = scenario('follow-crashing-version');
        const untilNextDay = { ...whole, runs: whole.runs.slice(0, 3) };
        await playAsExpected(untilNextDay, {
          flyctl: await countingFlyctl(folder, calls),
          onEnd: ({ run }) => {
            made.set(run.title, existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : []);
            rmSync(calls, { force: true });
          },
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      if (process.platform === 'win32') return;
      expect(made.get('the next day, on another runner')).toEqual([
        'version --json',
        'status -a my-openclaw --json',
        'secrets list -a my-openclaw --json',
        'secrets import -a my-openclaw --stage',
        'secrets list -a my-openclaw --json',
      ]);
    },
    patience,
  );
});

/** The stand-in behind a script that notes what it is asked; the stand-in alone where there is no shell. */
async function countingFlyctl(folder: string, calls: string): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  const standIn = installStandIn(join(folder, 'bin'));
  const flyctl = join(folder, 'flyctl');
  writeFileSync(flyctl, `#!/bin/sh\necho "$*" >> '${calls}'\nexec '${standIn}' "$@"\n`, { mode: 0o755 });
  return flyctl;
}
