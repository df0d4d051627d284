import { describe, expect, it } from 'vitest';
import type { SecretOnFly } from '../../src/secrets/plan.ts';
import { planPrune } from '../../src/secrets/prune.ts';

const onFly = (...names: string[]): SecretOnFly[] =>
  names.map((name) => ({ name, digest: '1', status: 'Deployed' }));

describe('pruning', () => {
  const fly = onFly('A', 'B', 'C', 'OLD_ONE', 'OLD_TWO', 'OPENCLAW_GATEWAY_TOKEN');
  const github = { has: ['A', 'B', 'C'], sent: 3 };

  it('removes what matches and GitHub does not have', () => {
    expect(planPrune(['OLD_*', 'A'], github, fly)).toEqual({
      kind: 'remove',
      names: ['OLD_ONE', 'OLD_TWO'],
    });
  });

  it('never removes the gateway token', () => {
    expect(planPrune(['*'], github, fly)).toEqual({ kind: 'remove', names: ['OLD_ONE', 'OLD_TWO'] });
    expect(planPrune(['OPENCLAW_*'], github, fly)).toEqual({ kind: 'nothing' });
  });

  it.each([
    ['no glob', [], github],
    ['a glob that matches nothing', ['NEW_*'], github],
    ['a glob that matches in another case only', ['old_*'], github],
    ['only what the filter left out', ['OLD_*'], { has: ['A', 'OLD_ONE', 'OLD_TWO'], sent: 1 }],
  ])('removes nothing for %s', (_, globs, source) => {
    expect(planPrune(globs, source, fly)).toEqual({ kind: 'nothing' });
  });

  it.each([
    ['when there is no secret to send', ['OLD_*'], { has: [], sent: 0 }, fly, /a fork/],
    ['when all values were left out by the filter', ['OLD_*'], { has: ['A'], sent: 0 }, fly, /a fork/],
    ['more than half', ['*'], { has: ['A'], sent: 1 }, onFly('A', 'X', 'Y'), /2 of the 3 secrets/],
    ['a glob that means everything else', ['!A'], github, fly, /begins with !/],
  ])('refuses %s', (_, globs, source, list, words) => {
    expect(planPrune(globs, source, list)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(words),
    });
  });

  it('removes exactly half', () => {
    expect(planPrune(['X'], { has: ['A'], sent: 1 }, onFly('A', 'X'))).toEqual({
      kind: 'remove',
      names: ['X'],
    });
  });
});
