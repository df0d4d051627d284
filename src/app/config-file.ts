import { parse as parseToml, TomlError } from 'smol-toml';
import type { ConfigSource } from './config-source.ts';
import { type Json5Document, Json5Error, parseJson5 } from './json5.ts';
import type { Place, Places } from './places.ts';
import { rules } from './rules.ts';
import { SyntaxFailure } from './syntax-failure.ts';
import { tomlPlaces } from './toml-places.ts';

export type Table = Readonly<Record<string, unknown>>;

/** A table of keys, in whichever format: no list, no date. */
export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/**
 * The data of a config file, and where its keys stand.
 *
 * @throws SyntaxFailure (`config-lint`) with row, column and the line, its value left out
 */
export function parseSource(source: ConfigSource): { data: Table; places: Places } {
  if (source.text.includes('\0')) {
    // What a Windows shell writes with `>`.
    throw syntaxFailure(source, { line: 1, column: 1 }, 'the file is UTF-16; save it as UTF-8');
  }
  if (source.format === 'toml') {
    try {
      const data = parseToml(source.text, { integersAsBigInt: 'asNeeded' }) as Table;
      return { data, places: tomlPlaces(source.text) };
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
      throw syntaxFailure(source, { line: error.line, column: error.column }, reason);
    }
  }
  return source.format === 'yaml' ? source.yaml.parseYaml(source) : parseJson(source);
}

/** The reader of JSON5 knows places; what it takes beyond JSON is refused afterwards, as flyctl does. */
function parseJson(source: ConfigSource): { data: Table; places: Places } {
  let document: Json5Document;
  try {
    document = parseJson5(source.text, 'exact');
  } catch (error) {
    if (!(error instanceof Json5Error)) throw error;
    throw syntaxFailure(source, error.place, error.message);
  }
  try {
    JSON.parse(source.text);
  } catch (error) {
    // V8 often says where, but its other words repeat the text, which may hold a secret.
    const found = /\(line (\d+) column (\d+)\)/.exec(String(error));
    const place = { line: Number(found?.[1] ?? 1), column: Number(found?.[2] ?? 1) };
    const reason = 'flyctl reads JSON without comments, trailing commas, single quotes and bare words';
    throw syntaxFailure(source, place, reason);
  }
  if (isTable(document.value)) return { data: document.value, places: document.places };
  throw syntaxFailure(source, { line: 1, column: 1 }, 'the file holds no table of keys');
}

/** @param place counted from 1 */
export function syntaxFailure(source: ConfigSource, place: Place, reason: string): SyntaxFailure {
  const shown = recognizable(source.text.split('\n')[place.line - 1] ?? '');
  return new SyntaxFailure({
    rule: 'toml-error',
    severity: 'error',
    file: source.file,
    line: place.line,
    column: place.column,
    message: `${source.format.toUpperCase()} error: ${reason}${shown ? ` (line: ${shown})` : ''}`,
    why: rules['toml-error'].why,
    lines: null,
    missing: false,
  });
}

/**
 * As much of a line as tells it from others: its header, or its key. Whatever else stands there may be a credential,
 * also where it is the rest of a value that began lines before.
 */
function recognizable(line: string): string {
  const header = /^\s*(\[{1,2}[\w. -]+\]{0,2})\s*(?:#|$)/.exec(line);
  if (header) return header[1] ?? '';
  const key = /^\s*(?:- +)?([{[]?["']?[\w. -]{1,80}["']?\s*[=:])\s*[^\s=:]/.exec(line);
  return key ? `${key[1]} …` : '';
}
