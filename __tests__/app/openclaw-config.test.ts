import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readGatewayCommand, splitCommand } from '../../src/app/command.ts';
import { parseJson5 } from '../../src/app/json5.ts';
import {
  bootWithConfig,
  bootWithOrigins,
  checkOpenclawConfig,
  configPlace,
  controlUiOrigins,
  type OpenclawContext,
  putConfigScript,
  settlesAuth,
} from '../../src/app/openclaw-config.ts';
import { Failure } from '../../src/causes.ts';
import { classify } from '../../src/gateway/classify.ts';
import { privateToml, publicToml, read } from './good-configs.ts';

const url = 'https://harbour-bot.fly.dev';
const context: OpenclawContext = { origins: [url], version: '2026.9.6', bindFlag: 'lan' };
const good = `// kept in the repository
{
  gateway: {
    mode: 'local',
    controlUi: { allowedOrigins: ['${url}'] },
    auth: { mode: "token", token: "\${OPENCLAW_GATEWAY_TOKEN}" },
  },
  auth: { profiles: { "anthropic:default": { mode: "token", provider: "anthropic" } } },
  channels: { discord: { enabled: true, token: { source: "env", provider: "default", id: "DISCORD_BOT_TOKEN" } } },
  agents: { defaults: { maxTokens: 4096, model: { primary: "anthropic/claude-opus-4-6" } } },
}
`;

const check = (text: string, part: Partial<OpenclawContext> = {}) =>
  checkOpenclawConfig('claw.json5', text, { ...context, ...part });
const brief = (text: string, part: Partial<OpenclawContext> = {}) =>
  check(text, part).map(({ rule, severity, line }) => `${severity} ${rule} ${line}`);

describe('the file of openclaw-config is checked', () => {
  test('a good one has no finding', () => {
    expect(brief(good)).toEqual([]);
  });

  test.each<[string, string, string[]]>([
    ['a comma that is missing', good.replace("'local',", "'local'"), ['error openclaw-config-error 5']],
    ['no object', '[1]', ['error openclaw-config-error 1']],
    ['no mode', good.replace("mode: 'local',", ''), ['error openclaw-config-mode 3']],
    ['another mode', good.replace("'local'", "'remote'"), ['error openclaw-config-mode 4']],
    ['no gateway at all', '{}', ['error openclaw-config-mode 1', 'warning openclaw-config-origins 1']],
    [
      'origins without the app',
      good.replace(url, 'https://other.example'),
      ['warning openclaw-config-origins 5'],
    ],
    ['no origins', good.replace(/ +controlUi.*\n/, ''), ['warning openclaw-config-origins 3']],
    ['any origin', good.replace(url, '*'), []],
    ['the origin with a slash', good.replace(url, `${url}/`), []],
    [
      'the fallback to the host',
      good.replace(/allowedOrigins.*\]/, 'dangerouslyAllowHostHeaderOriginFallback: true'),
      [],
    ],
  ])('%s', (_what, text, expected) => {
    expect(brief(text)).toEqual(expected);
  });

  test.each([
    ['2026.2.25', 'warning'],
    ['2026.2.26', 'error'],
    ['2026.3.31', 'error'],
    ['2026.4.9', 'warning'],
    ['2026.4.15', 'error'],
    ['2026.4.15-beta.1', 'error'],
    ['2026.9.6', 'warning'],
    [null, 'warning'],
  ])('no origins at all with OpenClaw %s is a matter of %s', (version, severity) => {
    expect(brief(good.replace(/ +controlUi.*\n/, ''), { version })).toEqual([
      `${severity} openclaw-config-origins 3`,
    ]);
  });

  test('a loopback bind matters where the command does not say --bind', () => {
    const text = good.replace("mode: 'local',", "mode: 'local', bind: 'loopback',");
    expect(brief(text)).toEqual([]);
    expect(brief(text, { bindFlag: null })).toEqual(['warning openclaw-config-bind 4']);
  });

  test.each([
    ['channels: { discord: { token: "MTExMTExMTE" } }', 'token', 'DISCORD_BOT_TOKEN'],
    ['channels: { telegram: { botToken: "12345:abc" } }', 'botToken', 'TELEGRAM_BOT_TOKEN'],
    ['channels: { slack: { appToken: "xapp-1-abcdefgh" } }', 'appToken', 'SLACK_APP_TOKEN'],
    ['gateway: { auth: { password: "correct horse" } }', 'password', 'OPENCLAW_GATEWAY_PASSWORD'],
    ['models: { providers: { moonshot: { apiKey: "abc123" } } }', 'apiKey', 'MOONSHOT_API_KEY'],
    ['env: { OPENROUTER_API_KEY: "abc" }', 'OPENROUTER_API_KEY', 'OPENROUTER_API_KEY'],
    ['tools: { web: { search: { apiKey: "BSAabc" } } }', 'apiKey', 'SEARCH_API_KEY'],
    ['x: { note: "sk-ant-api03-0123456789abcdef" }', 'note', 'X_NOTE'],
    ['x: { note: "ask https://claw:abc123@db.internal/x" }', 'note', 'X_NOTE'],
    ['hooks: { "my hook": { authToken: "abc" } }', 'authToken', 'MY_HOOK_AUTH_TOKEN'],
    ['models: { providers: { x: { apiKey: "sk-proj-0123456789abcdefgh" } } }', 'apiKey', 'X_API_KEY'],
  ])('a credential in %s gets the name to use', (part, key, name) => {
    const findings = check(`{\n${part} }`);
    const [finding] = findings.filter(({ rule }) => rule === 'openclaw-config-secret');
    expect(finding).toMatchObject({ severity: 'error', line: 2, lines: `${key}: "\${${name}}",` });
    expect(JSON.stringify(findings)).not.toMatch(/MTEx|12345:|xapp-1|horse|abc123|BSAabc|0123456789/);
  });
});

