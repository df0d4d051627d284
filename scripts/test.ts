/** Runs the test suite and closes with the one line that CI reads: `N passed, N failed`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'openclaw-test-'));
const result = join(folder, 'result.json');
const only = process.argv.slice(2);

const vitest = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${result}`,
    ...only,
  ],
  { cwd: root, stdio: 'inherit' },
);

let passed = 0;
let failed = 0;
try {
  const totals = JSON.parse(readFileSync(result, 'utf8'));
  passed = totals.numPassedTests;
  failed = totals.numFailedTests;
} catch {
  failed = 1;
}
rmSync(folder, { recursive: true, force: true });
// A file that does not load has no test to fail, and must still be seen.
if (vitest.status !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
