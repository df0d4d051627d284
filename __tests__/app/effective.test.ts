import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { gatewayMount, gatewayServices, gatewayVm, readConfig } from '../../src/app/config.ts';
import { type EffectiveOptions, effectiveConfig } from '../../src/app/effective.ts';
import { fileOnly, lintConfig } from '../../src/app/lint.ts';
import { rememberFailures } from '../../src/app/plan.ts';
import { checkedToml, privateToml, publicToml, read } from './good-configs.ts';

const reference = 'ghcr.io/openclaw/openclaw:2026.9.6';
const plain: EffectiveOptions = {
  app: 'harbour-bot',
  region: 'iad',
  mode: 'public',
  privateAccess: 'flycast',
  vmMemoryMb: null,
  guest: null,
  command: null,
  workspace: '/work',
  image: { kind: 'workspace', dockerfile: null },
  boot: null,
};

/** The parts that tests look into. */
interface Made {
  build?: unknown;
  files?: unknown;
  processes?: unknown;
  restart?: unknown;
  vm?: unknown;
  compute?: unknown;
  experimental: { exec?: unknown };
  http_service: { processes?: unknown };
  services?: { ports: unknown }[];
  checks: { alive: { port?: number } };
  app: string;
  primary_region: string;
}

const make = (
  text: string,
  options: Partial<EffectiveOptions> = {},
  file = 'fly.toml',
  directory = '/work',
) => {
  const config = read(text, file, directory);
  const before = JSON.stringify(config.data);
  const effective = effectiveConfig(config, { ...plain, ...options });
  expect(JSON.stringify(config.data)).toBe(before);
  return { ...effective, data: parse(effective.toml) as unknown as Made, config: read(effective.toml) };
};
const keys = (overrides: readonly { key: string }[]) => overrides.map(({ key }) => key);

describe('a deploy without wishes of its own', () => {
  test('changes nothing but what makes the stop clean and the restart policy explicit', () => {
    const { data, overrides, buildFlags } = make(publicToml);
    const { build: _build, ...user } = parse(publicToml) as Record<string, unknown>;
    expect(data).toEqual({
      ...user,
      kill_signal: 'SIGTERM',
      kill_timeout: '300s',
      restart: [{ policy: 'on-failure', retries: 10, processes: ['app'] }],
    });
    expect(buildFlags).toEqual(['--dockerfile', '/work/Dockerfile']);
    expect(keys(overrides)).toEqual(['kill_signal', 'kill_timeout', 'restart']);
  });

  test('has nothing to say where the user said it all', () => {
    expect(make(checkedToml).overrides).toEqual([]);
    expect(make(checkedToml.replace('300s', '20s').replace('SIGTERM', 'SIGINT')).data).toMatchObject({
      kill_signal: 'SIGINT',
      kill_timeout: '20s',
    });
  });

  test("leaves what it does not know as it is: round trip of the user's data", () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text.isWellFormed());
    const value = fc.oneof(
      word,
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.boolean(),
      fc.array(word, { maxLength: 3 }),
    );
    const table = fc.dictionary(word, value, { maxKeys: 4, noNullPrototype: true });
    const shape = fc.record(
      {
        app: word,
        primary_region: word,
        env: table,
        deploy: table,
        http_service: fc.record({
          internal_port: fc.nat(65535),
          tls_options: table,
          processes: fc.constant(['app']),
        }),
        mounts: fc.oneof(table, fc.array(table, { maxLength: 2 })),
        statics: fc.array(table, { minLength: 1, maxLength: 2 }),
        vm: fc.array(fc.record({ memory: fc.constantFrom('2gb', '512mb'), kernel_args: fc.array(word) }), {
          maxLength: 2,
        }),
        restart: fc.constant([{ policy: 'always' }]),
        'odd key': fc.oneof(value, table),
      },
      { requiredKeys: ['app', 'primary_region'], noNullPrototype: true },
    );
    fc.assert(
      fc.property(shape, (data) => {
        const result = make(stringify(data), { app: data.app, image: { kind: 'reference', reference } });
        const expected: Record<string, unknown> = {
          ...data,
          build: { image: reference },
          kill_signal: 'SIGTERM',
          kill_timeout: '300s',
        };
        expected.restart ??= [{ policy: 'on-failure', retries: 10, processes: ['app'] }];
        if (!data.primary_region) expected.primary_region = 'iad';
        expect(result.data).toEqual(parse(stringify(expected)));
      }),
      { numRuns: 100 },
    );
  });

  test('what it makes has no error, and made again from itself it stays the same', () => {
    for (const text of [publicToml, privateToml, checkedToml]) {
      for (const mode of ['public', 'private'] as const) {
        for (const privateAccess of ['flycast', 'none'] as const) {
          const wishes = {
            mode,
            privateAccess,
            vmMemoryMb: 4096,
            command: 'openclaw gateway --allow-unconfigured --port 3000 --bind lan',
          };
          const first = make(text, wishes);
          expect(lintConfig(first.config, fileOnly).filter(({ severity }) => severity !== 'notice')).toEqual(
            [],
          );
          const second = make(first.toml, wishes);
          expect(second.data).toEqual(first.data);
          expect(second.overrides).toEqual([]);
        }
      }
    }
  });

  test('JSON and YAML become the same TOML', () => {
    const json = make(JSON.stringify({ ...parse(publicToml), swap_size_mb: null }), {}, 'fly.json');
    expect(json.data).toEqual(make(publicToml).data);
  });
});

