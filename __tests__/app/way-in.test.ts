import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/app/config.ts';
import { wayIn } from '../../src/app/way-in.ts';

const guides = 'node dist/index.js gateway --port 3000 --bind lan';

function visit(toml: string, part: Partial<Parameters<typeof wayIn>[0]> = {}) {
  const config = readConfig({
    file: 'fly.toml',
    directory: '/repo',
    format: 'toml',
    text: toml,
    generated: false,
  });
  return wayIn({
    app: 'claw',
    mode: 'public',
    access: 'public',
    secretNames: ['OPENCLAW_GATEWAY_TOKEN'],
    config,
    first: true,
    changed: false,
    ...part,
  });
}

const inside = (command: string) => `fly ssh console -a claw -C "${command}"`;
const processes = (command: string) => `[processes]\n  app = "${command}"\n`;

describe('who was never in', () => {
  test.each(['public', 'flycast'] as const)('reads the token, then approves the pairing: %s', (access) => {
    expect(visit(processes(guides), { access })).toEqual([
      {
        text: "Paste the gateway's token there. The machine can tell it:",
        url: null,
        commands: [inside('printenv OPENCLAW_GATEWAY_TOKEN')],
      },
      {
        text: 'If the page then asks to be paired, list what waits, and approve what is yours by its id:',
        url: null,
        commands: [
          inside('env OPENCLAW_GATEWAY_PORT=3000 node /app/dist/index.js devices list'),
          inside('env OPENCLAW_GATEWAY_PORT=3000 node /app/dist/index.js devices approve REQUEST_ID'),
        ],
      },
    ]);
  });

  test('has no page where only the console leads in', () => {
    expect(visit(processes(guides), { access: 'console' }).map(({ commands }) => commands)).toEqual([
      [inside('env OPENCLAW_GATEWAY_PORT=3000 node /app/dist/index.js status')],
    ]);
  });

  test.each<[string, string, readonly string[], string | null]>([
    ['a secret', '', ['ANTHROPIC_API_KEY', 'OPENCLAW_GATEWAY_TOKEN'], 'printenv OPENCLAW_GATEWAY_TOKEN'],
    ['an older name', '', ['CLAWDBOT_GATEWAY_TOKEN'], 'printenv CLAWDBOT_GATEWAY_TOKEN'],
    ['a password', '', ['OPENCLAW_GATEWAY_PASSWORD'], 'printenv OPENCLAW_GATEWAY_PASSWORD'],
    ['the config', '[env]\n  OPENCLAW_STATE_DIR = "/data"', [], 'cat /data/openclaw.json'],
    ['a place that nobody knows', '', [], null],
    ['a path that is no word', '[env]\n  OPENCLAW_STATE_DIR = "/da ta"', [], null],
  ])('finds the credential in %s', (_, toml, secretNames, command) => {
    const [first, second] = visit(toml, { secretNames });
    if (command === null) expect([first?.commands.length, second]).toEqual([2, undefined]);
    else expect(first?.commands).toEqual([inside(command)]);
  });

  test.each<[string, string, string]>([
    ['the port of its own default', processes('node dist/index.js gateway'), 'node /app/dist/index.js'],
    [
      'the port of the environment',
      `[env]\n  OPENCLAW_GATEWAY_PORT = "3000"\n${processes(guides)}`,
      'node /app/dist/index.js',
    ],
    ['another program', processes('openclaw gateway --port 8080'), 'env OPENCLAW_GATEWAY_PORT=8080 openclaw'],
    ['a script', processes('sh /data/start.sh'), 'node /app/dist/index.js'],
    ['no command at all', '', 'node /app/dist/index.js'],
  ])('asks the gateway by %s', (_, toml, program) => {
    expect(visit(toml).at(-1)?.commands[0]).toBe(inside(`${program} devices list`));
  });
});

describe('who was in before', () => {
  const texts = (part: Parameters<typeof visit>[1]) =>
    visit(processes(guides), { first: false, ...part }).map(({ text }) => text);

  test('is told nothing while nothing changed', () => {
    expect(texts({})).toEqual([]);
    expect(texts({ mode: 'private', access: 'flycast' })).toEqual([]);
  });

  test.each<[string, Parameters<typeof visit>[1], RegExp[]]>([
    [
      'the private way in',
      { mode: 'private', access: 'flycast' },
      [/origin .*`http:\/\/localhost:3000`/, /webhooks/],
    ],
    ['the console only', { mode: 'private', access: 'console' }, [/webhooks/]],
    ['the public page', { mode: 'public', access: 'public' }, [/origin .*`https:\/\/claw\.fly\.dev`/]],
  ])('is told what a change means for %s', (_, part, expected) => {
    const told = texts({ ...part, changed: true });
    expect(told).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(told[index]).toMatch(pattern);
  });
});

test('a first private deploy says what webhooks need', () => {
  const steps = visit(processes(guides), { mode: 'private', access: 'flycast' });
  expect(steps.at(-1)?.text).toMatch(/^Services that call in \(webhooks\) do not reach a private app\./);
});
