import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

async function playAsExpected(name: string, options: PlayOptions = {}): Promise<void> {
  const results = await play(scenario(name), { speed: 20, ...options });
  expect(results.map(({ run, off }) => ({ run: run.title, off }))).toEqual(
    scenario(name).runs.map(({ title }) => ({ run: title, off: [] })),
  );
}

describe('the bundle on a schedule', () => {
  it.concurrent.each(['follow-crashing-version', 'upstream-trouble', 'upstream-build'])(
    '%s ends as it says',
    async (name) => playAsExpected(name),
  );

  it.concurrent.skipIf(process.platform === 'win32')(
    'runs flyctl five times where nothing is new, and imports the secrets as the only write',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'openclaw calls '));
      const calls = join(folder, 'calls');
      const standIn = await installStandIn(join(folder, 'bin'));
      const flyctl = join(folder, 'flyctl');
      writeFileSync(flyctl, `#!/bin/sh\necho "$*" >> '${calls}'\nexec '${standIn}' "$@"\n`);
      chmodSync(flyctl, 0o755);
      const made = new Map<string, readonly string[]>();
      try {
        await playAsExpected('follow-releases', {
          flyctl,
          onEnd: ({ run }) => {
            made.set(run.title, existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : []);
            rmSync(calls, { force: true });
          },
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      expect(made.get('nothing is new')).toEqual([
        'version --json',
        'status -a my-openclaw --json',
        'secrets list -a my-openclaw --json',
        'secrets import -a my-openclaw --stage',
        'secrets list -a my-openclaw --json',
      ]);
    },
  );
});
