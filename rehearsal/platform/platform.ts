/**
 * The embedded Fly platform: one HTTP server on loopback that answers what flyctl calls, with a state machine
 * behind it. Every endpoint, status and error text follows recordings of the real CLI against an API.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { perform } from './acts.ts';
import { createClock } from './clock.ts';
import { type Fly, Refusal, type Region } from './fly.ts';
import { answerGraphql, operationOf } from './graphql.ts';
import { createIds } from './ids.ts';
import { answerMachinesApi } from './machines-api.ts';
import type { Platform, PlatformOptions, RequestRecord } from './options.ts';
import { answerProxy } from './proxy.ts';
import { recordingShelf } from './recordings.ts';
import type { Answer, Asking } from './request.ts';
import { type Asked, FaultBook, TriggerBook } from './rules.ts';
import { bootSchema, type Fault, faultSchema, seedSchema, type Trigger, triggerSchema } from './scenario.ts';
import { plant } from './seed.ts';
import { answerUiex } from './uiex.ts';

/** Regions that Fly has, at their places. */
const flyRegions: Readonly<Record<string, Region>> = {
  ams: { name: 'Amsterdam, Netherlands', latitude: 52.37, longitude: 4.9, paid: false },
  cdg: { name: 'Paris, France', latitude: 48.86, longitude: 2.35, paid: false },
  iad: { name: 'Ashburn, Virginia (US)', latitude: 39.02, longitude: -77.54, paid: false },
  lhr: { name: 'London, United Kingdom', latitude: 51.51, longitude: -0.13, paid: false },
  ord: { name: 'Chicago, Illinois (US)', latitude: 41.98, longitude: -87.9, paid: false },
  sin: { name: 'Singapore, Singapore', latitude: 1.35, longitude: 103.8, paid: false },
};

function regionsOf(options: PlatformOptions): Record<string, Region> {
  if (options.regions === undefined) return flyRegions;
  return Object.fromEntries(
    Object.entries(options.regions).map(([code, { name = code, paid = false }]) => [
      code,
      { latitude: 0, longitude: 0, ...flyRegions[code], name, paid },
    ]),
  );
}

