import { describe, expect, it } from 'vitest';
import {
  compareSecrets,
  foreseeSecrets,
  remarksOn,
  type SecretChanges,
  type SecretOnFly,
} from '../../src/secrets/plan.ts';

/** `A:1` is deployed with digest 1, `A:1*` staged, `A:1~` partly deployed, `A:1?` of a flyctl without statuses. */
function onFly(...lines: string[]): SecretOnFly[] {
  return lines.map((line) => {
    const [, name = '', digest = '', mark = ''] = /^(\w+):(\w*)(.?)$/.exec(line) ?? [];
    const status = { '*': 'Staged', '~': 'Partial', '?': null }[mark];
    return { name, digest, status: status === undefined ? 'Deployed' : status };
  });
}

const compare = (sent: string[], before: string[], after: string[], hasMachine = true) =>
  compareSecrets(sent, onFly(...before), onFly(...after), hasMachine);
/** Without the lists that are empty. */
const told = (changes: SecretChanges) =>
  Object.fromEntries(Object.entries(changes).filter(([, names]) => names.length > 0));

describe('comparing what Fly had with what it has', () => {
  it.each([
    ['a new one', ['A'], [], ['A:1*'], { added: ['A'], waiting: ['A'] }],
    ['another value', ['A'], ['A:1'], ['A:2*'], { changed: ['A'], waiting: ['A'] }],
    ['the same value', ['A'], ['A:1'], ['A:1'], { unchanged: ['A'] }],
    ['the same value, its date moved', ['A'], ['A:1'], ['A:1*'], { unchanged: ['A'], touched: ['A'] }],
    [
      'the same value, staged by an earlier run that sent another one as well',
      ['A', 'B'],
      ['A:1*', 'B:1'],
      ['A:1*', 'B:1'],
      { unchanged: ['A', 'B'], waiting: ['A'], stagedBefore: ['A'] },
    ],
    [
      'the same values, all of them staged, of which only the dates may have moved',
      ['A', 'B'],
      ['A:1*', 'B:1*'],
      ['A:1*', 'B:1*'],
      { unchanged: ['A', 'B'], stagedBefore: ['A', 'B'] },
    ],
    [
      'the same value, on some machines only',
      ['A'],
      ['A:1~'],
      ['A:1~'],
      { unchanged: ['A'], waiting: ['A'], stagedBefore: ['A'] },
    ],
    [
      'one that is only on Fly',
      ['A'],
      ['A:1', 'B:1'],
      ['A:1', 'B:1'],
      { unchanged: ['A'], onlyOnFly: ['B'] },
    ],
    [
      'one that is only on Fly and staged',
      ['A'],
      ['A:1', 'B:1*'],
      ['A:1', 'B:1*'],
      { unchanged: ['A'], onlyOnFly: ['B'], stagedBefore: ['B'] },
    ],
    ['one that did not arrive', ['A'], ['B:1'], ['B:1'], { unconfirmed: ['A'], onlyOnFly: ['B'] }],
    [
      'one that somebody else set meanwhile',
      ['A'],
      ['A:1', 'B:1'],
      ['A:1', 'B:2*', 'C:1*'],
      { unchanged: ['A'], onlyOnFly: ['B', 'C'], meanwhile: ['B', 'C'] },
    ],
    [
      'one that somebody else removed meanwhile',
      ['A'],
      ['A:1', 'B:1'],
      ['A:1'],
      { unchanged: ['A'], meanwhile: ['B'] },
    ],
    [
      'a flyctl without statuses',
      ['A', 'B'],
      ['A:1?', 'B:1?'],
      ['A:1?', 'B:2?'],
      { changed: ['B'], unchanged: ['A'], waiting: ['B'] },
    ],
    ['a server without digests, deployed', ['A'], ['A:'], ['A:'], { unchanged: ['A'] }],
    ['a server without digests, staged', ['A'], ['A:'], ['A:*'], { changed: ['A'], waiting: ['A'] }],
  ])('tells %s', (_, sent, before, after, changes) => {
    expect(told(compare(sent, before, after))).toEqual(changes);
  });

  it('takes no status for true while there is no machine, since Fly then calls everything staged', () => {
    expect(told(compare(['A', 'B'], ['A:1*', 'C:1*'], ['A:1*', 'B:1*', 'C:1*'], false))).toEqual({
      added: ['B'],
      unchanged: ['A'],
      onlyOnFly: ['C'],
      waiting: ['B'],
    });
  });

  it('sorts the names', () => {
    expect(compare(['C', 'A', 'B'], [], ['B:1*', 'C:1*', 'A:1*']).added).toEqual(['A', 'B', 'C']);
  });

  it('foresees names only', () => {
    expect(foreseeSecrets(['B', 'A', 'C'], onFly('A:1', 'D:1', 'C:1*'))).toEqual({
      added: ['B'],
      sentAgain: ['A', 'C'],
      onlyOnFly: ['D'],
    });
  });
});

describe('what a person is told', () => {
  const remarks = (...args: Parameters<typeof compare>) => remarksOn(compare(...args));

  it('is nothing when all is as it should be', () => {
    expect(remarks(['A', 'B', 'C'], ['A:1', 'B:1'], ['A:1', 'B:2*', 'C:1*'])).toEqual([]);
  });

  it.each([
    [
      'notice',
      'only Fly has',
      ['A'],
      ['A:1', 'B:1', 'C:1'],
      ['A:1', 'B:1', 'C:1'],
      /workflow: B, C\. They stay/,
    ],
    ['notice', 'was staged earlier', ['A'], ['A:1*'], ['A:1*'], /Already staged when this run began.*: A\./],
    [
      'notice',
      'is unchanged though staged',
      ['A'],
      ['A:1'],
      ['A:1*'],
      /Unchanged.*: A\. The machine has these/,
    ],
    ['warning', 'did not arrive', ['A'], [], [], /not in Fly's list.*: A\./],
    ['warning', 'another run did', ['A'], ['A:1'], ['A:1', 'B:1*'], /by somebody else: B\. Is another run/],
  ])('is a %s of what %s', (level, _, sent, before, after, words) => {
    expect(remarks(sent, before, after)).toContainEqual({ level, message: expect.stringMatching(words) });
  });

  it('is nothing of what only Fly has where the workflow sends no secrets', () => {
    expect(remarks([], ['A:1', 'B:1'], ['A:1', 'B:1'])).toEqual([]);
  });

  it('is one remark with twenty names at most', () => {
    const many = Array.from({ length: 25 }, (_, n) => `B${10 + n}:1`);
    const [remark, ...rest] = remarks(['A'], ['A:1', ...many], ['A:1', ...many]);
    expect(rest).toEqual([]);
    expect(remark?.message).toMatch(/B10, .*B29 and 5 more\./);
  });
});
