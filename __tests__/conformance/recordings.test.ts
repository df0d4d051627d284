import { expect, it } from 'vitest';
import { LEFT_OUT } from '../../rehearsal/conformance/left-out.ts';
import { allRecordings } from './recordings.ts';

/** How many runs of flyctl v0.4.87 were recorded. */
const RECORDED = 486;

it('has every recorded run, or a reason why it is left out', () => {
  const numbers = [...allRecordings().map(({ name }) => name), ...Object.keys(LEFT_OUT)].map((name) =>
    Number(name.slice(0, 3)),
  );
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: RECORDED }, (_, index) => index + 1));
  expect(Object.values(LEFT_OUT).filter((reason) => reason.length < 20)).toEqual([]);
});
