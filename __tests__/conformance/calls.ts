import type { Exchange } from '../../rehearsal/conformance/recording.ts';

/** One call as far as it tells calls apart. */
export type Call = Pick<Exchange, 'method' | 'path' | 'operation' | 'request' | 'nonce'>;

/** Calls that are made again and again until something changes: how often is chance. */
const POLLS = [
  /^GET \/v1\/apps\/[^/]+\/machines\/[^/]+(\/ps)?$/,
  /^POST \/v1\/apps\/[^/]+\/machines\/[^/]+\/lease\?/,
  /^GET \/api\/v1\/apps\/[^/]+\/logs/,
  /^GET \/v1\/apps\/[^/]+\/machines\/[^/]+\/wait\?/,
];

/** Whether a line that begins with method and path is a poll. */
export const isPoll = (line: string): boolean => POLLS.some((poll) => poll.test(line));

/** A lease that is held already, and held on to. */
export function isRefresh({ path, nonce }: Pick<Call, 'path' | 'nonce'>): boolean {
  return nonce !== undefined && /\/lease\?ttl/.test(path);
}

/** What a call is, from what went over the wire. */
export function callOf(method: string, path: string, body: string, nonce: string | undefined): Call {
  const request = body === '' ? undefined : (JSON.parse(body) as Record<string, unknown>);
  const call = { method, path, ...(nonce !== undefined && { nonce }) };
  if (path !== '/graphql' || !request) return { ...call, request };
  const { query, operationName, variables } = request;
  const name = operationName as string | undefined;
  return {
    ...call,
    operation: name ?? String(query).slice(0, 200),
    request: { ...(name && { operationName: name }), variables },
  };
}

/** A call as one line of text; what differs from run to run is blanked out. */
export function lineOf({ method, path, operation, request }: Call): string {
  const body = request === undefined ? '' : JSON.stringify(sorted(request));
  return blanked(`${method} ${path} ${operation ?? ''} ${body}`.trim())
    .replaceAll(/"(\w+_ms)":\d+/g, '"$1":0')
    .replaceAll(/"(d|gd|fd|gc|fc)":[\d.]+/g, '"$1":0')
    .replaceAll(/runs\/\w+\//g, 'runs/OS/');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/**
 * The sequence of calls: lease refreshes are left out, polls in a row count as one, and calls that are made side by
 * side are put in order.
 */
export function sequence(calls: readonly Call[]): string[] {
  const kept: string[] = [];
  for (const call of calls) {
    const line = lineOf(call);
    if (isRefresh(call) || (isPoll(`${call.method} ${call.path}`) && kept.at(-1) === line)) continue;
    kept.push(line);
  }
  const sideBySide = (line: string) =>
    /^(POST|DELETE) \S+\/lease/.exec(line)?.[1] ??
    (/platform \{|appbasic/.test(line) ? 'volumes' : undefined);
  const ordered: string[] = [];
  for (let index = 0; index < kept.length; ) {
    const kind = sideBySide(kept[index] ?? '');
    let end = index + 1;
    while (kind !== undefined && end < kept.length && sideBySide(kept[end] ?? '') === kind) end += 1;
    ordered.push(...kept.slice(index, end).sort());
    index = end;
  }
  return ordered;
}

/** Request ids, ports, times of printing and the like, which no two runs share. */
export function blanked(text: string): string {
  return text
    .replaceAll(/Request ID: [\w-]+/g, 'Request ID: ID')
    .replaceAll(/Trace ID: [\w-]+/g, 'Trace ID: ID')
    .replaceAll(/127\.0\.0\.1:(CLIENTPORT|PORT|\d+)/g, '127.0.0.1:PORT')
    .replaceAll(/generated for (\S+) on \S+/g, 'generated for $1 on TIME')
    .replaceAll(/(linux|darwin|windows)\/(amd64|arm64)/g, 'OS/ARCH')
    .replaceAll(/"OS":"\w+","Architecture":"\w+"/g, '"OS":"OS","Architecture":"ARCH"')
    .replaceAll(/^goroutine [\s\S]*$/gm, 'STACK');
}
