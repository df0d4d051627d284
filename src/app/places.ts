/** Keys and array indexes from the root of a file to a value, e.g. `['services', 0, 'internal_port']`. */
export type Path = readonly (string | number)[];

/** 1-based place of a key (or of a table's header) in its file. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where each key of a file stands. */
export class Places {
  readonly #byPath = new Map<string, Place>();

  /** Keeps the first place seen: `[a.b]` after `[a]` does not move `a`. */
  add(path: Path, place: Place): void {
    const key = JSON.stringify(path);
    if (!this.#byPath.has(key)) this.#byPath.set(key, place);
  }

  /** The place of `path` itself, or of the nearest table around it, or the start of the file. */
  of(path: Path): Place {
    for (let length = path.length; length > 0; length -= 1) {
      const place = this.#byPath.get(JSON.stringify(path.slice(0, length)));
      if (place) return place;
    }
    return { line: 1, column: 1 };
  }

  /** Every path that has a place of its own. */
  paths(): Path[] {
    return [...this.#byPath.keys()].map((key) => JSON.parse(key) as Path);
  }
}

/** Turns offsets into places; lines end at LF, as editors and annotations count them. */
export function placeFinder(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
