import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../../src/secrets/mask.ts';
import { SecretValue } from '../../src/secrets/value.ts';

function masks(...values: string[]): string[] {
  const set: string[] = [];
  maskSecrets(
    values.map((value) => new SecretValue(value)),
    (text) => set.push(text),
  );
  return set;
}

/** What the runner hides after these masks: each whole and each of its lines, trimmed. */
function hiddenByRunner(set: string[]): string[] {
  return set
    .flatMap((mask) => [mask, ...mask.split(/[\r\n]+/).map((line) => line.trim())])
    .filter((text) => text !== '');
}

const account = JSON.stringify({ type: 'service_account', private_key: 'abc\ndef' }, null, 2);

describe('masking', () => {
  it('hides a value in one line', () => {
    expect(masks('hunter2-hunter2')).toEqual(['hunter2-hunter2']);
  });

  it('hides a value of one line however short it is', () => {
    expect(masks('abc')).toEqual(['abc']);
    expect(masks('xyz\n')).toEqual(['xyz\n', 'xyz']);
  });

  it('hides a value with blanks around it, and without', () => {
    expect(masks('  hunter2 \t')).toEqual(['  hunter2 \t', 'hunter2']);
  });

  it('hides each line of a value, and the whole', () => {
    const key = '-----BEGIN KEY-----\r\n  abcdef\nghijkl\n';
    expect(masks(key)).toEqual([key, '-----BEGIN KEY-----', '  abcdef', 'abcdef', 'ghijkl']);
  });

  it('never hides a line of under six characters, which would hide braces and digits everywhere', () => {
    const hidden = hiddenByRunner(
      masks(account, 'deep:\n      a: 1\nlong-enough', 'first-line\n1\ntrue\nlast-line', '{\n}'),
    );
    expect(hidden).toEqual(expect.arrayContaining(['first-line', 'last-line', '"type": "service_account",']));
    // What is left of the last value: itself in JSON and in base64.
    expect(hidden.filter((text) => text.length < 6 && !['{\\n}', 'ewp9'].includes(text))).toEqual([]);
  });

  it('hides a value with short lines as it stands in base64, JSON and URLs', () => {
    expect(masks(account)).toEqual(
      expect.arrayContaining([
        Buffer.from(account).toString('base64'),
        JSON.stringify(account).slice(1, -1),
        encodeURIComponent(account),
      ]),
    );
  });

  it.each(['', '   ', '\n\n', ' \r\n \t'])('asks for no mask of blanks: %j', (value) => {
    expect(masks(value)).toEqual([]);
  });

  it.each(['1', 'a', 'no', 'true', 'False', ' true\n'])(
    'asks for no mask of %j, which is a setting and stands in outputs everywhere',
    (value) => {
      expect(masks(value)).toEqual([]);
    },
  );

  it('asks for each mask once', () => {
    expect(masks('hunter2-hunter2', 'hunter2-hunter2')).toEqual(['hunter2-hunter2']);
  });
});
