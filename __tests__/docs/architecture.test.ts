import { existsSync, globSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf } from '../imports.ts';
import { marked, pageAt } from './pages.ts';

/** Folders with something in them, the ones of this repository only. */
function folders(parent: string): readonly string[] {
  const foreign = ['node_modules', '.git', '.ci', 'build', 'coverage', '.vscode', '.idea'];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !foreign.includes(entry.name))
    .filter(({ name }) => readdirSync(posix.join(parent, name)).length > 0)
    .map(({ name }) => posix.join(parent, name));
}

describe('the tree in CONTRIBUTING.md', () => {
  const rows = marked(pageAt('CONTRIBUTING.md'), 'tree')
    .split('\n')
    .filter((line) => !line.startsWith('```'));
  let top = '';
  const listed = rows.map((row) => {
    const [, indent = '', name = ''] = /^( *)([\w.-]+)\//.exec(row) ?? [];
    if (indent === '') top = name;
    return indent === '' ? name : `${top}/${name}`;
  });

  it('has the folders that there are, in order', () => {
    const there = [...folders('.'), ...folders('src'), ...folders('rehearsal')];
    // A fresh clone has no bundle until it is built.
    if (!there.includes('dist')) there.push('dist');
    expect(listed).toEqual([...new Set(there)].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('says of each what is in it', () => {
    const silent = rows.filter((row) => !/^ *[\w.-]+\/( {2,}\S.*)?$/.test(row) || /^ *\S+\/$/.test(row));
    expect(silent).toEqual(['src/']);
  });
});

describe('imports', () => {
  const layers = (pageAt('docs/how-it-works.md').blocks.at(-1)?.text ?? '')
    .trim()
    .split('\n')
    .map((line) => (/^(.*?) {2,}/.exec(line)?.[1] ?? line).split(' '));
  // Parts of what the page calls entries and story.
  const alike: Readonly<Record<string, string>> = {
    'mend.ts': 'main.ts',
    'diagnose.ts': 'main.ts',
    'journey.ts': 'chapters/',
  };

  const layerOf = (file: string): number => {
    const [first = '', ...rest] = posix.relative('src', file).split('/');
    const name = rest.length > 0 ? `${first}/` : first;
    return layers.findIndex((names) => names.includes(alike[name] ?? name));
  };

  const files = globSync('src/**/*.ts').map((file) => file.replaceAll('\\', '/'));

  it('every file of the source is in a layer that the page names', () => {
    expect(files.filter((file) => layerOf(file) === -1)).toEqual([]);
    for (const name of layers.flat()) expect(existsSync(`src/${name}`), name).toBe(true);
  });

  it('run from top to bottom, types aside', () => {
    const upward = files.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => target.endsWith('.ts') && layerOf(target) < layerOf(file))
        .map(({ target }) => `${file} imports ${target}`),
    );
    expect(upward).toEqual([]);
  });
});
