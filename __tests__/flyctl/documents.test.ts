import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/flyctl/documents.ts';
import { recording } from './scripted-flyctl.ts';

/** Log lines, warnings and everything else that flyctl prints between documents. */
const otherLine = fc.oneof(
  fc.constantFrom(
    '\x1b[33mWARN\x1b[0m DNS checks failed: {"x":1}',
    '[gateway] ready {',
    '{ not json',
    '[INFO] [1/2] step',
    '==> Building image',
    '',
  ),
  fc.string({ unit: fc.constantFrom('a', ' ', '"', '{', ']', '\\') }).map((text) => `> ${text}`),
);
const document = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));

describe('JSON among other lines', () => {
  it('gives back every document, whatever is printed around it', () => {
    const printed = fc.record({
      value: document,
      indent: fc.constantFrom(4, 2),
      before: fc.array(otherLine),
    });
    fc.assert(
      fc.property(fc.array(printed, { maxLength: 5 }), (parts) => {
        const text = parts
          .map(({ value, indent, before }) => [...before, JSON.stringify(value, null, indent), ''].join('\n'))
          .join('');
        expect(readDocuments(text)).toEqual({
          documents: JSON.parse(JSON.stringify(parts.map(({ value }) => value))),
          broken: null,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('reads compact documents, and the null of an empty list', () => {
    expect(readDocuments('{"Name":"flyctl"}\nnull\n').documents).toEqual([{ Name: 'flyctl' }, null]);
  });

  it('never throws, and never makes a document of a cut one', () => {
    fc.assert(
      fc.property(document, fc.nat(), (value, cut) => {
        const whole = JSON.stringify(value, null, 4);
        const at = cut % whole.length;
        const { documents } = readDocuments(whole.slice(0, at));
        expect(documents).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('says where a cut document begins', () => {
    const text = recording('135').stdout;
    const { documents, broken } = readDocuments(text.slice(0, text.length - 30));
    expect(documents).toHaveLength(readDocuments(text).documents.length - 1);
    expect(text.slice(broken?.at).startsWith('{\n    "level"')).toBe(true);
    expect(broken?.reason).toMatch(/JSON/);
  });

  it('says why, without a word of what stands there', () => {
    for (const text of ['{\n  "key": hunter2-hunter2\n}\n', `{\n  "a": "${'x'.repeat(99)}", hunter2\n}\n`]) {
      expect(readDocuments(text).broken?.reason).toMatch(/^[^"]*$/);
      expect(readDocuments(text).broken?.reason).not.toContain('hunter');
    }
  });

  it('finds the documents behind one whose beginning was dropped', () => {
    const text = recording('135').stdout;
    expect(readDocuments(text.slice(20)).documents).toHaveLength(readDocuments(text).documents.length - 1);
  });

  it('needs time in proportion to the text, also when nothing of it is JSON', () => {
    const lines = '{\n'.repeat(20_000);
    expect(readDocuments(lines).documents).toEqual([]);
  });
});
