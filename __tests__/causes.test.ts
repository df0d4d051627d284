import { describe, expect, it } from 'vitest';
import { causeCodes, causeTable, Failure, type FixContext } from '../src/causes.ts';

const full: FixContext = {
  app: 'my-app',
  machineId: '148ed193b95948',
  region: 'iad',
  org: 'acme',
  memoryMb: 1024,
  gatewayPort: 18789,
  internalPort: 3000,
  stateDir: '/state',
  url: 'https://my-app.fly.dev',
  version: '2026.9.6',
  evidence: 'a line',
  exitCode: 7,
};

describe('the table of causes', () => {
  it('has a row for each code and no other', () => {
    expect(Object.keys(causeTable).sort()).toEqual([...causeCodes].sort());
  });

  it.each(causeCodes)('says %s in plain sentences, and what to do in one', (code) => {
    const { title, meaning, verdict, fix } = causeTable[code];
    expect(title).toMatch(/^(?:[A-Z]|flyctl).*[^.]$/);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(verdict.length).toBeGreaterThan(0);
    for (const context of [full, {}]) {
      const { text, commands, lines } = fix(context);
      expect(text).toMatch(/^[A-Z].*\.$/s);
      const all = [text, ...commands, lines?.text ?? ''].join('\n');
      expect(all).not.toMatch(/undefined|null|NaN|\[object/);
      for (const command of commands) expect(command).toMatch(/^(?:fly|gh|echo|openssl) /);
    }
  });

  it.each(causeCodes)('names the app and the machine of %s in commands that need them', (code) => {
    for (const command of causeTable[code].fix(full).commands) {
      if (/ -a /.test(command)) expect(command).toContain('-a my-app');
      expect(command).not.toMatch(/\bAPP\b|\bMACHINE\b/);
    }
  });
});

describe('the fix of', () => {
  const fix = (code: keyof typeof causeTable, context: FixContext = {}) =>
    causeTable[code].fix({ ...full, ...context });

  it.each([
    [undefined, 2048, 'too little memory'],
    [512, 2048, '512 MB'],
    [2048, 4096, '2048 MB'],
    [3072, 4096, '3072 MB'],
    [4096, 8192, '4096 MB'],
  ])('out-of-memory names %s MB and sets %s MB, as a command and as lines', (memoryMb, next, words) => {
    const { text, commands, lines } = fix('out-of-memory', { memoryMb });
    expect(text).toContain(words);
    expect(text).toContain(`${next} MB`);
    expect(commands).toEqual([`fly machine update 148ed193b95948 --vm-memory ${next} -y -a my-app`]);
    expect(lines).toEqual({ file: 'fly.toml', language: 'toml', text: `[[vm]]\n  memory = "${next}mb"` });
  });

  it('out-of-memory raises the limit of the heap too when that was reached', () => {
    const { lines } = fix('out-of-memory', {
      memoryMb: 2048,
      evidence: 'FATAL ERROR: JavaScript heap out of memory',
    });
    expect(lines?.text).toBe(
      '[[vm]]\n  memory = "4096mb"\n\n[env]\n  NODE_OPTIONS = "--max-old-space-size=3072"',
    );
  });

  it.each([
    ['Config was last written by a newer OpenClaw (2027.1.1); current version is 2026.1.29.', '2027.1.1'],
    [
      'Your OpenClaw config was written by version 2027.1.2, but this command is running 2026.5.12.',
      '2027.1.2',
    ],
    [
      'Refusing to run because this OpenClaw binary (2026.9.6) is older than the config last written by OpenClaw 2027.1.3.',
      '2027.1.3',
    ],
  ])('state-newer names the version of the line: %s', (evidence, version) => {
    expect(fix('state-newer', { evidence }).lines?.text).toContain(`version: "${version}"`);
  });

  it('allowed-origins names the URL of the app', () => {
    expect(fix('allowed-origins').lines?.text).toContain('"https://my-app.fly.dev"');
    expect(fix('allowed-origins', { url: undefined }).lines?.text).toContain('"https://my-app.fly.dev"');
  });

  it('port-mismatch names the port of the gateway', () => {
    expect(fix('port-mismatch').lines?.text).toContain('internal_port = 18789');
  });

  it('model-key-missing names the provider of the line', () => {
    expect(
      fix('model-key-missing', { evidence: 'No API key found for provider "openai".' }).commands,
    ).toEqual(['fly secrets set OPENAI_API_KEY=VALUE -a my-app']);
  });

  it('gateway-lock lets the action judge whether the lock is stale', () => {
    expect(fix('gateway-lock').commands).toEqual(['fly machine list -a my-app']);
    expect(fix('gateway-lock').lines?.text).toContain('operation: release-lock');
  });

  it.each([
    ['discord-auth', 'DISCORD_BOT_TOKEN', 'gh secret set DISCORD_BOT_TOKEN'],
    ['discord-no-token', 'DISCORD_BOT_TOKEN', 'gh secret set DISCORD_BOT_TOKEN'],
    ['model-key-missing', 'ANTHROPIC_API_KEY', 'gh secret set ANTHROPIC_API_KEY'],
    ['auth-missing', 'OPENCLAW_GATEWAY_TOKEN', 'openssl rand -hex 32 | gh secret set OPENCLAW_GATEWAY_TOKEN'],
  ] as const)(
    '%s changes %s in GitHub where the workflow sends it, since the next run would send the old one',
    (code, name, command) => {
      const { text, commands } = fix(code, { sent: new Set([name]) });
      expect(commands).toEqual([command]);
      expect(text).toContain('in GitHub; then run the job again');
      expect(fix(code).commands.join()).toMatch(`fly secrets set ${name}=`);
    },
  );

  it.each(['config-invalid', 'migrations-failed', 'state-unwritable'] as const)(
    '%s keeps a machine up whose gateway has ended, before anything is run in it',
    (code) => {
      const held = 'fly machine update 148ed193b95948 -C "sleep 900" -y -a my-app';
      const { commands, text } = fix(code);
      expect(commands.slice(commands.indexOf(held) + 1).join()).toContain('fly ssh console');
      expect(commands).toContain(held);
      expect(text).toContain('then run the job again');
      expect(fix(code, { up: true }).commands).not.toContain(held);
    },
  );

  it('config-invalid names the file that the workflow gives to the gateway', () => {
    const { text, commands } = fix('config-invalid', { openclawConfig: 'openclaw.json5' });
    expect(text).toContain('openclaw.json5');
    expect(commands.join()).not.toContain('doctor');
  });

  it.each([
    [
      'bind-loopback',
      'node dist/index.js gateway --bind loopback --port 4000',
      'node dist/index.js gateway --bind lan --port 4000',
    ],
    ['bind-loopback', 'openclaw gateway --bind=auto --verbose', 'openclaw gateway --bind lan --verbose'],
    ['bind-loopback', 'openclaw gateway --port 4000', 'openclaw gateway --port 4000 --bind lan'],
    [
      'config-missing',
      'openclaw gateway --bind lan --port 4000',
      'openclaw gateway --bind lan --port 4000 --allow-unconfigured',
    ],
    [
      'bind-loopback',
      '/app/start.sh',
      'node dist/index.js gateway --allow-unconfigured --port 3000 --bind lan',
    ],
  ] as const)('%s keeps the rest of the command %s', (code, text, command) => {
    const mended = (input: boolean) => fix(code, { command: { text, group: 'web', input } }).lines;
    expect(mended(false)).toEqual({
      file: 'fly.toml',
      language: 'toml',
      text: `[processes]\n  web = "${command}"`,
    });
    expect(mended(true)).toMatchObject({ language: 'yaml', text: `with:\n  command: "${command}"` });
  });

  it('out-of-memory changes the input where the memory comes from there', () => {
    expect(fix('out-of-memory', { memoryMb: 2048, memoryInput: true }).lines).toMatchObject({
      file: '.github/workflows/deploy.yml',
      text: 'with:\n  vm-memory: 4096mb',
    });
  });

  it.each(['exited', 'crash-loop'] as const)('%s says so where the log could not be read', (code) => {
    expect(fix(code, { unread: true }).text).toContain('may not read the logs');
    expect(fix(code).text).not.toContain('may not');
  });

  it.each([
    [undefined, '10m'],
    [300_000, '10m'],
    [1_200_000, '40m'],
    [3_000_000, '60m'],
    [4_000, '1m'],
  ])('timeout after %s ms allows %s', (listenTimeoutMs, more) => {
    expect(fix('timeout', { listenTimeoutMs }).lines?.text).toContain(`listen-timeout: ${more}`);
  });

  it('state-full names the volume and twice its size', () => {
    expect(fix('state-full', { volume: { id: 'vol_1', name: 'claw', sizeGb: 3 } }).commands).toContain(
      'fly volumes extend vol_1 --size 6 -a my-app',
    );
  });

  it.each([
    [undefined, 'openclaw_data'],
    [{ id: 'vol_1', name: 'claw', sizeGb: 3 }, 'claw'],
  ])(
    'state-unwritable mounts the volume that is there, or the one that a deploy makes: %j',
    (volume, name) => {
      expect(fix('state-unwritable', { volume }).lines?.text).toContain(`source = "${name}"`);
    },
  );

  it.each([
    ['fly.private.toml', 'fly.private.toml'],
    ['deploy/fly.json', 'deploy/fly.json (here as TOML)'],
  ])('lines for the Fly config name the file that was read: %s', (configFile, file) => {
    for (const code of ['out-of-memory', 'bind-loopback', 'port-mismatch', 'state-unwritable'] as const)
      expect(fix(code, { configFile }).lines?.file).toBe(file);
  });

  it('port-mismatch names the service as the config has it', () => {
    expect(fix('port-mismatch', { service: 'services' }).lines?.text).toContain('[[services]]');
  });

  it('public-address names the addresses', () => {
    expect(fix('public-address', { addresses: ['2a09::1'] }).commands).toEqual([
      'fly ips release 2a09::1 -a my-app',
    ]);
  });
});

describe('a Failure', () => {
  it('carries its code, evidence and fix', () => {
    const failure = new Failure('capacity', 'no room', { evidence: 'HTTP 503' });
    expect(failure).toMatchObject({
      code: 'capacity',
      message: 'no room',
      evidence: 'HTTP 503',
      fix: null,
      name: 'Failure',
    });
  });
});
