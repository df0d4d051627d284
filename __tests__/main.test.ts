import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';

/** Waits for flyctl to run, then fails where nobody catches it, with a secret in the message. */
const planted = `
  import { existsSync } from 'node:fs';
  const look = setInterval(() => {
    if (!existsSync(process.env.STARTED)) return;
    clearInterval(look);
    Promise.reject(new Error('refused: ' + process.env.PLANTED));
  }, 20);
`;

it.runIf(process.platform !== 'win32')(
  'what must not be said is masked first, and an error that nobody caught ends the run with a verdict and nothing left',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-main-'));
    try {
      const at = (name: string) => join(folder, name);
      for (const name of ['bin', 'temp']) mkdirSync(at(name));
      writeFileSync(join(at('bin'), 'flyctl'), `#!/bin/sh\n: > '${at('started')}'\nexec sleep 60\n`, {
        mode: 0o755,
      });
      const child = spawn(
        process.execPath,
        [
          '--disable-warning=ExperimentalWarning',
          '--import',
          `data:text/javascript,${encodeURIComponent(planted)}`,
          'src/main.ts',
        ],
        {
          env: {
            PATH: [at('bin'), process.env.PATH].join(delimiter),
            RUNNER_TEMP: at('temp'),
            GITHUB_OUTPUT: at('output'),
            STARTED: at('started'),
            PLANTED: 'planted-value',
            INPUT_APP: 'my-openclaw',
            INPUT_SECRETS: 'PLANTED',
            GITHUB_ACTIONS: 'true',
            'INPUT_FLY-API-TOKEN': 'FlyV1 fm2_first,fm2_second',
            'INPUT_FLYCTL-VERSION': 'preinstalled',
          },
        },
      );
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
      const [code] = await once(child, 'close');
      const masks = /^(?:::add-mask::.*\n)+/.exec(said)?.[0] ?? '';

      expect(masks.trimEnd().split('\n')).toEqual([
        '::add-mask::planted-value',
        '::add-mask::FlyV1 fm2_first,fm2_second',
        '::add-mask::fm2_first',
        '::add-mask::fm2_second',
      ]);
      expect(said).toContain('refused: ***');
      expect(code).toBe(1);
      const output = readFileSync(at('output'), 'utf8');
      expect(output).toMatch(/^cause<<(\S+)\ninternal\n\1$/m);
      const left = readdirSync(at('temp'));
      expect(left).toEqual([expect.stringMatching(/^openclaw-report-/)]);
      const report = readFileSync(join(at('temp'), left[0] ?? ''), 'utf8');
      expect(said.slice(masks.length) + output + report).not.toMatch(/planted-value|fm2_/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  30_000,
);
