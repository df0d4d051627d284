/**
 * Builds the bundle that users run: `node scripts/build.ts [folder]`, by default into dist/.
 *
 * tsc compiles first and ncc bundles its result, since ncc's own TypeScript loader does not know this compiler.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const build = join(root, 'build');

/** What the tools print is shown only where they fail. */
function run(script: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', script), ...args],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (status === 0) return;
  console.error(stdout + stderr);
  process.exit(1);
}

rmSync(build, { recursive: true, force: true });
rmSync(dist, { recursive: true, force: true });
run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
for (const entry of ['main', 'post']) {
  const out = join(dist, entry);
  mkdirSync(out, { recursive: true });
  run('@vercel/ncc/dist/ncc/cli.js', ['build', join(build, `${entry}.js`), '-o', out, '--no-cache']);
}
rmSync(build, { recursive: true, force: true });
writeFileSync(join(dist, 'licenses.txt'), licenses());

const bundled = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.js'),
);
// ncc's own -m leaves what is loaded on demand as it is, and a tenth of the rest.
for (const file of bundled) {
  const { code } = await minify(readFileSync(join(dist, file), 'utf8'), { module: true, ecma: 2020 });
  writeFileSync(join(dist, file), code ?? '');
}

const sizes = bundled.map((file) => `${file} ${Math.ceil(statSync(join(dist, file)).size / 1024)} kB`);
console.log(sizes.join('\n'));

/** The notices of everything that may be in the bundle, which their licenses ask to be kept with it. */
function licenses(): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; license?: string; dev?: boolean; devOptional?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, row]) => path !== '' && !row.dev && !row.devOptional)
    .map(([path, row]) => {
      const file = readdirSync(join(root, path)).find((name) => /^licen[cs]e/i.test(name));
      const text =
        file === undefined
          ? ''
          : readFileSync(join(root, path, file), 'utf8')
              .replaceAll('\r\n', '\n')
              .trim();
      return `${path.replace(/^.*node_modules\//, '')} ${row.version} (${row.license ?? 'license not named'})\n\n${text}\n`;
    })
    .join('\n---\n\n');
}
