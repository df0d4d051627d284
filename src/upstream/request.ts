import { Failure } from '../causes.ts';
import { type Patience, persist } from '../flyctl/retry.ts';
import { visibleLines } from '../report/visible.ts';

/** One answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface RequestSettings {
  readonly fetch: typeof fetch;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch: servers name the end of a limit by the clock. */
  readonly wallClock: () => number;
  /** Told before a request is made again. */
  readonly onRetry: (line: string) => void;
}

/**
 * Nobody can say what upstream has: the server limits, fails or is not there. What a reference names may well be
 * right, so a caller that does not need the answer goes on without.
 */
export class Unreachable extends Failure {
  /** Whether asking again may help. */
  readonly passing: boolean;

  constructor(
    code: 'rate-limited' | typeof unreachableCode,
    message: string,
    more: { evidence: string; fix: string; passing: boolean },
  ) {
    super(code, message, {
      evidence: more.evidence,
      source: more.evidence.includes('github.com') ? 'github' : 'registry',
      fix: { text: more.fix, commands: [], lines: null },
    });
    this.name = 'Unreachable';
    this.passing = more.passing;
  }
}

/** The cause of a run that ends because GitHub or a registry does not answer. */
export const unreachableCode = 'upstream-unreachable';

/** Pauses of half a second to eight: an outage that lasts longer than a minute is not waited for. */
export const upstreamPatience: Omit<Patience, 'now' | 'sleep' | 'random'> = {
  tries: 4,
  totalMs: 60_000,
  firstMs: 1_000,
  longestMs: 8_000,
};

/** In milliseconds: without the whole answer for so long, a try is given up. */
const answerMs = 20_000;
/** In bytes. The largest asked for is a page of releases with their notes. */
const mostBytes = 32 * 1024 * 1024;

/**
 * Asks until there is an answer that means something: limits, server errors and broken connections are tried again,
 * all else is handed back.
 *
 * @param server what the errors call it, e.g. `ghcr.io`
 * @throws Unreachable
 */
export async function request(
  server: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  settings: RequestSettings,
): Promise<Answer> {
  const attempt = async (): Promise<Answer> => {
    const answer = await once(server, url, headers, settings);
    const limit = limitOf(server, answer, settings.wallClock());
    if (limit !== null) throw limit;
    if (answer.status < 500) return answer;
    throw unreachable(server, `HTTP ${answer.status}${said(answer)}`, true);
  };
  const patience: Patience = {
    ...settings.patience,
    onRetry: (error, pauseMs) =>
      settings.onRetry(`${sentence(error)} Trying again in ${Math.ceil(pauseMs / 1000)} s.`),
  };
  const passes = (error: unknown) => error instanceof Unreachable && error.passing;
  return persist(attempt, passes, patience, settings.signal);
}

async function once(
  server: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  { fetch, signal }: RequestSettings,
): Promise<Answer> {
  signal.throwIfAborted();
  const late = AbortSignal.timeout(answerMs);
  try {
    const answer = await fetch(url, {
      headers: { 'user-agent': 'deploy-openclaw-to-fly', ...headers },
      signal: AbortSignal.any([signal, late]),
    });
    return { status: answer.status, headers: answer.headers, body: await readBody(server, answer) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    const reason = late.aborted ? `no answer within ${answerMs / 1000} s` : networkReason(error);
    throw unreachable(server, reason, true);
  }
}

async function readBody(server: string, answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength;
    if (bytes > mostBytes) {
      throw unreachable(server, `an answer of more than ${mostBytes / 1024 / 1024} MB`, false);
    }
    parts.push(part);
  }
  return Uint8Array.from(Buffer.concat(parts));
}

/** @param what one clause: what came in place of an answer */
export function unreachable(server: string, what: string, passing: boolean): Unreachable {
  return new Unreachable(unreachableCode, `${server} cannot be asked: ${what}.`, {
    evidence: `${server}: ${what}`,
    fix: `Run the job again later; it is ${server} that fails, not your app. A digest as \`version\` needs no answer from it.`,
    passing,
  });
}

/**
 * GitHub answers 403 as well as 429 to too many requests, and says when the limit ends: `x-ratelimit-reset` in seconds
 * since the epoch, or `retry-after` in seconds (GitHub's docs "Rate limits for the REST API").
 */
function limitOf(server: string, { status, headers, body }: Answer, now: number): Unreachable | null {
  const spent = headers.get('x-ratelimit-remaining') === '0';
  const text = Buffer.from(body.subarray(0, 2048)).toString();
  const limited = status === 429 || (status === 403 && (spent || headers.has('retry-after')));
  if (!limited && !(status === 403 && /rate limit/i.test(text))) return null;
  const after = Number(headers.get('retry-after') ?? Number.NaN);
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000;
  const endsAt = Number.isFinite(after) ? now + after * 1000 : spent && reset > now ? reset : null;
  const until = endsAt === null ? '' : `, until ${new Date(endsAt).toISOString().slice(11, 16)} UTC`;
  const evidence = `${server}: HTTP ${status}${said({ status, headers, body })}${until}`;
  return new Unreachable('rate-limited', `${server} limits how often it may be asked${until}.`, {
    evidence,
    fix:
      server === 'api.github.com'
        ? 'Run the job again when the limit is over. With `github-token` 1,000 requests an hour are allowed, without a token 60 from the address of the runner.'
        : 'Run the job again when the limit is over. A digest as `version` needs no question.',
    // A limit that ends within seconds is waited for; one that names a later time is not.
    passing: endsAt === null || endsAt - now <= 5_000,
  });
}

/** What the server says of itself, in a few words: `message` of GitHub, `errors[0]` of a registry. Hostile text. */
export function said({ body }: Pick<Answer, 'body' | 'status' | 'headers'>): string {
  const text = Buffer.from(body.subarray(0, 4096)).toString();
  const found = /"(?:message|code)"\s*:\s*"([^"\\]{1,160})"/.exec(text)?.[1];
  const line = found === undefined ? '' : (visibleLines(found)[0] ?? '');
  return line === '' ? '' : `, ${line}`;
}

function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown }).code;
  return typeof code === 'string' ? `no connection (${code})` : 'no connection';
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : 'No answer.';
}
