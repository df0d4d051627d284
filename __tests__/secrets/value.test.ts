import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SecretValue } from '../../src/secrets/value.ts';

describe('a secret value', () => {
  const value = new SecretValue('hunter2-hunter2');

  it.each([
    ['joined to a text', () => `${value}`],
    ['made a string', () => String(value)],
    ['added to a text', () => `a${[value]}`],
    ['made JSON', () => JSON.stringify({ deep: [value] })],
    ['inspected', () => inspect({ deep: new Map([['A', value]]) }, { depth: 9, showHidden: true })],
    ['in an error', () => inspect(new Error('x', { cause: value }))],
    ['spread and listed', () => JSON.stringify([{ ...value }, Object.entries(value), Object.keys(value)])],
    ['cloned', () => inspect(structuredClone({ value }), { showHidden: true })],
  ])('does not show when %s', (_, shown) => {
    expect(shown()).not.toContain('hunter2');
  });

  it('is told only by reveal', () => {
    expect(value.reveal()).toBe('hunter2-hunter2');
  });
});
