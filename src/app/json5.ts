import { type Path, type Place, Places, placeFinder } from './places.ts';

/** A JSON5 text that was read: its value, and where each key stands. */
export interface Json5Document {
  readonly value: unknown;
  readonly places: Places;
}

/** A JSON5 text that cannot be read. `message` never repeats a piece of the text. */
export class Json5Error extends Error {
  readonly place: Place;
  constructor(message: string, place: Place) {
    super(message);
    this.name = 'Json5Error';
    this.place = place;
  }
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '0': '\0',
};

const blank = /[\s\u00a0\ufeff]/u;
const nameStart = /[$_\p{L}\p{Nl}]/u;
const namePart = /[$_\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}\u200c\u200d]/u;
const numberForm =
  /[+-]?(?:Infinity|NaN|0[xX][\da-fA-F]+|(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/y;

/** Deeper nesting than any config has; keeps a hostile file from exhausting the stack. */
const deepest = 200;

/**
 * Reads JSON5 (json5.org, version 1.0.0): JSON with comments, trailing commas, unquoted keys, single quotes, line
 * continuations, hexadecimal numbers, leading and trailing points, signs, Infinity and NaN.
 *
 * @throws Json5Error with row and column
 */
export function parseJson5(text: string, integers: 'numbers' | 'exact' = 'numbers'): Json5Document {
  const places = new Places();
  const placeAt = placeFinder(text);
  let at = text.startsWith('\ufeff') ? 1 : 0;

  const fail = (message: string, offset = at): never => {
    throw new Json5Error(message, placeAt(Math.min(offset, text.length)));
  };

  const skip = (): void => {
    for (;;) {
      const char = text[at] ?? '';
      if (char !== '' && blank.test(char)) at += 1;
      else if (text.startsWith('//', at)) {
        while (at < text.length && !/[\n\r\u2028\u2029]/.test(text[at] ?? '')) at += 1;
      } else if (text.startsWith('/*', at)) {
        const end = text.indexOf('*/', at + 2);
        if (end === -1) fail('the comment is not closed');
        at = end + 2;
      } else return;
    }
  };

  const string = (): string => {
    const start = at;
    const quote = text[at];
    at += 1;
    let out = '';
    for (;;) {
      const char = text[at];
      if (char === undefined || char === '\n' || char === '\r')
        return fail('the string is not closed', start);
      at += 1;
      if (char === quote) return out;
      out += char === '\\' ? escaped() : char;
    }
  };

  const escaped = (): string => {
    const char = text[at] ?? fail('the string is not closed');
    at += 1;
    if (char === 'x' || char === 'u') {
      const length = char === 'x' ? 2 : 4;
      const digits = text.slice(at, at + length);
      if (!new RegExp(`^[\\da-fA-F]{${length}}$`).test(digits))
        fail(`\\${char} needs ${length} hexadecimal digits`);
      at += length;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    if (char === '\r' && text[at] === '\n') at += 1;
    if (/[\n\r\u2028\u2029]/.test(char)) return '';
    if (/[1-9]/.test(char) || (char === '0' && /\d/.test(text[at] ?? '')))
      fail('octal escapes are not allowed');
    return escapes[char] ?? char;
  };

  const key = (): string => {
    const char = text[at] ?? '';
    if (char === '"' || char === "'") return string();
    const start = at;
    while (at < text.length) {
      const point = String.fromCodePoint(text.codePointAt(at) ?? 0);
      if (!(at === start ? nameStart : namePart).test(point)) break;
      at += point.length;
    }
    if (at === start) fail(char === '' ? 'the object is not closed' : 'a key is expected here');
    return text.slice(start, at);
  };

  const value = (path: Path): unknown => {
    if (path.length > deepest) fail('the nesting is too deep');
    skip();
    const char = text[at];
    if (char === undefined) return fail('a value is expected here');
    if (char === '{') return object(path);
    if (char === '[') return array(path);
    if (char === '"' || char === "'") return string();
    for (const [word, meaning] of [
      ['null', null],
      ['true', true],
      ['false', false],
    ] as const) {
      if (text.startsWith(word, at) && !namePart.test(text[at + word.length] ?? ' ')) {
        at += word.length;
        return meaning;
      }
    }
    numberForm.lastIndex = at;
    const found = numberForm.exec(text)?.[0];
    if (found === undefined || namePart.test(text[at + found.length] ?? ' ')) {
      return fail('a value is expected here (a word needs quotes)');
    }
    at += found.length;
    const number = /^-/.test(found) ? -Number(found.slice(1)) : Number(found.replace(/^\+/, ''));
    const exact = integers === 'exact' && /^-?\d+$/.test(found) && !Number.isSafeInteger(number);
    return exact ? BigInt(found) : number;
  };

  const object = (path: Path): unknown => {
    const start = at;
    const out: Record<string, unknown> = {};
    at += 1;
    for (;;) {
      skip();
      if (text[at] === undefined) return fail('the object is not closed', start);
      if (text[at] === '}') break;
      const place = placeAt(at);
      const name = key();
      places.add([...path, name], place);
      skip();
      if (text[at] !== ':') fail('a colon is expected after the key');
      at += 1;
      const item = value([...path, name]);
      // A plain assignment to __proto__ would change the object instead of adding a key.
      Object.defineProperty(out, name, { value: item, enumerable: true, configurable: true, writable: true });
      skip();
      if (text[at] === ',') at += 1;
      else if (text[at] === undefined) return fail('the object is not closed', start);
      else if (text[at] !== '}') fail('a comma is missing here');
    }
    at += 1;
    return out;
  };

  const array = (path: Path): unknown => {
    const start = at;
    const out: unknown[] = [];
    at += 1;
    for (;;) {
      skip();
      if (text[at] === undefined) return fail('the list is not closed', start);
      if (text[at] === ']') break;
      places.add([...path, out.length], placeAt(at));
      out.push(value([...path, out.length]));
      skip();
      if (text[at] === ',') at += 1;
      else if (text[at] === undefined) return fail('the list is not closed', start);
      else if (text[at] !== ']') fail('a comma is missing here');
    }
    at += 1;
    return out;
  };

  const root = value([]);
  skip();
  if (at < text.length) fail('there is something after the end of the config');
  return { value: root, places };
}
