import { afterEach, describe, expect, it } from 'vitest';
import { type Client, deployed, empty, healthy, machinePath, open, updateBody } from './client.ts';

let client: Client;
afterEach(() => client.platform.close());

const crashing = { lines: ['[gateway] starting...', 'Error: boom'], exit: { after: 0.2, code: 1 } };

async function update(change: Record<string, unknown> = {}) {
  return client.call('POST', machinePath, await updateBody(client, change));
}

function types(machine: { events: { type: string }[] }) {
  return machine.events.map((event) => event.type);
}

describe('an update', () => {
  it('gives the machine a new instance, and the new image boots after the old process is gone', async () => {
    client = await open({ boots: [healthy] });
    const before = await client.machine();
    const { body } = await update({ image: 'ghcr.io/openclaw/openclaw:2026.9.6' });
    expect(body.instance_id).not.toBe(before.instance_id);
    expect(body.image_ref.tag).toBe('2026.9.6');
    expect(body.state).toBe('starting');
    await client.platform.advance(300);
    expect(types(await client.machine()).slice(0, 3)).toEqual(['start', 'launch', 'exit']);
    expect(client.log('runner').slice(-5)).toEqual([
      'Pulling container image ghcr.io/openclaw/openclaw:2026.9.6',
      'Successfully prepared image ghcr.io/openclaw/openclaw:2026.9.6 (0.9s)',
      "Setting up volume 'data'",
      'Starting machine',
      'Machine started in 312ms',
    ]);
  });

  it("says the recorded gateway's last words, naming the signal, before the new boot says anything", async () => {
    client = await open({
      boots: [healthy],
      seed: {
        apps: [
          { name: 'my-app', machines: [{ id: '148ed193b95948', recording: '2026.9.6/01-healthy-start' }] },
        ],
      },
    });
    expect(client.log().join('\n')).not.toContain('received SIG');
    const { body } = await update({ stop_config: { signal: 'SIGTERM' } });
    expect(body.state).toBe('replacing');
    await client.platform.advance(1000);
    const said = client.log();
    const goodbye = said.findIndex((line) => line.includes('received SIGINT; shutting down'));
    const pulling = said.findLastIndex((line) => line.startsWith('Pulling'));
    expect(goodbye).toBeGreaterThan(0);
    expect(pulling).toBeGreaterThan(said.findIndex((line) => line.includes('[shutdown] completed cleanly')));
    expect(
      (await client.machine()).events.find((event: { type: string }) => event.type === 'exit').request,
    ).toEqual({
      exit_event: { exited_at: expect.any(String), guest_signal: -1, requested_stop: true, signal: -1 },
    });
  });

  it('kills a gateway that takes longer than its kill timeout', async () => {
    client = await open({ boots: [{ ...healthy, stopTakes: 8 }] });
    await update({ stop_config: { signal: 'SIGTERM', timeout: '5s' } });
    await client.platform.advance(10_000);
    await update();
    await client.platform.advance(5000);
    const exit = (await client.machine()).events.find((event: { type: string }) => event.type === 'exit');
    expect(exit.request.exit_event).toMatchObject({ exit_code: 137, guest_signal: 9, requested_stop: true });
    expect(client.platform.world.apps.get('my-app')?.uncleanEnds.size).toBe(1);
  });

  it('does not start a stopped machine when the launch is skipped', async () => {
    client = await open({ boots: [healthy] });
    await client.call('POST', `${machinePath}/stop`, {});
    await client.call('POST', machinePath, { ...(await updateBody(client)), skip_launch: true });
    await client.platform.advance(60_000);
    expect((await client.machine()).state).toBe('stopped');
    await client.call('POST', `${machinePath}/start`);
    await client.platform.advance(300);
    expect((await client.machine()).state).toBe('started');
  });
});

