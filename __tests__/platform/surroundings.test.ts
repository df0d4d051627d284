import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createClock } from '../../rehearsal/platform/clock.ts';
import { bootSchema, triggerSchema } from '../../rehearsal/platform/scenario.ts';
import { type Client, deployed, healthy, machineId, machinePath, open, updateBody } from './client.ts';

let client: Client;
afterEach(() => client?.platform.close());

const logs = '/api/v1/apps/my-app/logs';

describe('the log', () => {
  const texts = (page: { data: { attributes: { message: string } }[] }) =>
    page.data.map((entry) => entry.attributes.message);

  it('begins with its newest page and goes on from a token', async () => {
    client = await open({ logPageSize: 3, seed: deployed });
    for (let n = 1; n <= 5; n += 1) client.platform.act({ log: { text: `line ${n}` } });
    const first = (await client.call('GET', `${logs}?next_token=`)).body;
    expect(texts(first)).toEqual(['line 3', 'line 4', 'line 5']);
    client.platform.act({ log: { text: 'more', repeat: 4 } });
    const second = (await client.call('GET', `${logs}?next_token=${first.meta.next_token}`)).body;
    expect(texts(second)).toEqual(['more', 'more', 'more']);
    const third = (await client.call('GET', `${logs}?next_token=${second.meta.next_token}`)).body;
    expect(texts(third)).toEqual(['more']);
    const last = (await client.call('GET', `${logs}?next_token=${third.meta.next_token}`)).body;
    expect(last).toEqual({ data: [], meta: { next_token: third.meta.next_token } });
  });

  it('can be had of one machine and one region', async () => {
    client = await open();
    const count = async (query: string) => (await client.call('GET', `${logs}?${query}`)).body.data.length;
    expect(await count(`instance=${machineId}&region=iad`)).toBe(3);
    expect(await count('instance=other')).toBe(0);
    expect(await count('region=ams')).toBe(0);
  });

  it('says nothing of a boot whose lines are lost', async () => {
    client = await open({ boots: [{ ...healthy, silentLogs: true }] });
    await client.call('POST', machinePath, await updateBody(client));
    await client.platform.advance(60_000);
    expect(client.log()).toHaveLength(3);
    expect((await client.machine()).state).toBe('started');
  });
});

describe('a command inside a machine', () => {
  const run = async (cmd: string, more: object = {}) =>
    client.call('POST', `${machinePath}/exec`, { cmd, ...more });

  it('reads who listens as the kernel says it', async () => {
    client = await open({
      seed: {
        apps: [{ name: 'my-app', machines: [{ id: machineId, recording: '2026.5.12/07b-bind-loopback' }] }],
      },
    });
    expect((await run('cat /proc/net/tcp')).body.stdout).toContain(' 0100007F:0BB8 00000000:0000 0A ');
    expect((await run("sh -c 'cat /proc/net/tcp6'")).body.stdout).toContain(
      ' 00000000000000000000000001000000:0BB8 ',
    );
  });

  it('works on the files of the volume, with patterns', async () => {
    client = await open();
    expect((await run("sh -c 'ls /data/*.json && rm -f /data/*.json; echo done'")).body.stdout).toBe(
      '/data/openclaw.json\ndone\n',
    );
    expect(client.platform.world.apps.get('my-app')?.volumes.values().next().value?.files.size).toBe(0);
    expect((await run('cat /data/openclaw.json')).body).toMatchObject({
      exit_code: 1,
      stderr: 'cat: /data/openclaw.json: No such file or directory\n',
    });
  });

  it('is never run on this host', async () => {
    client = await open();
    expect((await run("sh -c 'id; cat /etc/passwd 2>/dev/null'")).body).toEqual({
      exit_code: 1,
      exit_signal: 0,
      stdout: '',
      stderr: 'sh: 1: id: not found\n',
    });
  });

  it('that a hook knows by its marker is answered by it', async () => {
    client = await open({
      exec: [
        {
          marker: '/readyz',
          answer: (inside) => ({
            exitCode: 0,
            stdout: JSON.stringify([inside.listeners, inside.get(3000, '/readyz')]),
            stderr: '',
          }),
        },
      ],
    });
    expect(JSON.parse((await run('node -e "/readyz"')).body.stdout)).toEqual([
      [{ address: '0.0.0.0', port: 3000 }],
      { status: 200, body: '{"ready":true}' },
    ]);
  });

  it('needs a started machine and ends with the time of its client', async () => {
    client = await open({ speed: 100, clientSpeed: 100, restartDelay: 3600 });
    expect((await run('sleep 2', { timeout: 1 })).body).toEqual({
      error: 'deadline_exceeded: command timed out',
    });
    client.platform.act({ exit: { code: 1 } });
    expect(await run('true')).toMatchObject({
      status: 412,
      body: { error: 'machine not running: state is stopped' },
    });
  });
});

