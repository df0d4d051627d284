import { logEntry } from '../flyctl/schemas.ts';
import type { LogLine } from '../watch/facts.ts';
import { cleanLine } from './line.ts';

/** A line of a saved log. Its `at` is its place in the file: what people saved is in order, and clocks are not. */
export type SavedLine = LogLine;

/** Longest piece of a line that is kept, in bytes: what is beyond decides nothing. */
const longestLine = 65_536;
/** A JSON document that does not end is no document. */
const longestDocument = 1_048_576;

/** Splits chunks of bytes into lines of text, cut where they are longer than anybody reads. */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  let length = 0;
  const keep = (piece: Buffer) => {
    if (length < longestLine) pieces.push(piece.subarray(0, longestLine - length));
    length += piece.length;
  };
  const flush = (): string => {
    const line = Buffer.concat(pieces).toString('utf8');
    pieces = [];
    length = 0;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      keep(bytes.subarray(from, end));
      yield flush();
      from = end + 1;
    }
    // The stream may reuse the memory of a chunk.
    if (from < bytes.length) keep(Buffer.from(bytes.subarray(from)));
  }
  if (length > 0) yield flush();
}

/** `2026-11-23T20:11:09Z app[148ed193b95948] iad [info]text`, with colours whatever the terminal (flyctl 0.4.87). */
const flyText =
  /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) +([a-z]+)(?:\[([\da-z]*)\])? +[a-z]{3} +\[[a-z]+\] ?(.*)$/;

/** What is around the text of a line, and where it came from. */
export interface SavedLog {
  readonly lines: AsyncGenerator<SavedLine>;
  /** The log comes from Fly: `app` lines of init and the runner's lines are among it. Known once lines were read. */
  readonly fromFly: () => boolean;
}

/** Reads the plain output of a gateway, the text of `fly logs`, or `fly logs --json`: whichever it is. */
export function savedLog(chunks: AsyncIterable<Uint8Array>): SavedLog {
  let fly = false;
  async function* lines(): AsyncGenerator<SavedLine> {
    let at = 0;
    let last = { machineId: '', provider: 'app' };
    let document = '';
    const line = (from: { machineId: string; provider: string }, text: string): SavedLine => {
      at += 1;
      return { ...from, at, text };
    };
    for await (const raw of textLines(chunks)) {
      if (document !== '' || raw === '{') {
        document += `${raw}\n`;
        if (raw !== '}' && document.length <= longestDocument) continue;
        const entry = parsedEntry(document);
        document = '';
        if (entry === null) continue;
        fly = true;
        yield line(entry, entry.text);
        continue;
      }
      if (raw.startsWith('{"') && raw.includes('"instance"')) {
        const entry = parsedEntry(raw);
        if (entry !== null) {
          fly = true;
          yield line(entry, entry.text);
          continue;
        }
      }
      const found = /^(?:\x1b\[2m)?\d{4}-/.test(raw) ? flyText.exec(cleanLine(raw)) : null;
      if (found) {
        const [, provider = '', machineId = '', text = ''] = found;
        fly = true;
        last = { machineId, provider };
        yield line(last, text);
        continue;
      }
      yield line(last, raw);
    }
  }
  return { lines: lines(), fromFly: () => fly };
}

function parsedEntry(text: string): LogLine | null {
  try {
    const entry = logEntry.safeParse(JSON.parse(text));
    return entry.success && entry.data.provider !== '' ? entry.data : null;
  } catch {
    return null;
  }
}
