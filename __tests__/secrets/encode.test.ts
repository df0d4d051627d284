import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSecretLines } from '../../rehearsal/flyctl/secret-lines.ts';
import { encodeSecrets, refuseSecret } from '../../src/secrets/encode.ts';
import { SecretValue } from '../../src/secrets/value.ts';
import { hurtfulValue } from './hurtful-values.ts';
import { parseImport } from './import-parser.ts';

const secrets = (values: Record<string, string>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, new SecretValue(value)]));

function carried(values: Record<string, string>): Record<string, string> {
  const encoded = encodeSecrets(secrets(values));
  if (!encoded.ok) throw new Error(`refused: ${encoded.refused.map(({ rule }) => rule).join()}`);
  return parseImport(encoded.text);
}

describe("the second opinion on flyctl's parser", () => {
  it('makes of the input of recording 077 what flyctl 0.4.87 sent', () => {
    const input = [
      'PLAIN=abc',
      'HASH=abc#def',
      'HASH_SPACE=abc #def',
      'HASH_DQ="abc#def"',
      "HASH_SQ='abc#def'",
      'DOLLAR=a$b${c}$(d)',
      'DQ=say "hi" now',
      'DQ_WRAP="quoted"',
      "SQ_WRAP='quoted'",
      'ONE_DQ_START="abc',
      'BACKSLASH=a\\nb\\\\c',
      'UNICODE=ünïcödé-🦞',
      'TRAIL_SPACES=abc   ',
      '  LEAD_KEY = lead',
      'EQUALS=a=b==',
      'EMPTY=',
      'EMPTY_DQ=""',
      '# comment line',
      '',
      'export EXPORTED=x',
      'TRIPLE_ONE="""a#b"c"""',
      'MULTI="""line1',
      'line2 # not a comment',
      '',
      'line4"""',
      'JSON={"a":"b#c","d":1}',
      // Its hash cuts the closing quotes off: everything behind it is part of a value that never ends.
      'JSON_TRIPLE="""{"a":"b#c"}"""',
      'CRLF=abc\r',
      'DUP=1',
      'DUP=2',
      '',
    ].join('\n');
    expect(parseImport(input)).toEqual({
      BACKSLASH: 'a\\nb\\\\c',
      DOLLAR: 'a$b${c}$(d)',
      DQ: 'say "hi" now',
      DQ_WRAP: 'quoted',
      EMPTY: '',
      EMPTY_DQ: '',
      EQUALS: 'a=b==',
      HASH: 'abc',
      HASH_DQ: 'abc#def',
      HASH_SPACE: 'abc',
      HASH_SQ: "'abc",
      JSON: '{"a":"b#c","d":1}',
      LEAD_KEY: 'lead',
      MULTI: 'line1\nline2 # not a comment\n\nline4',
      ONE_DQ_START: '"abc',
      PLAIN: 'abc',
      SQ_WRAP: 'quoted',
      TRAIL_SPACES: 'abc   ',
      TRIPLE_ONE: 'a#b"c',
      UNICODE: 'ünïcödé-🦞',
      'export EXPORTED': 'x',
    });
  });

  it.each([
    ['recording 078, no newline at the end', 'A=1\nB=2', { A: '1', B: '2' }],
    ['recording 079, three quotes that never close', 'A=1\nM="""line1\nline2\n', { A: '1' }],
    ['recording 080, a line of 70,000 bytes', `A=1\nLONG=${'x'.repeat(70_000)}\nB=2\n`, { A: '1' }],
    ['recording 082, a byte order mark', '\ufeffA=1\n', { '\ufeffA': '1' }],
    ['the source, one CR before a line end goes', 'A=abc\r\r\n', { A: 'abc\r' }],
    ['the source, the last of two assignments wins', 'A=1\nA=2\n', { A: '2' }],
  ])('agrees with %s', (_, input, sent) => {
    expect(parseImport(input)).toEqual(sent);
  });

  it.each([
    ['081, a single quote alone', "A='\n", 'slice bounds out of range'],
    ['083, nothing', '', 'requires at least one SECRET=VALUE pair'],
    ['084, comments only', '# nothing\n\n', 'requires at least one SECRET=VALUE pair'],
    ['085, a line without =', 'A=1\nthis-is-a-secret-without-equals\n', 'NAME=VALUE pairs'],
  ])('fails where recording %s did', (_, input, message) => {
    expect(() => parseImport(input)).toThrow(message);
  });
});

