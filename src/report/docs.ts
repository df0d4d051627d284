import type { CauseCode } from '../causes.ts';

/**
 * Where the docs page of a cause is: in the repository and at the ref this action was called by, which the
 * runner names in GITHUB_ACTION_REPOSITORY and GITHUB_ACTION_REF; else relative to a checkout.
 */
export function causeUrl(code: CauseCode, env: Readonly<Record<string, string | undefined>>): string {
  const page = `docs/causes.md#${code}`;
  const repository = env.GITHUB_ACTION_REPOSITORY ?? '';
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) return page;
  const ref = /^[\w./-]+$/.test(env.GITHUB_ACTION_REF ?? '') ? env.GITHUB_ACTION_REF : 'HEAD';
  return `https://github.com/${repository}/blob/${ref}/${page}`;
}
