import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, readLine } from '../../src/gateway/line.ts';

describe('cleanLine', () => {
  it.each([
    [
      'takes colours away',
      '\x1b[90m11:43:05\x1b[39m \x1b[36m[gateway]\x1b[39m \x1b[36mready\x1b[39m',
      '11:43:05 [gateway] ready',
    ],
    [
      'takes cursor moves and the return before a redrawn line away',
      '\x1b[?25h\r\x1b[2K\x1b[90m11:43:01\x1b[39m [gateway] starting...',
      '11:43:01 [gateway] starting...',
    ],
    ['takes the return of a terminal at the end away', '[gateway] ready\r', '[gateway] ready'],
    ['takes a window title away', '\x1b]0;openclaw\x07[gateway] ready', '[gateway] ready'],
    ['does not begin a line at a return in the middle', 'hi\r[gateway] ready', 'hi [gateway] ready'],
    ['does not begin a line at other line ends', 'hi\u2028[gateway] ready', 'hi [gateway] ready'],
    ['makes NUL bytes a space', 'a\0\0b', 'a b'],
    ['keeps the indentation of a list', '  - gateway.port: Invalid input', '  - gateway.port: Invalid input'],
    ['takes a byte order mark away', '\ufeff[gateway] ready', '[gateway] ready'],
    ['leaves an ordinary line as it is', '[gateway] ready', '[gateway] ready'],
  ])('%s', (_, line, clean) => {
    expect(cleanLine(line)).toBe(clean);
  });

  it('looks at the start of a line of megabytes only', () => {
    expect(cleanLine('x'.repeat(10_000_000)).length).toBe(4096);
  });

  it('leaves no control character, and cleans what is clean no further', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (line) => {
        const clean = cleanLine(line);
        expect(clean).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
        expect(cleanLine(clean)).toBe(clean);
      }),
    );
  });
});

describe('readLine', () => {
  it.each([
    ['2026-11-23T09:24:59.222Z [gateway] listening', true, 'gateway', 'listening'],
    [
      '2026-11-23T09:24:59.222+00:00 [discord] [default] starting provider',
      true,
      'discord',
      '[default] starting provider',
    ],
    ['11:43:05 [browser/server] Browser control', true, 'browser/server', 'Browser control'],
    ['[gateway] ready', false, 'gateway', 'ready'],
    ['2026-11-23T09:27:49.236Z Invalid port', true, '', 'Invalid port'],
    ['Invalid port', false, '', 'Invalid port'],
    ['[12:34] not a subsystem', false, '', '[12:34] not a subsystem'],
    [' [gateway] ready', false, '', ' [gateway] ready'],
    ['[gateway] gateway: seeded', false, 'gateway', 'seeded'],
    ['[gateway] Gateway is binding', false, 'gateway', 'is binding'],
    ['[gateway] gatewayish', false, 'gateway', 'gatewayish'],
    ['{"time":"2026","subsystem":"gateway","message":"gateway ready"}', true, 'gateway', 'ready'],
    [
      '{"time":"2026","subsystem":"gateway/channels/discord","message":"discord: gateway closed"}',
      true,
      'discord',
      'gateway closed',
    ],
    [
      '{"time":"2026","subsystem":"gateway/health-monitor","message":"started"}',
      true,
      'health-monitor',
      'started',
    ],
    ['{"time":"2026","level":"error","message":"boom"}', true, '', 'boom'],
    ['{"message":5}', false, '', '{"message":5}'],
    ['{"message":"cut', false, '', '{"message":"cut'],
    ['{}', false, '', '{}'],
  ])('reads %s', (line, stamped, subsystem, message) => {
    expect(readLine(line)).toEqual({ stamped, subsystem, message });
  });
});
