import { existsSync, globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchors, type Page, pageAt, pages } from './pages.ts';

/** Targets of a page's links, as they are written. */
function linksOf({ prose }: Page): readonly string[] {
  return prose
    .map((line) => line.replace(/`[^`]*`/g, ''))
    .flatMap((line) => [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? ''));
}

/** The file that a link within the repository leads to, and the heading in it. */
function targetOf(page: Page, link: string): { readonly file: string; readonly anchor: string | undefined } {
  const [path = '', anchor] = link.split('#');
  return { file: path === '' ? page.path : posix.join(posix.dirname(page.path), path), anchor };
}

const isOutside = (link: string) => /^[a-z]+:/.test(link);

describe.each(pages)('$path', (page) => {
  it('links to what exists in this repository', () => {
    const dead = linksOf(page)
      .filter((link) => !isOutside(link))
      .filter((link) => {
        const { file, anchor } = targetOf(page, link);
        if (!existsSync(file)) return true;
        return anchor !== undefined && !(file.endsWith('.md') && anchors(pageAt(file)).has(anchor));
      });
    expect(dead).toEqual([]);
  });

  it('links to elsewhere over https only', () => {
    const plain = linksOf(page).filter((link) => isOutside(link) && !link.startsWith('https://'));
    expect(plain).toEqual([]);
  });
});

it('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    const page = pages.find((one) => one.path === path);
    if (page === undefined) continue;
    for (const link of linksOf(page)) if (!isOutside(link)) reached.add(targetOf(page, link).file);
  }
  expect(pages.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
});

it('this repository has one name', () => {
  const folders = ['.github', 'examples'].flatMap((folder) => globSync(`${folder}/**/*.*`));
  const texts = [...pages.map(({ path }) => path), ...folders].map((path) => readFileSync(path, 'utf8'));
  const names = texts.flatMap((text) =>
    [...text.matchAll(/\bdeploy-openclaw-to-fly\/([\w-]+)/g)].map(([, name]) => name),
  );
  expect(names.length).toBeGreaterThan(15);
  expect(new Set(names)).toEqual(new Set(['deploy-openclaw-to-fly']));
});
