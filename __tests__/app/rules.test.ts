import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rules } from '../../src/app/rules.ts';

test('docs/configuration.md has every rule, in the words of the code, and no other', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('| rule | severity |')).trim().split('\n').slice(2);
  const expected = Object.entries(rules).map(
    ([id, rule]) => `| ${id} | ${rule.severities.join(', ')} | ${rule.when} | ${rule.why} | ${rule.fix} |`,
  );
  expect(table).toEqual(expected);
});

test('no text of a rule breaks the table', () => {
  for (const rule of Object.values(rules)) {
    for (const text of [rule.when, rule.why, rule.fix]) expect(text).not.toMatch(/[|\n]/);
  }
});
