import { describe, expect, it } from 'vitest';
import { lastWords } from '../../src/gateway/last-words.ts';

const init = [' INFO Starting init (commit: fa4e0000)...', ' INFO [fly api proxy] listening at /.fly/api'];
const end = [
  ' INFO Main child exited normally with code: 7',
  ' INFO Starting clean up.',
  '[   62.345678] reboot: Restarting system',
];

describe('the last words before an end', () => {
  it.each([
    [
      'the last thing said',
      ['[gateway] starting...', '[gateway] loading plugins'],
      '[gateway] loading plugins',
    ],
    ['the last error, whatever follows it', ['Error: boom', '[gateway] bye'], 'Error: boom'],
    [
      'the message of an error, not its stack',
      [
        '[gateway] starting...',
        'TypeError: x is not a function',
        '    at run (/app/a.js:1:2)',
        '}',
        'Node.js v24.1.0',
      ],
      'TypeError: x is not a function',
    ],
    ['a line without its time', ['2026-11-23T09:30:38.000+00:00 [gateway] no way'], '[gateway] no way'],
  ])('are %s', (_, said, words) => {
    expect(lastWords([...init, ...said, ...end])).toBe(words);
  });

  it('are none where only the machine spoke', () => {
    expect(lastWords([...init, ...end, ' '])).toBeNull();
  });
});