describe('the public URL', () => {
  const get = (path = '/healthz') =>
    client
      .call('GET', `/fly.dev/my-app${path}`)
      .catch((error: Error) => (error.cause as { code: string }).code);

  it('answers what the gateway answers', async () => {
    client = await open();
    expect(await get()).toEqual({ status: 200, body: { ok: true, status: 'live' } });
  });

  it.each([
    ['on loopback only', { recording: '2026.5.12/07b-bind-loopback' }],
    ['on another port', { recording: '2026.3.13/03b-second-same-state-other-port' }],
  ])('is 502 for a gateway %s', async (_where, machine) => {
    client = await open({
      seed: { apps: [{ name: 'my-app', addresses: ['v6'], machines: [{ id: machineId, ...machine }] }] },
    });
    expect(await get()).toMatchObject({ status: 502 });
  });

  it.each([
    ['a public address', { addresses: ['private_v6' as const], machines: [{ id: machineId }] }],
    ['a service', { addresses: ['v6' as const], machines: [{ id: machineId, config: { services: [] } }] }],
  ])('breaks without %s', async (_what, app) => {
    client = await open({ seed: { apps: [{ name: 'my-app', ...app }] } });
    expect(await get()).toBe('ECONNRESET');
  });
});

describe('a real flyctl', () => {
  it('reaches no host by https: its environment sends that to the platform, which refuses', async () => {
    client = await open();
    const { HTTPS_PROXY = '' } = client.platform.env;
    const asked = request(HTTPS_PROXY, { method: 'CONNECT', path: 'sentry.io:443' }).end();
    const [answer]: IncomingMessage[] = await once(asked, 'connect');
    expect(answer?.statusCode).toBe(403);
  });

  it('is told that there is no builder, in place of where to go for one', async () => {
    client = await open({ builder: false });
    expect(await client.call('POST', '/api/v1/builds/depot_builder', {})).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('builds nothing') },
    });
  });
});

