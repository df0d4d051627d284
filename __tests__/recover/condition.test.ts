import { expect, it } from 'vitest';
import { conditionOf } from '../../src/recover/condition.ts';
import { aMachine, anExit } from './machines.ts';

const hour = 3_600_000;
const now = 10 * hour;
const start = (at: number) => ({ type: 'start', at });

it.each([
  ['up', 'it is started and never ended', {}],
  [
    'up',
    'it was last stopped on request',
    { events: [start(now - 3), anExit(now - 4, { requestedStop: true }), anExit(now - 5)] },
  ],
  ['up', 'it died once, and has run for long since', { events: [start(now - hour), anExit(now - hour)] }],
  ['up', 'what died was the config before', { events: [{ type: 'update', at: now - 3 }, anExit(now - 4)] }],
  ['ailing', 'it died just now', { events: [start(now - 3), anExit(now - 4)] }],
  [
    'ailing',
    'it dies every quarter of an hour',
    { events: [12, 27, 42].map((minutes) => anExit(now - minutes * 60_000)) },
  ],
  ['ailing', 'it died and was not started again', { state: 'stopped', events: [anExit(now - hour)] }],
  ['ailing', 'it could not be started', { state: 'failed' }],
  ['down', 'it was stopped', { state: 'stopped', events: [anExit(now - 1, { requestedStop: true })] }],
  ['down', 'it was never started', { state: 'created' }],
])('a gateway is %s where %s', (condition, _, machine) => {
  expect(conditionOf(aMachine(machine), now)).toBe(condition);
});
