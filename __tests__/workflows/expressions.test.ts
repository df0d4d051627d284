import { describe, expect, it } from 'vitest';
import { evaluate, filledIn, holds, type Scope } from './expressions.ts';

const scope: Scope = {
  contexts: {
    vars: { NAME: 'my-openclaw', ON: 'true' },
    secrets: { KEY: 'a "b"' },
    needs: { one: { result: 'success' }, two: { result: 'failure' } },
  },
  status: { success: false, failure: true, always: true, cancelled: false },
};

describe('an expression', () => {
  it.each([
    ["'it''s'", "it's"],
    ['vars.NAME', 'my-openclaw'],
    ['vars.MISSING', null],
    ['vars.MISSING.more', null],
    ["vars.ON == 'TRUE'", true],
    ["vars.MISSING == ''", true],
    ["vars.MISSING != 'x' && vars.NAME", 'my-openclaw'],
    ["vars.MISSING || 'else'", 'else'],
    ["!(vars.ON == 'true')", false],
    ["join(needs.*.result, ' ')", 'success failure'],
    ['toJSON(secrets)', '{\n  "KEY": "a \\"b\\""\n}'],
    ["failure() && vars.ON == 'true'", true],
    ['1 == 2 || 3', 3],
  ])('%s', (expression, value) => {
    expect(evaluate(expression, scope)).toEqual(value);
  });

  it.each(['nothing.here', 'hashFiles(vars.NAME)', "vars.NAME 'x'", '', '(vars.NAME', 'vars.NAME = 1'])(
    '%s is an error: nothing counts as tested that was not understood',
    (expression) => {
      expect(() => evaluate(expression, scope)).toThrow();
    },
  );

  it('is put into a text wherever it stands', () => {
    expect(filledIn('${{ vars.NAME }}/${{vars.MISSING}}/${{ vars.ON }}', scope)).toBe('my-openclaw//true');
  });
});

describe('a condition', () => {
  it.each([
    [undefined, false],
    ['always()', true],
    ["vars.ON == 'true'", false],
    ["failure() && vars.ON == 'true'", true],
    ['${{ always() }}', true],
  ])('%s after a failure: %s', (condition, runs) => {
    expect(holds(condition, scope)).toBe(runs);
  });
});
