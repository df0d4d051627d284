import { expect, it } from 'vitest';
import { Awaited } from '../../src/report/awaited.ts';

it('what is awaited is what was begun last and is not there yet', () => {
  const awaited = new Awaited();
  expect(awaited.latest).toBeNull();
  const chapter = awaited.begin('the chapter');
  const first = awaited.begin('flyctl status');
  const second = awaited.begin('flyctl status');
  first();
  expect(awaited.latest).toBe('flyctl status');
  second();
  expect(awaited.latest).toBe('the chapter');
  chapter();
  expect(awaited.latest).toBeNull();
});
