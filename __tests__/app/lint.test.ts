import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/app/config.ts';
import type { Finding } from '../../src/app/finding.ts';
import { generateConfig } from '../../src/app/generate.ts';
import { fileOnly, type LintContext, lintConfig } from '../../src/app/lint.ts';
import { rules } from '../../src/app/rules.ts';
import { checkedToml, privateToml, publicToml, read } from './good-configs.ts';

const lint = (text: string, context: Partial<LintContext> = {}, file = 'fly.toml') =>
  lintConfig(read(text, file), { ...fileOnly, ...context });

const brief = (findings: readonly Finding[]) =>
  findings.map(({ rule, severity, line }) => `${severity} ${rule} ${line}`);

describe('good files have no finding', () => {
  test.each([
    ["the guide's public one", publicToml, 'fly.toml'],
    ["the guide's private one", privateToml, 'fly.private.toml'],
    ['one with checks, stop signal and restart policy', checkedToml, 'fly.toml'],
    ['one with quotes of the other kind', publicToml.replaceAll('"', "'"), 'fly.toml'],
    [
      'one indented with tabs and CR LF',
      publicToml.replaceAll('  ', '\t').replaceAll('\n', '\r\n'),
      'fly.toml',
    ],
  ])('%s', (_what, text, file) => {
    expect(brief(lint(text, {}, file))).toEqual([]);
  });

  test.each(['public', 'private'] as const)(
    'the one that is generated for %s mode, whatever is known',
    (mode) => {
      for (const privateAccess of ['flycast', 'none'] as const) {
        const config = readConfig(
          generateConfig({ directory: '/work', app: 'bot', region: 'ams', mode, privateAccess }),
        );
        const all = lintConfig(config, {
          ...fileOnly,
          image: 'ghcr.io/openclaw/openclaw:2026.9.6',
          version: '2026.9.6',
          secretNames: new Set(['ANTHROPIC_API_KEY']),
          volumes: [{ id: 'vol_1', name: 'openclaw_data', region: 'ams', attachedMachineId: 'm' }],
          machines: [{ processGroup: 'app' }],
        });
        expect(brief(all)).toEqual([]);
      }
    },
  );
});

