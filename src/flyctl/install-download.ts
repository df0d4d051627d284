import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Failure } from '../causes.ts';
import { isAllowedUrl, preinstalledFix, type ReleaseUrls } from './releases.ts';

/** Times in milliseconds, sizes in bytes. */
export interface DownloadLimits {
  /** All downloads of one installation together, retries and pauses included. */
  readonly totalMs: number;
  /** Without a single byte for this long, a request is given up and tried again. */
  readonly stallMs: number;
  readonly attempts: number;
  /** Pause before the second attempt; it doubles after each further one. */
  readonly firstPauseMs: number;
  readonly archiveBytes: number;
  readonly textBytes: number;
}

export interface DownloadSettings {
  readonly fetch: typeof fetch;
  readonly urls: ReleaseUrls;
  readonly limits: DownloadLimits;
  readonly signal: AbortSignal;
  /** Told once for each attempt that failed and is made again. */
  readonly onRetry: (line: string) => void;
}

/** A source that could not be used; another one may do. The message is one clause, without a full stop. */
export class Unavailable extends Error {
  readonly status: number | null;
  readonly passing: boolean;
  /** The server's own wish, in milliseconds. */
  readonly retryAfterMs: number;

  /** @param passing whether the same request may succeed in a moment */
  constructor(message: string, passing: boolean, status: number | null = null, retryAfterMs = 0) {
    super(message);
    this.name = 'Unavailable';
    this.passing = passing;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Anonymous downloads from the allowed origins: no header tells who asks, redirects are followed by hand so that each
 * one is judged before it is requested.
 */
export interface Downloads {
  /** The address that `url` redirects to, which is not requested. @throws Unavailable */
  location(url: string): Promise<string>;
  /** @throws Unavailable; Failure `flyctl-install` for a redirect elsewhere or a body over `textBytes` */
  text(url: string): Promise<string>;
  /**
   * Writes the body to a file that does not exist yet.
   * @returns SHA-256 as 64 lower-case hexadecimal digits, and the number of bytes
   * @throws Unavailable; Failure `flyctl-install` for a redirect elsewhere or a body over `archiveBytes`
   */
  file(url: string, path: string): Promise<{ readonly sha256: string; readonly bytes: number }>;
  /** Ends the common deadline. */
  close(): void;
}

const redirects = new Set([301, 302, 303, 307, 308]);
const maxRedirects = 5;
/** A server may ask for more; a deploy does not wait that long for a download. */
const maxPauseMs = 30_000;

/** Starts the common deadline: `close` must be called. */
export function openDownloads(settings: DownloadSettings): Downloads {
  const { limits, signal } = settings;
  const common = new AbortController();
  const late = new Unavailable(`the downloads took longer than ${limits.totalMs / 1000} s`, false);
  const deadline = setTimeout(() => common.abort(late), limits.totalMs);
  const cancel = () => common.abort(signal.reason);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();

  /** One request with its redirects; `read` gets the answer and a function to call at each sign of life. */
  async function attempt<T>(
    address: string,
    maxHops: number,
    read: (answer: Response, alive: () => void) => Promise<T>,
  ): Promise<T> {
    const { host } = new URL(address);
    const stalled = new AbortController();
    const stop = () => stalled.abort(common.signal.reason);
    common.signal.addEventListener('abort', stop, { once: true });
    const stall = setTimeout(
      () => stalled.abort(new Unavailable(`${host} sent nothing for ${limits.stallMs / 1000} s`, true)),
      limits.stallMs,
    );
    try {
      common.signal.throwIfAborted();
      let url = permitted(address, null, settings.urls);
      for (let hop = 0; ; hop += 1) {
        const answer = await settings.fetch(url, {
          redirect: 'manual',
          credentials: 'omit',
          // A transfer encoding would be undone on the way, and the sum is that of the file as it was released.
          headers: { 'accept-encoding': 'identity', 'user-agent': 'deploy-openclaw-to-fly' },
          signal: stalled.signal,
        });
        if (maxHops === 0 || !redirects.has(answer.status)) return await read(answer, () => stall.refresh());
        await answer.body?.cancel();
        if (hop === maxHops) throw new Unavailable(`${url.host} redirects more than ${maxHops} times`, false);
        url = permitted(answer.headers.get('location') ?? '', url, settings.urls);
      }
    } catch (error) {
      if (stalled.signal.aborted) throw stalled.signal.reason;
      if (error instanceof Failure || error instanceof Unavailable || isDiskError(error)) throw error;
      throw new Unavailable(networkReason(error, host), true);
    } finally {
      clearTimeout(stall);
      common.signal.removeEventListener('abort', stop);
    }
  }

  async function retried<T>(what: () => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await what();
      } catch (error) {
        if (!(error instanceof Unavailable) || !error.passing || tried >= limits.attempts) throw error;
        const backOff = limits.firstPauseMs * 2 ** (tried - 1) * (0.75 + Math.random() / 2);
        const pause = Math.min(Math.max(backOff, error.retryAfterMs), maxPauseMs);
        settings.onRetry(`${error.message}; attempt ${tried + 1} of ${limits.attempts} follows`);
        await sleep(pause, common.signal);
      }
    }
  }

