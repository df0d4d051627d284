import {
  base64,
  base64Within,
  goJsonEscaped,
  isLongLine,
  jsonEscaped,
  leastLine,
  linesOf,
  queryEscaped,
  uriEscaped,
} from './forms.ts';
import type { SecretValue } from './value.ts';

const redacted = '***';

/** Whole values shorter than this are no secrets, and a text without them could not be read. The masks have them. */
const leastValue = 4;
/** How much of a value at the end of a text that was cut off is taken for the value. */
const leastStart = 8;

/**
 * Makes a function that takes the values out of a text that flyctl or a machine printed: whole values of four
 * characters or more, their lines of six or more, and both as base64, in JSON or in a URL.
 *
 * To be used before a text is cleaned, which could leave parts of a value that nothing recognizes. Of a value that
 * is cut off at the end of the text, eight characters are enough.
 */
export function redactor(values: Iterable<SecretValue>): (text: string) => string {
  const needles = new Needles(new Set([...values].flatMap((value) => formsOf(value.reveal()))));
  return (text) => {
    let out = '';
    let kept = 0;
    // Where the stretch that is being taken out begins and ends; values can overlap.
    let from = 0;
    let to = 0;
    for (let at = 0; at + leastValue <= text.length; at++) {
      const length = needles.longestAt(text, at);
      if (length === 0) continue;
      if (at > to || to === 0) {
        if (to > 0) out += text.slice(kept, from) + redacted;
        kept = to;
        from = at;
      }
      to = Math.max(to, at + length);
    }
    return to === 0 ? text : out + text.slice(kept, from) + redacted + text.slice(to);
  };
}

/** What of a value is looked for. Blanks around it are no part of it, and its forms need not begin with one. */
function formsOf(value: string): string[] {
  const whole = value.trim();
  const lines = linesOf(value)
    .map((line) => line.trim())
    .filter(isLongLine);
  const forms = lines.flatMap((line) => [line, jsonEscaped(line), goJsonEscaped(line), uriEscaped(line)]);
  if (whole.length < leastValue) return forms;
  for (const text of new Set([whole, value])) {
    const code = base64(text);
    const within = base64Within(text).filter((digits) => digits.length >= leastLine);
    const escaped = [uriEscaped(text), queryEscaped(text)];
    forms.push(
      ...[code, ...within].flatMap((digits) => [digits, digits.replaceAll('+', '-').replaceAll('/', '_')]),
      ...[...escaped, ...escaped.map((form) => form.replace(/%../g, (code) => code.toLowerCase()))],
      jsonEscaped(text),
      goJsonEscaped(text),
    );
  }
  return [whole, ...forms];
}

/** Many texts to be looked for at once. */
class Needles {
  readonly #sorted: readonly string[];
  /** For each needle the longest other one that it begins with, or -1. */
  readonly #shorter: Int32Array;
  /** A bit of memory for the first four characters of all needles: most places of a text are ruled out by it. */
  readonly #starts = new Uint8Array(1 << 16);
  #longest = 0;

  constructor(needles: ReadonlySet<string>) {
    this.#sorted = [...needles].sort();
    this.#shorter = new Int32Array(this.#sorted.length);
    const chain: number[] = [];
    for (const [index, needle] of this.#sorted.entries()) {
      while (chain.length > 0 && !needle.startsWith(this.#sorted[chain.at(-1) ?? 0] ?? '')) chain.pop();
      this.#shorter[index] = chain.at(-1) ?? -1;
      chain.push(index);
      this.#starts[start(needle, 0)] = 1;
      this.#longest = Math.max(this.#longest, needle.length);
    }
  }

  /** How long the longest needle is that stands there; 0 where none does. */
  longestAt(text: string, at: number): number {
    if (this.#starts[start(text, at)] === 0) return 0;
    const rest = text.slice(at, at + this.#longest);
    // The first needle that sorts behind the text. What the text begins with sorts before it, the longest last.
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? '') <= rest) low = middle + 1;
      else high = middle;
    }
    const cutOff = at + rest.length === text.length && rest.length >= leastStart;
    if (cutOff && this.#sorted[low]?.startsWith(rest)) return rest.length;
    for (let index = low - 1; index >= 0; index = this.#shorter[index] ?? -1) {
      const needle = this.#sorted[index] ?? '';
      if (rest.startsWith(needle)) return needle.length;
    }
    return 0;
  }
}

function start(text: string, at: number): number {
  return (
    (text.charCodeAt(at) * 31 ** 3 +
      text.charCodeAt(at + 1) * 31 ** 2 +
      text.charCodeAt(at + 2) * 31 +
      text.charCodeAt(at + 3)) &
    0xffff
  );
}
