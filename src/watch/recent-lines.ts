import { cleanLine } from '../gateway/line.ts';

interface Kept {
  readonly at: number;
  readonly text: string;
  readonly before: Kept | null;
}

/**
 * The last lines of a machine. Adding one shares all that was there before, so that a million lines cost a
 * million small objects one after the other and never more than a few hundred at a time.
 */
export interface RecentLines {
  readonly newest: Kept | null;
  readonly count: number;
  /** Platform time of the earliest and latest line ever seen. */
  readonly earliestAt: number;
  readonly latestAt: number;
}

const kept = 100;
const longestKept = 1000;

export const noLines: RecentLines = {
  newest: null,
  count: 0,
  earliestAt: Number.POSITIVE_INFINITY,
  latestAt: Number.NEGATIVE_INFINITY,
};

/** @param text the raw line */
export function withLine(lines: RecentLines, at: number, text: string): RecentLines {
  const piece = text.length > longestKept ? Buffer.from(text.slice(0, longestKept)).toString() : text;
  const more = { newest: { at, text: piece, before: lines.newest }, count: lines.count + 1 };
  const span = {
    earliestAt: Math.min(lines.earliestAt, at),
    latestAt: Math.max(lines.latestAt, at),
  };
  if (more.count < 2 * kept) return { ...more, ...span };
  let newest: Kept | null = null;
  for (const { at: time, text: line } of sorted(more.newest).slice(-kept)) {
    newest = { at: time, text: line, before: newest };
  }
  return { newest, count: kept, ...span };
}

function sorted(newest: Kept | null): Kept[] {
  const lines: Kept[] = [];
  for (let line = newest; line !== null; line = line.before) lines.push(line);
  return lines.reverse().sort((a, b) => a.at - b.at);
}

/** At most `count` lines later than `after`, oldest first, cleaned; a line that came twice stands once. */
export function lastLines(lines: RecentLines | undefined, after: number, count: number): readonly string[] {
  const texts: string[] = [];
  let previous: Kept | null = null;
  for (const line of sorted(lines?.newest ?? null)) {
    if (line.at <= after || (previous?.at === line.at && previous.text === line.text)) continue;
    texts.push(cleanLine(line.text));
    previous = line;
  }
  return texts.filter((text) => text !== '').slice(-count);
}