describe('what of the file is not in the file', () => {
  test.each([
    ['all', '$include: "./base.json5",', ['warning openclaw-config-include 2']],
    ['the gateway', 'gateway: { $include: ["a.json", "b.json"] },', ['warning openclaw-config-include 2']],
    [
      'another part',
      `agents: { $include: "a.json" }, gateway: { mode: "local", controlUi: { allowedOrigins: ["${url}"] } },`,
      ['warning openclaw-config-include 2'],
    ],
    [
      'a mode and an origin',
      'gateway: { mode: "${MODE}", controlUi: { allowedOrigins: ["${ORIGIN}"] } },',
      [],
    ],
    [
      'a wrong mode',
      '$include: "a.json", gateway: { mode: "remote" },',
      ['error openclaw-config-mode 2', 'warning openclaw-config-include 2'],
    ],
  ])('%s', (_what, part, expected) => {
    expect(brief(`{\n${part}\n}`).sort()).toEqual(expected);
  });

  test.each([
    '// curl -H "Authorization: Bearer sk-ant-api03-0123456789abcdef"',
    '/* was: xoxb-123456789012-abcdef */',
  ])('a credential that is shipped along, and no value: %s', (line) => {
    const findings = check(good.replace('{\n', `{\n${line}\n`));
    expect(findings.map(({ rule, line, lines }) => [rule, line, lines])).toEqual([
      ['openclaw-config-secret', 3, null],
    ]);
    expect(JSON.stringify(findings)).not.toMatch(/0123456789|hunter2/);
  });

  test.each(['ollama-local', 'OPENROUTER_API_KEY', '/run/secrets/key', 'sk-ant-...'])(
    '%s is no credential',
    (value) => {
      const part = `models: { providers: { x: { apiKey: "${value}" } } },`;
      expect(brief(good.replace('{\n', `{\n${part}\n`))).toEqual([]);
    },
  );
});

describe('who gets in', () => {
  test.each([
    ['{ gateway: { auth: { mode: "trusted-proxy" } } }', true],
    ['{ gateway: { auth: { mode: "password", password: "${PW}" } } }', true],
    ['{ gateway: { auth: { token: "${MY_TOKEN}" } } }', true],
    ['{ gateway: { auth: { token: "${OPENCLAW_GATEWAY_TOKEN}" } } }', false],
    ['{ gateway: { auth: { mode: "token" } } }', false],
    ['{ gateway: { mode: "local" } }', false],
    ['not JSON5', false],
  ])('is settled by %s: %s', (text, settled) => {
    expect(settlesAuth(text)).toBe(settled);
  });
});

describe('where the pages of the Control UI come from', () => {
  test.each([
    ['public', ['https://bot.fly.dev']],
    ['flycast', ['http://bot.flycast', 'http://localhost:3000', 'http://127.0.0.1:3000']],
    ['console', ['http://localhost:3000', 'http://127.0.0.1:3000']],
  ] as const)('%s', (access, origins) => {
    expect(controlUiOrigins('bot', access)).toEqual(origins);
  });
});

