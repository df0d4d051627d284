import { describe, expect, it } from 'vitest';
import { type Look, whyDeaf } from '../../src/chapters/impression.ts';
import type { MachineEvent } from '../../src/watch/facts.ts';

const minute = 60_000;

function died(requestedStop: boolean): MachineEvent {
  const exit = { at: 5, exitCode: 1, signal: null, oomKilled: false, requestedStop, restarting: true };
  return { type: 'exit', at: 5, exit };
}

const deaf: Look = {
  machine: { id: '148ed193b95948', events: [] },
  port: 3000,
  throughProxy: true,
  listeners: [{ address: '127.0.0.11', port: 41_000 }],
  uptimeMs: 60 * minute,
  listenTimeoutMs: 5 * minute,
};

const loopback = [{ address: '127.0.0.1', port: 3000 }];

describe('a gateway that is left alone', () => {
  it.each<[string, Partial<Look>]>([
    ['listens', { listeners: [{ address: '0.0.0.0', port: 3000 }] }],
    ['listens somewhere, where nobody knows the port', { port: null, throughProxy: false }],
    ['listens for itself, where that is enough', { throughProxy: false, listeners: loopback }],
    ['cannot be looked into', { listeners: null }],
    ['was started a moment ago, by somebody who watches it', { uptimeMs: minute }],
    [
      'was restarted a moment ago on request',
      { uptimeMs: minute, machine: { ...deaf.machine, events: [died(true)] } },
    ],
    [
      'was updated a moment ago, after it had died',
      {
        uptimeMs: minute,
        machine: { ...deaf.machine, events: [{ type: 'update', at: 9 }, died(false)] },
      },
    ],
  ])('%s', (_, more) => {
    expect(whyDeaf({ ...deaf, ...more })).toBeNull();
  });
});

describe('a gateway that is in doubt', () => {
  it.each<[string, Partial<Look>, string]>([
    [
      'has been up for long and does not listen',
      {},
      'the gateway on machine 148ed193b95948 does not listen on port 3000, 1 h 0 min after its boot',
    ],
    [
      'listens for itself alone, where the proxy is to reach it',
      { listeners: loopback },
      'the gateway on machine 148ed193b95948 does not listen on port 3000, other than for itself, 1 h 0 min after its boot',
    ],
    [
      'boots, after it has died',
      { uptimeMs: minute, machine: { ...deaf.machine, events: [died(false)] } },
      'the gateway on machine 148ed193b95948 does not listen on port 3000, 1 min after its boot',
    ],
    [
      'listens nowhere, where nobody knows the port or the age',
      { port: null, listeners: [], uptimeMs: null },
      'the gateway on machine 148ed193b95948 does not listen on any port',
    ],
  ])('%s', (_, more, why) => {
    expect(whyDeaf({ ...deaf, ...more })).toBe(why);
  });
});