/** One line of a good file, what it becomes, the rule, and the line (counted in the file after the change). */
const broken: readonly [line: string, becomes: string, rule: string, at: number][] = [
  ['internal_port = 3000', '  internal_port = 8080', 'error port-mismatch', 19],
  ['internal_port = 3000', '  internal_port = 18789', 'error port-mismatch', 19],
  [
    'app = "node',
    '  app = "node dist/index.js gateway --allow-unconfigured --port 8080 --bind lan"',
    'error port-mismatch',
    19,
  ],
  [
    'app = "node',
    '  app = "node dist/index.js gateway --allow-unconfigured --bind lan"',
    'warning port-mismatch',
    19,
  ],
  [
    'app = "node',
    '  app = "node dist/index.js gateway --allow-unconfigured --port 3000 --bind loopback"',
    'error bind-loopback',
    16,
  ],
  [
    'app = "node',
    '  app = "node dist/index.js gateway --allow-unconfigured --port 3000 --bind 127.0.0.1"',
    'error bind-loopback',
    16,
  ],
  [
    'app = "node',
    '  app = "node dist/index.js gateway --allow-unconfigured --port 3000 --bind 0.0.0.0"',
    'error bind-loopback',
    16,
  ],
  [
    'app = "node',
    '  app = "node dist/index.js gateway --allow-unconfigured --port 3000"',
    'warning bind-loopback',
    16,
  ],
  [
    'app = "node',
    '  app = "node dist/index.js gateway --port 3000 --bind lan"',
    'warning allow-unconfigured-missing',
    16,
  ],
  ['memory = "2048mb"', '  memory = "512mb"', 'error memory-too-small', 28],
  ['memory = "2048mb"', '  memory = 256', 'error memory-too-small', 28],
  ['memory = "2048mb"', '  memory_mb = 512', 'error memory-too-small', 28],
  ['memory = "2048mb"', '', 'error memory-too-small', 27],
  ['memory = "2048mb"', '  memory = "1792mb"', 'warning memory-too-small', 28],
  ['NODE_OPTIONS', '  NODE_OPTIONS = "--max-old-space-size=2048"', 'error heap-over-memory', 13],
  ['NODE_OPTIONS', '  NODE_OPTIONS = "--max-old-space-size=4096"', 'error heap-over-memory', 13],
  ['OPENCLAW_STATE_DIR', '  OPENCLAW_STATE_DIR = "/root/.openclaw"', 'error state-not-on-volume', 12],
  ['OPENCLAW_STATE_DIR', '  OPENCLAW_STATE_DIR = "/database"', 'error state-not-on-volume', 12],
  ['OPENCLAW_STATE_DIR', '', 'error state-not-on-volume', 9],
  ['destination = "/data"', '  destination = "/storage"', 'error state-not-on-volume', 12],
  ['OPENCLAW_STATE_DIR', '  OPENCLAW_GATEWAY_TOKEN = "0123456789abcdef"', 'error secret-in-env', 12],
  ['NODE_ENV', '  ANTHROPIC_API_KEY = "sk-ant-api03-abcdefghijklmnop"', 'error secret-in-env', 10],
  ['NODE_ENV', '  MY_LOGIN = "xoxb-123456789012-abcdef"', 'error secret-in-env', 10],
  ['auto_stop_machines', '  auto_stop_machines = true', 'warning auto-stop-on', 21],
  ['auto_stop_machines', '  auto_stop_machines = "stop"', 'warning auto-stop-on', 21],
  ['auto_stop_machines', '  auto_stop_machines = "suspend"', 'warning auto-stop-on', 21],
  ['min_machines_running', '  min_machines_running = 0', 'warning min-machines-zero', 23],
  ['processes = ["app"]', '', 'error service-without-processes', 18],
  ['processes = ["app"]', '  processes = ["web"]', 'error flyctl-refuses', 24],
  ['processes = ["app"]', '  processes = "app"', 'error flyctl-refuses', 24],
  ['internal_port = 3000', '  internal_port = "3000"', 'error flyctl-refuses', 19],
  ['auto_stop_machines', '  auto_stop_machines = "never"', 'error flyctl-refuses', 21],
  ['size = "shared', '  size = "shared-cpu-3x"', 'error flyctl-refuses', 27],
  ['size = "shared', '  cpus = "2"', 'error flyctl-refuses', 27],
  ['auto_start_machines', '  auto_start_machines = "yes"', 'error flyctl-refuses', 22],
  ['interval = "30s"', '  interval = "30"', 'error flyctl-refuses', 35],
  ['source = "harbour', '  initial_size = "500mb"', 'error flyctl-refuses', 31],
  ['source = "harbour', '  initial_size = "big"', 'error flyctl-refuses', 31],
  ['source = "harbour', '  snapshot_retention = 90', 'error flyctl-refuses', 31],
  ['policy = "always"', '  policy = "on-fail"', 'error flyctl-refuses', 42],
  ['[[restart]]', '[restart]', 'error flyctl-refuses', 41],
  ['policy = "always"', '  policy = "never"', 'warning restart-never', 42],
  ['policy = "always"', '  policy = "on-failure"', 'notice restart-on-failure', 42],
  ['grace_period', '  grace_period = "10s"', 'warning check-grace-too-short', 37],
  ['grace_period', '  grace_period = "20000ms"', 'warning check-grace-too-short', 37],
  ['path = "/healthz"', '  path = "/"', 'warning check-on-dead-path', 39],
  ['path = "/healthz"', '', 'warning check-on-dead-path', 34],
  ['kill_timeout', 'kill_timeout = 5', 'warning kill-timeout-short', 3],
  ['kill_signal', 'kill_signal = "SIGKILL"', 'warning kill-signal-unclean', 2],
  ['auto_start_machines', '  auto_start_machine = true', 'warning unknown-key', 22],
  ['force_https', '  force_htps = true', 'warning unknown-key', 20],
  ['kill_timeout', 'kill_timout = "300s"', 'warning unknown-key', 3],
  ['auto_stop_machines', '  autostop = false', 'warning unknown-key', 21],
  ['NODE_ENV', '  STORE = "postgres://claw:hunter2@db.internal/claw"', 'error secret-in-env', 10],
  [
    'app = "node',
    '  app = "node dist/index.js gateway --allow-unconfigured --port 3000 --bind lan --token hunter2hunter2"',
    'error secret-in-env',
    16,
  ],
  ['dockerfile =', '  args = { NPM_TOKEN = "hunter2hunter2" }', 'error secret-in-env', 7],
  ['OPENCLAW_STATE_DIR', '  OPENCLAW_STATE_DIR = "data"', 'error state-not-on-volume', 12],
  ['OPENCLAW_STATE_DIR', '  OPENCLAW_STATE_DIR = "~/.openclaw"', 'error state-not-on-volume', 12],
  ['app = "harbour-bot"', 'team = "harbour"', 'notice unknown-key', 1],
];