describe('the restart policy is carried for each group', () => {
  const groups = publicToml.replace('[processes]\n', '[processes]\n  web = "caddy run"\n');
  test.each<[string, string, unknown]>([
    ['none written', groups, [{ policy: 'on-failure', retries: 10, processes: ['app', 'web'] }]],
    [
      'one without processes holds for the default group only',
      `${groups}\n[[restart]]\n  policy = "always"\n`,
      [{ policy: 'always' }, { policy: 'on-failure', retries: 10, processes: ['web'] }],
    ],
    [
      'one for each',
      `${groups}\n[[restart]]\n  policy = "always"\n  processes = ["app", "web"]\n`,
      [{ policy: 'always', processes: ['app', 'web'] }],
    ],
  ])('%s', (_what, text, restart) => {
    expect(make(text).data.restart).toEqual(restart);
  });
});

describe('paths still mean what they meant', () => {
  const files = `${publicToml.replace('"Dockerfile"', '"../Dockerfile"\n  ignorefile = ".ignore"')}
[[files]]
  guest_path = "/etc/a"
  local_path = "conf/a.txt"
[[files]]
  guest_path = "/etc/b"
  local_path = "/abs/b.txt"
[[files]]
  guest_path = "/etc/c"
  raw_value = "aGk="
`;
  test('Dockerfile and ignore file are relative to the config, files to the root', () => {
    const { data, buildFlags } = make(files, {}, 'deploy/fly.toml', '/work/deploy');
    expect(buildFlags).toEqual(['--dockerfile', '/work/Dockerfile', '--ignorefile', '/work/deploy/.ignore']);
    expect(data.build).toBeUndefined();
    expect(data.files).toEqual([
      { guest_path: '/etc/a', local_path: '/work/conf/a.txt' },
      { guest_path: '/etc/b', local_path: '/abs/b.txt' },
      { guest_path: '/etc/c', raw_value: 'aGk=' },
    ]);
  });

  test('a Dockerfile that nobody names, and that stands where flyctl would not look, is named', () => {
    const text = publicToml.replace('dockerfile = "Dockerfile"', 'ignorefile = ".ignore"');
    const image = { kind: 'workspace', dockerfile: '/work/deploy/Dockerfile' } as const;
    expect(make(text, { image }, 'deploy/fly.toml', '/work/deploy').buildFlags).toEqual([
      '--dockerfile',
      '/work/deploy/Dockerfile',
      '--ignorefile',
      '/work/deploy/.ignore',
    ]);
    expect(make(publicToml, { image }).buildFlags).toEqual(['--dockerfile', '/work/Dockerfile']);
  });

  test('a machine config of its own is a path from the root, or the JSON itself', () => {
    const at = (value: string) =>
      parse(make(`machine_config = '${value}'\n${publicToml}`, {}, 'deploy/fly.toml', '/work/deploy').toml)
        .machine_config;
    expect(at('conf/machine.json')).toBe('/work/conf/machine.json');
    expect(at('{"dns": {}}')).toBe('{"dns": {}}');
  });

  test('a Dockerfile at an address stays in the file, for a flag takes paths only', () => {
    const url = 'https://example.com/Dockerfile';
    const { data, buildFlags } = make(publicToml.replace('"Dockerfile"', `"${url}"`));
    expect([data.build, buildFlags]).toEqual([{ dockerfile: url }, []]);
  });

  test('an image in the place of a build', () => {
    const { data, buildFlags, overrides } = make(publicToml, { image: { kind: 'reference', reference } });
    expect([data.build, buildFlags]).toEqual([{ image: reference }, []]);
    expect(overrides[0]).toEqual({ key: 'build.image', from: 'Dockerfile', to: reference });
  });

  test('a build in the place of an image, and build settings that stay', () => {
    const text = publicToml.replace(
      'dockerfile = "Dockerfile"',
      'image = "x:1"\n  [build.args]\n    A = "1"',
    );
    const { data, overrides } = make(text);
    expect(data.build).toEqual({ args: { A: '1' } });
    expect(overrides[0]).toMatchObject({ key: 'build.image', from: 'x:1' });
  });

  test("a build from upstream's folder uses the Dockerfile there", () => {
    const { data, buildFlags } = make(files, {
      image: { kind: 'upstream', dockerfile: '/tmp/up/Dockerfile' },
    });
    expect([data.build, buildFlags]).toEqual([undefined, ['--dockerfile', '/tmp/up/Dockerfile']]);
    const other = publicToml.replace(
      'dockerfile = "Dockerfile"',
      'builder = "heroku/builder:24"\n  build-target = "slim"\n  args = { A = "1" }',
    );
    expect(make(other, { image: { kind: 'upstream', dockerfile: '/up/Dockerfile' } }).data.build).toEqual({
      args: { A: '1' },
    });
  });
});