describe('where the gateway looks for its config', () => {
  test.each<[string, string, string | null]>([
    ['the state directory', publicToml, '/data/openclaw.json'],
    [
      'a path of its own',
      publicToml.replace('NODE_ENV = "production"', 'OPENCLAW_CONFIG_PATH = "/data/c/x.json"'),
      '/data/c/x.json',
    ],
    ['an old name', publicToml.replace('OPENCLAW_STATE', 'CLAWDBOT_STATE'), '/data/openclaw.json'],
    ['a home', publicToml.replace('OPENCLAW_STATE_DIR', 'OPENCLAW_HOME'), '/data/.openclaw/openclaw.json'],
    ['a fork: not known', publicToml.replaceAll('OPENCLAW_', 'GULL_'), null],
    [
      'a fork that says it',
      publicToml
        .replaceAll('OPENCLAW_PREFER_PNPM = "1"', 'GULL_CONFIG_PATH = "/data/gull.json"')
        .replace('OPENCLAW', 'GULL'),
      '/data/gull.json',
    ],
    ['nothing said', publicToml.replace(/.*STATE_DIR.*\n/, ''), null],
  ])('%s', (_what, text, place) => {
    expect(configPlace(read(text))).toBe(place);
  });
});

describe('the config comes with the deploy', () => {
  const config = read(publicToml);

  test('as two files and a command that the words of the user follow unchanged', () => {
    const boot = bootWithConfig(config, null, 'claw.json5', good);
    expect(boot.files.map(({ guestPath }) => guestPath)).toEqual([
      '/etc/deploy-openclaw/openclaw.json5',
      '/etc/deploy-openclaw/put-config.sh',
    ]);
    expect(boot.files[0]?.text).toBe(good);
    const command = `node -e 'console.log("it''s $HOME")' gateway --port 3000`;
    const words = splitCommand(boot.wrap(command));
    expect(words?.slice(4)).toEqual(splitCommand(command));
    expect(readGatewayCommand(boot.wrap(command))?.port).toBe(3000);
  });

  test.each<[string, string, string | null, RegExp]>([
    ['no command', publicToml.replace(/\[processes\]\n.*\n/, ''), null, /names none/],
    ['a word for the entrypoint', publicToml, 'gateway --port 3000', /entrypoint/],
    ['a place that is not known', publicToml.replaceAll('OPENCLAW_', 'GULL_'), null, /OPENCLAW_STATE_DIR/],
  ])('and says what is missing: %s', (_what, text, command, message) => {
    try {
      bootWithConfig(read(text), command, 'claw.json5', good);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      expect((error as Failure).code).toBe('inputs-invalid');
      expect((error as Failure).message).toMatch(message);
      expect((error as Failure).fix?.lines?.text).toMatch(/\[processes\]|\[env\]/);
    }
  });

  test.each<[string, string, string | null, 'public' | 'flycast' | 'console', boolean]>([
    ['a version that needs origins', publicToml, '2026.3.13', 'public', true],
    ['a later version in public mode', publicToml, '2026.9.6', 'public', true],
    ['a later version for Flycast', privateToml, '2026.9.6', 'flycast', true],
    ['a later version with the console only', privateToml, '2026.9.6', 'console', false],
    ['a version that needs origins with the console only', privateToml, '2026.3.13', 'console', true],
    ['a version that does not know the key', publicToml, '2026.1.29', 'public', false],
    ['a version that is not known', publicToml, null, 'public', false],
    ['a fork', publicToml.replaceAll('OPENCLAW_', 'GULL_'), '2026.9.6', 'public', false],
    ['no command', publicToml.replace(/\[processes\]\n.*\n/, ''), '2026.9.6', 'public', false],
  ])('first boot: %s', (_what, text, version, access, given) => {
    const boot = bootWithOrigins(read(text), null, version, access, 'bot');
    expect(boot !== null).toBe(given);
    if (boot) {
      const { value } = parseJson5(boot.files[0]?.text ?? '');
      // Whatever the mode is now: the config outlives a change of it.
      const allowedOrigins = [
        'https://bot.fly.dev',
        'http://bot.flycast',
        'http://localhost:3000',
        'http://127.0.0.1:3000',
      ];
      expect(value).toEqual({ gateway: { mode: 'local', controlUi: { allowedOrigins } } });
      expect(boot.files[1]?.text).toContain('/data/openclaw.json');
    }
  });
});