describe('each of the broken lines is found, alone, where it is', () => {
  const lines = checkedToml.split('\n');
  test.each(broken)('%s -> %s', (line, becomes, rule, at) => {
    const index = lines.findIndex((one) => one.trim().startsWith(line));
    expect(index).toBeGreaterThanOrEqual(0);
    // An empty replacement is a line taken out.
    const text = lines.toSpliced(index, 1, ...(becomes === '' ? [] : [becomes])).join('\n');
    const found = lint(text);
    for (const one of found) expect(rules[one.rule].severities).toContain(one.severity);
    expect(brief(found).filter((one) => one.startsWith(rule))).toEqual([`${rule} ${at}`]);
    const others = brief(found).filter((one) => !one.startsWith(rule));
    // A memory that is too small is smaller than the heap limit too.
    expect(others.filter((one) => !(rule.includes('memory') && one.includes('heap-over-memory')))).toEqual(
      rule.includes('secret-in-env') && line === 'OPENCLAW_STATE_DIR' ? ['error state-not-on-volume 9'] : [],
    );
  });

  test.each(broken.filter(([, , rule]) => !rule.startsWith('notice')))(
    'the lines given for %s -> %s mend it',
    (line, becomes, rule, at) => {
      const index = lines.findIndex((one) => one.trim().startsWith(line));
      const text = lines.toSpliced(index, 1, ...(becomes === '' ? [] : [becomes]));
      const [finding] = lint(text.join('\n')).filter((one) => rule.endsWith(one.rule));
      // Secrets leave the file, and a renamed group is a matter of taste: no line can be given for these.
      if (rule.includes('secret-in-env')) {
        expect(finding?.lines).toBeNull();
        return;
      }
      expect(finding?.lines).not.toBeNull();
      const missing = becomes === '' || /^\[|^ {2}memory_mb/.test(becomes);
      const mended =
        missing && !becomes.startsWith('[')
          ? text.toSpliced(at, becomes === '' ? 0 : 1, finding?.lines ?? '')
          : text.toSpliced(at - 1, 1, finding?.lines ?? '');
      if (becomes.startsWith('  memory_mb')) mended.splice(at - 1, 1);
      expect(brief(lint(mended.join('\n'))).filter((one) => one.startsWith(rule))).toEqual([]);
    },
  );
});

describe('what is missing as a whole', () => {
  const without = (table: string) => publicToml.replace(new RegExp(`\\[+${table}\\]+\n(?:  .*\n)+`), '');
  test.each([
    ['mounts', ['error no-mount 1']],
    ['vm', ['warning memory-too-small 1']],
    ['http_service', []],
    ['processes', ['error state-not-on-volume 7']],
  ])('no [%s]', (table, expected) => {
    const text =
      table === 'processes' ? without(table).replace(/ +OPENCLAW_STATE_DIR.*\n/, '') : without(table);
    expect(brief(lint(text))).toEqual(expected);
  });

  test('a mount that is for another group is no mount of the gateway', () => {
    const text = publicToml
      .replace('[processes]\n', '[processes]\n  web = "caddy run"\n')
      .replace('destination = "/data"', 'destination = "/data"\n  processes = ["web"]');
    expect(brief(lint(text))).toEqual(['error no-mount 29']);
  });
});

describe('what may well be right is left alone', () => {
  const ownDockerfile = publicToml
    .replace(/\[processes\]\n.*\n\n/, '')
    .replace(/.*OPENCLAW_PREFER_PNPM.*\n/, '');
  test.each<[string, string, Partial<LintContext>, string]>([
    [
      'a fork with a state directory of its own name',
      publicToml.replaceAll('OPENCLAW_', 'GULL_'),
      {},
      'fly.toml',
    ],
    ['a fork in lower case', publicToml.replaceAll('OPENCLAW_', 'gull_'), {}, 'fly.toml'],
    [
      'a state directory below the mount',
      publicToml.replace('DIR = "/data"', 'DIR = "/data/state/"'),
      {},
      'fly.toml',
    ],
    [
      "a fork's own folder in the home that is named",
      publicToml
        .replace('OPENCLAW_STATE_DIR = "/data"', 'HOME = "/home/node"')
        .replace('destination = "/data"', 'destination = "/home/node/.gull"'),
      {},
      'fly.toml',
    ],
    [
      "a fork's own folder in a home that is not named",
      publicToml
        .replace(/.*STATE_DIR.*\n/, '')
        .replace('destination = "/data"', 'destination = "/root/.gull"'),
      {},
      'fly.toml',
    ],
    [
      'the state of a program beside the gateway',
      publicToml
        .replace('NODE_ENV = "production"', 'TS_STATE_DIR = "/var/lib/tailscale"')
        .replace('OPENCLAW_STATE_DIR', 'OPENCLAW_HOME'),
      {},
      'fly.toml',
    ],
    [
      'a home that a tilde stands for',
      publicToml.replace('OPENCLAW_STATE_DIR = "/data"', 'HOME = "/data"\n  GULL_STATE_DIR = "~/state"'),
      {},
      'fly.toml',
    ],
    [
      'a port that the words before the gateway give it',
      publicToml.replace(
        /node dist[^"]*/,
        'env OPENCLAW_GATEWAY_PORT=3000 node dist/index.js gateway --allow-unconfigured --bind lan',
      ),
      {},
      'fly.toml',
    ],
    [
      'a check of something else on the machine',
      `${publicToml}
[[services]]
  internal_port = 8080
  processes = ["app"]
  [[services.ports]]
    port = 8443
    handlers = ["tls", "http"]
  [[services.http_checks]]
    path = "/metrics"
    grace_period = "1s"

[checks.metrics]
  type = "http"
  port = 8080
  path = "/metrics"
`,
      {},
      'fly.toml',
    ],
    ['a home on the volume', publicToml.replace('OPENCLAW_STATE_DIR', 'OPENCLAW_HOME'), {}, 'fly.toml'],
    [
      "a volume on the gateway's own folder",
      publicToml
        .replace(/.*STATE_DIR.*\n/, '')
        .replace('destination = "/data"', 'destination = "/root/.openclaw"'),
      {},
      'fly.toml',
    ],
    ['a script as command', publicToml.replace(/node dist[^"]*/, 'sh /data/start.sh'), {}, 'fly.toml'],
    [
      'a program in front, started beside the gateway',
      publicToml.replace(
        /node dist[^"]*/,
        "sh -c 'caddy run & exec node dist/index.js gateway --allow-unconfigured --port 3001 --bind lan'",
      ),
      {},
      'fly.toml',
    ],
    [
      'a token from the environment',
      publicToml.replace('--port 3000', '--port 3000 --token $OPENCLAW_GATEWAY_TOKEN'),
      {},
      'fly.toml',
    ],
    ['a port from the environment', publicToml.replace('--port 3000', '--port $PORT'), {}, 'fly.toml'],
    ['a Dockerfile of their own without command', ownDockerfile.replace('3000', '8080'), {}, 'fly.toml'],
    [
      'a Dockerfile of their own without state directory',
      ownDockerfile.replace(/.*STATE_DIR.*\n/, ''),
      {},
      'fly.toml',
    ],
    [
      'a second service on another port',
      `${publicToml}
[[services]]
  internal_port = 3334
  processes = ["app"]
  [[services.ports]]
    port = 8443
    handlers = ["tls"]
`,
      {},
      'fly.toml',
    ],
    [
      'checks of another group',
      `${publicToml.replace('[processes]\n', '[processes]\n  web = "caddy run"\n')}
[checks.web]
  type = "http"
  port = 80
  path = "/"
  grace_period = "1s"
  processes = ["web"]
`,
      {},
      'fly.toml',
    ],
    [
      'a small machine of another group',
      `${publicToml.replace('[processes]\n', '[processes]\n  web = "caddy run"\n').replace('memory = "2048mb"', 'memory = "2048mb"\n  processes = ["app"]')}
[[vm]]
  memory = "256mb"
  processes = ["web"]
`,
      {},
      'fly.toml',
    ],
    [
      'placeholders',
      publicToml.replace(
        'NODE_ENV = "production"',
        'OPENCLAW_GATEWAY_TOKEN = "{{ token }}"\n  DISCORD_BOT_TOKEN = "<your token>"\n  X_API_KEY = ""',
      ),
      {},
      'fly.toml',
    ],
    [
      'names that only sound like credentials',
      publicToml.replace(
        'NODE_ENV = "production"',
        'MAX_TOKENS = "4096"\n  TOKEN_FILE = "/data/t"\n  BOT_TOKEN = "/run/secrets/bot"\n  X_API_KEY = "sk-ant-..."\n  LLM_API_KEY = "OPENAI_API_KEY"\n  HOME_URL = "https://x:<password>@y"\n  PUBLIC_KEYS_URL = "https://x"\n  GOG_ACCOUNT = "a@b.c"\n  USE_PASSWORD = "true"',
      ),
      {},
      'fly.toml',
    ],
    [
      '--bind auto without a service',
      privateToml.replace('--bind lan', '--bind auto'),
      {},
      'fly.private.toml',
    ],
    [
      'a private file with a service for Flycast only',
      `${privateToml}
[[services]]
  internal_port = 3000
  processes = ["app"]
  [[services.ports]]
    port = 80
    handlers = ["http"]
`,
      {},
      'fly.private.toml',
    ],
    ['SIGINT, which the gateway knows too', `kill_signal = "SIGINT"\n${publicToml}`, {}, 'fly.toml'],
    [
      'no --allow-unconfigured where a config comes along',
      publicToml.replace('--allow-unconfigured ', ''),
      { openclawConfig: true },
      'fly.toml',
    ],
    [
      'a small [[vm]] where the input vm-memory holds',
      publicToml.replace('2048mb', '512mb'),
      { vmMemoryMb: 2048 },
      'fly.toml',
    ],
    [
      'a bad command where the input command holds',
      publicToml.replace('--port 3000 --bind lan', '--bind loopback'),
      { command: 'node dist/index.js gateway --allow-unconfigured --port 3000 --bind lan' },
      'fly.toml',
    ],
    [
      'a state directory that a script in front may set',
      publicToml.replace(/.*STATE_DIR.*\n/, ''),
      { dockerfile: 'FROM node:24\nENTRYPOINT ["/docker-entrypoint.sh"]\n' },
      'fly.toml',
    ],
    [
      'a state directory set by a stage that the last one is made from',
      publicToml.replace(/.*STATE_DIR.*\n/, ''),
      {
        dockerfile:
          'FROM node:24 AS Base\nENV OPENCLAW_STATE_DIR=/data\nFROM base AS build\nRUN a\nFROM --platform=linux/amd64 base\nCOPY a b',
      },
      'fly.toml',
    ],
    [
      'a state directory set by the Dockerfile',
      publicToml.replace(/.*STATE_DIR.*\n/, ''),
      { dockerfile: 'FROM node:24\nENV A=1 OPENCLAW_STATE_DIR=/data\nCMD ["node","openclaw.mjs","gateway"]' },
      'fly.toml',
    ],
  ])('%s', (_what, text, context, file) => {
    expect(brief(lint(text, context, file))).toEqual([]);
  });
});

describe('what is known beside the file', () => {
  const official = publicToml
    .replace('dockerfile = "Dockerfile"', 'image = "ghcr.io/openclaw/openclaw:latest"')
    .replace(/\[processes\]\n.*\n\n/, '');
  test('the official image without a command listens on 18789; PORT is not read', () => {
    const text = official.replace('NODE_ENV = "production"', 'PORT = "3000"');
    expect(brief(lint(text))).toEqual(['error port-mismatch 14']);
    expect(brief(lint(text.replace('internal_port = 3000', 'internal_port = 18789')))).toEqual([]);
    expect(brief(lint(text.replace('PORT', 'OPENCLAW_GATEWAY_PORT')))).toEqual([]);
  });

  test('a Dockerfile tells the command and the variables that the file does not', () => {
    const text = publicToml.replace(/\[processes\]\n.*\n\n/, '').replace(/.*STATE_DIR.*\n/, '');
    const dockerfile =
      'FROM node:24 AS build\nENV OPENCLAW_STATE_DIR=/data\nFROM node:24\nCMD node openclaw.mjs gateway \\\n  --port 8080 --bind lan\n';
    expect(brief(lint(text, { dockerfile }))).toEqual([
      'error state-not-on-volume 7',
      'error port-mismatch 13',
    ]);
  });

  test('vm-memory can be too small, and below the heap limit', () => {
    expect(brief(lint(publicToml, { vmMemoryMb: 1024 }))).toEqual([
      'error heap-over-memory 11',
      'warning memory-too-small 26',
    ]);
  });

  test('what an input says is not looked for in a line of the file', () => {
    const command = 'node --max-old-space-size=4096 dist/index.js gateway --port 3000 --bind loopback';
    const found = lint(publicToml, { command, vmMemoryMb: 1024 });
    expect(found.map(({ rule, line, lines }) => [rule, line, lines])).toEqual([
      ['allow-unconfigured-missing', 1, null],
      ['bind-loopback', 1, null],
      ['heap-over-memory', 1, null],
      ['memory-too-small', 26, null],
    ]);
    for (const { message } of found) expect(message).toMatch(/the input (?:command|vm-memory)\b/);
  });

  test.each([
    ['2026.2.26', '/healthz', 1],
    ['2026.3.13', '/healthz', 0],
    ['2026.7.1', '/startupz', 1],
    ['2026.9.6', '/startupz', 0],
    ['v2026.9.6', '/ready', 0],
    [null, '/startupz', 0],
  ])('in OpenClaw %s the path %s is doubtful: %i', (version, path, count) => {
    const found = lint(checkedToml.replace('/healthz', path), { version });
    expect(found.filter(({ rule }) => rule === 'check-on-dead-path')).toHaveLength(count);
  });

  test('no model key is said once the names of the secrets are known', () => {
    expect(brief(lint(publicToml, { secretNames: new Set(['OPENCLAW_GATEWAY_TOKEN']) }))).toEqual([
      'warning model-key-missing 1',
    ]);
    expect(brief(lint(publicToml, { secretNames: new Set(['OPENROUTER_API_KEY']) }))).toEqual([]);
  });

  const volume = (region: string, attachedMachineId: string | null, name = 'harbour_data') => ({
    id: 'vol_1',
    name,
    region,
    attachedMachineId,
  });
  test.each([
    ['free in another region', [volume('iad', null)], ['error volume-region 2']],
    ['held by a machine in another region', [volume('iad', 'm1')], ['warning volume-region 2']],
    ['one of two is in the region', [volume('iad', null), volume('ams', null)], []],
    ['another volume', [volume('iad', null, 'old')], []],
    ['none yet', [], []],
  ])('a volume: %s', (_what, volumes, expected) => {
    expect(brief(lint(publicToml, { volumes }))).toEqual(expected);
  });

  test('two machines of the gateway are one too many; those of other groups do not count', () => {
    const machines = [{ processGroup: 'app' }, { processGroup: 'web' }, { processGroup: '' }];
    expect(brief(lint(publicToml, { machines }))).toEqual([]);
    const two = [...machines, { processGroup: 'app' }];
    expect(brief(lint(publicToml, { machines: two }))).toEqual(['warning several-machines 28']);
  });
});

describe('the rest of the rules', () => {
  test('two groups on one volume', () => {
    const text = publicToml
      .replace('[processes]\n', '[processes]\n  web = "caddy run"\n')
      .replace('destination = "/data"', 'destination = "/data"\n  processes = ["app", "web"]');
    expect(brief(lint(text))).toEqual(['warning several-groups-one-volume 32']);
  });

  test('a file that is named private, with a public service', () => {
    const findings = lint(publicToml, {}, 'deploy/fly.private.toml');
    expect(brief(findings)).toEqual(['warning private-with-service 16']);
    const mended = publicToml.replace(/\[http_service\][^[]*\["app"\]\n/, `${findings[0]?.lines}\n`);
    expect(brief(lint(mended, {}, 'deploy/fly.private.toml'))).toEqual([]);
  });

  test.each([
    [
      'a script of a shell',
      `sh -c 'rm -f /data/x; exec node dist/index.js gateway --port 3000 --bind loopback'`,
    ],
    ['an old command', '[experimental]'],
    ['a heap limit', 'node --max-old-space-size=4096 dist/index.js gateway --port 3000'],
    ['words before it', 'env NODE_OPTIONS=--max-old-space-size=2048 openclaw gateway run --port=3000'],
    ['a value in quotes', `node dist/index.js gateway --bind "127.0.0.1" --port 3000`],
  ])('each line that is given for a command mends it: %s', (_what, command) => {
    const isOld = command === '[experimental]';
    let text = isOld
      ? publicToml
          .replace('[processes]', '[experimental]')
          .replace(/app = "node.*/, 'cmd = ["node", "dist/index.js", "gateway", "--port", "3000"]')
          .replace(/ +processes.*\n/, '')
      : publicToml.replace(/app = "node.*/, () => `app = ${JSON.stringify(command)}`);
    for (let step = 0; step < 3; step += 1) {
      const [finding] = lint(text);
      if (finding === undefined) break;
      expect(finding.lines).not.toBeNull();
      text = text
        .split('\n')
        .toSpliced((finding.line ?? 0) - 1, 1, finding.lines ?? '')
        .join('\n');
    }
    expect(brief(lint(text))).toEqual([]);
  });

  test('a check without a port, and no [http_service] to take it from', () => {
    const check = '\n[checks.alive]\n  type = "http"\n  path = "/healthz"\n';
    const findings = lint(`${privateToml}${check}`);
    expect(brief(findings)).toEqual(['error flyctl-refuses 24']);
    expect(findings[0]?.lines).toBe('port = 3000');
    expect(brief(lint(`${publicToml}${check}`))).toEqual([]);
  });

  test.each([
    ['[mounts]', '[volumes]', '[mounts]'],
    ['[[vm]]', '[[vms]]', '[[vm]]'],
    ['memory = "2048mb"', 'memory_gb = 2', 'memory = "2gb"'],
    ['force_https = true', 'force_https = true\n  autostop = false', null],
  ])('in place of %s there is %s', (line, becomes, lines) => {
    const findings = lint(publicToml.replace(line, becomes));
    expect(findings.find(({ rule }) => rule === 'unknown-key')?.lines).toEqual(lines);
  });

  test('a kill_timeout in its old place', () => {
    expect(brief(lint(`${publicToml}\n[experimental]\n  kill_timeout = 5\n`))).toEqual([
      'warning kill-timeout-short 33',
    ]);
  });

  test('a loopback bind without any service may be meant, for a tunnel', () => {
    expect(brief(lint(privateToml.replace('--bind lan', '--bind loopback')))).toEqual([
      'warning bind-loopback 14',
    ]);
  });

  test('two mounts in one group, an open quote, and canary with a volume: flyctl refuses them', () => {
    const mounts = `${publicToml.replace('[mounts]', '[[mounts]]')}\n[[mounts]]\n  source = "b"\n  destination = "/b"\n`;
    expect(brief(lint(mounts))).toEqual(['error flyctl-refuses 32']);
    expect(brief(lint(publicToml.replace('app = "node', `app = "sh -c ' node`)))).toEqual([
      'error flyctl-refuses 14',
    ]);
    expect(brief(lint(`${publicToml}\n[deploy]\n  strategy = "canary"\n`))).toEqual([
      'error flyctl-refuses 33',
    ]);
  });

  test.each([
    [
      'a volume that grows when half empty',
      '  auto_extend_size_threshold = 40\n  auto_extend_size_increment = "1GB"',
      32,
    ],
    [
      'a volume that grows by nothing',
      '  auto_extend_size_threshold = 80',
      28,
      'auto_extend_size_increment = "1GB"',
    ],
    [
      'a volume that grows beyond',
      '  auto_extend_size_threshold = 80\n  auto_extend_size_increment = "1GB"\n  auto_extend_size_limit = "1TB"',
      34,
    ],
    ['an open quote in another command', '[deploy]\n  release_command = "sh -c \'a"', 33, null],
    ['a number in quotes', '[[metrics]]\n  port = "9090"', 33, 'port = 9090'],
    ['a switch in quotes', '[[metrics]]\n  https = "yes"', 33, 'https = true'],
    ['a build argument that is a number', '[build.args]\n  N = 3', 33, 'N = "3"'],
    ['a name that is a number', '[[files]]\n  guest_path = 1', 33, 'guest_path = "1"'],
    ['a list that is a word', '[[metrics]]\n  processes = "app"', 33, 'processes = ["app"]'],
    ['half an instance', '[deploy]\n  max_unavailable = "half"', 33, null],
    ['a strategy that there is not', '[deploy]\n  strategy = "blue-green"', 33],
    ['a wait without a unit', '[deploy]\n  wait_timeout = "300"', 33],
    ['a check of the app that asks every second', '[checks.a]\n  type = "tcp"\n  interval = "1s"', 34],
    ['a check of the app with two minutes to answer', '[checks.a]\n  type = "tcp"\n  timeout = "2m"', 34],
  ])('flyctl refuses %s', (_what, text, line, lines = expect.any(String)) => {
    const findings = lint(`${publicToml}\n${text}\n`);
    expect(brief(findings)).toEqual([`error flyctl-refuses ${line}`]);
    expect(findings[0]?.lines).toEqual(lines);
  });

  test('a file to ship that is not there', () => {
    const text = `${publicToml}\n[[files]]\n  guest_path = "/a"\n  local_path = "conf/a.txt"\n`;
    const hasFile = (path: string) => path !== 'conf/a.txt';
    expect(brief(lint(text, { hasFile }))).toEqual(['error flyctl-refuses 34']);
    expect(brief(lint(text, { hasFile: () => true }))).toEqual([]);
    expect(brief(lint(text))).toEqual([]);
  });

  test('two mounts are one too many where there is no [processes], either', () => {
    const text = publicToml.replace(/\[processes\]\n.*\n/, '').replace('[mounts]', '[[mounts]]');
    expect(brief(lint(`${text}\n[[mounts]]\n  source = "b"\n  destination = "/b"\n`))).toEqual([
      'error flyctl-refuses 30',
    ]);
  });

  test('no finding repeats a credential', () => {
    const found = lint(publicToml.replace('NODE_ENV = "production"', 'X_TOKEN = "hunter2hunter2"'));
    expect(brief(found)).toEqual(['error secret-in-env 8']);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  test('JSON and YAML are pointed at like TOML, and told the lines in their own words', () => {
    const json = '{\n  "http_service": {\n    "internal_port": 3000,\n    "min_machines_running": 0\n  }\n}';
    const slip = lint('{\n "evn": { "A": "1" }, "ap": "x" }', {}, 'fly.json');
    expect(slip.filter(({ rule }) => rule === 'unknown-key').map(({ lines }) => lines)).toEqual([
      '"env":',
      '"app": "x"',
    ]);
    const yaml = 'http_service:\n  internal_port: 3000\n  min_machines_running: 0\n';
    const said = (text: string, file: string) =>
      lint(text, {}, file)
        .filter(({ rule }) => ['min-machines-zero', 'no-mount'].includes(rule))
        .map(({ rule, line, lines }) => [rule, line, lines]);
    expect(said(json, 'fly.json')).toEqual([
      ['no-mount', 1, '"mounts": {"source":"openclaw_data","destination":"/data"}'],
      ['min-machines-zero', 4, '"min_machines_running": 1'],
    ]);
    expect(said(yaml, 'fly.yaml')).toEqual([
      ['no-mount', 1, 'mounts:\n  source: openclaw_data\n  destination: /data'],
      ['min-machines-zero', 3, 'min_machines_running: 1'],
    ]);
  });
});
