/** What a run waits for just now, for the line that says so after a long silence. */
export class Awaited {
  readonly #open = new Set<{ readonly what: string }>();

  /** @returns to be called once it is there */
  begin(what: string): () => void {
    const entry = { what };
    this.#open.add(entry);
    return () => {
      this.#open.delete(entry);
    };
  }

  /** What was begun last and is not there yet; `null`: nothing. */
  get latest(): string | null {
    return [...this.#open].at(-1)?.what ?? null;
  }
}
