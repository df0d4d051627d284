import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Exchange, Recording } from '../../rehearsal/conformance/recording.ts';
import { openConfigDirectory } from '../../rehearsal/flyctl/config-directory.ts';
import { sendOverTcp } from '../../rehearsal/flyctl/http.ts';
import { runStandIn } from '../../rehearsal/flyctl/stand-in.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a run showed, in a form that two runs can be compared by. */
export interface Outcome {
  exit: number | 'SIGKILL';
  stdout: string;
  stderr: string;
  requests: string[];
  after: Record<string, string | null>;
}

/** Calls that are made again and again until something changes: how often is chance. */
const POLLS = [
  /^GET \/v1\/apps\/[^/]+\/machines\/[^/]+(\/ps)?$/,
  /^POST \/v1\/apps\/[^/]+\/machines\/[^/]+\/lease\?/,
  /^GET \/api\/v1\/apps\/[^/]+\/logs/,
  /^GET \/v1\/apps\/[^/]+\/machines\/[^/]+\/wait\?/,
];

const isPoll = (line: string) => POLLS.some((poll) => poll.test(line));

/** The usual environment of the recordings; URLs are added. */
const ENVIRONMENT = {
  FLY_API_TOKEN: 'test-token',
  FLY_SEND_METRICS: '0',
  FLY_TRACE_COLLECTOR_URL: '127.0.0.1',
  FLY_NO_UPDATE_CHECK: '1',
  FLY_NO_INCIDENTS_CHECK: '1',
  FLY_SYNTHETICS_AGENT: '0',
  CI: 'true',
  NO_COLOR: '1',
};

/** The environment that a recording was made with. */
export function environmentOf(
  recording: Recording,
  url: string,
  configDirectory: string,
): Record<string, string> {
  const env: Record<string, string | null> = {
    ...ENVIRONMENT,
    FLY_API_BASE_URL: url,
    FLY_FLAPS_BASE_URL: url,
    FLY_UIEX_BASE_URL: url,
    FLY_CONFIG_DIR: configDirectory,
    ...recording.env,
  };
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, value === '$U' ? url : value]));
}

