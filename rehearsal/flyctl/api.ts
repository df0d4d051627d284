import { fullJitterBackoff, spreadBackoff } from './backoff.ts';
import type { ConfigDirectory } from './config-directory.ts';
import { CommandError } from './failure-report.ts';
import { goJson, type JsonObject } from './go-json.ts';
import { type HttpReply, TransportError } from './http.ts';
import type { Surroundings } from './surroundings.ts';

const RETRIES_OF_502_AND_503 = 3;

interface FlapsOptions {
  body?: unknown;
  /** Lease nonce, as header fly-machine-lease-nonce. */
  nonce?: string;
  signal?: AbortSignal;
}

/** The three APIs of Fly that the CLI speaks to, with its retries and its words for what goes wrong. */
export class Api {
  readonly #surroundings: Surroundings;
  readonly #directory: ConfigDirectory;
  readonly #base: { web: string; flaps: string; uiex: string };
  readonly #token: string;
  /** Set by `deploy`, the only command that traces: its Machines API errors carry a trace id. */
  traced = false;
  #connected = false;

  constructor(surroundings: Surroundings, directory: ConfigDirectory, token: string) {
    const { env } = surroundings;
    this.#surroundings = surroundings;
    this.#directory = directory;
    this.#token = token;
    this.#base = {
      web: env.FLY_API_BASE_URL ?? 'https://api.fly.io',
      flaps: new URL(env.FLY_FLAPS_BASE_URL ?? 'https://api.machines.dev').origin,
      uiex: env.FLY_UIEX_BASE_URL ?? 'https://api.fly.io',
    };
  }

  /** A call of the Machines API; the reply's JSON, or undefined when it has no body. */
  async flaps(method: string, path: string, options: FlapsOptions = {}): Promise<unknown> {
    const { body, nonce, signal } = options;
    const headers: Record<string, string> = { Authorization: this.#authorization() };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (nonce) headers['fly-machine-lease-nonce'] = nonce;
    const url = `${this.#base.flaps}/v1${path}`;
    const reply = await this.#send(method, url, headers, body === undefined ? undefined : goJson(body), {
      signal,
      resets: method === 'GET' ? 2 : 0,
    });
    if (reply.status > 299) throw this.#flapsError(reply);
    if (reply.truncated) throw new CommandError('failed decoding response: unexpected EOF');
    if (reply.body.trim() === '') return undefined;
    return decoded(reply.body, 'failed decoding response: ');
  }

  /** A query or mutation of the web API; its `data`. */
  async graphql(query: string, variables?: JsonObject): Promise<JsonObject> {
    const reply = await this.#graphql(
      { query, variables: variables ?? null },
      `failed to run ${query}: `,
      !query.startsWith('mutation'),
    );
    const { data, errors } = decodedObject(reply.body, `failed to run ${query}: decoding response: `);
    const [first] = (errors ?? []) as { message?: string }[];
    if (first) throw new CommandError(`failed to run ${query}: ${first.message}`);
    return (data ?? {}) as JsonObject;
  }

  /** A query generated with a name (genqlient), whose errors are worded otherwise; its `data`. */
  async namedGraphql(operationName: string, query: string, variables: JsonObject): Promise<JsonObject> {
    const reply = await this.#graphql({ query, variables, operationName }, undefined, true);
    const { data, errors } = decodedObject(reply.body, '');
    const failures = (errors ?? []) as { message?: string; path?: (string | number)[] }[];
    if (failures.length > 0) {
      const lines = failures.map(
        ({ message, path }) => `input:${path ? ` ${path.join('.')}` : ''} ${message}\n`,
      );
      throw new CommandError(lines.join(''));
    }
    return (data ?? {}) as JsonObject;
  }

  /** A call of the third API (organizations, builds, releases); status and body as they came. */
  async uiex(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<HttpReply> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#token}` };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    return this.#send(
      method,
      `${this.#base.uiex}/api/v1${path}`,
      headers,
      body === undefined ? undefined : goJson(body),
      { signal },
    );
  }

  /** One page of an app's log lines. */
  async logs(app: string, filters: { token: string; region?: string; machine?: string }): Promise<HttpReply> {
    const query = new URLSearchParams();
    if (filters.machine) query.set('instance', filters.machine);
    query.set('next_token', filters.token);
    if (filters.region) query.set('region', filters.region);
    const headers = { Authorization: this.#authorization() };
    return this.#send('GET', `${this.#base.web}/api/v1/apps/${app}/logs?${query}`, headers, undefined, {});
  }

  async #graphql(body: JsonObject, prefix: string | undefined, isQuery: boolean): Promise<HttpReply> {
    const headers = {
      Authorization: this.#authorization(),
      'Content-Type': 'application/json; charset=utf-8',
      Accept: 'application/json; charset=utf-8',
    };
    const url = `${this.#base.web}/graphql`;
    let reply: HttpReply;
    try {
      reply = await this.#send('POST', url, headers, goJson(body), { resets: isQuery ? 2 : 0 });
    } catch (error) {
      if (prefix && error instanceof CommandError && !error.details.cancelled)
        throw new CommandError(`${prefix}${error.message}`);
      throw error;
    }
    if (reply.status !== 200) {
      throw new CommandError(
        prefix
          ? `${prefix}server returned a non-200 status code: ${reply.status}`
          : `returned error ${reply.status}: ${reply.body}`,
      );
    }
    return reply;
  }

  #authorization(): string {
    const macaroon = /^(fm1r|fm1a|fm2)_/.test(this.#token);
    return `${macaroon ? 'FlyV1' : 'Bearer'} ${this.#token}`;
  }

  #flapsError(reply: HttpReply): CommandError {
    const requestId = reply.headers['fly-request-id'];
    const traceId = this.traced ? hexOf(16) : undefined;
    const details = { requestId, traceId, status: reply.status };
    let body: { error?: string; message?: string; status?: string };
    try {
      body = JSON.parse(reply.body);
    } catch {
      return new CommandError(`request returned non-2xx status: ${reply.status}: ${reply.body}`, details);
    }
    const suggestion = SUGGESTIONS[body.status ?? ''];
    return new CommandError(body.message || body.error || '', { ...details, suggestion });
  }

  /** Sends a call, again on 502 and 503, and again `resets` times when the connection was reset. */
  async #send(
    method: string,
    url: string,
    headers: Record<string, string>,
    body: string | undefined,
    { signal = this.#surroundings.signal, resets = 0 }: { signal?: AbortSignal; resets?: number },
  ): Promise<HttpReply> {
    const { clock, send, env } = this.#surroundings;
    const call = { method, url, headers: { 'User-Agent': 'flyctl/0.4.87', ...headers }, body };
    const pauses = fullJitterBackoff(100, 1000);
    const resetPauses = spreadBackoff(100, 500, 1.5, 0.5);
    // A reset of a connection that had served a call before is repaired at once by Go's own transport.
    let repairs = this.#connected && method === 'GET' ? 1 : 0;
    let resetsLeft = resets;
    this.#directory.log(`DEBUG --> ${method} ${url}\n\n`);
    if (body !== undefined) this.#directory.log(`DEBUG ${body}\n`);
    for (let attempt = 0; ; attempt += 1) {
      // In 2 to 9 of 100 retries the real CLI sends no body and dies of it (recording 243); tests ask for it.
      if (attempt > 0 && body !== undefined && env.FLYCTL_STANDIN_LOSE_BODY) {
        const length = Buffer.byteLength(body);
        throw goHttpError(
          method,
          url,
          `net/http: HTTP/1.x transport connection broken: http: ContentLength=${length} with Body length 0`,
        );
      }
      try {
        const reply = await send(call, signal);
        this.#connected = true;
        if ((reply.status === 502 || reply.status === 503) && attempt < RETRIES_OF_502_AND_503) {
          await clock.sleep(pauses.next(), signal);
          continue;
        }
        this.#directory.log(`DEBUG <-- ${reply.status} ${url}\n\nDEBUG   <-- ${url}: ${reply.body}\n`);
        return reply;
      } catch (error) {
        if (signal.aborted) {
          throw new CommandError(`${goMethod(method)} "${url}": ${signal.reason}`, {
            cancelled: this.#surroundings.signal.aborted,
          });
        }
        if (!(error instanceof TransportError)) throw error;
        if (error.reset && repairs > 0) repairs -= 1;
        else if (error.reset && resetsLeft > 0) {
          resetsLeft -= 1;
          await clock.sleep(resetPauses.next(), signal);
        } else throw goHttpError(method, url, error.message);
      }
    }
  }
}

const SUGGESTIONS: Record<string, string> = {
  insufficient_capacity: 'Try choosing a different region for machine creation',
  name_taken:
    'App names are unique across all of Fly.io, not just your organization, so this name may be held by an app you cannot see. Try a different name.',
};

function goMethod(method: string): string {
  return method.charAt(0) + method.slice(1).toLowerCase();
}

function goHttpError(method: string, url: string, message: string): CommandError {
  return new CommandError(`${goMethod(method)} "${url}": ${message}`);
}

function hexOf(bytes: number): string {
  return Array.from({ length: bytes }, () =>
    Math.floor(Math.random() * 256)
      .toString(16)
      .padStart(2, '0'),
  ).join('');
}

/** JSON of a reply, with Go's words for what breaks it. */
export function decoded(text: string, prefix: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const first = text.trim()[0] ?? '';
    const reason = /[[{"\d-]/.test(first)
      ? 'unexpected EOF'
      : `invalid character '${first}' looking for beginning of value`;
    throw new CommandError(`${prefix}${reason}`);
  }
}

function decodedObject(text: string, prefix: string): JsonObject {
  return decoded(text, prefix) as JsonObject;
}
