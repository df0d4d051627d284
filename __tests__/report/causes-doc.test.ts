import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { causesFile, causesPage } from '../../scripts/causes-doc.ts';
import { causeCodes, causeTable } from '../../src/causes.ts';

const page = readFileSync(causesFile, 'utf8').replaceAll('\r\n', '\n');
const chapters = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((chapter) => [chapter.slice(0, chapter.indexOf('\n')), chapter]),
);

describe('docs/causes.md', () => {
  it('is up to date (node scripts/causes-doc.ts)', () => {
    expect(page).toBe(causesPage());
  });

  it('has one chapter for each cause, in the order of the table, under the anchor that messages link to', () => {
    expect([...chapters.keys()]).toEqual([...causeCodes]);
  });

  it.each(causeCodes)('tells of %s what it means, how it looks and what to paste', (code) => {
    const chapter = chapters.get(code) ?? '';
    expect(chapter).toContain(`**${causeTable[code].title}.**`);
    expect(chapter).toMatch(/\*\*How it looks\.\*\* \S/);
    expect(chapter).toContain('**Fix.**');
    for (const command of causeTable[code].fix({}).commands) expect(chapter).toContain(command);
  });
});
