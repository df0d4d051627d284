/** The JSON documents found in a text. */
export interface Documents {
  readonly documents: readonly unknown[];
  /** The first document that does not parse: where it begins (in characters) and why. */
  readonly broken: { readonly at: number; readonly reason: string } | null;
}

/** How flyctl's documents begin: an opening bracket with the line's end, a key or an element right behind it. */
const opening = /^(?:\[[ \t\r]*(?:[\n{[\]"]|$)|\{[ \t\r]*(?:[\n}"]|$))/;

/**
 * Reads JSON documents written one after the other, on several lines each, with lines of other text before and
 * between them: flyctl's `logs --json`, `volumes create --json` with a count, and every `--json` after a warning on
 * stdout. A document begins at the start of a line and ends with its closing bracket, or is a line `null`.
 */
export function readDocuments(text: string): Documents {
  const documents: unknown[] = [];
  let broken: Documents['broken'] = null;
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const lineEnd = newline === -1 ? text.length : newline;
    if (opening.test(text.slice(at, at + 80))) {
      const end = documentEnd(text, at);
      try {
        if (end === null) throw new Error('it ends in the middle');
        documents.push(JSON.parse(text.slice(at, end)));
        at = end;
        continue;
      } catch (error) {
        broken ??= { at, reason: error instanceof Error ? error.message : String(error) };
      }
    } else if (lineEnd - at < 8 && text.slice(at, lineEnd).trim() === 'null') {
      documents.push(null);
    }
    at = lineEnd + 1;
  }
  return { documents, broken };
}

/** Index behind the bracket that closes the one at `start`; `null` when the text ends before. */
function documentEnd(text: string, start: number): number | null {
  const marks = /["{}[\]]/g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') {
      const end = stringEnd(text, mark.index + 1);
      if (end === null) return null;
      marks.lastIndex = end;
    } else {
      depth += mark[0] === '{' || mark[0] === '[' ? 1 : -1;
      if (depth === 0) return mark.index + 1;
    }
  }
  return null;
}

/** Index behind the quote that ends a string whose first character is at `from`. */
function stringEnd(text: string, from: number): number | null {
  let at = from;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return null;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}
