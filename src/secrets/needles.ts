/** The least length of a needle. */
const shortest = 4;
/** Of longer needles, blocks of this length are looked for, so that a part of one is found as well. */
const block = 32;

/** One stretch of a text, from its first character to the one behind its last. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Many texts to be looked for at once, in a time that depends neither on their number nor on their length: most
 * places of a text cost a look into a table, the rest a look into a few sets.
 */
export class Needles {
  /** Those of 32 characters or more. */
  readonly #long: string[] = [];
  /** Each block of these, with the number of its needle and where in it the block begins. */
  readonly #blocks = new Map<string, { readonly needle: number; readonly offset: number }>();
  /** The other ones by their length, the longest first. */
  readonly #short: readonly (readonly [length: number, needles: ReadonlySet<string>])[];
  /** Marks what the first four characters of needles and blocks hash to. */
  readonly #starts: Uint8Array;
  readonly #shift: number;

  /** @param texts those of under four characters are not looked for */
  constructor(texts: Iterable<string>) {
    const short = new Map<number, Set<string>>();
    for (const text of new Set(texts)) {
      if (text.length >= block) this.#cut(text);
      else if (text.length >= shortest) {
        short.set(text.length, (short.get(text.length) ?? new Set()).add(text));
      }
    }
    this.#short = [...short].sort(([one], [other]) => other - one);
    const needles = [...this.#blocks.keys(), ...this.#short.flatMap(([, needles]) => [...needles])];
    // Sixteen times as many places as needles, so that few places of a text are searched in vain.
    const bits = Math.min(22, Math.max(8, Math.ceil(Math.log2(needles.length + 1)) + 4));
    this.#shift = 32 - bits;
    this.#starts = new Uint8Array(2 ** bits);
    for (const needle of needles) this.#starts[this.#hash(needle, 0)] = 1;
  }

  /**
   * Where in the text they stand, in order; what overlaps or touches is one stretch. Of a needle that was cut, what
   * is left is found from 63 characters on.
   */
  in(text: string): Stretch[] {
    const found: Stretch[] = [];
    let from = 0;
    let to = 0;
    const take = (start: number, end: number) => {
      if (start > to || to === 0) {
        if (to > 0) found.push({ from, to });
        from = start;
      }
      to = Math.max(to, end);
    };
    for (let at = 0; at + shortest <= text.length; at++) {
      if (this.#starts[this.#hash(text, at)] === 0) continue;
      for (const [length, needles] of this.#short) {
        if (at + length > to && needles.has(text.slice(at, at + length))) take(at, at + length);
      }
      // A block in the midst of a stretch leads no further: the one that reaches its end does.
      const hit = at + block > to ? this.#blocks.get(text.slice(at, at + block)) : undefined;
      if (!hit) continue;
      const needle = this.#long[hit.needle] ?? '';
      let before = 0;
      while (
        at - before > to &&
        before < hit.offset &&
        same(text, at - before - 1, needle, hit.offset - before - 1)
      ) {
        before++;
      }
      let after = block;
      while (hit.offset + after < needle.length && same(text, at + after, needle, hit.offset + after))
        after++;
      take(at - before, at + after);
    }
    if (to > 0) found.push({ from, to });
    return found;
  }

  #cut(text: string): void {
    const needle = this.#long.push(text) - 1;
    const last = text.length - block;
    for (let offset = 0; offset < last; offset += block) this.#add(text, needle, offset);
    this.#add(text, needle, last);
  }

  #add(text: string, needle: number, offset: number): void {
    const key = text.slice(offset, offset + block);
    if (!this.#blocks.has(key)) this.#blocks.set(key, { needle, offset });
  }

  #hash(text: string, at: number): number {
    const pair =
      Math.imul(text.charCodeAt(at) * 65_599 + text.charCodeAt(at + 1), 65_599) + text.charCodeAt(at + 2);
    return Math.imul(Math.imul(pair, 65_599) + text.charCodeAt(at + 3), 0x9e3779b1) >>> this.#shift;
  }
}

function same(text: string, at: number, other: string, there: number): boolean {
  return text.charCodeAt(at) === other.charCodeAt(there);
}
