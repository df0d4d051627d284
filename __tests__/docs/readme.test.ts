import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readmeWithTables } from '../../scripts/readme-tables.ts';
import { causeTable } from '../../src/causes.ts';
import { beginReport, reportedFix } from '../../src/report/report.ts';
import { summary } from '../../src/report/summary.ts';
import { marked, pageAt } from './pages.ts';

it('README.md has the inputs and outputs of action.yml (else: npm run docs)', () => {
  expect(readFileSync('README.md', 'utf8')).toBe(readmeWithTables());
});

it('README.md shows the top of a summary as it is made today', () => {
  const row = causeTable['out-of-memory'];
  const text =
    'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory';
  const fix = row.fix({
    app: 'my-openclaw',
    machineId: '1fa07513777ea5',
    memoryMb: 2048,
    evidence: text,
    version: '2026.9.6',
  });
  const page = summary(
    {
      ...beginReport('deploy', 0),
      cause: 'out-of-memory',
      meaning: row.meaning,
      evidence: { text, source: 'gateway', at: null, machine: null },
      fix: reportedFix(fix),
      app: 'my-openclaw',
      version: { from: null, to: '2026.9.6' },
      duration: 12,
    },
    {},
  );
  // Quoted, a level deeper, and with the space around code that every renderer understands.
  const words = (markdown: string) =>
    markdown
      .split('\n')
      .map((line) => line.replace(/^> ?/, '').replace(/^#+ /, ''))
      .filter((line) => line !== '');
  const shown = words(marked(pageAt('README.md'), 'summary'));
  expect(words(page).slice(0, shown.length)).toEqual(shown);
});
