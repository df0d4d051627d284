import { gatewayTokenName } from './gateway-token.ts';
import { isNegated, matchesAny } from './names.ts';
import type { SecretOnFly } from './plan.ts';

/** What `prune-secrets` comes to. */
export type Prune =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'remove'; readonly names: readonly string[] }
  | { readonly kind: 'refused'; readonly names: readonly string[]; readonly reason: string };

/**
 * Which secrets of Fly would go because GitHub does not have them. To be acted on after a healthy verdict only.
 *
 * @param globs the input `prune-secrets`
 * @param has names that GitHub has: those sent, and those of the JSON object that the filter left out
 * @param sent how many values there are to send; none means a fork, Dependabot or the wrong environment
 */
export function planPrune(
  globs: readonly string[],
  github: { readonly has: Iterable<string>; readonly sent: number },
  onFly: readonly SecretOnFly[],
): Prune {
  if (globs.length === 0) return { kind: 'nothing' };
  const kept = new Set([...github.has, gatewayTokenName]);
  const isPrunable = matchesAny(globs);
  const names = onFly
    .map(({ name }) => name)
    .filter((name) => !kept.has(name) && isPrunable(name))
    .sort();
  const refused = (reason: string): Prune => ({ kind: 'refused', names, reason });
  if (globs.some(isNegated)) {
    return refused(
      'prune-secrets: a glob that begins with ! means all other names. Name what may go instead.',
    );
  }
  if (names.length === 0) return { kind: 'nothing' };
  if (github.sent === 0) {
    return refused(
      'prune-secrets: this run has no secrets at all, as in a fork, a run of Dependabot or with the wrong environment. Nothing is removed from Fly.',
    );
  }
  if (names.length * 2 > onFly.length) {
    return refused(
      `prune-secrets: ${names.length} of the ${onFly.length} secrets on Fly would go, more than half. Nothing is removed; if it is meant, use fly secrets unset.`,
    );
  }
  return { kind: 'remove', names };
}
