import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchors, pageAt, pages } from './pages.ts';

describe.each(pages)('$path', (page) => {
  const links = page.prose
    .map((line) => line.replace(/`[^`]*`/g, ''))
    .flatMap((line) => [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? ''));

  it('links to what exists in this repository', () => {
    const dead = links
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page.path : posix.join(posix.dirname(page.path), path);
        if (!existsSync(file)) return true;
        return anchor !== undefined && !(file.endsWith('.md') && anchors(pageAt(file)).has(anchor));
      });
    expect(dead).toEqual([]);
  });

  it('links to elsewhere over https only', () => {
    const plain = links.filter((target) => /^[a-z]+:/.test(target) && !target.startsWith('https://'));
    expect(plain).toEqual([]);
  });
});

it('the README leads to every page', () => {
  const { text } = pageAt('README.md');
  const unreached = pages
    .map(({ path }) => path)
    .filter((path) => path !== 'README.md' && !text.includes(`](${path})`));
  expect(unreached).toEqual([]);
});