/** Starts a platform on a free port of 127.0.0.1. Throws a ZodError for rules that are not in shape. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const began = performance.now();
  const clock = createClock(options.speed ?? 1, options.clientSpeed ?? 1, options.start ?? Date.now());
  const tokens = options.tokens ?? { 'test-token': 'org' };
  const requests: RequestRecord[] = [];
  let url = '';

  const fly: Fly = {
    world: {
      apps: new Map(),
      takenNames: new Set(),
      fullRegions: new Set(),
      forgottenImages: new Set(),
    },
    clock,
    ids: createIds(),
    settings: {
      boots: bootSchema.array().parse(options.boots ?? []),
      tokens,
      images: options.images ?? null,
      regions: regionsOf(options),
      paidPlan: options.paidPlan ?? true,
      builder: options.builder ?? true,
      buildFailure: options.buildFailure ?? null,
      listCarriesEvents: options.listCarriesEvents ?? true,
      logPageSize: options.logPageSize ?? 100,
      restartDelay: options.restartDelay ?? 1,
      snapshotTime: options.snapshotTime === undefined ? 2 : options.snapshotTime,
      touchUnchangedSecrets: options.touchUnchangedSecrets ?? false,
      exec: options.exec ?? [],
    },
    recording: recordingShelf(),
    appUrl: (app) => (options.publicBase ? `${url}/fly.dev/${app.name}` : `https://${app.name}.fly.dev`),
    imageNames: new Map(),
    watchers: new Map(),
    onLog: new Set(),
    moments: [],
  };

  const faults = new FaultBook();
  for (const fault of faultSchema.array().parse(options.faults ?? [])) faults.add(fault);
  const allTriggers = triggerSchema.array().parse(options.triggers ?? []);
  const fire = (trigger: Trigger) => {
    clock.after((trigger.delay ?? 0) * 1000, () => {
      for (const act of trigger.do) perform(fly, faults, act);
    });
    clock.catchUp();
  };
  plant(fly, seedSchema.parse(options.seed ?? {}));
  const triggers = new TriggerBook(allTriggers, fire);
  fly.onLog.add((_app, line) => triggers.line(line.text));
  for (const trigger of allTriggers) {
    const { at } = trigger.on;
    if (at !== undefined) clock.after(at * 1000, () => fire(trigger));
  }

  async function answer(asking: Asking): Promise<Answer> {
    try {
      if (asking.path === '/graphql') return answerGraphql(fly, asking);
      const found = (await answerMachinesApi(fly, asking)) ?? answerUiex(fly, asking);
      return found ?? { status: 404, body: { error: 'not found' } };
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: error.body };
      throw error;
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const body = parseBody(await readBody(request));
    const asked: Asked = {
      method: request.method ?? 'GET',
      path,
      graphql: path.startsWith('/graphql') ? `${operationOf(body)} ${JSON.stringify(body)}` : '',
    };
    const [plain = '', query = ''] = path.split('?');
    const asking: Asking = {
      method: asked.method,
      path: decodeURIComponent(plain),
      query: new URLSearchParams(query),
      body,
      token: tokenOf(request.headers.authorization, tokens),
      nonce: headerOf(request, 'fly-machine-lease-nonce'),
      gone: gone.signal,
    };
    const record = (status: number, answered: unknown, faulty: boolean) =>
      requests.push({
        ms: performance.now() - began,
        method: asked.method,
        path,
        operation: path.startsWith('/graphql') ? operationOf(body) : '',
        request: body,
        status,
        // Polls are many and their answers long: what they say is in the world.
        response: asked.method !== 'GET' || status >= 400 ? answered : undefined,
        leaseNonce: asking.nonce,
        faulty,
      });

    const fault = faults.take(asked);
    if (fault?.stall !== undefined) await pause(fault.stall, gone.signal);
    if (gone.signal.aborted) {
      record(0, null, fault !== null);
      return;
    }
    clock.catchUp();

    if (plain.startsWith('/fly.dev/') && !answersItself(fault)) {
      const proxied = answerProxy(fly, path);
      record(proxied?.status ?? 0, null, false);
      if (proxied === null) request.socket.resetAndDestroy();
      else send(response, proxied, null);
      return;
    }
    const wanted = fault === null || !answersItself(fault) || fault.applied || fault.truncate !== undefined;
    const real = wanted ? await answer(asking) : null;
    const given = faultyAnswer(fault) ?? real;
    if (fault?.hang || gone.signal.aborted) record(0, null, fault !== null);
    else if (fault?.reset || given === null) {
      record(0, null, true);
      request.socket.resetAndDestroy();
    } else {
      record(given.status, given.body, fault !== null && answersItself(fault));
      send(response, given, fault?.truncate ?? null, fly.ids.ulid(clock.now()));
    }
    triggers.request(asked);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      send(response, { status: 500, body: { error: `the platform failed: ${String(error)}` } }, null);
    });
  });
  // What is asked for by https is not of this platform: feature flags, error reports. `env` sends it here.
  server.on('connect', (_request, socket) =>
    socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n'),
  );
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    env: {
      FLY_API_BASE_URL: url,
      FLY_FLAPS_BASE_URL: url,
      FLY_UIEX_BASE_URL: url,
      FLY_API_TOKEN: Object.keys(tokens)[0] ?? '',
      FLY_SEND_METRICS: '0',
      FLY_SYNTHETICS_AGENT: '0',
      FLY_TRACE_COLLECTOR_URL: '127.0.0.1',
      FLY_NO_UPDATE_CHECK: '1',
      FLY_NO_INCIDENTS_CHECK: '1',
      HTTPS_PROXY: url,
    },
    requests,
    world: fly.world,
    moments: fly.moments,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    act: (act) => perform(fly, faults, act),
    async close() {
      clock.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The fault leaves nothing of the real answer. */
function answersItself(fault: Fault | null): boolean {
  return (
    fault !== null &&
    (fault.status !== undefined || fault.body !== undefined || fault.reset === true || fault.hang === true)
  );
}

function faultyAnswer(fault: Fault | null): Answer | null {
  if (fault === null || (fault.status === undefined && fault.body === undefined)) return null;
  const status = fault.status ?? 200;
  return { status, body: fault.body ?? { error: fault.error ?? `injected ${status}` } };
}

function tokenOf(header: string | undefined, tokens: NonNullable<PlatformOptions['tokens']>) {
  const value = (header ?? '').replace(/^(?:Bearer|FlyV1) /, '');
  return tokens[value] ?? null;
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** @param bytes Only so many, then the connection ends. */
function send(response: ServerResponse, { status, body }: Answer, bytes: number | null, id = ''): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const data = Buffer.from(text);
  response.writeHead(status, {
    'content-type': text.trimStart().startsWith('<')
      ? 'text/html; charset=utf-8'
      : 'application/json; charset=utf-8',
    'content-length': data.length,
    ...(id === '' ? {} : { 'fly-request-id': `${id}-iad` }),
  });
  if (bytes === null) response.end(data);
  else response.write(data.subarray(0, bytes), () => response.destroy());
}