describe.skipIf(process.platform === 'win32')('the script on the machine', () => {
  let root = '';
  let from = '';
  let to = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "it's a machine "));
    from = join(root, 'etc', 'openclaw.json5');
    to = join(root, 'data', 'openclaw.json');
    mkdirSync(join(root, 'etc'));
    writeFileSync(from, '{ a: "one" }\n');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** One boot: the script, then the gateway, which prints what it is given and the config it finds. */
  const start = (policy: 'replace' | 'seed' = 'replace', stderr = /^$/) => {
    const script = join(root, 'etc', 'put-config.sh');
    writeFileSync(script, putConfigScript(from, to, policy));
    const run = spawnSync('sh', ['-c', `sh "${script}"; exec "$@"`, 'sh', 'echo', 'gateway', 'a  b', '$c'], {
      encoding: 'utf8',
    });
    expect(run.status).toBe(0);
    expect(run.stderr).toMatch(stderr);
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe('gateway a  b $c');
    return { said: lines.slice(0, -1).join('\n'), config: existsSync(to) ? readFileSync(to, 'utf8') : null };
  };

  test('puts the config in place, readable for its owner only, and says so once', () => {
    expect(start()).toEqual({
      said: `[deploy] ${to} is the config of this deploy`,
      config: '{ a: "one" }\n',
    });
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(start()).toEqual({ said: '', config: '{ a: "one" }\n' });
    expect(readdirSync(join(root, 'data')).sort()).toEqual(['openclaw.json', 'openclaw.json.deployed']);
  });

  test('leaves what people changed in the Control UI, until another config comes', () => {
    start();
    writeFileSync(to, '{ "a": "one", "changed": true }');
    expect(start().config).toBe('{ "a": "one", "changed": true }');
    writeFileSync(from, '{ a: "two" }\n');
    expect(start().config).toBe('{ a: "two" }\n');
    expect(readFileSync(`${to}.before-deploy`, 'utf8')).toBe('{ "a": "one", "changed": true }');
  });

  test("moves the gateway's own backup away, from which it would bring the config before back", () => {
    start();
    writeFileSync(`${to}.bak`, 'big');
    expect(start().said).toBe('');
    expect(existsSync(`${to}.bak`)).toBe(true);
    writeFileSync(from, '{ a: "two" }\n');
    expect(start().config).toBe('{ a: "two" }\n');
    expect([existsSync(`${to}.bak`), readFileSync(`${to}.bak.before-deploy`, 'utf8')]).toEqual([
      false,
      'big',
    ]);
  });

  test('keeps a copy of a config that was there before the first deploy', () => {
    mkdirSync(join(root, 'data'));
    writeFileSync(to, '{ "by": "hand" }');
    expect(start().config).toBe('{ a: "one" }\n');
    expect(readFileSync(`${to}.before-deploy`, 'utf8')).toBe('{ "by": "hand" }');
  });

  test('ended between its steps, it does not lose the copy', () => {
    mkdirSync(join(root, 'data'));
    writeFileSync(to, readFileSync(from));
    writeFileSync(`${to}.before-deploy`, 'the one before');
    writeFileSync(`${to}.new`, 'half');
    expect(start().config).toBe('{ a: "one" }\n');
    expect(readFileSync(`${to}.before-deploy`, 'utf8')).toBe('the one before');
    expect(start().said).toBe('');
  });

  test("leaves the gateway's own backup where the config cannot be written", () => {
    start();
    writeFileSync(`${to}.bak`, 'big');
    mkdirSync(`${to}.new`);
    writeFileSync(from, '{ a: "two" }\n');
    expect(start('replace', /openclaw\.json\.new/)).toMatchObject({
      said: expect.stringContaining('cannot write'),
      config: '{ a: "one" }\n',
    });
    expect(existsSync(`${to}.bak`)).toBe(true);
  });

  test.runIf(process.getuid?.() === 0)('run by root, gives it to whom the state belongs', () => {
    mkdirSync(join(root, 'data'));
    chownSync(join(root, 'data'), 1000, 1001);
    start();
    for (const file of [to, `${to}.deployed`]) {
      expect([statSync(file).uid, statSync(file).gid]).toEqual([1000, 1001]);
    }
  });

  test('a config that was deleted comes back', () => {
    start();
    rmSync(to);
    expect(start().config).toBe('{ a: "one" }\n');
  });

  test('the gateway starts with what it has where the file did not come, or no folder can be made', () => {
    rmSync(from);
    expect(start()).toEqual({
      said: `[deploy] cannot read ${from}: the gateway config stays as it is`,
      config: null,
    });
    writeFileSync(from, '{}');
    writeFileSync(join(root, 'data'), 'a file in the way');
    const { said } = start('replace', /data/);
    expect(said).toContain(`[deploy] cannot write ${to}`);
    // A deploy whose config is not the gateway's is not all well.
    expect(classify(said)?.signature).toMatchObject({ kind: 'degraded', cause: 'state-unwritable' });
  });

  test('a first config is put only where there is none, of an older name either', () => {
    expect(start('seed').config).toBe('{ a: "one" }\n');
    writeFileSync(to, '{}');
    writeFileSync(from, '{ a: "two" }');
    expect(start('seed')).toEqual({ said: '', config: '{}' });
    rmSync(to);
    writeFileSync(join(root, 'data', 'clawdbot.json'), '{}');
    expect(start('seed')).toEqual({ said: '', config: null });
  });
});
