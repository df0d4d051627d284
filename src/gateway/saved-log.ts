import { logEntry } from '../flyctl/schemas.ts';
import type { LogLine } from '../watch/facts.ts';
import { cleanLine } from './line.ts';

/** A line of a saved log. Its `at` is its place in the file: what people saved is in order, and clocks are not. */
export type SavedLine = LogLine;

/** Longest piece of a line that is kept, in bytes: what is beyond decides nothing. */
const longestLine = 65_536;
/** A JSON document that does not end is no document. */
const longestDocument = 1_048_576;

/** Splits chunks of bytes into lines of text, many at a time, each cut where it is longer than anybody reads. */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  // The line that the last chunk left unfinished: copied, since the stream may reuse the memory of a chunk.
  let open: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = bytes.lastIndexOf(10);
    if (end >= 0) {
      yield linesOf(Buffer.concat([open, bytes.subarray(0, end)]));
      open = Buffer.from(bytes.subarray(end + 1));
    } else {
      open = Buffer.concat([open, bytes]);
    }
    if (open.length > longestLine) open = Buffer.from(open.subarray(0, longestLine));
  }
  if (open.length > 0) yield linesOf(open);
}

function linesOf(bytes: Buffer): readonly string[] {
  return bytes.toString('utf8').split('\n').map(shortened);
}

function shortened(line: string): string {
  const piece = line.length > longestLine ? line.slice(0, longestLine) : line;
  return piece.endsWith('\r') ? piece.slice(0, -1) : piece;
}

/** `2026-11-23T20:11:09Z app[148ed193b95948] iad [info]text`, with colours whatever the terminal (flyctl 0.4.87). */
const flyText =
  /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) +([a-z]+)(?:\[([\da-z]*)\])? +[a-z]{3} +\[[a-z]+\] ?(.*)$/;

/** What is around the text of a line, and where it came from. */
export interface SavedLog {
  readonly lines: AsyncGenerator<readonly SavedLine[]>;
  /** The log comes from Fly: `app` lines of init and the runner's lines are among it. Known once lines were read. */
  readonly fromFly: () => boolean;
}

/** Reads the plain output of a gateway, the text of `fly logs`, or `fly logs --json`: whichever it is. */
export function savedLog(chunks: AsyncIterable<Uint8Array>): SavedLog {
  let fly = false;
  let at = 0;
  let last = { machineId: '', provider: 'app' };
  let document = '';
  const line = (from: { machineId: string; provider: string }, text: string): SavedLine => {
    at += 1;
    return { machineId: from.machineId, provider: from.provider, at, text };
  };
  const entryLine = (text: string): SavedLine | null => {
    const entry = parsedEntry(text);
    fly ||= entry !== null;
    return entry && line(entry, entry.text);
  };
  /** `null`: a piece of a document that has not ended, or a broken one. */
  const read = (raw: string): SavedLine | null => {
    if (document !== '' || raw === '{') {
      document += `${raw}\n`;
      if (raw !== '}' && document.length <= longestDocument) return null;
      const whole = document;
      document = '';
      return entryLine(whole);
    }
    if (raw.startsWith('{"') && raw.includes('"instance"')) {
      const entry = entryLine(raw);
      if (entry !== null) return entry;
    }
    const found = /^(?:\x1b\[2m)?\d{4}-/.test(raw) ? flyText.exec(cleanLine(raw)) : null;
    if (found) {
      const [, provider = '', machineId = '', text = ''] = found;
      fly = true;
      last = { machineId, provider };
      return line(last, text);
    }
    return line(last, raw);
  };
  async function* lines(): AsyncGenerator<readonly SavedLine[]> {
    for await (const batch of textLines(chunks)) {
      yield batch.map(read).filter((one) => one !== null);
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
