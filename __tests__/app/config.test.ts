import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewayMount, gatewayServices, gatewayVm } from '../../src/app/config.ts';
import { findConfig } from '../../src/app/config-source.ts';
import { SyntaxFailure } from '../../src/app/syntax-failure.ts';
import { checkedToml, publicToml, read } from './good-configs.ts';

describe('finding the file', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'configs-'));
    const files = {
      'both/fly.toml': 'app = "public"',
      'both/fly.private.toml': 'app = "private"',
      'public/fly.toml': '\uFEFFapp = "public"',
      'json/fly.json': '{"app": "json"}',
      'yaml/fly.yaml': 'app: yaml',
      'deep/infra/gateway.toml': 'app = "deep"',
      'deep/infra/bots/fly.toml': 'app = "bots"',
      'private/fly.private.toml': 'app = "private"',
      'mixed/fly.toml': 'app = "public"',
      'mixed/fly.private.yaml': 'app: private',
      'none/README.md': '',
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(root, name, '..'), { recursive: true });
      writeFileSync(join(root, name), text);
    }
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test.each<[string, string | null, 'public' | 'private', string | null]>([
    ['both', null, 'public', 'fly.toml'],
    ['both', null, 'private', 'fly.private.toml'],
    ['both', 'fly.toml', 'private', 'fly.toml'],
    ['public', null, 'private', 'fly.toml'],
    ['json', null, 'public', 'fly.json'],
    ['yaml', null, 'public', 'fly.yaml'],
    ['deep', null, 'public', null],
    ['deep', 'infra/gateway.toml', 'public', 'infra/gateway.toml'],
    ['deep', 'infra/bots', 'public', 'infra/bots/fly.toml'],
    ['private', null, 'public', 'fly.private.toml'],
    ['private', null, 'private', 'fly.private.toml'],
    ['mixed', null, 'public', 'fly.toml'],
    ['mixed', null, 'private', 'fly.private.yaml'],
    ['none', null, 'public', null],
  ])('in %s with config %j and mode %s it is %j', async (folder, input, mode, expected) => {
    const found = await findConfig(join(root, folder), input, mode);
    expect(found?.file ?? null).toBe(expected);
    if (found) expect(read(found.text, found.file).app).not.toBeNull();
  });

  test('an input that names nothing is an error that repeats it', async () => {
    await expect(findConfig(join(root, 'both'), 'prod.toml', 'public')).rejects.toThrow(
      /config: "prod\.toml" is not a file/,
    );
  });
});

const manyAliases = [
  'a: &a [hunter2, x, x, x, x, x, x, x, x, x]',
  ...['b', 'c', 'd', 'e'].map((name, at) => `${name}: &${name} [${`*${'abcd'[at]}, `.repeat(10)}]`),
].join('\n');

describe('a file that does not parse names row and column', () => {
  test.each<[string, string, string, number, number]>([
    ['fly.toml', 'app = "x"\n[broken\n', 'illegal', 2, 8],
    ['fly.toml', 'app = "x"\n\n[env]\n  A = "open\n', 'control', 4, 12],
    ['fly.toml', '[env]\nA = "1"\nA = "2"\n', 'redefine', 3, 1],
    ['fly.toml', '\uFFFD\uFFFDa\0p\0p\0', 'UTF-16', 1, 1],
    ['fly.json', '{\n  "app": "x",\n  "env": { "A": 1, }\n}', 'trailing commas', 3, 20],
    ['fly.json', '{\n  "app": "x"\n', 'not closed', 1, 1],
    ['fly.yaml', 'app: x\nenv:\n\tA: 1\n', 'tab|indent', 3, 1],
    ['fly.yaml', '- a\n- b\n', 'no table', 1, 1],
  ])('%s %j', (file, text, reason, line, column) => {
    const error = thrownBy(() => read(text, file));
    expect(error).toBeInstanceOf(SyntaxFailure);
    const { code, finding } = error as SyntaxFailure;
    expect(code).toBe('config-lint');
    expect(finding.message).toMatch(new RegExp(reason, 'i'));
    expect([finding.rule, finding.severity, finding.file]).toEqual(['toml-error', 'error', file]);
    expect([finding.line, finding.column]).toEqual([line, column]);
  });

  test('the line is shown, but never a value', () => {
    const error = thrownBy(() => read('[env]\n  API_KEY = "sk-secret\n')) as SyntaxFailure;
    expect(error.message).toContain('API_KEY =');
    expect(error.message + JSON.stringify(error.finding)).not.toContain('sk-secret');
    const json = thrownBy(() => read('{"env": {"API_KEY": sk-secret}}', 'fly.json')) as SyntaxFailure;
    expect(json.message + JSON.stringify(json.finding)).not.toContain('sk-secret');
  });

  test.each([
    ['a line that is not one for everybody', 'fly.toml', '[env]\nT = "a\u2028hunter2'],
    ['the rest of a list', 'fly.toml', 'a = [\n "hunter2" "b"\n]'],
    ['a key without a sign', 'fly.toml', '[env]\nhunter2 "x"'],
    ['the padding of base64', 'fly.toml', 'a = [\nhunter2=='],
    ['the rest of a list', 'fly.json', '{"a": ["x"\n "hunter2"]}'],
    ['an item of a list', 'fly.yaml', 'app: x\n- hunter2'],
    ['an alias of nothing', 'fly.yaml', 'app: x\nenv:\n  T: *hunter2'],
    ['more aliases than a config has', 'fly.yaml', manyAliases],
  ])('and repeats nothing of %s (%s)', (_what, file, text) => {
    const error = thrownBy(() => read(text, file)) as SyntaxFailure;
    expect(error).toBeInstanceOf(SyntaxFailure);
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('hunter2');
  });
});

