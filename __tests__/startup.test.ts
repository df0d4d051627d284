import { describe, expect, it } from 'vitest';
import { importsOf } from './imports.ts';

/** All that is loaded with a file: its own files, and what it needs of Node and of packages. */
function loadedWith(entry: string): ReadonlySet<string> {
  const loaded = new Set([entry]);
  for (const file of loaded) {
    if (!file.startsWith('src/') || !file.endsWith('.ts')) continue;
    for (const { target, lazy } of importsOf(file)) if (!lazy) loaded.add(target);
  }
  return loaded;
}

const packages = (loaded: ReadonlySet<string>) =>
  [...loaded].filter((name) => !name.startsWith('src/')).sort();

/** Of Node's own modules these cost a run milliseconds each. */
const dear = ['node:crypto', 'node:fs/promises', 'node:stream', 'node:zlib', 'node:http', 'node:https'];

describe('until flyctl is there', () => {
  const loaded = loadedWith('src/main.ts');

  it('no package is loaded but the small zod, and nothing of Node that costs much', () => {
    expect(packages(loaded).filter((name) => !name.startsWith('node:'))).toEqual(['zod/mini']);
    expect(packages(loaded).filter((name) => dear.includes(name))).toEqual([]);
  });

  it('nothing is loaded that a run needs later, or never', () => {
    const later = /^src\/(?:opening|rollout|app\/|gateway\/|recover\/|upstream\/|watch\/|report\/summary)/;
    expect([...loaded].filter((file) => later.test(file))).toEqual([]);
  });
});

describe('until Fly is asked', () => {
  const loaded = loadedWith('src/opening.ts');

  it('no other package is loaded, and nothing of Node that costs much', () => {
    expect(packages(loaded).filter((name) => !name.startsWith('node:'))).toEqual(['zod/mini']);
    expect(packages(loaded).filter((name) => dear.includes(name))).toEqual([]);
  });

  it('neither the plan nor what follows it is loaded, nor what reads configs', () => {
    const later = /^src\/(?:rollout|chapters\/plan|app\/(?:config|plan|lint)\.|gateway\/|recover\/|watch\/)/;
    expect([...loaded].filter((file) => later.test(file))).toEqual([]);
  });
});

it('what reads a config brings no parser that only another format needs', () => {
  expect(packages(loadedWith('src/app/config.ts'))).toEqual(expect.arrayContaining(['smol-toml']));
  expect(packages(loadedWith('src/app/config.ts'))).not.toContain('yaml');
});
