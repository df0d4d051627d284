import { parse, stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { configToRestore } from '../../src/recover/config-to-restore.ts';
import { sameConfig } from '../../src/recover/same-config.ts';
import { aMachine } from './machines.ts';

/** As `config show --toml` prints it. */
const shown = `# fly.toml app configuration file generated for my-openclaw on 2026-11-23T21:03:06Z

app = 'my-openclaw'
primary_region = 'iad'

[env]
  NODE_ENV = 'production'

[processes]
  app = 'node dist/index.js gateway --port 3000 --bind lan'

[[mounts]]
  source = 'data'
  destination = '/data'

[[services]]
  protocol = 'tcp'
  internal_port = 3000

  [[services.ports]]
    port = 80
    handlers = ['http']

[[files]]
  guest_path = '/etc/raw.txt'
  raw_value = 'hello'

[[vm]]
  memory = '1024mb'
`;

const options = {
  app: 'my-openclaw',
  image: 'ghcr.io/openclaw/openclaw:2026.5.12',
  machine: aMachine({ memoryMb: 1024 }),
  failed: [],
  workspace: '/work',
};
const restored = (change: Partial<typeof options> & { failed?: readonly never[] } = {}) =>
  parse(configToRestore(shown, { ...options, ...change }).effective.toml) as Record<string, never>;

describe('the config that a rollback deploys', () => {
  it('is what ran before, with the image', () => {
    expect(restored()).toMatchObject({
      ...(parse(shown) as object),
      build: { image: 'ghcr.io/openclaw/openclaw:2026.5.12' },
    });
  });
  it('keeps the memory that the machine had', () => {
    expect(restored({ machine: aMachine({ memoryMb: 4096 }) })).toMatchObject({ vm: [{ memory: '4096mb' }] });
  });
  it.each([
    ['with the text that the machine was given', 'good\n', { raw_value: 'good\n' }],
    [
      'as it is named, where the machine holds no text',
      Buffer.from([0xff, 0xfe]),
      { local_path: '/home/other/local.json' },
    ],
    ['as it is named, where the machine holds nothing', '', { local_path: '/home/other/local.json' }],
  ])('ships a file %s', (_, content, how) => {
    const file = { guest_path: '/etc/local.json', local_path: '/home/other/local.json' };
    const secret = { guest_path: '/etc/token', secret_name: 'TOKEN' };
    const text = stringify({ app: 'my-openclaw', files: [file, secret] });
    const files = [{ guestPath: '/etc/local.json', base64: Buffer.from(content).toString('base64') }];
    const { effective } = configToRestore(text, { ...options, machine: aMachine({ files }) });
    expect(parse(effective.toml).files).toEqual([{ guest_path: '/etc/local.json', ...how }, secret]);
  });
  it('remembers what failed, beside what was remembered', () => {
    const failed = [
      { version: '2026.9.5', identity: null },
      { version: '2026.9.6', identity: `sha256:${'a'.repeat(64)}` },
    ];
    const { effective } = configToRestore(shown, { ...options, failed });
    expect(parse(effective.toml)).toMatchObject({
      env: { NODE_ENV: 'production', OPENCLAW_DEPLOY_FAILED: `2026.9.5 2026.9.6@sha256:${'a'.repeat(64)}` },
    });
  });
});

describe('two printed configs', () => {
  it('are the same whenever they were printed, and whatever failed here', () => {
    const later = shown
      .replace('21:03:06Z', '22:04:07Z')
      .replace("NODE_ENV = 'production'", "NODE_ENV = 'production'\n  OPENCLAW_DEPLOY_FAILED = '2026.9.6'");
    expect(sameConfig(shown, later)).toBe(true);
  });
  it('are not the same where a value differs', () => {
    expect(sameConfig(shown, shown.replace("'1024mb'", "'2048mb'"))).toBe(false);
    expect(sameConfig(shown, shown.replace("'production'", "'test'"))).toBe(false);
  });
});
