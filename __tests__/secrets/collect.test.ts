import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CollectedSecrets, collectSecrets, type SecretsRequest } from '../../src/secrets/collect.ts';
import { hurtfulValue } from './hurtful-values.ts';

const collect = (secrets: string, more: Partial<SecretsRequest> = {}) =>
  collectSecrets({ secrets, include: null, exclude: null, env: {}, ...more });
const revealed = (collected: CollectedSecrets) =>
  Object.fromEntries([...collected.values].map(([name, value]) => [name, value.reveal()]));
const messages = (collected: CollectedSecrets) => collected.findings.map(({ message }) => message);
const hidden = (collected: CollectedSecrets) => collected.unspeakable.map((value) => value.reveal());

describe('a list of names', () => {
  const env = { DISCORD_BOT_TOKEN: 'discord-value', GH_NAME: 'renamed-value', EMPTY: '', BLANKS: '  ' };

  it('takes the values from the environment of the step', async () => {
    const collected = await collect('DISCORD_BOT_TOKEN\nGH_NAME', { env });
    expect(collected).toMatchObject({ form: 'list', findings: [], leftOut: [], absent: [] });
    expect(revealed(collected)).toEqual({ DISCORD_BOT_TOKEN: 'discord-value', GH_NAME: 'renamed-value' });
  });

  it.each([
    ['a rename', 'FLY_SIDE=GH_NAME', { FLY_SIDE: 'renamed-value' }],
    ['blanks around the parts of a rename', '  FLY_SIDE = GH_NAME  ', { FLY_SIDE: 'renamed-value' }],
    ['one variable under two names', 'A=GH_NAME\nB=GH_NAME', { A: 'renamed-value', B: 'renamed-value' }],
    [
      'comments, blank lines and CR LF',
      '# all\r\n\r\nGH_NAME # why\r\n  # end',
      { GH_NAME: 'renamed-value' },
    ],
    ['an optional name that has a value', 'GH_NAME?', { GH_NAME: 'renamed-value' }],
    ['an optional rename', 'A?=GH_NAME\nB=GH_NAME?', { A: 'renamed-value', B: 'renamed-value' }],
    ['a value of blanks', 'BLANKS', { BLANKS: '  ' }],
    ['a byte order mark before it', '\ufeffGH_NAME', { GH_NAME: 'renamed-value' }],
  ])('understands %s', async (_, list, values) => {
    const collected = await collect(list, { env });
    expect(messages(collected)).toEqual([]);
    expect(revealed(collected)).toEqual(values);
  });

  it('leaves an optional name without a value out, and says which', async () => {
    const collected = await collect('A?\nB=MISSING?\nC?=EMPTY\nGH_NAME', { env });
    expect(collected).toMatchObject({ findings: [], absent: ['A', 'B', 'C'] });
    expect(Object.keys(revealed(collected))).toEqual(['GH_NAME']);
  });

  it.each([
    ['a name that is not in the environment', 'MISSING', 'MISSING', 'MISSING: ${{ secrets.MISSING }}'],
    ['a name whose value is empty', 'EMPTY', 'EMPTY', 'EMPTY has no value'],
    ['a name that objects inherit', 'constructor', 'constructor', 'constructor has no value'],
    ['a rename from what is no variable', 'A=NOT_THERE', 'A', 'line 1 has behind the ='],
    ['the same name twice', 'GH_NAME\n\nGH_NAME', 'GH_NAME', 'line 3'],
    ['two sources for one name', 'A=GH_NAME\nA=DISCORD_BOT_TOKEN', 'A', 'A is there twice'],
    ['a digit first', '1PASSWORD', null, 'line 1'],
    ['a dash', 'GH_NAME\nMY-KEY', null, 'line 2'],
    ['a second =', 'A=B=C', null, 'line 1'],
    ['two names in a line', 'GH_NAME DISCORD_BOT_TOKEN', null, 'one a line'],
    ['comments only', '# later', null, 'no name in the list'],
  ])('finds fault with %s', async (_, list, name, words) => {
    const { findings } = await collect(list, { env });
    expect(findings).toEqual([{ name, message: expect.stringContaining(words) }]);
    expect(findings[0]?.message).toMatch(/^secrets: /);
  });

  it('gathers everything that is wrong at once', async () => {
    const collected = await collect('MISSING\nGH_NAME\nGH_NAME\nA B\nX=NOPE', { env });
    expect(collected.findings.map(({ name }) => name)).toEqual(['MISSING', 'GH_NAME', null, 'X']);
  });

  it('names a value that cannot be carried before anything is staged', async () => {
    const collected = await collect('PEM', { env: { PEM: 'secret-line\r\nother-line' } });
    expect(collected.findings).toEqual([
      { name: 'PEM', message: expect.stringContaining('Windows line ends') },
    ]);
    expect(messages(collected).join()).not.toContain('line\r');
  });

  it.each([
    ['behind a rename', 'TOKEN=sk-ant-api03-abcdef', 'sk-ant-api03-abcdef'],
    [
      'behind a rename, though it looks like a name',
      'TOKEN=xoxb0123456789abcdefghij',
      'xoxb0123456789abcdefghij',
    ],
    ['as a name', 'sk_live_51H8abcdefghijklmnop', 'sk_live_51H8abcdefghijklmnop'],
    [
      'as a name of hexadecimal digits',
      `f${'0123456789abcdef'.repeat(3)}`,
      `f${'0123456789abcdef'.repeat(3)}`,
    ],
    ['behind a name and a blank', 'TOKEN hunter2-hunter2', 'hunter2-hunter2'],
    ['as an optional name', 'sk_live_51H8abcdefghijklmnop?', 'sk_live_51H8abcdefghijklmnop'],
  ])('does not repeat a value that somebody wrote %s, and has it masked', async (_, list, value) => {
    const collected = await collect(list);
    expect(JSON.stringify([collected.findings, collected.absent, collected.notices])).not.toContain(value);
    expect(hidden(collected)).toContain(value);
  });

  it('says that the filters do nothing for it', async () => {
    const collected = await collect('GH_NAME', { env, include: ['*'], exclude: [] });
    expect(collected.notices).toEqual([
      expect.stringContaining('secrets-include'),
      expect.stringContaining('secrets-exclude'),
    ]);
  });
});

