import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CappedText, LineSplitter } from '../../src/flyctl/capture.ts';

/** The text in pieces of any size, as a pipe may hand them over. */
const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', 'ü') }));

describe('lines of a stream', () => {
  it('are the same however the stream was cut', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const lines: string[] = [];
        const splitter = new LineSplitter((line) => lines.push(line));
        for (const part of parts) splitter.push(part);
        splitter.end();
        const whole = parts.join('').split(/\r\n|\r|\n/);
        if (whole.at(-1) === '') whole.pop();
        expect(lines).toEqual(whole);
      }),
    );
  });

  it('are cut at 64 KiB, and the next line is whole again', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (let part = 0; part < 200; part += 1) splitter.push('x'.repeat(1024));
    splitter.push('\nnext\n');
    expect(lines.map((line) => line.length)).toEqual([64 * 1024, 4]);
  });
});

describe('text with a cap', () => {
  it('is the end of what came, and says whether anything is missing', () => {
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 20 }), (parts, limit) => {
        const text = new CappedText(limit);
        for (const part of parts) text.push(part);
        const whole = parts.join('');
        expect(text.end()).toEqual({ text: whole.slice(-limit), truncated: whole.length > limit });
      }),
    );
  });
});
