import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendOverTcp } from '../../rehearsal/flyctl/http.ts';
import { runStandIn } from '../../rehearsal/flyctl/stand-in.ts';
import { scaledClock } from '../../rehearsal/flyctl/surroundings.ts';
import * as commands from '../../src/flyctl/commands.ts';
import { scriptedFlyctl } from '../flyctl/scripted-flyctl.ts';
import { type Client, open } from './client.ts';

let client: Client;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificates-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await client.platform.close();
});

const hosts = (count: number) => Array.from({ length: count }, (_, n) => `bot${n}.example.com`);

async function seeded(certificates: string[]): Promise<void> {
  client = await open({ seed: { apps: [{ name: 'my-app', certificates }] } });
}

/** `certs list`, as the stand-in answers it. */
async function certsList(...flags: string[]) {
  let stdout = '';
  let stderr = '';
  const exitCode = await runStandIn(['certs', 'list', '-a', 'my-app', ...flags], {
    env: { ...client.platform.env, FLY_API_TOKEN: 'test-token', FLY_CONFIG_DIR: folder },
    cwd: '/',
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: async () => Buffer.alloc(0),
    signal: new AbortController().signal,
    clock: scaledClock(1000),
    send: sendOverTcp,
  });
  return { exitCode, stdout, stderr };
}

/** As flyctl's source has it (0.4.87, internal/command/certificates/root.go); it was not recorded. */
describe('the certificates of an app', () => {
  it('are listed with the host name that each is for', async () => {
    await seeded(['bot.example.com']);
    const listed = await certsList('--json');
    expect(JSON.parse(listed.stdout)).toEqual([
      {
        hostname: 'bot.example.com',
        status: 'active',
        acme_dns_configured: false,
        acme_alpn_configured: true,
        acme_http_configured: true,
        ownership_txt_configured: false,
        configured: true,
        acme_requested: true,
        has_custom_certificate: false,
        has_fly_certificate: true,
        created_at: expect.stringMatching(/^\d{4}-.*Z$/),
        updated_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    expect(await commands.certsList(scriptedFlyctl([listed]), 'my-app')).toEqual(['bot.example.com']);
    expect((await certsList()).stdout).toBe(
      `${'HOSTNAME'.padEnd(30)} SOURCE     STATUS\n${'bot.example.com'.padEnd(30)} Fly        Issued\n`,
    );
  });

  it('are cut after fifty, with a line of text behind the JSON', async () => {
    await seeded(hosts(51));
    const listed = await certsList('--json');
    expect(listed.stdout).toMatch(/\n\]\n\nShowing 50 of 51 certificates\. Use the Machines API /);
    expect(await commands.certsList(scriptedFlyctl([listed]), 'my-app')).toEqual(hosts(50));
  });

  it('are none, also where the API names none at all', async () => {
    await seeded([]);
    expect((await certsList('--json')).stdout).toBe('[]\n');
    client.platform.act({ fault: { path: '/certificates', status: 200, body: '{}' } });
    const none = await certsList('--json');
    expect(none.stdout).toBe('null\n');
    expect(await commands.certsList(scriptedFlyctl([none]), 'my-app')).toEqual([]);
  });

  it('may be kept from a token', async () => {
    await seeded(['bot.example.com']);
    client.platform.act({ fault: { path: '/certificates', status: 403, error: 'Not authorized' } });
    const refused = await certsList('--json');
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('failed to list certificates: Not authorized');
    await expect(commands.certsList(scriptedFlyctl([refused]), 'my-app')).rejects.toMatchObject({
      code: 'token-rights',
    });
  });

  it('are read from a flyctl before 0.4.12, too', async () => {
    await seeded([]);
    const stdout =
      '[\n    {\n        "CreatedAt": "2026-01-01T00:00:00Z",\n        "Hostname": "bot.example.com"\n    }\n]\n';
    expect(await commands.certsList(scriptedFlyctl([{ stdout }]), 'my-app')).toEqual(['bot.example.com']);
  });
});
