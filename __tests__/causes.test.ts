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

  it('gateway-lock removes the lock of every version, in the state directory that is used', () => {
    expect(fix('gateway-lock').commands.join('\n')).toContain(
      'rm -f /tmp/openclaw-*/gateway*.lock /state/gateway*.lock /state/tmp/openclaw-*/gateway*.lock',
    );
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