describe('the restart policy', () => {
  it('starts a crashing gateway ten times more and then leaves it stopped', async () => {
    client = await open({ boots: [crashing] });
    await update({ restart: undefined });
    await client.platform.advance(60_000);
    const machine = await client.machine();
    const exits = machine.events.filter(
      (event: { type: string; request: { exit_event: { requested_stop?: boolean } } }) =>
        event.type === 'exit' && !event.request.exit_event.requested_stop,
    );
    expect(exits).toHaveLength(11);
    expect(exits[0].request).toEqual({
      exit_event: {
        exit_code: 1,
        exited_at: expect.any(String),
        guest_exit_code: 1,
        guest_signal: -1,
        signal: -1,
      },
      restart_count: 10,
    });
    expect(exits[10].request.exit_event.restarting).toBe(true);
    expect(exits[10].request.restart_count).toBeUndefined();
    expect(machine.state).toBe('stopped');
    expect(client.log('runner').at(-1)).toBe('machine has reached its max restart count of 10');
  });

  it.each([
    [{ policy: 'on-failure' }, 0, 1],
    [{ policy: 'always' }, 0, 2],
    [{ policy: 'no' }, 1, 1],
    [{ policy: 'on-failure', max_retries: 1 }, 1, 2],
  ])('%j and exit code %i make %i boots in two seconds', async (restart, code, boots) => {
    client = await open({ boots: [{ exit: { after: 0.2, code } }] });
    await update({ restart });
    await client.platform.advance(2000);
    expect(client.log('runner').filter((line) => line === 'Starting machine')).toHaveLength(boots);
  });

  it('is over when the machine is stopped between two boots', async () => {
    client = await open({ boots: [crashing] });
    await update();
    await client.platform.advance(600);
    await client.call('POST', `${machinePath}/stop`, {});
    await client.platform.advance(60_000);
    expect((await client.machine()).state).toBe('stopped');
    expect(types(await client.machine())).toEqual(['exit', 'start', 'launch', 'exit', 'start', 'launch']);
  });
});

describe('the end of a process', () => {
  it('by the kernel is told by kernel, init and runner, and by an exit event that says oom_killed', async () => {
    client = await open({ boots: [{ lines: ['[gateway] starting...'], exit: { after: 1, oom: true } }] });
    await update({ restart: { policy: 'no' } });
    await client.platform.advance(2000);
    const [exit] = (await client.machine()).events;
    expect(exit.request.exit_event).toMatchObject({ exit_code: 137, guest_signal: 9, oom_killed: true });
    expect(client.log('app').slice(-5)).toEqual([
      expect.stringContaining('Out of memory: Killed process 318 (node)'),
      " INFO Main child exited with signal (with signal 'SIGKILL', core dumped? false)",
      ' INFO Process appears to have been OOM killed!',
      ' INFO Starting clean up.',
      expect.stringContaining('reboot: Restarting system'),
    ]);
    expect(client.log('runner').at(-1)).toBe('Out of memory: Killed process');
  });

  it('by a signal from outside is no requested stop', async () => {
    client = await open({ boots: [healthy] });
    await client.call('POST', `${machinePath}/signal`, { signal: 9 });
    const [exit] = (await client.machine()).events;
    expect(exit.request.exit_event).toMatchObject({ exit_code: 137, restarting: true });
    expect(exit.request.exit_event.requested_stop).toBeUndefined();
  });

  it('leaves nobody listening', async () => {
    client = await open({ boots: [{ ports: [3000], exit: { after: 5, code: 1 } }] });
    await update({ restart: { policy: 'no' } });
    await client.platform.advance(1000);
    expect((await client.call('GET', `${machinePath}/ps`)).body[0].listen_sockets).toEqual([
      { proto: 'tcp', address: '0.0.0.0:3000' },
    ]);
    await client.platform.advance(5000);
    expect((await client.call('GET', `${machinePath}/ps`)).body).toEqual({ error: 'machine not started' });
  });
});

describe('the first boot rule that fits', () => {
  it.each([
    ['boot', { boot: 1 }],
    ['image', { image: '5\\.12' }],
    ['command', { cmd: 'gateway --allow' }],
    ['memory', { memoryBelow: 4096 }],
    ['environment', { env: { OPENCLAW_GATEWAY_TOKEN: '^first$', NOBODY: null } }],
    ['files', { files: { '/data/openclaw.*': '\\{\\}', '/tmp/x': null } }],
    ['machine', { machine: 'silent-moon-1' }],
  ])('is taken by %s', async (_name, when) => {
    client = await open({
      boots: [
        { when: { app: 'other' }, lines: ['wrong'] },
        { when, lines: ['fits'] },
        { lines: ['falls through'] },
      ],
    });
    await update();
    await client.platform.advance(500);
    expect(client.log('app').at(-1)).toBe('fits');
  });

  it('counts the unclean ends on the volume within 300 seconds', async () => {
    client = await open({
      boots: [{ when: { uncleanBoots: 3 }, lines: ['breaker'] }, { exit: { after: 1, signal: 'SIGKILL' } }],
    });
    await update();
    await client.platform.advance(20_000);
    expect(client.log('app').filter((line) => line === 'breaker')).toHaveLength(1);
    expect(client.log('app').filter((line) => line.includes('SIGKILL'))).toHaveLength(3);
  });

  it('finds the image by its tag when a deploy names the digest', async () => {
    client = await open({ boots: [{ when: { image: '5\\.12' }, lines: ['old'] }, { lines: ['new'] }] });
    const { image_ref } = await client.machine();
    await update({ image: `ghcr.io/openclaw/openclaw@${image_ref.digest}` });
    await client.platform.advance(500);
    expect(client.log('app').at(-1)).toBe('old');
  });
});

