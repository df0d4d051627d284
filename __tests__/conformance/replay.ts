import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Exchange, Recording } from '../../rehearsal/conformance/recording.ts';
import { openConfigDirectory } from '../../rehearsal/flyctl/config-directory.ts';
import { sendOverTcp } from '../../rehearsal/flyctl/http.ts';
import { type Call, callOf, isPoll, isRefresh, lineOf, sequence } from './calls.ts';
import { recordedShowing, run, type Showing, workplaceOf } from './run.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a run showed, and what it asked for. */
export interface Outcome extends Showing {
  requests: string[];
}

/** Answers as the recorded API did: polls by the time that has passed, everything else in turn. */
class RecordedApi {
  readonly seen: Call[] = [];
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

  answer(call: Call): Exchange | undefined {
    const { method, path } = call;
    this.seen.push(call);
    const queue = this.#queues.get(keyOf(call));
    const [current] = queue ?? [];
    if (!queue || !current) {
      if (isRefresh(call)) {
        const response = { status: 'success', data: { nonce: call.nonce } };
        return { at: 0, method, path, status: 200, response };
      }
      this.unexpected.push(lineOf(call));
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
    // How often a poll comes is chance, also where each of its answers was made to order: the last one goes on.
    const goesOn = isPoll(`${method} ${path}`) && queue.length === 1;
    if (current.times <= 0 && !goesOn) queue.shift();
    return current;
  }
}

function keyOf(call: Call): string {
  return `${call.method} ${call.path} ${call.operation ?? ''}${isRefresh(call) ? ' refresh' : ''}`;
}

/** What the recording shows, to be compared with {@link replay}'s outcome. */
export function recordedOutcome(recording: Recording): Outcome {
  const calls = recording.exchanges.flatMap((exchange) =>
    Array.from({ length: exchange.times ?? 1 }, () => exchange),
  );
  return { ...recordedShowing(recording), requests: sequence(calls) };
}

/** Runs the stand-in in this process against a server on loopback that answers as the recorded API did. */
export async function replay(recording: Recording): Promise<Outcome> {
  const workplace = workplaceOf(recording);
  const clock = new VirtualClock(recording.started);
  if (recording.before?.some((command) => /^flyctl secrets (import|set|unset)/.test(command))) {
    const env = { FLY_CONFIG_DIR: workplace.configDirectory };
    openConfigDirectory({ env, clock }).noteSecretsVersion('my-app', 2);
  }
  const api = new RecordedApi(recording, clock);
  const server = createServer((request, response) => void serve(api, clock, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { signal, exchanges } = recording;
  const ending = signal && {
    name: signal.name,
    comes: clock.sleep(signal.at - (exchanges[0]?.at ?? 0)),
  };
  try {
    const showing = await run(recording, workplace, { url, clock, send: sendOverTcp }, ending);
    const requests = [...sequence(api.seen), ...api.unexpected.map((line) => `unexpected: ${line}`)];
    return { ...showing, requests };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    workplace.remove();
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
  const body = Buffer.concat(chunks).toString('utf8');
  const exchange = api.answer(callOf(request.method ?? '', request.url ?? '', body, nonce));
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
  response.writeHead(exchange.status, {
    'Content-Type': 'application/json',
    'fly-request-id': '01FAKE0000000000-iad',
  });
  response.end(
    typeof exchange.response === 'string' ? exchange.response : JSON.stringify(exchange.response ?? {}),
  );
}