describe('the inputs command and vm-memory hold with every deploy', () => {
  const command = 'node openclaw.mjs gateway --port 3000 --bind lan';
  test('a command takes the place of the one of the group', () => {
    const { data, overrides } = make(publicToml, { command });
    expect(data.processes).toEqual({ app: command });
    expect(overrides).toContainEqual({
      key: 'processes.app',
      from: expect.stringContaining('dist/index.js'),
      to: command,
    });
  });

  test('without [processes] the services are told the group, or flyctl would refuse them', () => {
    const text = publicToml.replace(/\[processes\]\n.*\n\n/, '').replace(/ +processes = .*\n/, '');
    const { data, config } = make(text, { command });
    expect([data.processes, data.http_service.processes]).toEqual([{ app: command }, ['app']]);
    expect(config.problems).toEqual([]);
    for (const privateAccess of ['flycast', 'none'] as const) {
      const both = make(text, { command, mode: 'private', privateAccess });
      expect(lintConfig(both.config, fileOnly).filter(({ severity }) => severity === 'error')).toEqual([]);
    }
  });

  test('a command wins over [experimental] exec, and old [[processes]] become a table', () => {
    const text = '[experimental]\nexec = ["a"]\nenable_etcd = true\n';
    expect(make(text, { command }).data).toMatchObject({
      processes: { app: command },
      experimental: { enable_etcd: true },
    });
    expect(make(text, { command }).data.experimental.exec).toBeUndefined();
    const old =
      '[[processes]]\nname = "web"\ncommand = "x"\n[[processes]]\nname = "bot"\ncommand = "openclaw gateway"\n';
    expect(make(old, { command }).data.processes).toEqual({ web: 'x', bot: command });
  });

  test.each<[string, string, Record<string, unknown>[]]>([
    [
      'memory in words',
      '[[vm]]\nsize = "shared-cpu-2x"\nmemory = "2gb"',
      [{ size: 'shared-cpu-2x', memory: '4096mb' }],
    ],
    ['memory_mb, which would win', '[[vm]]\nmemory_mb = 512\ncpus = 2', [{ cpus: 2, memory: '4096mb' }]],
    ['the old name', '[compute]\nsize = "shared-cpu-4x"', [{ size: 'shared-cpu-4x', memory: '4096mb' }]],
    [
      'more than a shared CPU may have',
      '[[vm]]\nsize = "shared-cpu-1x"',
      [{ size: 'shared-cpu-2x', memory: '4096mb' }],
    ],
    [
      'more than the CPUs may have',
      '[[vm]]\ncpu_kind = "shared"\ncpus = 1',
      [{ cpu_kind: 'shared', cpus: 2, memory: '4096mb' }],
    ],
    ['no section', '', [{ size: 'shared-cpu-2x', memory: '4096mb' }]],
  ])('vm-memory with %s', (_what, text, vm) => {
    const { data, config } = make(text, { vmMemoryMb: 4096 });
    expect(data.vm ?? data.compute).toEqual(text.startsWith('[compute') ? vm[0] : vm);
    expect(gatewayVm(config)?.memoryMb).toBe(4096);
  });

  test('without a section the CPUs that the machine has are kept', () => {
    const guest = { cpuKind: 'performance', cpus: 2 };
    expect(make('', { vmMemoryMb: 8192, guest }).data.vm).toEqual([
      { cpu_kind: 'performance', cpus: 2, memory: '8192mb' },
    ]);
  });

  test.each<[string, string, unknown[]]>([
    [
      'a section for all',
      '[[vm]]\nmemory = "1gb"',
      [{ memory: '1gb' }, { memory: '2048mb', processes: ['app'] }],
    ],
    [
      'a section that names both',
      '[[vm]]\nmemory = "1gb"\nprocesses = ["app", "web"]',
      [
        { memory: '1gb', processes: ['web'] },
        { memory: '2048mb', processes: ['app'] },
      ],
    ],
    [
      'sections of their own',
      '[[vm]]\nmemory = "1gb"\nprocesses = ["web"]\n[[vm]]\nmemory = "1gb"\nprocesses = ["app"]',
      [
        { memory: '1gb', processes: ['web'] },
        { memory: '2048mb', processes: ['app'] },
      ],
    ],
    ['no section', '', [{ size: 'shared-cpu-2x', memory: '2048mb', processes: ['app'] }]],
  ])("vm-memory is for the gateway's group only: %s", (_what, vm, expected) => {
    const text = `[processes]\napp = "openclaw gateway"\nweb = "caddy"\n${vm}\n`;
    expect(make(text, { vmMemoryMb: 2048 }).data.vm).toEqual(expected);
  });
});

