import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installStandIn } from '../../rehearsal/flyctl/install.ts';
import type { Platform } from '../../rehearsal/platform/options.ts';
import { startPlatform } from '../../rehearsal/platform/platform.ts';
import type { Seed } from '../../rehearsal/platform/scenario.ts';

const MACHINE = '148ed193b95948';
const DEPLOYED: Seed = {
  apps: [{ name: 'my-app', volumes: [{}], machines: [{ id: MACHINE, volume: 'data' }] }],
};
const DEPLOY = ['deploy', '--dns-checks=false', '--image', 'ghcr.io/openclaw/openclaw:2026.9.6'];

const FLY_TOML = `app = "my-app"
primary_region = "iad"

[http_service]
  internal_port = 3000

[mounts]
  source = "data"
  destination = "/data"
`;

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

describe.runIf(process.platform !== 'win32')('the stand-in as a program of its own', () => {
  const root = mkdtempSync(join(tmpdir(), 'stand in '));
  const children: ChildProcess[] = [];
  let program = '';
  let platform: Platform;

  beforeAll(async () => {
    program = installStandIn(join(root, 'bin'));
    writeFileSync(join(root, 'fly.toml'), FLY_TOML);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  beforeEach(async () => {
    platform = await startPlatform({ speed: 20, clientSpeed: 20, seed: DEPLOYED });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await platform.close();
  });

  function start(args: readonly string[], stdin = '') {
    const env = {
      ...platform.env,
      PATH: process.env.PATH,
      FLY_CONFIG_DIR: join(root, 'config'),
      FLYCTL_STANDIN_SPEED: '20',
      NO_COLOR: '1',
    };
    const child = spawn(program, args, { cwd: root, env });
    children.push(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data;
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data;
    });
    child.stdin.end(stdin);
    const ended = new Promise<Ended>((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
    );
    return { child, ended };
  }

  /** Waits until a call like this has been answered. */
  async function called(method: string, path: RegExp): Promise<void> {
    while (!platform.requests.some((request) => request.method === method && path.test(request.path))) {
      await sleep(5);
    }
  }

  it('starts from a folder with a space in its name', async () => {
    const { code, stdout } = await start(['version', '--json']).ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ Name: 'flyctl', Version: '0.4.87' });
  });

  it('hands words on as they are', async () => {
    const command = `sh -c 'echo "a  b" $HOME > "/tmp/x y"; echo done'`;
    await start(['machine', 'exec', MACHINE, command, '-a', 'my-app', '--json']).ended;
    expect(platform.requests.at(-1)?.request).toEqual({ cmd: command });
  });

  it('ends with the exit code of its error', async () => {
    const { code, stderr } = await start(['status', '-a', 'nobody', '--json']).ended;
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Could not find App'),
    });
  });

  it('panics on a secret that is one quotation mark', async () => {
    const { code, stdout } = await start(['secrets', 'import', '-a', 'my-app', '--stage'], 'A="\n').ended;
    expect({ code, stdout }).toMatchObject({ code: 3, stdout: expect.stringContaining('goroutine') });
  });

  it('leaves what it sent lying in clear beside its config', async () => {
    const { code } = await start(['secrets', 'import', '-a', 'my-app', '--stage'], 'A=a-secret-value\n')
      .ended;
    expect(code).toBe(0);
    const logs = join(root, 'config', 'logs');
    const texts = readdirSync(logs).map((file) => readFileSync(join(logs, file), 'utf8'));
    expect(texts.join('\n')).toContain('a-secret-value');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('waits for a first line of the log until %s', async (signal) => {
    await platform.close();
    platform = await startPlatform({ seed: { apps: [{ name: 'my-app' }] } });
    const { child, ended } = start(['logs', '-a', 'my-app', '--no-tail', '--json']);
    await called('GET', /\/logs/);
    await sleep(300);
    expect(child.exitCode).toBeNull();
    child.kill(signal);
    expect(await ended).toEqual({ code: 127, signal: null, stdout: '', stderr: '' });
  });

  /** A deploy that waits for its machine until it is told to end. */
  async function startDeploy() {
    await platform.close();
    platform = await startPlatform({ seed: DEPLOYED, boots: [{ bootDelay: 600 }] });
    const deploy = start(DEPLOY);
    await called('POST', new RegExp(`${MACHINE}$`));
    return deploy;
  }

  it('leaves the machine leased and the release interrupted when a deploy is told to end', async () => {
    const { child, ended } = await startDeploy();
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect({ code, stderr: stderr.trim().split('\n')[0] }).toEqual({
      code: 127,
      stderr: expect.not.stringMatching(/^Error/),
    });
    const app = platform.world.apps.get('my-app');
    expect(app?.releases.map(({ status }) => status)).toEqual(['complete', 'interrupted']);
    expect(app?.machines.get(MACHINE)?.lease).not.toBeNull();
  });

  it('leaves everything as it is when it is killed', async () => {
    const { child, ended } = await startDeploy();
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(platform.world.apps.get('my-app')?.releases.at(-1)?.status).toBe('running');
  });

  it('lets its own waits pass faster when asked to', async () => {
    const { code, stdout } = await start(DEPLOY).ended;
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('update succeeded') });
    const updated = platform.requests.find(({ path, method }) => method === 'POST' && path.endsWith(MACHINE));
    const last = platform.requests.at(-1);
    // A smoke check alone takes 10 s of the CLI's time.
    expect((last?.ms ?? 0) - (updated?.ms ?? 0)).toBeLessThan(9000);
  });
});