describe('the same thing in every form that flyctl takes', () => {
  const mount = { source: 'd', destination: '/data' };
  test.each([
    ['[mounts]', '[mounts]\nsource = "d"\ndestination = "/data"\n'],
    ['[[mounts]]', '[[mounts]]\nsource = "d"\ndestination = "/data"\n'],
    ['[mount]', '[mount]\nsource = "d"\ndestination = "/data"\n'],
    ['inline', 'mounts = [{ source = "d", destination = "/data" }]\n'],
  ])('a mount as %s', (_form, text) => {
    expect(gatewayMount(read(text))).toMatchObject(mount);
  });

  test.each([
    ['[[vm]]\nmemory = "2gb"', 2048, 'memory'],
    ['[vm]\nmemory = "2GiB"', 2048, 'memory'],
    ['[[vm]]\nmemory = 2048', 2048, 'memory'],
    ['[[vm]]\nmemory = "2048"', 2048, 'memory'],
    ['[[compute]]\nmemory = "1536mb"', 1536, 'memory'],
    ['[[computes]]\nmemory_mb = 1024', 1024, 'memory_mb'],
    ['[[vm]]\nmemory = "2gb"\nmemory_mb = 512', 512, 'memory_mb'],
    ['[[vm]]\nmemory = "1gb"\nmemory_mb = 1024', 1024, 'memory'],
    ['[[vm]]\nsize = "shared-cpu-4x"', 1024, 'size'],
    ['[[vm]]\nsize = "performance-2x"', 4096, 'size'],
    ['[[vm]]\ncpus = 2', 256, null],
  ])('memory of %j is %i MB', (text, memoryMb, memoryKey) => {
    expect(gatewayVm(read(text))).toMatchObject({ memoryMb, memoryKey });
  });

  test.each([
    ['true', 'stop'],
    ['false', 'off'],
    ['"off"', 'off'],
    ['"stop"', 'stop'],
    ['"suspend"', 'suspend'],
  ])('auto_stop_machines = %s', (written, autoStop) => {
    const config = read(`[http_service]\ninternal_port = 1\nauto_stop_machines = ${written}`);
    expect(gatewayServices(config)[0]).toMatchObject({ autoStop });
    expect(config.problems).toEqual([]);
  });

  test.each([
    ['"5s"', 5000],
    ['5', 5000],
    ['"1m30s"', 90_000],
    ['"1.5h"', 5_400_000],
  ])('kill_timeout = %s', (written, ms) => {
    expect(read(`kill_timeout = ${written}`).killTimeoutMs).toBe(ms);
  });

  test.each([
    ['a table', '[processes]\nweb = "x"\nbot = "openclaw gateway"'],
    [
      'old tables',
      '[[processes]]\nname = "web"\ncommand = "x"\n[[processes]]\nname = "bot"\ncommand = "openclaw gateway"',
    ],
  ])('processes as %s', (_form, text) => {
    const config = read(text);
    expect(config.groups).toEqual(['bot', 'web']);
    expect(config.gatewayGroup).toBe('bot');
    expect(config.start?.command).toBe('openclaw gateway');
  });

  test.each([
    ['[experimental]\ncmd = "gateway"', 'gateway'],
    ['[experimental]\ncmd = ["node", "x y.js", "gateway"]', "node 'x y.js' gateway"],
    ['[experimental]\nexec = ["a"]\ncmd = ["b"]', 'a'],
  ])('the command of %j', (text, command) => {
    expect(read(text).start?.command).toBe(command);
  });

  test('env as a table, as a list of tables, and with numbers', () => {
    const config = read('[[env]]\nA = 1\n[[env]]\nB = true\nA = "2"');
    expect([...config.env].map(([name, { value }]) => [name, value])).toEqual([
      ['A', '2'],
      ['B', 'true'],
    ]);
  });

  test('services with ports and checks, numbers as strings and milliseconds', () => {
    const config = read(
      '[[services]]\ninternal_port = "3000"\n[[services.ports]]\nport = "443"\nhandlers = ["tls", "http"]\n' +
        '[[services.tcp_checks]]\ngrace_period = 10000\n[services.http_checks]\ngrace_period = "1m"\npath = "/x"',
    );
    expect(config.problems).toEqual([]);
    expect(config.services[0]).toMatchObject({
      internalPort: 3000,
      ports: [{ port: 443, handlers: ['tls', 'http'] }],
      checks: [
        { type: 'tcp', gracePeriodMs: 10_000, httpPath: null },
        { type: 'http', gracePeriodMs: 60_000, httpPath: '/x' },
      ],
    });
  });

  test('JSON and YAML read like TOML, with places of their own', () => {
    const json = read(
      '{\n  "app": "a",\n  "http_service": {\n    "internal_port": 3000,\n    "processes": ["app"]\n  },\n' +
        '  "mounts": [\n    { "source": "d",\n      "destination": "/data" }\n  ]\n}',
      'fly.json',
    );
    const yaml = read(
      'app: a\nhttp_service:\n  internal_port: 3000\n  processes: [app]\nmounts:\n  - source: d\n    destination: /data\n',
      'fly.yaml',
    );
    for (const config of [json, yaml]) {
      expect([config.app, config.services[0]?.internalPort]).toEqual(['a', 3000]);
      expect(gatewayMount(config)).toMatchObject(mount);
    }
    expect(json.places.of(['http_service', 'internal_port'])).toEqual({ line: 4, column: 5 });
    expect(json.places.of(['mounts', 0, 'destination'])).toEqual({ line: 9, column: 7 });
    expect(yaml.places.of(['http_service', 'internal_port'])).toEqual({ line: 3, column: 3 });
    expect(yaml.places.of(['mounts', 0, 'destination'])).toEqual({ line: 7, column: 5 });
  });
});

