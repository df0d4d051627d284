import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import type { Path } from '../../src/app/places.ts';
import { tomlPlaces } from '../../src/app/toml-places.ts';

const at = (text: string, path: Path) => {
  const { line, column } = tomlPlaces(text).of(path);
  return [line, column];
};

describe('the place of a key', () => {
  test.each<[string, string, Path, number[]]>([
    ['a key', 'a = 1\nb = 2\n', ['b'], [2, 1]],
    ['an indented key', '[env]\n  A = "1"\n', ['env', 'A'], [2, 3]],
    ['a table is its header', '# top\n\n[env]\nA = 1\n', ['env'], [3, 1]],
    ['a table of an array', '[[vm]]\na = 1\n\n[[vm]]\na = 2\n', ['vm', 1], [4, 1]],
    ['a key in a table of an array', '[[vm]]\na = 1\n\n[[vm]]\na = 2\n', ['vm', 1, 'a'], [5, 1]],
    [
      'a table below the last of an array',
      '[[services]]\n[[services.ports]]\nport = 80\n[[services]]\n[[services.ports]]\nport = 443\n',
      ['services', 1, 'ports', 0, 'port'],
      [6, 1],
    ],
    ['a dotted key', 'a.b . c = 1\n', ['a', 'b', 'c'], [1, 7]],
    ['a quoted key', '"a b" = 1\n\'c.d\' = 2\n', ['c.d'], [2, 1]],
    ['an escaped key', '"\\u0041" = 1\n', ['A'], [1, 1]],
    ['an inline table', 'a = { b = 1, c = { d = 2 } }\n', ['a', 'c', 'd'], [1, 20]],
    ['an item of a list', 'a = [\n  1, # one\n  2,\n]\n', ['a', 1], [3, 3]],
    ['a list of inline tables', 'vm = [{ a = 1 }, { a = 2 }]\n', ['vm', 1, 'a'], [1, 20]],
    ['a key after a string with brackets', 'a = "[x] # y"\nb = 1\n', ['b'], [2, 1]],
    ['a key after a long string', 'a = """\n[not]\nb = 1\\\n"""\nb = 2\n', ['b'], [5, 1]],
    ['a key after a long string that ends in quotes', 'a = """x"""""\nb = 2\n', ['b'], [2, 1]],
    ['a key after a literal with a backslash', "a = 'C:\\'\nb = 2\n", ['b'], [2, 1]],
    ['a key after a long literal', "a = '''\n'' ]\n'''\nb = 2\n", ['b'], [4, 1]],
    ['a key after a comment with a quote', 'a = 1 # it\'s "so\nb = 2\n', ['b'], [2, 1]],
    ['lines that end in CR LF', '[a]\r\nb = 1\r\nc = 2\r\n', ['a', 'c'], [3, 1]],
    ['something missing is at its table', '[http_service]\n  a = 1\n', ['http_service', 'b'], [1, 1]],
    ['something missing at the root is at the start', '\n\na = 1\n', ['zzz'], [1, 1]],
  ])('%s', (_what, text, path, expected) => {
    expect(at(text, path)).toEqual(expected);
  });

  test('every key that the parser finds has a place, and no other has', () => {
    const key = fc.oneof(
      fc.constantFrom('a', 'b_c', 'x-1', 'with space', 'q"uote', 'dot.ted', 'ü'),
      fc.string(),
    );
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.boolean(),
      fc.array(fc.oneof(fc.integer(), fc.string())),
    );
    const { table } = fc.letrec((tie) => ({
      table: fc.dictionary(
        key,
        fc.oneof({ maxDepth: 3 }, leaf, tie('table'), fc.array(tie('table'), { maxLength: 3 })),
        {
          maxKeys: 4,
          noNullPrototype: true,
        },
      ),
    }));
    fc.assert(
      fc.property(table, (data) => {
        let text: string;
        try {
          text = stringify(data);
        } catch {
          return; // lone surrogates have no TOML
        }
        const paths = (value: unknown, path: Path): string[] => {
          if (typeof value !== 'object' || value === null) return [];
          return Object.entries(value).flatMap(([name, item]) => {
            const here = [...path, Array.isArray(value) ? Number(name) : name];
            return [JSON.stringify(here), ...paths(item, here)];
          });
        };
        const found = tomlPlaces(text)
          .paths()
          .map((path) => JSON.stringify(path));
        expect(found.sort()).toEqual(paths(parse(text), []).sort());
      }),
      { numRuns: 60 },
    );
  });
});
