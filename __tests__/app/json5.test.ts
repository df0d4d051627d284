import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Json5Error, parseJson5 } from '../../src/app/json5.ts';
import type { Path } from '../../src/app/places.ts';

describe('JSON5 is read', () => {
  test.each<[string, unknown]>([
    ['{}', {}],
    ['// a\n{ /* b */ a: 1, } // c', { a: 1 }],
    ["{ 'a b': 'it\\'s', \"c\": \"d\" }", { 'a b': "it's", c: 'd' }],
    ['{ $a_1: null, ümlaut: true, b: false }', { $a_1: null, ümlaut: true, b: false }],
    ['[1, .5, 5., -1, +1, 0xfF, 1e3, -Infinity]', [1, 0.5, 5, -1, 1, 255, 1000, Number.NEGATIVE_INFINITY]],
    ['NaN', Number.NaN],
    ["'a\\\nb\\x41\\u0042\\t\\q'", 'abAB\tq'],
    ['"line\u2028separator"', 'line\u2028separator'],
    ['\ufeff{a:1}', { a: 1 }],
    ['{ null: 1, true: 2, Infinity: 3 }', { null: 1, true: 2, Infinity: 3 }],
  ])('%j', (text, value) => {
    expect(parseJson5(text).value).toEqual(value);
  });

  test('a key named __proto__ is a key like any other', () => {
    const { value } = parseJson5('{ "__proto__": { admin: true } }');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each<[string, number, number, RegExp]>([
    ['', 1, 1, /value/],
    ['{ a: 1', 1, 1, /not closed/],
    ['{\n  a: [1, 2\n}', 3, 1, /comma/],
    ['{\n  a: 1\n  b: 2\n}', 3, 3, /comma/],
    ['{\n  a 1\n}', 2, 5, /colon/],
    ['{\n  a: lan\n}', 2, 6, /quotes/],
    ['{\n  a: nullish\n}', 2, 6, /quotes/],
    ['{\n  1a: 1\n}', 2, 3, /key/],
    ['{\n  a: "x\n"\n}', 2, 6, /string/],
    ['{ a: 1 } b', 1, 10, /after the end/],
    ['{ /* a: 1 }', 1, 3, /comment/],
    ['{ a: 01 }', 1, 6, /value/],
    ["'\\u12'", 1, 4, /hexadecimal/],
    ['{ a: , }', 1, 6, /value/],
    ['[,]', 1, 2, /value/],
    ['['.repeat(5000), 1, 202, /deep/],
  ])('%j is an error at %i:%i', (text, line, column, message) => {
    const error = (() => {
      try {
        parseJson5(text);
      } catch (thrown) {
        return thrown;
      }
      return null;
    })();
    expect(error).toBeInstanceOf(Json5Error);
    expect((error as Json5Error).place).toEqual({ line, column });
    expect((error as Json5Error).message).toMatch(message);
  });

  test('whatever JSON says, it says the same, and knows where each key is', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2), (json, indent) => {
        const data: unknown = JSON.parse(json);
        const text = JSON.stringify(data, null, indent);
        const { value, places } = parseJson5(text);
        expect(JSON.stringify(value)).toBe(JSON.stringify(data));
        const lines = text.split('\n');
        const visit = (node: unknown, path: Path): void => {
          if (typeof node !== 'object' || node === null) return;
          for (const [key, item] of Object.entries(node)) {
            const here = [...path, Array.isArray(node) ? Number(key) : key];
            const { line, column } = places.of(here);
            const found = lines[line - 1]?.slice(column - 1) ?? '';
            const wanted = JSON.stringify(Array.isArray(node) ? item : key, null, indent);
            expect(found.startsWith(wanted.split('\n')[0] ?? '')).toBe(true);
            visit(item, here);
          }
        };
        visit(data, []);
      }),
      { numRuns: 150 },
    );
  });

  test('what JSON5 adds changes nothing in the value', () => {
    const written = (value: unknown): fc.Arbitrary<string> => {
      if (Array.isArray(value)) {
        return fc.tuple(fc.tuple(...value.map(written)), fc.boolean()).map(([items, comma]) => {
          return `[ // a list\n${items.join('/* , */,')}${comma && items.length > 0 ? ',' : ''}]`;
        });
      }
      if (typeof value === 'object' && value !== null) {
        const entries = Object.entries(value);
        return fc
          .tuple(fc.tuple(...entries.map(([, item]) => written(item))), fc.boolean())
          .map(([items, single]) => {
            const pairs = items.map((item, index) => {
              const key = entries[index]?.[0] ?? '';
              const bare = /^[A-Za-z_$][\w$]*$/.test(key);
              const quoted = single
                ? `'${JSON.stringify(key).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
                : JSON.stringify(key);
              return `${bare ? key : quoted} :\t${item}`;
            });
            return `{/* { */${pairs.join(',\r\n')}${pairs.length > 0 ? ' ,' : ''}}`;
          });
      }
      if (typeof value === 'number' && value >= 0) return fc.constantFrom(`+${value}`, String(value));
      return fc.constant(JSON.stringify(value));
    };
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 3 }).chain((value) => fc.tuple(fc.constant(value), written(value))),
        ([value, text]) => {
          expect(JSON.stringify(parseJson5(text).value)).toBe(JSON.stringify(value));
        },
      ),
      { numRuns: 150 },
    );
  });
});
