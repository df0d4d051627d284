import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readmeWithTables } from '../../scripts/readme-tables.ts';

it('README.md has the inputs and outputs of action.yml (else: npm run docs)', () => {
  expect(readFileSync('README.md', 'utf8')).toBe(readmeWithTables());
});
