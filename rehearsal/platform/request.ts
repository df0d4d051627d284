import type { TokenKind } from './options.ts';

/** One request, read and recognised. */
export interface Asking {
  readonly method: string;
  /** Without query, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed JSON; the text where it is none; `null` without a body. */
  readonly body: unknown;
  /** `null`: no token, or one that nobody knows. */
  readonly token: TokenKind | null;
  /** Of the lease that the client holds. */
  readonly nonce: string | null;
  /** Aborted when the client goes away. */
  readonly gone: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** Sent as JSON; a string is sent as it is. */
  readonly body: unknown;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