describe('a JSON object', () => {
  const object = {
    OPENCLAW_GATEWAY_TOKEN: 'gateway-value',
    DISCORD_BOT_TOKEN: 'discord-value',
    OPENAI_API_KEY_2: 'openai-value',
    NPM_TOKEN: 'npm-value',
    FLY_API_TOKEN: 'fly-value',
    github_token: 'github-value',
    ACTIONS_STEP_DEBUG: 'true',
    RUNNER_LABEL: 'runner-value',
  };
  const json = JSON.stringify(object, null, 2);
  const own = ['FLY_API_TOKEN', 'github_token', 'ACTIONS_STEP_DEBUG', 'RUNNER_LABEL'];

  it('gives what OpenClaw reads, and names what it leaves out', async () => {
    const collected = await collect(json);
    expect(collected).toMatchObject({
      form: 'json',
      findings: [],
      notices: [],
      leftOut: ['NPM_TOKEN', ...own],
    });
    expect(revealed(collected)).toEqual({
      OPENCLAW_GATEWAY_TOKEN: 'gateway-value',
      DISCORD_BOT_TOKEN: 'discord-value',
      OPENAI_API_KEY_2: 'openai-value',
    });
  });

  it.each([
    ['other names instead', ['NPM_*'], null, ['NPM_TOKEN']],
    [
      'more names',
      ['openclaw-defaults', 'NPM_*'],
      ['DISCORD_*'],
      ['OPENCLAW_GATEWAY_TOKEN', 'OPENAI_API_KEY_2', 'NPM_TOKEN'],
    ],
    ['fewer names, in any case', null, ['openai_api_*'], ['OPENCLAW_GATEWAY_TOKEN', 'DISCORD_BOT_TOKEN']],
    [
      'all names, but never those of the deploy and of the runner',
      ['*'],
      [],
      ['OPENCLAW_GATEWAY_TOKEN', 'DISCORD_BOT_TOKEN', 'OPENAI_API_KEY_2', 'NPM_TOKEN'],
    ],
  ])('takes %s where the filters say so', async (_, include, exclude, names) => {
    const collected = await collect(json, { include, exclude });
    expect([...collected.values.keys()]).toEqual(names);
    expect(collected.leftOut).toEqual(Object.keys(object).filter((name) => !names.includes(name)));
  });

  it('has every value masked, of names left out as well', async () => {
    expect(hidden(await collect(json))).toEqual(Object.values(object));
  });

  it('says when nothing is chosen, as with the secrets of a fork', async () => {
    const collected = await collect('{"github_token":"github-value"}');
    expect(collected).toMatchObject({ findings: [], leftOut: ['github_token'] });
    expect(collected.notices).toEqual([expect.stringContaining('no secret is sent')]);
  });

  it.each([
    ['broken JSON', '{"A": "hidden-value",}', null, 'begins like JSON'],
    ['an array', '["hidden-value"]', null, 'an array'],
    ['an empty array', '[]', null, 'an array'],
    ['a string', '"hidden-value"', null, 'a string'],
    ['a number', '4242424242', null, 'a number'],
    ['null', 'null', null, 'null'],
    ['an empty object', '{}', null, 'empty'],
    ['an object as value', '{"A": {"B": "hidden-value"}}', 'A', 'an object'],
    ['an array as value', '{"A": ["hidden-value"]}', 'A', 'an array'],
    ['a number as value', '{"A": 4242424242}', 'A', 'a number'],
    ['a boolean as value', '{"A": true}', 'A', 'true or false'],
    ['null as value', '{"A": null}', 'A', 'null'],
    ['the same name twice', '{"A": "hidden-value", "B": "}\\":", "A": "x"}', 'A', 'twice'],
    ['a name with =', '{"B": "x", "A=B": "hidden-value"}', null, 'entry 2'],
    ['an empty name', '{"": "hidden-value"}', null, 'entry 1'],
    ['a chosen name without a value', '{"DISCORD_BOT_TOKEN": ""}', 'DISCORD_BOT_TOKEN', 'is empty'],
    [
      'a value of 1 MB',
      `{"DISCORD_BOT_TOKEN": "${'hidden-value'.repeat(87_382)}"}`,
      'DISCORD_BOT_TOKEN',
      '128 KiB',
    ],
  ])('finds fault with %s', async (_, text, name, words) => {
    const { findings } = await collect(text);
    expect(findings).toEqual([{ name, message: expect.stringContaining(words) }]);
    expect(findings[0]?.message).not.toMatch(/hidden|4242/);
  });

  it('finds fault with a filter that means everything else', async () => {
    const collected = await collect(json, { include: ['!NPM_TOKEN'], exclude: ['!DISCORD_*'] });
    expect(messages(collected)).toEqual([
      expect.stringMatching(/^secrets-include: .*secrets-exclude/),
      expect.stringMatching(/^secrets-exclude: .*secrets-include/),
    ]);
  });

  it('keeps names that objects treat in a way of their own', async () => {
    const collected = await collect('{"__proto__": "first-value", "toString": "second-value"}', {
      include: ['*'],
    });
    expect([...collected.values.keys()].sort()).toEqual(['__proto__', 'toString']);
  });

  it('masks the texts of broken JSON', async () => {
    expect(hidden(await collect('{"A": "hidden-value",}'))).toContain('hidden-value');
  });
});

describe('collecting', () => {
  it.each(['', '  \n '])('asks for nothing where the input is blank: %j', async (text) => {
    expect(await collect(text, { include: ['*'] })).toMatchObject({
      form: 'none',
      findings: [],
      notices: [],
    });
  });

  it('gives every value as it is and shows none of them, whatever they are', async () => {
    const values = fc.array(hurtfulValue, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(values, fc.boolean(), async (list, asJson) => {
        const env = Object.fromEntries(list.map((value, n) => [`NAME_${n}`, `${value}needle-in-it`]));
        const collected = asJson
          ? await collect(JSON.stringify(env), { include: ['NAME_*'] })
          : await collect(Object.keys(env).join('\n'), { env });
        expect(revealed(collected)).toEqual(env);
        expect(hidden(collected)).toEqual(Object.values(env));
        expect(inspect(collected, { depth: 9 }) + JSON.stringify(collected)).not.toContain('needle-in-it');
      }),
      { numRuns: 300 },
    );
  });
});
