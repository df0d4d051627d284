import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ReleaseUrls } from '../../src/flyctl/releases.ts';
import { sha256 } from './install-archives.ts';

/** One answer; `cut` sends half of the body and hangs up, `stall` sends half and then nothing, `reset` hangs up. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly fault?: 'cut' | 'stall' | 'reset';
  /** Sends the body in eight pieces, with so many milliseconds between them. */
  readonly pauseMs?: number;
  /** Without Content-Length. */
  readonly chunked?: boolean;
}

/** Plays GitHub's releases and Fly's resolver on loopback; what is not set answers 404. */
export interface ReleaseServer {
  readonly origin: string;
  readonly urls: ReleaseUrls;
  /** Paths in the order they were asked for. */
  readonly requests: string[];
  readonly headers: IncomingHttpHeaders[];
  /** The answers to a path in turn; the last one is repeated. */
  on(path: string, ...answers: readonly Answer[]): void;
  /** A release with one archive, its list of sums, and as the latest one. */
  publish(version: string, asset: string, archive: Buffer, sums?: string): void;
  /** Runs when the path is asked for. */
  readonly whenAsked: Map<string, () => void>;
  close(): Promise<void>;
}

export async function startReleaseServer(): Promise<ReleaseServer> {
  const routes = new Map<string, Answer[]>();
  const requests: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const whenAsked = new Map<string, () => void>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    headers.push(request.headers);
    whenAsked.get(path)?.();
    const answers = routes.get(path);
    void send(
      response,
      (answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0]) ?? { status: 404 },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const on = (path: string, ...answers: readonly Answer[]) => routes.set(path, [...answers]);
  return {
    origin,
    urls: { releases: `${origin}/releases`, resolver: `${origin}/resolver`, origins: [origin] },
    requests,
    headers,
    on,
    publish: (version, asset, archive, sums = `${sha256(archive)}  ${asset}\n`) => {
      on(`/releases/download/v${version}/${asset}`, { body: archive });
      on(`/releases/download/v${version}/flyctl_${version}_checksums.txt`, { body: sums });
      on('/releases/latest', { status: 302, headers: { location: `${origin}/releases/tag/v${version}` } });
    },
    whenAsked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const { status = 200, headers = {}, body = '', fault, chunked = false, pauseMs } = answer;
  if (fault === 'reset') {
    response.destroy();
    return;
  }
  const bytes = Buffer.from(body);
  response.writeHead(status, chunked ? headers : { 'content-length': String(bytes.length), ...headers });
  if (pauseMs !== undefined) {
    const piece = Math.ceil(bytes.length / 8);
    for (let at = 0; at < bytes.length; at += piece) {
      await pause(pauseMs);
      response.write(bytes.subarray(at, at + piece));
    }
    response.end();
    return;
  }
  if (fault === undefined) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, bytes.length / 2), () => {
    if (fault === 'cut') response.destroy();
  });
}