  return {
    location: (url) =>
      retried(() =>
        attempt(url, 0, async (answer) => {
          await answer.body?.cancel();
          if (!redirects.has(answer.status)) throw unexpected(answer, url);
          return permitted(answer.headers.get('location') ?? '', new URL(url), settings.urls).href;
        }),
      ),
    text: (url) =>
      retried(() =>
        attempt(url, maxRedirects, async (answer, alive) => {
          const chunks: Uint8Array[] = [];
          for await (const chunk of body(answer, url, limits.textBytes, alive)) chunks.push(chunk);
          return Buffer.concat(chunks).toString('utf8');
        }),
      ),
    file: (url, path) =>
      retried(() =>
        attempt(url, maxRedirects, async (answer, alive) => {
          const content = body(answer, url, limits.archiveBytes, alive);
          const hash = createHash('sha256');
          let bytes = 0;
          const file = await open(path, 'w', 0o600);
          try {
            for await (const chunk of content) {
              hash.update(chunk);
              bytes += chunk.length;
              await file.writeFile(chunk);
            }
          } finally {
            await file.close();
          }
          return { sha256: hash.digest('hex'), bytes };
        }),
      ),
    close: () => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', cancel);
    },
  };
}

/** The bytes of a good answer. Names the answers that only look good. */
async function* body(
  answer: Response,
  address: string,
  maxBytes: number,
  alive: () => void,
): AsyncGenerator<Uint8Array> {
  const from = new URL(address).host;
  const stream = answer.body;
  try {
    if (answer.status !== 200) throw unexpected(answer, address);
    if (/\bhtml\b/i.test(answer.headers.get('content-type') ?? '')) throw webPage(from);
    if (stream === null) throw new Unavailable(`${from} sent nothing`, true);
    const stated = answer.headers.get('content-length');
    if (Number(stated ?? 0) > maxBytes) throw tooLarge(address, maxBytes);
    let bytes = 0;
    for await (const chunk of stream) {
      alive();
      if (
        bytes === 0 &&
        /^\s*<(?:!doctype|html|\?xml)/i.test(Buffer.from(chunk.slice(0, 64)).toString('latin1'))
      ) {
        throw webPage(from);
      }
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(address, maxBytes);
      yield chunk;
    }
    if (bytes === 0 || (stated !== null && bytes !== Number(stated))) {
      throw new Unavailable(
        `${from} broke off after ${bytes} of ${stated ?? 'an unknown number of'} bytes`,
        true,
      );
    }
  } finally {
    // A body that is not read to its end keeps its connection, and the process, alive.
    if (stream !== null && !stream.locked) await stream.cancel().catch(() => {});
  }
}

function permitted(location: string, base: URL | null, urls: ReleaseUrls): URL {
  const url = URL.parse(location, base?.href);
  if (url !== null && isAllowedUrl(url, urls.origins)) return url;
  const target = url === null ? 'an address that is none' : `${url.protocol}//${url.host}`;
  const what = base === null ? `Asked to download from ${target}` : `${base.host} redirects to ${target}`;
  const allowed = urls.origins.join(', ');
  throw new Failure('flyctl-install', `${what}, where flyctl is not downloaded from. Allowed: ${allowed}.`, {
    fix: preinstalledFix('Behind a proxy that redirects, put flyctl on PATH in an earlier step and say so.'),
  });
}

function unexpected(answer: Response, address: string): Unavailable {
  const { host, pathname } = new URL(address);
  const { status } = answer;
  const passing = status === 408 || status === 429 || status >= 500;
  const seconds = Number(answer.headers.get('retry-after') ?? 0);
  const wish = Number.isFinite(seconds) ? seconds * 1000 : 0;
  return new Unavailable(`${host}${pathname} answers ${status}`, passing, status, wish);
}

function webPage(host: string): Unavailable {
  return new Unavailable(
    `${host} answers 200 with a web page where a file should be (a proxy or a login page?)`,
    false,
  );
}

function tooLarge(address: string, maxBytes: number): Failure {
  const { host, pathname } = new URL(address);
  return new Failure(
    'flyctl-install',
    `${host}${pathname} is larger than the ${maxBytes} bytes allowed for it.`,
    {
      fix: preinstalledFix('Ask for another version; a flyctl that the job installs itself works as well.'),
    },
  );
}

/** Disk full, folder gone: no other source mends that. Sockets fail inside fetch, with a TypeError around them. */
function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}

/** fetch hides what happened in the cause of its error. */
function networkReason(error: unknown, host: string): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? 'connection lost';
  return `${host} cannot be reached or broke off (${code})`;
}

/** Rejects with the signal's reason when it is aborted. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => reject(signal.reason);
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
