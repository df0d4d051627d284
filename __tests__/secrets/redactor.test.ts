import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactor } from '../../src/secrets/mask.ts';
import { SecretValue } from '../../src/secrets/value.ts';
import { hurtfulValue } from './hurtful-values.ts';

const redact = (text: string, ...values: string[]) =>
  redactor(values.map((value) => new SecretValue(value)))(text);

const goJson = (text: string) =>
  JSON.stringify(text).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);

describe('redacting', () => {
  const value = 'p<ss&wörd+/?? "x"';

  it.each([
    ['as it is', value],
    ['in base64', Buffer.from(value).toString('base64')],
    ['in base64 for URLs', Buffer.from(value).toString('base64url')],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
    ['in JSON by Go', goJson(value).slice(1, -1)],
    ['in a URL', encodeURIComponent(value)],
    ['in a query', new URLSearchParams({ q: value }).toString().slice(2)],
  ])('takes a value out %s', (_, form) => {
    expect(redact(`before ${form} after`, value)).toBe('before *** after');
  });

  it.each([0, 1, 2])('takes a value out of the base64 of a longer text, after %d bytes', (offset) => {
    const user = 'u'.repeat(offset);
    const code = Buffer.from(`${user}hunter2-hunter2-hunter2:x`).toString('base64');
    const left = redact(code, 'hunter2-hunter2-hunter2').replace('***', '');
    expect(left.length).toBeLessThan(code.length - 25);
  });

  it("takes the value out of the line that flyctl's parser prints", () => {
    expect(redact('Error: NAME=VALUE pairs (hunter2-hunter2 is invalid)', 'hunter2-hunter2')).toBe(
      'Error: NAME=VALUE pairs (*** is invalid)',
    );
  });

  it('takes out each line of a value, and what stands around it in blanks stays', () => {
    expect(redact('a\n  line-one\r\n| line-two |', '  line-one\nline-two\nx\n')).toBe('a\n  ***\r\n| *** |');
  });

  it('leaves a value that is a setting, as it leaves every word like it', () => {
    expect(redact('{"healthy": true}', 'true', '1')).toBe('{"healthy": true}');
  });

  it('takes out all of two values that overlap or touch', () => {
    expect(redact('<abc-secret-xyz!>', 'abc-secret', 'secret-xyz')).toBe('<***!>');
    expect(redact('<abcdefghij>', 'abcdef', 'ghij')).toBe('<***>');
  });

  it('takes the longer of two values that begin alike', () => {
    expect(redact('<hunter2-hunter2> <hunter2>', 'hunter2', 'hunter2-hunter2', 'hunter')).toBe('<***> <***>');
  });

  it('takes out what is left of a value that was cut at its start, its end or both', () => {
    const value = Array.from({ length: 500 }, (_, n) => `${n}`).join('-');
    for (const left of [
      value.slice(0, 63),
      value.slice(-63),
      value.slice(100, 163),
      value.slice(701, 1400),
    ]) {
      expect(redact(`<${left}> <${left}>`, value)).toBe('<***> <***>');
    }
  });

  it('takes out all of long values that overlap or share their middle', () => {
    const part = (name: string) => Array.from({ length: 40 }, (_, n) => `${name}${n}`).join('');
    const [a, b, c, d] = [part('a'), part('b'), part('c'), part('d')];
    expect(redact(`<${a}${b}${c}>`, `${a}${b}`, `${b}${c}`)).toBe('<***>');
    expect(redact(`<${a}${b}${c}> <${d}${b}${a}>`, `${a}${b}${c}`, `${d}${b}${a}`)).toBe('<***> <***>');
  });

  it('leaves whole values under four characters and lines under six where they are', () => {
    expect(redact('exit code 1 of abc, {', '1', 'abc', '{\n}')).toBe('exit code 1 of abc, {');
  });

  it.each([[[]], [['']], [['   ']], [['\n\n\n\n\n']]])('changes nothing for %j', (values) => {
    const text = '  a text\n\n\n\n\n\nwith    blanks   ';
    expect(redact(text, ...values)).toBe(text);
  });

  it('leaves no value, none of its lines and none of its forms in any text', () => {
    const text = fc.array(fc.oneof(fc.constantFrom('log ', '\n', '"', '=', '{}'), fc.nat({ max: 3 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(hurtfulValue, { minLength: 1, maxLength: 4 }), text, (values, pieces) => {
        const forms = values
          .filter((value) => value.trim().length >= 4)
          .flatMap((value) => [
            value.trim(),
            Buffer.from(value).toString('base64'),
            JSON.stringify(value).slice(1, -1),
            encodeURIComponent(value),
            ...value.split(/[\r\n]+/).filter((line) => line.length >= 6 && line.trim() !== ''),
          ]);
        const printed = pieces
          .map((piece) =>
            typeof piece === 'string' ? piece : (values[piece] ?? '') + (forms[piece * 5] ?? ''),
          )
          .join('');
        const shown = redact(printed, ...values);
        for (const form of forms.filter((form) => form.trim().length >= 6)) {
          // A form of nothing but stars is in what stands for it.
          if (form.trim().replaceAll('*', '') !== '') expect(shown).not.toContain(form.trim());
        }
      }),
      { numRuns: 400 },
    );
  });

  it('does not slow down for hundreds of values and megabytes of text', () => {
    const pem = (n: number) =>
      `-----BEGIN-----\n${`    "line ${n} of many": ${'ab'.repeat(16)},\n`.repeat(40)}`;
    const values = Array.from({ length: 500 }, (_, n) =>
      n % 2 ? pem(n) : `sk-proj-${n}-${'x'.repeat(4000)}`,
    );
    const clean = redactor(values.map((one) => new SecretValue(one)));
    const text = 'app: "sk-proj- a line of a log": 1234,\n'.repeat(30_000);
    // Each place of the text costs a look or two, whatever the values are; else this would take minutes.
    const shown = clean(`${text}<${values[499]}>${text}<${values[498]}>`);
    expect(shown.replaceAll('***\n', '***')).toBe(`${text}<***>${text}<***>`);
  });

  it('does not slow down for values and texts that repeat themselves', () => {
    expect(redact('a'.repeat(500_000), 'a'.repeat(60_000), 'a'.repeat(59_999))).toBe('***');
  });
});
