import type { App, LogLine } from './world.ts';

/** RFC 3339 with nanoseconds; lines of one millisecond stay in order and apart. */
function timestamp(line: LogLine): string {
  return new Date(line.at).toISOString().replace('Z', `${String(line.n % 1_000_000).padStart(6, '0')}Z`);
}

function entry(line: LogLine) {
  return {
    id: String(line.n),
    type: 'log',
    attributes: {
      timestamp: timestamp(line),
      message: line.text,
      level: line.level,
      instance: line.machine,
      region: line.region,
      meta: {
        instance: line.machine,
        region: line.region,
        event: { provider: line.provider },
        http: { request: { id: '', method: '', version: '' }, response: { status_code: 0 } },
        error: { code: 0, message: '' },
        url: { full: '' },
      },
    },
  };
}

/**
 * One page of the log. Without a token it is the newest lines, with one those after it; a page without lines
 * gives the token back, so that the client asks again from there.
 */
export function logPage(
  app: App,
  size: number,
  filter: { readonly token: string; readonly machine: string; readonly region: string },
) {
  const fits = (line: LogLine) =>
    (filter.machine === '' || line.machine === filter.machine) &&
    (filter.region === '' || line.region === filter.region);
  const page: LogLine[] = [];
  if (filter.token === '') {
    for (let index = app.log.length - 1; index >= 0 && page.length < size; index -= 1) {
      const line = app.log[index];
      if (line !== undefined && fits(line)) page.unshift(line);
    }
  } else {
    // Lines are numbered from 1, so the token is the index of the line after it.
    for (let index = Number(filter.token) || 0; index < app.log.length && page.length < size; index += 1) {
      const line = app.log[index];
      if (line !== undefined && fits(line)) page.push(line);
    }
  }
  const last = page.at(-1);
  return {
    data: page.map(entry),
    meta: { next_token: last === undefined ? filter.token : String(last.n) },
  };
}