describe('private mode', () => {
  test('flycast: the service stays on port 80 with plain HTTP, and its checks too', () => {
    const text = checkedToml.replace(
      'force_https = true',
      'force_https = true\n  http_options = { idle_timeout = 600 }',
    );
    const { data, config, overrides } = make(text, { mode: 'private' });
    expect(data.http_service).toBeUndefined();
    expect(data.services).toEqual([
      {
        protocol: 'tcp',
        internal_port: 3000,
        auto_stop_machines: false,
        auto_start_machines: true,
        min_machines_running: 1,
        processes: ['app'],
        http_checks: [
          { interval: '30s', timeout: '5s', grace_period: '90s', method: 'GET', path: '/healthz' },
        ],
        ports: [{ port: 80, handlers: ['http'], http_options: { idle_timeout: 600 } }],
      },
    ]);
    expect(gatewayServices(config)[0]?.ports).toMatchObject([{ port: 80, forceHttps: false }]);
    expect(gatewayMount(config)?.source).toBe('harbour_data');
    expect(keys(overrides)).toEqual(['services']);
  });

  test.each<[string, string, unknown]>([
    [
      'HTTP and HTTPS',
      'port = 80\nhandlers = ["http"]\nforce_https = true\n[[services.ports]]\nport = 443\nhandlers = ["tls", "http"]',
      [{ port: 80, handlers: ['http'] }],
    ],
    ['HTTPS only', 'port = 443\nhandlers = ["tls", "http"]', [{ port: 80, handlers: ['http'] }]],
    [
      'plain HTTP on a port of its own',
      'port = 8080\nhandlers = ["http"]',
      [
        { port: 80, handlers: ['http'] },
        { port: 8080, handlers: ['http'] },
      ],
    ],
    [
      'plain TCP beside HTTPS',
      'port = 22\n[[services.ports]]\nport = 443\nhandlers = ["tls", "http"]',
      [{ port: 80, handlers: ['http'] }, { port: 22 }],
    ],
    ['TLS without HTTP', 'port = 8443\nhandlers = ["tls"]', [{ port: 80, handlers: ['http'] }]],
    [
      'HTTPS on a port of its own',
      'port = 18790\nhandlers = ["tls", "http"]',
      [
        { port: 80, handlers: ['http'] },
        { port: 18790, handlers: ['http'] },
      ],
    ],
    [
      'HTTPS beside plain HTTP on the same port',
      'port = 80\nhandlers = ["http"]\n[[services.ports]]\nport = "443"\nhandlers = ["http", "tls"]',
      [{ port: 80, handlers: ['http'] }],
    ],
  ])('flycast with [[services]]: %s', (_what, ports, expected) => {
    const { data } = make(`[[services]]\ninternal_port = 3000\n[[services.ports]]\n${ports}\n`, {
      mode: 'private',
    });
    expect(data.services?.[0]?.ports).toEqual(expected);
  });

  test('two services never meet on one port, and the gateway is the one on 80', () => {
    const service = (internal: number, port: number) =>
      `[[services]]\n  internal_port = ${internal}\n  processes = ["app"]\n  [[services.ports]]\n    port = ${port}\n    handlers = ["tls", "http"]\n`;
    const ports = (text: string) =>
      make(`${privateToml}\n${text}`, { mode: 'private' }).data.services?.map(({ ports: all }) =>
        (all as { port: number }[]).map(({ port }) => port),
      );
    expect(ports(service(18790, 18790) + service(3000, 443))).toEqual([[18790], [80]]);
    expect(ports(service(18790, 18790) + service(3000, 8443))).toEqual([[18790], [80, 8443]]);
    expect(ports(service(8080, 443) + service(3000, 8443))).toEqual([[80], [8443]]);
  });

  test('a service for udp is none for Flycast', () => {
    const text = '[[services]]\nprotocol = "udp"\ninternal_port = 5060\n[[services.ports]]\nport = 5060\n';
    expect(make(text, { mode: 'private' }).data.services).toBeUndefined();
  });

  test('none: no service, and a check without port keeps the port it had', () => {
    const text = `${publicToml}\n[checks.alive]\n  type = "tcp"\n`;
    const { data, overrides } = make(text, { mode: 'private', privateAccess: 'none' });
    expect([data.http_service, data.services, data.checks.alive.port]).toEqual([undefined, undefined, 3000]);
    expect(overrides).toContainEqual({ key: 'services', from: 'public', to: 'none' });
  });

  test('a file without service, or with one for Flycast only, stays as it is', () => {
    const flycast = `${privateToml}\n[[services]]\n  internal_port = 3000\n  processes = ["app"]\n  [[services.ports]]\n    port = 80\n    handlers = ["http"]\n`;
    for (const text of [privateToml, flycast]) {
      const { data, overrides } = make(text, { mode: 'private' });
      expect(data.services).toEqual((parse(text) as Record<string, unknown>).services);
      expect(keys(overrides)).not.toContain('services');
    }
  });
});

