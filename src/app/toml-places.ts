import { parse } from 'smol-toml';
import { type Path, Places, placeFinder } from './places.ts';

/**
 * Where each key of a TOML text stands. The parser gives values and the place of an error, but not the places
 * of keys; this index walks a text which that parser has accepted, so it need not judge anything.
 *
 * Tables, arrays of tables, dotted and quoted keys, inline tables, arrays and the four kinds of string.
 */
export function tomlPlaces(text: string): Places {
  const places = new Places();
  const placeAt = placeFinder(text);
  /** How many elements each array of tables has so far, by its path. */
  const counts = new Map<string, number>();
  let at = 0;

  const skipBlank = (newlines: boolean): void => {
    for (;;) {
      const char = text[at];
      if (char === ' ' || char === '\t' || (newlines && (char === '\n' || char === '\r'))) at += 1;
      else if (char === '#') at = endOfLine(text, at);
      else return;
    }
  };

  const dottedKey = (): { name: string; offset: number }[] => {
    const parts: { name: string; offset: number }[] = [];
    for (;;) {
      skipBlank(false);
      const offset = at;
      if (text[at] === '"' || text[at] === "'") {
        at = endOfString(text, at);
        parts.push({ name: decodeKey(text.slice(offset, at)), offset });
      } else {
        while (at < text.length && /[\w-]/.test(text[at] ?? '')) at += 1;
        // A character no bare key may hold cannot be met in an accepted text; moving on keeps the walk finite.
        if (at === offset) at += 1;
        parts.push({ name: text.slice(offset, at), offset });
      }
      skipBlank(false);
      if (text[at] !== '.') return parts;
      at += 1;
    }
  };

  /** A header names arrays of tables without index: it means their last element. */
  const resolve = (path: Path): Path => {
    const count = counts.get(JSON.stringify(path));
    return count === undefined ? path : [...path, count - 1];
  };

  const keyAndValue = (table: Path): void => {
    let path = table;
    for (const part of dottedKey()) {
      path = [...path, part.name];
      places.add(path, placeAt(part.offset));
    }
    at += 1; // the equals sign
    value(path);
  };

  const value = (path: Path): void => {
    skipBlank(false);
    const char = text[at];
    if (char === '{') {
      at += 1;
      for (;;) {
        skipBlank(true);
        if (text[at] === ',') at += 1;
        else if (text[at] === '}' || at >= text.length) break;
        else keyAndValue(path);
      }
      at += 1;
    } else if (char === '[') {
      at += 1;
      for (let index = 0; ; ) {
        skipBlank(true);
        if (text[at] === ',') at += 1;
        else if (text[at] === ']' || at >= text.length) break;
        else {
          places.add([...path, index], placeAt(at));
          value([...path, index]);
          index += 1;
        }
      }
      at += 1;
    } else if (char === '"' || char === "'") {
      at = endOfString(text, at);
    } else {
      while (at < text.length && !/[,\]}#\r\n]/.test(text[at] ?? '')) at += 1;
    }
  };

  let table: Path = [];
  while (at < text.length) {
    skipBlank(true);
    if (at >= text.length) break;
    if (text[at] !== '[') {
      keyAndValue(table);
      continue;
    }
    const header = placeAt(at);
    const isArray = text[at + 1] === '[';
    at += isArray ? 2 : 1;
    const names = dottedKey().map((part) => part.name);
    at += isArray ? 2 : 1;
    table = [];
    for (const [index, name] of names.entries()) {
      const path = [...table, name];
      places.add(path, header);
      if (index === names.length - 1 && isArray) {
        const key = JSON.stringify(path);
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        table = [...path, count - 1];
        places.add(table, header);
      } else {
        table = resolve(path);
      }
    }
  }
  return places;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/** The offset after a string that starts at `from`, of whichever of the four kinds. */
function endOfString(text: string, from: number): number {
  const quote = text[from] ?? '"';
  const fence = quote.repeat(3);
  const long = text.startsWith(fence, from);
  let at = from + (long ? 3 : 1);
  while (at < text.length) {
    if (quote === '"' && text[at] === '\\') at += 2;
    else if (!long && text[at] === quote) return at + 1;
    else if (long && text.startsWith(fence, at)) {
      // Up to two quotes may stand directly before the closing three.
      at += 3;
      while (text[at] === quote) at += 1;
      return at;
    } else at += 1;
  }
  return at;
}

function decodeKey(quoted: string): string {
  return Object.keys(parse(`${quoted} = 0`))[0] ?? quoted;
}