/** A folder with the recording's files, and a config directory as the runs before it left it. */
export function workplaceOf(recording: Recording): { cwd: string; configDirectory: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'flyctl-'));
  const cwd = join(root, 'app');
  const configDirectory = join(root, 'config');
  mkdirSync(cwd);
  for (const [path, text] of Object.entries(recording.files ?? {})) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  if (recording.before?.some((command) => /^flyctl secrets (import|set|unset)/.test(command))) {
    const clock = { now: () => recording.started, sleep: async () => {} };
    openConfigDirectory({ env: { FLY_CONFIG_DIR: configDirectory }, clock }).noteSecretsVersion('my-app', 2);
  }
  return { cwd, configDirectory, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Answers as the recorded API did: polls by the time that has passed, everything else in turn. */
class RecordedApi {
  readonly seen: { line: string; nonce: boolean }[] = [];
  readonly unexpected: string[] = [];
  readonly #queues = new Map<string, (Exchange & { index: number })[]>();
  #progress = -1;
  readonly #clock: VirtualClock;
  readonly #origin: number;

  constructor(recording: Recording, clock: VirtualClock) {
    this.#clock = clock;
    this.#origin = clock.now() - (recording.exchanges[0]?.at ?? 0);
    for (const [index, exchange] of recording.exchanges.entries()) {
      const key = keyOf(exchange);
      const queue = this.#queues.get(key) ?? [];
      this.#queues.set(key, [...queue, { ...exchange, index, times: exchange.times ?? 1 }]);
    }
  }

  answer(method: string, path: string, body: string, nonce: string | undefined): Exchange | undefined {
    const request = body === '' ? undefined : (JSON.parse(body) as Record<string, unknown>);
    const asked = { method, path, ...graphqlParts(path, request), nonce };
    this.seen.push({ line: lineOf(asked), nonce: nonce !== undefined });
    const queue = this.#queues.get(keyOf(asked));
    const [current] = queue ?? [];
    if (!queue || !current) {
      if (isRefresh(asked))
        return { at: 0, method, path, status: 200, response: { status: 'success', data: { nonce } } };
      this.unexpected.push(lineOf(asked));
      return undefined;
    }
    const time = this.#clock.now() - this.#origin;
    if (isPoll(`${method} ${path}`) && !current.injected) {
      // A call that is held counts once; of the others the last whose turn or time has come is the answer.
      if (current.took && queue.length > 1) queue.shift();
      else {
        const isOver = (first: { index: number }, next: Exchange) =>
          next.at <= time || first.index < this.#progress;
        while (queue[0] && queue[1] && !queue[0].injected && isOver(queue[0], queue[1])) queue.shift();
      }
      if (/\/wait\?/.test(path)) this.#progress = current.index;
      return current.took ? current : queue[0];
    }
    this.#progress = current.index;
    current.times = (current.times ?? 1) - 1;
    if (current.times <= 0) queue.shift();
    return current;
  }
}

function graphqlParts(
  path: string,
  request: Record<string, unknown> | undefined,
): { operation?: string; request?: unknown } {
  if (path !== '/graphql' || !request) return { request };
  const { query, operationName, variables } = request;
  const name = operationName as string | undefined;
  return {
    operation: name ?? String(query).slice(0, 200),
    request: { ...(name && { operationName: name }), variables },
  };
}

function keyOf({
  method,
  path,
  operation,
  nonce,
}: {
  method: string;
  path: string;
  operation?: string;
  nonce?: string;
}): string {
  return `${method} ${path} ${operation ?? ''}${isRefresh({ path, nonce }) ? ' refresh' : ''}`;
}

function isRefresh({ path, nonce }: { path: string; nonce?: string }): boolean {
  return nonce !== undefined && /\/lease\?ttl/.test(path);
}

/** A call as one line of text; what differs from run to run is blanked out. */
function lineOf({
  method,
  path,
  operation,
  request,
}: Pick<Exchange, 'method' | 'path' | 'operation' | 'request'>): string {
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
function sequence(lines: readonly { line: string; nonce: boolean }[]): string[] {
  const kept: string[] = [];
  for (const { line, nonce } of lines) {
    if (nonce && /\/lease\?ttl/.test(line)) continue;
    if (isPoll(line.split(' ').slice(0, 2).join(' ')) && kept.at(-1) === line) continue;
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
function blanked(text: string): string {
  return text
    .replaceAll(/Request ID: [\w-]+/g, 'Request ID: ID')
    .replaceAll(/Trace ID: [\w-]+/g, 'Trace ID: ID')
    .replaceAll(/127\.0\.0\.1:(CLIENTPORT|PORT|\d+)/g, '127.0.0.1:PORT')
    .replaceAll(/generated for (\S+) on \S+/g, 'generated for $1 on TIME')
    .replaceAll(/(linux|darwin|windows)\/(amd64|arm64)/g, 'OS/ARCH')
    .replaceAll(/"OS":"\w+","Architecture":"\w+"/g, '"OS":"OS","Architecture":"ARCH"')
    .replaceAll(/^goroutine [\s\S]*$/gm, 'STACK');
}

/** What the recording shows, to be compared with {@link replay}'s outcome. */
export function recordedOutcome(recording: Recording): Outcome {
  const lines = recording.exchanges.flatMap((exchange) =>
    Array.from({ length: exchange.times ?? 1 }, () => ({
      line: lineOf(exchange),
      nonce: exchange.nonce !== undefined,
    })),
  );
  return {
    exit: recording.exit,
    stdout: blanked(recording.stdout),
    stderr: blanked(recording.stderr),
    requests: sequence(lines),
    after: Object.fromEntries(
      Object.entries(recording.after ?? {}).map(([file, text]) => [
        file,
        text === null ? null : blanked(text),
      ]),
    ),
  };
}

/** Runs the stand-in in this process against a server on loopback that answers as the recorded API did. */
export async function replay(recording: Recording): Promise<Outcome> {
  const { cwd, configDirectory, remove } = workplaceOf(recording);
  const clock = new VirtualClock(recording.started);
  const api = new RecordedApi(recording, clock);
  const server = createServer((request, response) => void serve(api, clock, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const interruption = new AbortController();
  let stdout = '';
  let stderr = '';
  const { signal, exchanges } = recording;
  const sent = signal ? clock.sleep(signal.at - (exchanges[0]?.at ?? 0)) : new Promise<void>(() => {});
  const words = { SIGINT: 'interrupt signal received', SIGTERM: 'terminated signal received', SIGKILL: '' };
  const killed = sent.then((): 'SIGKILL' | Promise<never> => {
    if (signal?.name === 'SIGKILL') return 'SIGKILL';
    interruption.abort(words[signal?.name ?? 'SIGINT']);
    return new Promise<never>(() => {});
  });
  let dead = false;
  try {
    const run = runStandIn(recording.argv, {
      env: environmentOf(recording, url, configDirectory),
      cwd,
      stdout: (text) => {
        if (!dead) stdout += text;
      },
      stderr: (text) => {
        if (!dead) stderr += text;
      },
      stdin: async () => Buffer.from(recording.stdin ?? ''),
      signal: interruption.signal,
      clock,
      send: (call, abort) => clock.during(sendOverTcp(call, abort)),
    });
    const exit = await Promise.race([run, killed]);
    dead = true;
    const requests = [...sequence(api.seen), ...api.unexpected.map((line) => `unexpected: ${line}`)];
    if (exit === 'SIGKILL') {
      interruption.abort('killed');
      await run.catch(() => {});
    }
    const place = (text: string) =>
      blanked(text.replaceAll(cwd, '/app').replaceAll(configDirectory, '/config'));
    return {
      exit,
      stdout: place(stdout),
      stderr: place(stderr),
      requests,
      after: Object.fromEntries(
        Object.keys(recording.after ?? {}).map((file) => [file, contentOf(join(cwd, file))]),
      ),
    };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    remove();
  }
}

function contentOf(file: string): string | null {
  try {
    return blanked(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

async function serve(
  api: RecordedApi,
  clock: VirtualClock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const nonce = request.headers['fly-machine-lease-nonce'] as string | undefined;
  const exchange = api.answer(
    request.method ?? '',
    request.url ?? '',
    Buffer.concat(chunks).toString('utf8'),
    nonce,
  );
  if (!exchange) {
    response.writeHead(418).end('{"error":"nobody recorded this"}');
    return;
  }
  if (exchange.status === 'NONE') {
    await clock.pass(3_600_000);
    return;
  }
  if (exchange.took) await clock.pass(exchange.took);
  if (response.destroyed) return;
  if (exchange.status === 'RESET') {
    request.socket.resetAndDestroy();
    return;
  }
  const body =
    typeof exchange.response === 'string' ? exchange.response : JSON.stringify(exchange.response ?? {});
  response.writeHead(exchange.status, {
    'Content-Type': 'application/json',
    'fly-request-id': '01FAKE0000000000-iad',
  });
  response.end(body);
}