describe("the stand-in's parser", () => {
  const outcome = (parse: () => Record<string, string>) => {
    try {
      return parse();
    } catch {
      // Each of the two has its own words for a failure.
      return 'failed';
    }
  };

  it.each([
    ['a line of a byte order mark, which Go does not call blank', '\ufeff\nA=1\n', 'failed'],
    ['a line of U+0085, which Go calls blank', '\u0085\nA=1\n', { A: '1' }],
    ['a name between spaces of every kind', '\u00a0\u2003A\u3000\v=1\n', { A: '1' }],
  ])('reads %s, as flyctl does', (_, input, expected) => {
    expect(outcome(() => Object.fromEntries(parseSecretLines(input)))).toEqual(expected);
  });

  it('makes of any text what the second opinion makes of it', () => {
    const start = fc.constantFrom('', 'A=', 'B="', 'C="""', ' D =');
    fc.assert(
      fc.property(fc.array(fc.tuple(start, hurtfulValue), { maxLength: 4 }), (lines) => {
        const input = lines.map((line) => `${line.join('')}\n`).join('');
        const values = outcome(() => Object.fromEntries(parseSecretLines(input)));
        const empty = typeof values === 'object' && Object.keys(values).length === 0;
        expect(empty ? 'failed' : values).toEqual(outcome(() => parseImport(input)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the encoder', () => {
  it.each([
    ['a hash', 'abc#def'],
    ['a hash after a blank', 'abc #def'],
    ['a hash after one double quote', 'a"b#c'],
    ['a hash after two double quotes', 'a"b"c#d'],
    ['a hash in single quotes', "'abc#def'"],
    ['double quotes around', '"quoted"'],
    ['single quotes around', "'quoted'"],
    ['a double quote alone', '"'],
    ['a single quote alone', "'"],
    ['three double quotes alone', '"""'],
    ['double quotes in every number', '"" """ """" """""'],
    ['blanks at both ends', '  \tabc\t  '],
    ['only blanks', '   '],
    ['nothing', ''],
    ['a byte order mark', '\ufeffabc'],
    ['shell syntax', '$HOME `id` $(id) \\n \\\\ %s'],
    ['a CR in the middle and at the end', 'a\rb\r'],
    ['an empty line at both ends', '\nabc\n'],
    ['only empty lines', '\n\n\n'],
    ['lines that look like assignments and comments', 'a\nB=1\n# c\n\nexport D=2'],
    ['a hash after a double quote in a later line', 'first\na"b#c'],
    ['three double quotes at the very end', 'first\nlast"""'],
    ['a CR at the very end of several lines', 'first\nlast\r'],
    ['unicode and its own line ends', 'ünïcödé-🦞\u2028\u0085\u00a0'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----\n'],
    ['pretty JSON', JSON.stringify({ type: 'service_account', key: 'a\nb', '#': '"' }, null, 2)],
  ])('carries %s', (_, value) => {
    expect(carried({ FIRST: 'one', SECRET: value, LAST: 'two' })).toEqual({
      FIRST: 'one',
      SECRET: value,
      LAST: 'two',
    });
  });

  it('loses and alters nothing of 5,000 values that hurt, and says by what rule it refuses', () => {
    const refused = new Map<string, number>();
    let sent = 0;
    fc.assert(
      fc.property(hurtfulValue, (value) => {
        const refusal = refuseSecret('SECRET', new SecretValue(value));
        if (refusal) {
          refused.set(refusal.rule, (refused.get(refusal.rule) ?? 0) + 1);
          expect(anyQuotingCarries(value)).toBe(false);
          return;
        }
        sent++;
        const values = { FIRST: 'one', SECRET: value, LAST: 'two' };
        expect(carried(values)).toEqual(values);
      }),
      { numRuns: 5000 },
    );
    // Which of the rules a random run meets is chance: one value in 1,400 ends as a comment.
    expect(['closing-quotes', 'comment', 'windows-line-end']).toEqual(
      expect.arrayContaining([...refused.keys()]),
    );
    expect(sent).toBeGreaterThan(3000);
  });

  it('carries 500 secrets of 4 kB in one text', () => {
    const values = Object.fromEntries(
      Array.from({ length: 500 }, (_, n) => [`SECRET_${n}`, `${n}#"x"\n`.padEnd(4096, `'${n}\n`)]),
    );
    expect(carried(values)).toEqual(values);
  });

  it('has nothing to send for no values', () => {
    expect(encodeSecrets(new Map())).toEqual({ ok: true, text: '' });
  });

  it.each([
    ['name', '1ST', 'abc'],
    ['name', 'A=B', 'abc'],
    ['name', '#A', 'abc'],
    ['name', 'A-B', 'abc'],
    ['nul', 'A', 'a\0b'],
    ['surrogate', 'A', 'a\ud83e'],
    ['windows-line-end', 'A', 'a\r\nb'],
    ['windows-line-end', 'A', 'a\nb\r\nc'],
    ['closing-quotes', 'A', 'a"""\nb'],
    ['closing-quotes', 'A', 'a\nb"""\nc'],
    ['comment', 'A', 'a"b#c\nd'],
    ['long-line', 'A', 'x'.repeat(65_527)],
    ['long-line', 'A', `a\n${'é'.repeat(33_000)}`],
    ['too-large', 'A', 'x\n'.repeat(65_535)],
    ['too-large', 'A', 'x'.repeat(1_000_000)],
  ])('refuses by the rule %s', (rule, name, value) => {
    expect(refuseSecret(name, new SecretValue(value))).toMatchObject({ name, rule });
  });

  it.each([
    ['the longest line that flyctl reads', 'A', 'x'.repeat(65_526)],
    ['the largest variable that Linux takes', 'A', 'x\n'.repeat(65_534)],
  ])('still carries %s', (_, name, value) => {
    expect(carried({ [name]: value })).toEqual({ [name]: value });
  });

  it('sends nothing at all when one of the values cannot be carried', () => {
    expect(encodeSecrets(secrets({ GOOD: 'abc', BAD: 'a\r\nb', WORSE: 'a\0' }))).toEqual({
      ok: false,
      refused: [
        expect.objectContaining({ name: 'BAD', rule: 'windows-line-end' }),
        expect.objectContaining({ name: 'WORSE', rule: 'nul' }),
      ],
    });
  });

  it('tells why without any part of the value', () => {
    const value = new SecretValue('hunter2 is here"""\r\nand here"#\n');
    expect(JSON.stringify(refuseSecret('A', value))).not.toMatch(/hunter|here/);
  });
});

function anyQuotingCarries(value: string): boolean {
  return ['', '"', "'", '"""'].some((quote) => {
    try {
      const values = parseImport(`A=${quote}${value}${quote}\nB=1\n`);
      return values.A === value && values.B === '1' && Object.keys(values).length === 2;
    } catch {
      return false;
    }
  });
}
