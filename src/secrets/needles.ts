/** How much of a needle at the end of a text that was cut off is taken for the needle. */
const leastStart = 8;

/**
 * Many texts, each of at least four characters, to be looked for at once. A place in the text costs a look into a
 * table where none of them begins, and a binary search where one may.
 */
export class Needles {
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

  /**
   * How long the longest needle is that stands there; 0 where none does. A needle that the end of the text cuts off
   * counts from `leastStart` characters on.
   */
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
