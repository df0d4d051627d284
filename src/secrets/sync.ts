import { Failure } from '../causes.ts';
import type { SecretFinding } from './collect.ts';
import { encodeSecrets } from './encode.ts';
import { compareSecrets, type SecretChanges, type SecretOnFly } from './plan.ts';
import type { SecretValue } from './value.ts';

/** The secrets of one app on Fly. Each call is one run of flyctl; none of them restarts anything. */
export interface SecretStore {
  list(): Promise<readonly SecretOnFly[]>;
  /** @param text lines of the encoder, for standard input */
  importStaged(text: string): Promise<void>;
  unsetStaged(names: readonly string[]): Promise<void>;
}

export interface SyncRequest {
  /** By their names on Fly. */
  readonly values: ReadonlyMap<string, SecretValue>;
  readonly hasMachine: boolean;
  /** What Fly has, where it was asked already; an app that was only just made has nothing. */
  readonly before?: readonly SecretOnFly[] | undefined;
}

export interface SyncedSecrets {
  readonly changes: SecretChanges;
  /** Fly's list as it is now. */
  readonly onFly: readonly SecretOnFly[];
}

/**
 * Stages the values, all in one import, so that the next release applies them. What did not change is sent as well:
 * Fly's digests cannot be computed here, and the same value twice is the same as once.
 *
 * @throws Failure `secrets-invalid` before anything is sent, when a value cannot be carried; what the store throws
 */
export async function syncSecrets(store: SecretStore, request: SyncRequest): Promise<SyncedSecrets> {
  const { values, hasMachine } = request;
  const encoded = encodeSecrets(values);
  if (!encoded.ok) {
    throw secretsInvalid(
      encoded.refused.map(({ name, reason }) => ({ name, message: `secrets: ${name} ${reason}` })),
    );
  }
  const before = request.before ?? (await store.list());
  if (encoded.text !== '') await store.importStaged(encoded.text);
  const onFly = encoded.text === '' ? before : await store.list();
  return { changes: compareSecrets(values.keys(), before, onFly, hasMachine), onFly };
}

/** The end of a run whose input `secrets` cannot be used: everything that is wrong with it, in one error. */
export function secretsInvalid(findings: readonly SecretFinding[]): Failure {
  const messages = findings.map(({ message }) => message);
  const summary =
    messages.length === 1 ? messages[0] : `${messages.length} secrets are not right: ${messages.join(' ')}`;
  return new Failure('secrets-invalid', summary ?? '', { evidence: messages.join('\n') });
}
