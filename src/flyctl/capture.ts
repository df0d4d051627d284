/** Keeps the last `limit` characters of what is pushed, without holding more than twice that. */
export class CappedText {
  readonly #limit: number;
  #parts: string[] = [];
  #length = 0;
  #truncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length > 2 * this.#limit) this.#trim();
  }

  #trim(): void {
    if (this.#length <= this.#limit) return;
    const kept = this.#parts.join('').slice(-this.#limit);
    this.#parts = [kept];
    this.#length = kept.length;
    this.#truncated = true;
  }

  /** What is left, and whether anything was dropped. */
  end(): { readonly text: string; readonly truncated: boolean } {
    this.#trim();
    return { text: this.#parts.join(''), truncated: this.#truncated };
  }
}

/** Longest line handed on; the rest of it is dropped. */
const maxLine = 64 * 1024;

/** Cuts a stream of text into lines at LF, CR LF or CR (progress bars overwrite themselves with CR alone). */
export class LineSplitter {
  readonly #take: (line: string) => void;
  #line = '';
  #afterReturn = false;

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(text: string): void {
    let rest = text;
    if (this.#afterReturn && rest.startsWith('\n')) rest = rest.slice(1);
    if (text !== '') this.#afterReturn = text.endsWith('\r');
    const pieces = rest.split(/\r\n|\r|\n/);
    const last = pieces.pop() ?? '';
    for (const piece of pieces) {
      this.#append(piece);
      this.#take(this.#line);
      this.#line = '';
    }
    this.#append(last);
  }

  /** Hands on a last line that had no end. */
  end(): void {
    if (this.#line !== '') this.#take(this.#line);
    this.#line = '';
  }

  #append(piece: string): void {
    const room = maxLine - this.#line.length;
    if (room > 0) this.#line += piece.slice(0, room);
  }
}
