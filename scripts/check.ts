/**
 * Everything CI asks of a change, in one run: types, lint, dead code, that dist/ is what the source builds to, the
 * workflows and examples, the tests, and the rehearsal of every scenario and every recording. `--no-tests` leaves out
 * those that take minutes, which CI has jobs of their own for. The linters of workflows are no npm packages: one that
 * is not on PATH is left out, and a failure with `--linters`. Ends with `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (path: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'node_modules', path), ...args], { cwd: root, stdio: 'inherit' })
    .status === 0;

const checks: Record<string, () => boolean> = {
  types: () => bin('typescript/bin/tsc', '-p', '.'),
  lint: () => bin('@biomejs/biome/bin/biome', 'ci', '--colors=off', '--error-on-warnings', '.'),
  'dead code': () => bin('knip/bin/knip.js'),
  'dist is what the source builds to': distIsCurrent,
};
const workflows = ['.github/workflows', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
);
lintWith('actionlint', ...workflows);
lintWith(
  'zizmor',
  '--offline',
  '--no-progress',
  '.',
  ...workflows.filter((path) => path.startsWith('examples/')),
);
if (!process.argv.includes('--no-tests')) {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0;
  checks.tests = () => run('scripts/test.ts');
  checks['all scenarios'] = () => run('rehearsal/rehearse.ts', '--all', '--parallel', '2');
  checks['all recordings'] = () => run('rehearsal/rehearse.ts', '--recordings', '--parallel', '2');
}

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  const ok = check();
  if (!ok) failed += 1;
  console.log(`${ok ? 'ok' : 'NOT OK'}: ${name}`);
}
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function lintWith(linter: string, ...args: readonly string[]): void {
  const run = (words: readonly string[], stdio: 'inherit' | 'ignore') =>
    spawnSync(linter, words, { cwd: root, stdio }).status === 0;
  if (run(['--version'], 'ignore')) checks[`workflows, by ${linter}`] = () => run(args, 'inherit');
  else if (process.argv.includes('--linters')) checks[`${linter} is on PATH`] = () => false;
  else console.log(`left out: ${linter} is not on PATH, CONTRIBUTING.md says how to get it`);
}

function distIsCurrent(): boolean {
  const fresh = mkdtempSync(join(tmpdir(), 'openclaw-dist-'));
  try {
    const built = spawnSync(process.execPath, [join(root, 'scripts/build.ts'), fresh], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (built.status !== 0) return false;
    const [want, have] = [contents(fresh), contents(join(root, 'dist'))];
    const off = [...new Set([...want.keys(), ...have.keys()])].filter(
      (file) => want.get(file) !== have.get(file),
    );
    if (off.length > 0)
      console.log(`dist/ is out of date (${off.join(', ')}): run \`npm run build\` and commit dist/`);
    return off.length === 0;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  );
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}
