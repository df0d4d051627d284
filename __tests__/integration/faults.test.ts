import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { calls, faults, holds, playFault } from '../../rehearsal/faults.ts';

/** The cells of docs/faults.md, by `call meets fault`. */
const cells = new Map<string, string>();
const [head = [], ...rows] = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^\| /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));
for (const row of rows) {
  for (const [i, cell] of row.entries()) {
    if (i > 1 && head[i]) cells.set(`${row[1]} meets ${head[i]}`, cell);
  }
}

describe('docs/faults.md', () => {
  it('has a cell for every call and every fault', () => {
    const wanted = Object.keys(calls).flatMap((call) =>
      Object.keys(faults).map((fault) => `${call} meets ${fault}`),
    );
    expect([...cells].filter(([, cell]) => cell !== '').map(([name]) => name)).toEqual(wanted);
  });

  /** One that passes unnoticed and one that ends the run; `npm run faults` plays them all. */
  it.concurrent.each([
    ['logs', 'truncated JSON'],
    ['deploy: release', '500'],
  ])('tells what comes of it when %s meets %s', async (call, fault) => {
    const row = await playFault(call, fault);
    expect(row.met).toBe(cells.get(`${call} meets ${fault}`));
    expect(holds(row)).toBe(true);
  });
});
