import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import { failedVersionsName } from '../upstream/failed-versions.ts';

/**
 * Whether two configs as `config show --toml` prints them say the same. The comment on top has the time of printing,
 * and the memory of failures is nobody's wish.
 */
export function sameConfig(one: string, other: string): boolean {
  return isDeepStrictEqual(withoutMemory(one), withoutMemory(other));
}

function withoutMemory(text: string): Record<string, unknown> {
  const data: Record<string, unknown> = parse(text);
  const { env } = data;
  if (typeof env !== 'object' || env === null || Array.isArray(env)) return data;
  const { [failedVersionsName]: _, ...rest } = env as Record<string, unknown>;
  return { ...data, env: Object.keys(rest).length > 0 ? rest : undefined };
}
