import { refuseSecret } from './encode.ts';
import type { SecretValue } from './value.ts';

export interface SecretsRequest {
  /** The input `secrets` as it came. */
  readonly secrets: string;
  /** Globs over the names of a JSON object; `null` where the input is not given. */
  readonly include: readonly string[] | null;
  readonly exclude: readonly string[] | null;
  /** Where the values of a list come from: the environment of the step. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One thing that is wrong. Holds neither a value nor the right side of a rename, which may be one. */
export interface SecretFinding {
  /** Name on Fly, where there is one that can be shown. */
  readonly name: string | null;
  /** Names the input and says the way out. */
  readonly message: string;
}

/** What the input `secrets` asks for. Where there are findings, nothing of it is to be sent. */
export interface CollectedSecrets {
  readonly form: 'none' | 'list' | 'json';
  /** By their names on Fly. */
  readonly values: ReadonlyMap<string, SecretValue>;
  /** Names of the JSON object that the filter left out. */
  readonly leftOut: readonly string[];
  /** Optional names of a list that have no value now. */
  readonly absent: readonly string[];
  readonly findings: readonly SecretFinding[];
  /** Worth telling, not wrong. */
  readonly notices: readonly string[];
  /** Whatever must never be shown: all values, of left-out names too, and what was written in place of a name. */
  readonly unspeakable: readonly SecretValue[];
}

/** Reads the input `secrets`: a list of names or a JSON object. Never throws; all that is wrong is in `findings`. */
export async function collectSecrets(request: SecretsRequest): Promise<CollectedSecrets> {
  const text = request.secrets.trim();
  if (text === '') return nothing;
  const collected = looksLikeJson(text)
    ? (await import('./json-object.ts')).readJsonObject(text, request)
    : (await import('./name-list.ts')).readNameList(text, request);
  const refused = [...collected.values].flatMap(([name, value]) => {
    const refusal = refuseSecret(name, value);
    return refusal ? [{ name, message: `secrets: ${name} ${refusal.reason}` }] : [];
  });
  return { ...collected, findings: [...collected.findings, ...refused] };
}

const nothing: CollectedSecrets = {
  form: 'none',
  values: new Map(),
  leftOut: [],
  absent: [],
  findings: [],
  notices: [],
  unspeakable: [],
};

/** Whether `secrets` is meant as JSON, be it broken or of another kind than an object. */
function looksLikeJson(text: string): boolean {
  return /^(?:[[{"]|(?:true|false|null|-?\d+(?:\.\d+)?)$)/.test(text);
}
