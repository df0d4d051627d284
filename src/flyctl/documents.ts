/** The JSON documents found in a text. */
export interface Documents {
  readonly documents: readonly unknown[];
  /** The first document that does not parse: where it begins (in characters) and why. */
  readonly broken: { readonly at: number; readonly reason: string } | null;
}

/**
 * Reads JSON documents written one after the other, with lines of other text before and between them: flyctl's
 * `logs --json`, `volumes create --json` with a count, and every `--json` after a warning on stdout. flyctl indents,
 * so a document is a line of one bracket and everything down to the next bracket that begins a line; `version`
 * and `null` fit on one line.
 */
export function readDocuments(text: string): Documents {
  const documents: unknown[] = [];
  let broken: Documents['broken'] = null;
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const lineEnd = newline === -1 ? text.length : newline;
    const line = text.slice(at, lineEnd).trimEnd();
    const several = line === '{' || line === '[';
    const end = several ? closing(text, lineEnd) : lineEnd;
    const whole = several ? text.slice(at, end) : line;
    const parsed = several || /^(?:\{.*\}|\[.*\]|null)$/.test(line) ? parse(whole) : null;
    if (parsed?.ok) documents.push(parsed.value);
    // `[gateway] ready [x]` is a line of text that happens to be in brackets.
    else if (several || /^\{"[^"]*":/.test(line))
      broken ??= { at, reason: parsed?.reason ?? 'it ends in the middle' };
    at = parsed?.ok ? end : lineEnd + 1;
  }
  return { documents, broken };
}

/** Index behind the next closing bracket that begins a line; before it where an opening one, or nothing, comes first. */
function closing(text: string, from: number): number {
  const bracket = /^[{}[\]]/gm;
  bracket.lastIndex = from;
  const found = bracket.exec(text);
  if (found === null) return text.length;
  return found[0] === '}' || found[0] === ']' ? found.index + 1 : found.index;
}

function parse(text: string): { ok: true; value: unknown } | { ok: false; reason: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // The piece of the text that it quotes may be a piece of a secret, by which nobody knows it any more.
    return { ok: false, reason: reason.replace(/, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s, '') };
  }
}
