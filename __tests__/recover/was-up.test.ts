import { describe, expect, it } from 'vitest';
import { wasUp } from '../../src/recover/was-up.ts';
import { aMachine, anExit } from './machines.ts';

describe('a gateway was up', () => {
  it.each([
    ['where it is started and never ended', {}, true],
    [
      'where it was last stopped on request',
      { events: [{ type: 'start', at: 3 }, anExit(2, { requestedStop: true }), anExit(1)] },
      true,
    ],
    ['not where it died last', { events: [{ type: 'start', at: 3 }, anExit(2)] }, false],
    ['not where it is stopped', { state: 'stopped' }, false],
  ])('%s', (_, machine, up) => {
    expect(wasUp(aMachine(machine))).toBe(up);
  });
});
