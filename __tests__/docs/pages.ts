import { readdirSync, readFileSync } from 'node:fs';

/** A fenced block of code. */
export interface Block {
  /** What stands behind the fence, e.g. `yaml`; empty where nothing does. */
  readonly language: string;
  readonly text: string;
  /** Where it begins, counted from 1. */
  readonly line: number;
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Everything but the blocks, line by line. */
  readonly prose: readonly string[];
}

const names = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export const pages: readonly Page[] = names.map((path) => readPage(path, readFileSync(path, 'utf8')));

/** Quoted and indented blocks count as well; their text comes without the quote and the indentation. */
export function readPage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { fence: string; indent: RegExp; language: string; line: number; lines: string[] } | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    const [, indent = '', fence = '', language = ''] = /^([> ]*)(```+)(\S*)\s*$/.exec(raw) ?? [];
    if (open === null && fence !== '') {
      const depth = new RegExp(`^[> ]{0,${indent.length}}`);
      open = { fence, indent: depth, language, line: index + 1, lines: [] };
    } else if (open !== null && fence === open.fence && language === '') {
      blocks.push({ language: open.language, line: open.line, text: `${open.lines.join('\n')}\n` });
      open = null;
    } else if (open !== null) open.lines.push(raw.replace(open.indent, ''));
    else prose.push(raw);
  }
  return { path, text, blocks, prose };
}

/** The part of a page between `<!-- name -->` and `<!-- /name -->`. */
export function marked(page: Page, name: string): string {
  const found = new RegExp(`<!-- ${name} -->\n([\\s\\S]*?)\n<!-- /${name} -->`).exec(page.text)?.[1];
  if (found === undefined) throw new Error(`${page.path} has no part marked ${name}`);
  return found;
}

export function pageAt(path: string): Page {
  const page = pages.find((one) => one.path === path);
  if (page === undefined) throw new Error(`there is no page ${path}`);
  return page;
}

/** What GitHub makes of headings: the names behind the `#` of a link. */
export function anchors({ prose }: Page): ReadonlySet<string> {
  const found = new Set<string>();
  for (const line of prose) {
    const heading = /^#{1,6} (.*)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const slug = words
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let name = slug;
    for (let n = 1; found.has(name); n += 1) name = `${slug}-${n}`;
    found.add(name);
  }
  return found;
}

/** Code in a line of prose. */
export function inlineCode({ prose }: Page): readonly string[] {
  return prose.flatMap((line) => [...line.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, code]) => code ?? ''));
}