test('a name and a region that the file lacks are filled in', () => {
  const { data, overrides } = make(publicToml.replace('harbour-bot', '').replace('"ams"', '""'), {
    app: 'bot',
    region: 'fra',
  });
  expect([data.app, data.primary_region]).toEqual(['bot', 'fra']);
  expect(overrides.slice(0, 2)).toEqual([
    { key: 'app', from: '', to: 'bot' },
    { key: 'primary_region', from: null, to: 'fra' },
  ]);
});

test('a gateway config comes along as files, and the start command puts it in place first', () => {
  const boot = {
    purpose: 'puts claw.json5 in place as /data/openclaw.json',
    files: [{ guestPath: '/etc/x.json5', text: "{ a: \"line\n\\u0001 ''' end\" }" }],
    wrap: (command: string) => `sh -c 'exec "$@"' sh ${command}`,
  };
  const { data, config, overrides } = make(publicToml, { boot });
  expect(data.files).toEqual([
    { guest_path: '/etc/x.json5', raw_value: boot.files[0]?.text, processes: ['app'] },
  ]);
  expect(config.gateway).toMatchObject({ port: 3000, bind: 'lan' });
  expect(overrides).toContainEqual({
    key: 'start',
    from: expect.stringContaining('dist/index.js'),
    to: `${boot.purpose}, then the same command`,
  });
});

