import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  stringify,
  visit,
} from 'yaml';
import { isTable, syntaxFailure, type Table } from './config-file.ts';
import type { ConfigSource } from './config-source.ts';
import { type Path, Places } from './places.ts';

/** @throws SyntaxFailure */
export function parseYaml(source: ConfigSource): { data: Table; places: Places } {
  const lines = new LineCounter();
  const document = parseDocument(source.text, {
    lineCounter: lines,
    logLevel: 'silent',
    // As flyctl's parser has it: `<<` merges, and an id of 19 digits keeps them all.
    merge: true,
    intAsBigInt: true,
  });
  const problem = document.errors[0];
  if (problem) {
    const place = problem.linePos?.[0] ?? { line: 1, col: 1 };
    const reason = (problem.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
    throw syntaxFailure(source, { line: place.line, column: place.col }, reason);
  }
  let data: unknown;
  try {
    data = document.toJS({ reviver: (_key, value) => plainWhereSafe(value) });
  } catch (error) {
    // The parser's own words repeat the text.
    if (!(error instanceof ReferenceError)) throw error;
    const { line, col } = lines.linePos(lostAlias(document));
    throw syntaxFailure(
      source,
      { line, column: col },
      'an alias (*name) leads nowhere, or there are too many',
    );
  }
  if (isTable(data)) return { data, places: yamlPlaces(document, lines) };
  throw syntaxFailure(source, { line: 1, column: 1 }, 'the file holds no table of keys');
}

/** Keys as a file would have them. */
export function writeYaml(data: Table): string {
  return stringify(data).trimEnd();
}

/** The offset of the first alias without an anchor before it. */
function lostAlias(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

function plainWhereSafe(value: unknown): unknown {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function yamlPlaces(document: Document, lines: LineCounter): Places {
  const places = new Places();
  const visit = (node: unknown, path: Path): void => {
    if (isMap(node)) {
      for (const pair of node.items) {
        if (!isPair(pair) || !isScalar(pair.key)) continue;
        const here = [...path, String(pair.key.value)];
        const position = lines.linePos(pair.key.range?.[0] ?? 0);
        places.add(here, { line: position.line, column: position.col });
        visit(pair.value, here);
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        const offset = (item as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
        const position = lines.linePos(offset);
        places.add([...path, index], { line: position.line, column: position.col });
        visit(item, [...path, index]);
      }
    }
  };
  visit(document.contents, []);
  return places;
}
