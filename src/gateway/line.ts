/**
 * One line of the gateway's output, taken apart. Two console styles are known (all versions from 2026.1.29 to
 * 2026.9.6): `2026-11-23T09:24:59.222Z [gateway] text`, with `HH:MM:SS` on a terminal, and JSON with
 * `time`, `level`, `subsystem` and `message`. What has no subsystem is a refusal, a Node error or the rest of
 * a longer text.
 */
export interface SpokenLine {
  /** The line carries its own time. A gateway that stamps its lines stamps every one of them. */
  readonly stamped: boolean;
  /** As the pretty style shows it: `gateway`, `discord`, `cron` …; empty when the line names none. */
  readonly subsystem: string;
  readonly message: string;
}

/** Longest piece of a line that is looked at, in UTF-16 units: what decides stands at the start. */
const longestLine = 4096;
/** A JSON line is of no use in part. */
const longestJson = 65_536;

const odd = /[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]/;
const escapes =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,1000}(?:\x07|\x1b\\)|\x1b[@-Z\\-_]|\x9b[0-?]*[ -/]*[@-~]/g;
const outerReturns = /^[\r\s\ufeff]*\r|[\r\n]+$/g;
const oddRun = /[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+/g;

/**
 * A line without colours and control characters. A carriage return in its middle does not start a line: text
 * that somebody else wrote into the log cannot put on a prefix by means of one.
 */
export function cleanLine(text: string): string {
  const most = text.charCodeAt(0) === 0x7b ? longestJson : longestLine;
  // Copied, since a slice would keep a line of megabytes in memory for as long as its start is remembered.
  const piece = text.length > most ? Buffer.from(text.slice(0, most)).toString() : text;
  if (!odd.test(piece)) return piece;
  return piece
    .replace(escapes, '')
    .replace(outerReturns, '')
    .replace(oddRun, (run, at: number) => (at === 0 && /^\t+$/.test(run) ? '  ' : at === 0 ? '' : ' '))
    .trimEnd();
}

const stamp =
  /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?|\d\d:\d\d:\d\d(?:[.,]\d+)?) +/;
const label = /^\[([A-Za-z][\w./:-]{0,59})\] ?/;

/** Takes a cleaned line apart. */
export function readLine(line: string): SpokenLine {
  const first = line.charCodeAt(0);
  if (first === 0x7b) {
    const spoken = readJson(line);
    if (spoken) return spoken;
  }
  const time = first >= 0x30 && first <= 0x39 ? stamp.exec(line)?.[0] : undefined;
  const rest = time === undefined ? line : line.slice(time.length);
  const named = rest.charCodeAt(0) === 0x5b ? label.exec(rest) : null;
  const stamped = time !== undefined;
  if (!named?.[1]) return { stamped, subsystem: '', message: rest };
  return spokenBy(stamped, named[1], rest.slice(named[0].length));
}

function readJson(line: string): SpokenLine | null {
  if (!line.includes('"message"')) return null;
  try {
    const { time, subsystem, message } = JSON.parse(line);
    if (typeof message !== 'string') return null;
    const text = cleanLine(message);
    const stamped = typeof time === 'string';
    return typeof subsystem === 'string' && subsystem !== ''
      ? spokenBy(stamped, shownName(subsystem), text)
      : { stamped, subsystem: '', message: text };
  } catch {
    return null;
  }
}

/** The JSON style spells out where a subsystem belongs (`gateway/channels/discord`), the pretty one does not. */
function shownName(subsystem: string): string {
  const parts = subsystem.split('/').filter((part) => part !== '');
  while (parts.length > 1 && /^(?:gateway|channels|providers)$/.test(parts[0] ?? '')) parts.shift();
  return parts.join('/');
}

/** The pretty style leaves a subsystem's own name out of its message, the JSON style keeps it. */
function spokenBy(stamped: boolean, subsystem: string, message: string): SpokenLine {
  const own =
    message.length > subsystem.length && message.slice(0, subsystem.length).toLowerCase() === subsystem;
  const bare = own ? message.slice(subsystem.length).replace(/^ *: *|^ +/, '') : message;
  const cut = own && bare.length < message.length - subsystem.length;
  return { stamped, subsystem, message: cut ? bare : message };
}