describe('what the file says stays as it was meant', () => {
  const id = '1234567890123456789';
  test.each([
    ['fly.toml', `[env]\n  GUILD = ${id}\n  PORT = 3000\n`],
    ['fly.yaml', `env:\n  GUILD: ${id}\n  PORT: 3000\n`],
    ['fly.json', `{"env": {"GUILD": ${id}, "PORT": 3000}}`],
  ])('an id of 19 digits in [env] keeps them all: %s', (file, text) => {
    const config = read(text, file);
    const { toml } = effectiveConfig(config, plain);
    expect(toml).toMatch(new RegExp(`^GUILD = "${id}"$`, 'm'));
    expect(toml).toMatch(/^PORT = 3000$/m);
    expect(config.env.get('GUILD')?.value).toBe(id);
  });

  test('a table in [env] is text like any other value, and no reason to fall', () => {
    const { env } = read('[env]\n  A = 1\n[env.nested]\n  B = "x"\n');
    expect([env.get('A')?.value, env.get('nested')?.value]).toEqual(['1', '{"B":"x"}']);
  });

  test('what YAML merges is merged', () => {
    const text = 'base: &base\n  A: "1"\n  B: "1"\nenv:\n  <<: *base\n  B: "2"\n';
    const { data } = make(text, {}, 'fly.yaml');
    expect((data as unknown as { env: unknown }).env).toEqual({ A: '1', B: '2' });
  });

  test.each([
    ['a table', '[env]\n  A = "1"\n  B = 2\n'],
    ['a list of tables', '[[env]]\n  A = "1"\n[[env]]\n  B = 2\n'],
  ])('an [env] that is %s keeps its names beside the memory of failures', (_what, text) => {
    const failed = [{ version: '2026.9.6', identity: null }];
    const { env } = readConfig({
      ...read('').source,
      text: effectiveConfig(rememberFailures(read(text), failed), plain).toml,
    });
    expect([env.get('A')?.value, env.get('B')?.value, env.size]).toEqual(['1', '2', 3]);
  });
});
