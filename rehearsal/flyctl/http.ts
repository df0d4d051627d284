import type { IncomingMessage } from 'node:http';

// An import of node:http would touch every getter of it and so load its WebSocket client too, which doubles the
// start of a program that is started for every poll.
const { request: httpRequest } = process.getBuiltinModule('node:http');

export interface HttpCall {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpReply {
  status: number;
  /** The words beside the status, `Not Found`. */
  reason: string;
  headers: Record<string, string | undefined>;
  body: string;
  /** The reply ended before the promised length. */
  truncated: boolean;
}

/** Sends one call. Rejects with a {@link TransportError}, or with the signal's reason when it aborts. */
export type Send = (call: HttpCall, signal: AbortSignal) => Promise<HttpReply>;

/** No reply: the message is the one Go's net package has for it, without the method and URL in front. */
export class TransportError extends Error {
  readonly reset: boolean;

  constructor(message: string, reset: boolean) {
    super(message);
    this.reset = reset;
  }
}

/** {@link Send} over a TCP connection of its own. */
export const sendOverTcp: Send = (call, signal) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const url = new URL(call.url);
    const body = call.body === undefined ? undefined : Buffer.from(call.body);
    const headers = { ...call.headers, ...(body && { 'Content-Length': String(body.length) }) };
    const request = httpRequest(url, { method: call.method, headers, agent: false });
    const abort = () => request.destroy();
    signal.addEventListener('abort', abort);
    const settled = (finish: () => void) => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(signal.reason);
      else finish();
    };
    request.on('error', (error: NodeJS.ErrnoException) => {
      const { localAddress, localPort } = request.socket ?? {};
      const pair = `${localAddress ?? '127.0.0.1'}:${localPort ?? 0}->${url.hostname}:${url.port}`;
      settled(() => reject(goTransportError(error, url, pair)));
    });
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let ended = false;
      const finish = (truncated: boolean) => {
        if (ended) return;
        ended = true;
        settled(() =>
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            headers: response.headers as Record<string, string | undefined>,
            body: Buffer.concat(chunks).toString('utf8'),
            truncated,
          }),
        );
      };
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => finish(!response.complete));
      response.on('error', () => finish(true));
      response.on('aborted', () => finish(true));
    });
    request.end(body);
  });

function goTransportError(error: NodeJS.ErrnoException, url: URL, pair: string): TransportError {
  if (error.message === 'socket hang up') return new TransportError('EOF', false);
  switch (error.code) {
    case 'ECONNRESET':
      return new TransportError(`read tcp ${pair}: read: connection reset by peer`, true);
    case 'EPIPE':
      return new TransportError(`write tcp ${pair}: write: broken pipe`, false);
    case 'ECONNREFUSED':
      return new TransportError(`dial tcp ${url.hostname}:${url.port}: connect: connection refused`, false);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new TransportError(`dial tcp: lookup ${url.hostname}: no such host`, false);
    default:
      return new TransportError(`dial tcp ${url.hostname}:${url.port}: ${error.message}`, false);
  }
}