describe('a machine', () => {
  it('that fails to start is failed, and never was started', async () => {
    client = await open({ boots: [{ failToStart: true }] });
    await update();
    await client.platform.advance(60_000);
    const machine = await client.machine();
    expect(machine.state).toBe('failed');
    expect(types(machine)[0]).toBe('launch');
  });

  it('is waited for until it is there, or until the time of the client is up', async () => {
    client = await open({ speed: 20, clientSpeed: 20, boots: [{ bootDelay: 10 }] });
    await update();
    const waited = await client.call('GET', `${machinePath}/wait?state=stopped&timeout=1`);
    expect(waited.status).toBe(408);
    expect(waited.body.error).toMatch(
      /^deadline_exceeded: machine failed to reach desired state, stopped, currently start/,
    );
    expect((await client.call('GET', `${machinePath}/wait?state=started&timeout=60`)).status).toBe(200);
  });

  it('keeps its volume from others, and gives it back when it is destroyed', async () => {
    client = await open();
    const body = await updateBody(client);
    const second = await client.call('POST', '/v1/apps/my-app/machines', body);
    expect(second).toMatchObject({
      status: 412,
      body: { error: 'volume vol_4qlk1n3yd2z0m8xr is already attached to machine 148ed193b95948' },
    });
    expect((await client.call('DELETE', machinePath)).status).toBe(412);
    await client.call('DELETE', `${machinePath}?kill=true`);
    expect((await client.call('POST', '/v1/apps/my-app/machines', body)).status).toBe(200);
    expect((await client.call('GET', '/v1/apps/my-app/machines')).body).toHaveLength(1);
  });

  it('shows its health checks as the gateway answers them', async () => {
    client = await open({
      boots: [{ recording: '2026.9.6/05d-discord-4014-disallowed-intents' }],
    });
    await update({
      services: [{ internal_port: 3000, checks: [{ type: 'http', path: '/healthz' }] }],
      checks: { ready: { type: 'http', port: 3000, path: '/readyz' } },
    });
    await client.platform.advance(20_000);
    const statuses = async () =>
      (await client.machine()).checks.map((check: { name: string; status: string }) => [
        check.name,
        check.status,
      ]);
    expect(await statuses()).toEqual([
      ['servicecheck-00-http-3000', 'critical'],
      ['ready', 'critical'],
    ]);
    await client.platform.advance(20_000);
    expect(await statuses()).toEqual([
      ['servicecheck-00-http-3000', 'passing'],
      ['ready', 'critical'],
    ]);
  });

  it('lists without events where the server does so, and shows them singly', async () => {
    client = await open({ listCarriesEvents: false });
    expect((await client.call('GET', '/v1/apps/my-app/machines')).body[0].events).toBeUndefined();
    expect((await client.machine()).events).toHaveLength(2);
  });

  it('gets the files that its config ships, anew with each boot', async () => {
    client = await open({
      boots: [{ when: { files: { '/etc/x.json': 'abc' } }, lines: ['has it'] }],
      seed: deployed,
    });
    await update({
      files: [{ guest_path: '/etc/x.json', raw_value: Buffer.from('abc').toString('base64') }],
    });
    await client.platform.advance(400);
    expect(client.log('app').at(-1)).toBe('has it');
    expect((await client.call('POST', `${machinePath}/exec`, { cmd: 'cat /etc/x.json' })).body.stdout).toBe(
      'abc',
    );
  });

  it('loses what a boot left beside its volume with the next boot, and nothing else', async () => {
    client = await open({
      boots: [
        { when: { boot: 1 }, writes: { '/tmp/gateway.lock': 'pid', '/data/gateway.lock': 'pid' } },
        healthy,
      ],
    });
    const list = async () =>
      (await client.call('POST', `${machinePath}/exec`, { cmd: 'ls /tmp/*.lock /data/*.lock' })).body.stdout;
    await update();
    await client.platform.advance(400);
    expect(await list()).toBe('/tmp/gateway.lock\n/data/gateway.lock\n');
    await client.call('POST', `${machinePath}/restart?force_stop=false`);
    await client.platform.advance(400);
    expect(await list()).toBe('/data/gateway.lock\n');
  });

  it('created in an empty app makes the app deployed', async () => {
    client = await open({ seed: empty, boots: [healthy] });
    const image = 'ghcr.io/openclaw/openclaw:2026.5.12';
    const { body } = await client.call('POST', '/v1/apps/my-app/machines', {
      config: { image },
      region: 'iad',
      lease_ttl: 300,
    });
    expect(body.nonce).toMatch(/^[0-9a-f]{12}$/);
    expect((await client.call('GET', '/v1/apps/my-app')).body.status).toBe('deployed');
  });
});