describe('process groups', () => {
  test('without [processes] everything is of the group app', () => {
    const config = read('[http_service]\ninternal_port = 1\nprocesses = ["app"]\n');
    expect([config.groups, config.gatewayGroup, gatewayServices(config).length]).toEqual([['app'], 'app', 1]);
  });

  test('what names no group is of the default group: app, else the first by name', () => {
    const config = read('[processes]\nzed = "a"\nbot = "b"\n[mounts]\nsource = "d"\ndestination = "/x"\n');
    expect(config.defaultGroup).toBe('bot');
    expect(gatewayMount(config)?.source).toBe('d');
  });

  test('the more specific [[vm]] wins', () => {
    const config = read(
      '[processes]\napp = "openclaw gateway"\nweb = "x"\n[[vm]]\nmemory = "1gb"\n[[vm]]\nmemory = "4gb"\nprocesses = ["app"]\n',
    );
    expect(gatewayVm(config)?.memoryMb).toBe(4096);
  });
});

describe('what flyctl would refuse is kept as a problem', () => {
  test.each<[string, string[], RegExp]>([
    ['[http_service]\ninternal_port = "3000"', ['http_service', 'internal_port'], /whole number/],
    ['[http_service]\nforce_https = true', ['http_service'], /no internal_port/],
    [
      '[http_service]\ninternal_port = 1\nprocesses = "app"',
      ['http_service', 'processes'],
      /list of strings/,
    ],
    [
      '[http_service]\ninternal_port = 1\nauto_stop_machines = "no"',
      ['http_service', 'auto_stop_machines'],
      /"off"/,
    ],
    [
      '[http_service]\ninternal_port = 1\n[http_service.checks]\npath = "/"',
      ['http_service', 'checks'],
      /array/,
    ],
    ['[[http_service]]\ninternal_port = 1', ['http_service'], /table/],
    ['[restart]\npolicy = "always"', ['restart'], /array of tables/],
    ['[[restart]]\npolicy = "on-fail"', ['restart', '0', 'policy'], /"on-fail"/],
    ['[[restart]]\nretries = 3', ['restart', '0'], /policy/],
    ['kill_timeout = "soon"', ['kill_timeout'], /duration/],
    ['[[vm]]\nmemory = "lots"', ['vm', '0', 'memory'], /not a size/],
    ['[[vm]]\nsize = "tiny"', ['vm', '0', 'size'], /tiny/],
    ['[checks.a]\npath = "/"', ['checks', 'a'], /type/],
    ['app = 1', ['app'], /string/],
  ])('%j', (text, path, message) => {
    const { problems } = read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.path.map(String)).toEqual(path);
    expect(problems[0]?.message).toMatch(message);
  });

  test('nothing in files that are right', () => {
    for (const text of [publicToml, checkedToml]) expect(read(text).problems).toEqual([]);
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}