describe('a fault', () => {
  const list = () =>
    client
      .call('GET', '/v1/apps/my-app/machines')
      .catch((error: Error) => (error.cause as { code: string }).code);

  it('comes after the requests it skips, and as often as it says', async () => {
    client = await open({ faults: [{ method: 'GET', path: '/machines$', skip: 1, times: 2, status: 503 }] });
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push(((await list()) as { status: number }).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect(client.platform.requests.map((request) => request.faulty)).toEqual([false, true, true, false]);
  });

  it.each([
    [{ status: 500 }, { status: 500, body: { error: 'injected 500' } }],
    [
      { status: 429, error: 'rate limit exceeded' },
      { status: 429, body: { error: 'rate limit exceeded' } },
    ],
    [
      { status: 502, body: '<html>bad gateway</html>' },
      { status: 502, body: '<html>bad gateway</html>' },
    ],
    [{ reset: true }, 'ECONNRESET'],
    [{ truncate: 20 }, 'UND_ERR_SOCKET'],
    [{ stall: 1 }, { status: 200, body: [expect.anything()] }],
  ])('%j', async (effect, expected) => {
    client = await open({ faults: [{ path: '/machines$', ...effect }] });
    expect(await list()).toEqual(expected);
  });

  it('can hide what was done all the same', async () => {
    client = await open({ faults: [{ graphql: 'allocateIpAddress', reset: true, applied: true, times: 1 }] });
    const allocate =
      'mutation($input: AllocateIPAddressInput!) { allocateIpAddress(input: $input) { ipAddress { id } } }';
    await expect(client.graphql(allocate, { input: { appId: 'my-app', type: 'v6' } })).rejects.toThrow();
    expect(client.platform.world.apps.get('my-app')?.addresses).toHaveLength(3);
  });
});

describe('a trigger', () => {
  const types = () => client.platform.world.apps.get('my-app')?.addresses.map((address) => address.type);

  it('does its acts once, when the request came the second time', async () => {
    client = await open({
      triggers: [
        { on: { path: '/machines$', times: 2 }, do: [{ release: 'v6' }, { allocate: 'private_v6' }] },
      ],
    });
    await client.call('GET', '/v1/apps/my-app/machines');
    expect(types()).toEqual(['v6', 'shared_v4']);
    for (let n = 0; n < 3; n += 1) await client.call('GET', '/v1/apps/my-app/machines');
    await client.platform.advance(0);
    expect(types()).toEqual(['shared_v4', 'private_v6']);
  });

  it('waits for a line, a moment, and its delay', async () => {
    client = await open({
      triggers: [
        { on: { log: 'go' }, delay: 5, do: [{ deploy: 'ghcr.io/openclaw/openclaw:2026.9.6' }] },
        { on: { at: 60 }, do: [{ destroy: true }] },
      ],
    });
    client.platform.act({ log: { text: 'ready, go' } });
    await client.platform.advance(4000);
    expect(client.platform.world.apps.get('my-app')?.releases).toHaveLength(1);
    await client.platform.advance(2000);
    expect((await client.machine()).config.metadata.fly_release_version).toBe('2');
    await client.platform.advance(60_000);
    expect((await client.machine()).state).toBe('destroyed');
  });
});

describe('a scenario', () => {
  it('with a misspelt key is refused by name', () => {
    expect(() => bootSchema.parse({ recordings: 'x' })).toThrow(/recordings/);
    expect(() => triggerSchema.parse({ on: { log: 'x' }, do: [{ alocate: 'v4' }] })).toThrow(/alocate/);
    expect(() => bootSchema.parse({ when: { image: '(' } })).toThrow(/regular expression/);
  });
});

describe('the clock', () => {
  it('calls in the order of time, and tells each its own time', async () => {
    const clock = createClock(0, 1, 1_000_000);
    const told: number[] = [];
    for (const ms of [30, 10, 20, 10]) clock.after(ms, () => told.push(clock.now() - 1_000_000));
    clock.after(15, () => clock.after(1, () => told.push(clock.now() - 1_000_000)));
    await clock.advance(25);
    expect(told).toEqual([10, 10, 16, 20]);
    expect(clock.now()).toBe(1_000_025);
  });

  it('runs as many times faster as it is told, for all but its clients', async () => {
    const clock = createClock(1000, 2, 0);
    await new Promise<void>((resolve) => {
      clock.after(5000, resolve);
    });
    expect(clock.now()).toBeGreaterThanOrEqual(5000);
    expect(clock.clientTime(1000)).toBe(500_000);
    clock.stop();
  });
});

it('a platform tells when each line and event became visible', async () => {
  client = await open({ speed: 500, boots: [{ lines: ['hello'], exit: { after: 1, code: 0 } }] });
  await client.call('POST', machinePath, await updateBody(client));
  await expect.poll(() => client.platform.moments.at(-1)?.text).toBe('stopped');
  const [hello, exit] = ['hello', 'exit'].map((text) =>
    client.platform.moments.findLast((moment) => moment.text === text),
  );
  expect((exit?.at ?? 0) - (hello?.at ?? 0)).toBe(1000);
  expect(exit?.real).toBeGreaterThanOrEqual(hello?.real ?? Number.POSITIVE_INFINITY);
});
