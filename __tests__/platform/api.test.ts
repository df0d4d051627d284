import { afterEach, describe, expect, it } from 'vitest';
import { contentHash } from '../../rehearsal/platform/world.ts';
import {
  type Client,
  deployed,
  empty,
  machineId,
  machinePath,
  open,
  updateBody,
  volumeId,
} from './client.ts';

let client: Client;
afterEach(() => client.platform.close());

const volumesPath = '/v1/apps/my-app/volumes';
const mine = () => client.platform.world.apps.get('my-app');

describe('a lease', () => {
  it('keeps others out, is renewed under its nonce, and runs out', async () => {
    client = await open();
    const lease = (await client.call('POST', `${machinePath}/lease?ttl=13`)).body.data;
    const nonce = { 'fly-machine-lease-nonce': lease.nonce };
    const refused = await client.call('POST', machinePath, await updateBody(client));
    expect(refused.status).toBe(409);
    expect(refused.body.error).toMatch(
      /^failed to acquire lease: machine ID 148ed193b95948 lease currently held by dev@example\.com, expires at \S+Z$/,
    );
    await client.platform.advance(10_000);
    expect(
      (await client.call('POST', `${machinePath}/lease?ttl=13`, undefined, nonce)).body.data,
    ).toMatchObject({
      nonce: lease.nonce,
      expires_at: lease.expires_at + 10,
    });
    expect((await client.call('POST', machinePath, await updateBody(client), nonce)).status).toBe(200);
    await client.platform.advance(13_001);
    expect((await client.call('GET', `${machinePath}/lease`)).body).toEqual({ error: 'lease not found' });
    expect((await client.call('DELETE', `${machinePath}/lease`, undefined, nonce)).status).toBe(404);
    expect((await client.call('POST', `${machinePath}/lease?ttl=120`)).status).toBe(200);
  });

  it('of somebody else is cleared by whoever reads its nonce', async () => {
    client = await open();
    client.platform.act({ lease: { ttl: 600 } });
    const { data } = (await client.call('GET', `${machinePath}/lease`)).body;
    expect(data.owner).toBe('someone@example.com');
    expect((await client.call('DELETE', `${machinePath}/lease`)).status).toBe(409);
    const nonce = { 'fly-machine-lease-nonce': data.nonce };
    expect((await client.call('DELETE', `${machinePath}/lease`, undefined, nonce)).status).toBe(200);
  });

  it('lasts as long as its client counts, however fast the platform runs', async () => {
    client = await open({ speed: 1000 });
    const { expires_at } = (await client.call('POST', `${machinePath}/lease?ttl=13`)).body.data;
    expect(expires_at * 1000 - client.platform.now()).toBeGreaterThan(12_000_000);
  });
});

describe('a secret', () => {
  const values = () => mine()?.machines.get(machineId)?.secrets;

  it('is staged until an update, and then the machine has it', async () => {
    client = await open();
    await client.platform.advance(5000);
    const staged = await client.call('POST', '/v1/apps/my-app/secrets', {
      values: { A: '1', OPENCLAW_GATEWAY_TOKEN: null },
    });
    expect(staged.body.secrets.map((secret: { name: string }) => secret.name)).toEqual(['A']);
    expect(values()).toEqual({ OPENCLAW_GATEWAY_TOKEN: 'first' });
    await client.call('POST', `${machinePath}/restart`);
    expect(values()).toEqual({ OPENCLAW_GATEWAY_TOKEN: 'first' });
    await client.call('POST', machinePath, await updateBody(client));
    expect(values()).toEqual({ A: '1' });
  });

  it('has the digest of its value, and keeps its time when it is set to what it was', async () => {
    client = await open();
    const set = async (value: string) =>
      (await client.call('POST', '/v1/apps/my-app/secrets', { values: { A: value, B: 'x' } })).body.secrets;
    const [, a1, b1] = await set('x');
    await client.platform.advance(5000);
    const [, a2, b2] = await set('y');
    expect(a1.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(a1.digest).toBe(b1.digest);
    expect(a2.digest).not.toBe(a1.digest);
    expect(a2.updated_at > a1.updated_at).toBe(true);
    expect(b2).toEqual(b1);
  });

  it('of a seed is older than the release that carries it, a staged one newer', async () => {
    client = await open({
      seed: {
        apps: [
          {
            name: 'my-app',
            secrets: { OLD: 'a' },
            stagedSecrets: { NEW: 'b' },
            machines: [{ id: machineId }],
          },
        ],
      },
    });
    const [release] = (await client.call('GET', '/api/v1/apps/my-app/releases?limit=20')).body.releases;
    const [old, fresh] = (await client.call('GET', '/v1/apps/my-app/secrets')).body.secrets;
    expect(old.updated_at <= release.created_at).toBe(true);
    expect(fresh.updated_at > release.created_at).toBe(true);
    expect(values()).toEqual({ OLD: 'a' });
  });
});

describe('a snapshot', () => {
  it('has no id until it is done, and then restores what the volume held when it was taken', async () => {
    client = await open();
    const path = `${volumesPath}/${volumeId}/snapshots`;
    expect((await client.call('POST', path)).body).toMatchObject({ id: '', status: 'waiting', size: 0 });
    const before = contentHash(mine()?.volumes.get(volumeId)?.files ?? new Map());
    await client.call('POST', `${machinePath}/exec`, { cmd: 'rm -f /data/openclaw.json' });
    await client.platform.advance(2000);
    const [snapshot] = (await client.call('GET', path)).body;
    expect(snapshot).toMatchObject({ status: 'created', id: expect.stringMatching(/^vs_/) });
    const { body: restored } = await client.call('POST', volumesPath, {
      name: 'data',
      region: 'iad',
      size_gb: 1,
      snapshot_id: snapshot.id,
    });
    expect(contentHash(mine()?.volumes.get(restored.id)?.files ?? new Map())).toBe(before);
    expect(contentHash(mine()?.volumes.get(volumeId)?.files ?? new Map())).not.toBe(before);
  });

  it('that never gets done stays waiting', async () => {
    client = await open({ snapshotTime: null });
    await client.call('POST', `${volumesPath}/${volumeId}/snapshots`);
    await client.platform.advance(3_600_000);
    expect((await client.call('GET', `${volumesPath}/${volumeId}/snapshots`)).body[0].status).toBe('waiting');
  });
});

describe('addresses', () => {
  it('are given again and again, but for the one shared v4', async () => {
    client = await open({ seed: empty });
    const allocate = (type: string) => client.call('POST', '/v1/apps/my-app/ip_assignments', { type });
    for (const type of ['v6', 'v6', 'shared_v4', 'shared_v4', 'private_v6']) await allocate(type);
    expect(mine()?.addresses.map((address) => address.address)).toEqual([
      '2a09:8280:1::1:2345:1',
      '2a09:8280:1::1:2345:2',
      '66.241.124.10',
      'fdaa:0:33:0:1::4',
    ]);
    const release =
      'mutation($input: ReleaseIPAddressInput!) { releaseIpAddress(input: $input) { clientMutationId } }';
    const input = { appId: 'my-app', ip: '66.241.124.10' };
    expect((await client.graphql(release, { input })).body.data).not.toBeNull();
    expect((await client.graphql(release, { input })).body.errors[0].message).toBe('IP address not found');
  });
});

describe('Fly refuses', () => {
  const volume = { name: 'data', region: 'iad', size_gb: 1 };
  const machineOf = (config: object, region = 'iad') => ({ config: { image: 'x:1', ...config }, region });

  it.each<[string, string, string, unknown, number, string]>([
    ['an unknown app', 'GET', '/v1/apps/other', undefined, 404, 'app not found'],
    ['an unknown machine', 'GET', '/v1/apps/my-app/machines/deadbeef', undefined, 404, 'machine not found'],
    [
      'a name of its own',
      'POST',
      '/v1/apps',
      { name: 'my-app', org_slug: 'personal' },
      422,
      'Name has already been taken',
    ],
    [
      'a name of others',
      'POST',
      '/v1/apps',
      { name: 'theirs', org_slug: 'personal' },
      422,
      'Name has already been taken',
    ],
    ['an unknown region', 'POST', volumesPath, { ...volume, region: 'xyz' }, 422, 'region xyz not found'],
    [
      'a region that costs',
      'POST',
      volumesPath,
      { ...volume, region: 'gru' },
      422,
      'region gru requires an organization',
    ],
    [
      'an unknown snapshot',
      'POST',
      volumesPath,
      { ...volume, snapshot_id: 'vs_no' },
      404,
      'snapshot not found',
    ],
    [
      'an attached volume',
      'DELETE',
      `${volumesPath}/${volumeId}`,
      undefined,
      412,
      'failed_precondition: volume is currently attached to machine: 148ed193b95948',
    ],
    [
      'a missing volume',
      'POST',
      '/v1/apps/my-app/machines',
      machineOf({ mounts: [{ volume: 'vol_no', path: '/data' }] }),
      404,
      'volume not found',
    ],
    [
      'a volume elsewhere',
      'POST',
      '/v1/apps/my-app/machines',
      machineOf({ mounts: [{ volume: 'vol_ams', path: '/data' }] }),
      400,
      'volume vol_ams is in region ams, the machine is in iad',
    ],
    [
      'an unknown image',
      'POST',
      '/v1/apps/my-app/machines',
      machineOf({ image: 'x:nope' }),
      400,
      'failed to get manifest x:nope',
    ],
    [
      'a full region',
      'POST',
      '/v1/apps/my-app/machines',
      machineOf({}, 'ord'),
      422,
      'insufficient resources',
    ],
    ['an unknown page', 'GET', '/metrics_post', undefined, 404, 'not found'],
  ])('%s', async (_what, method, path, body, status, text) => {
    client = await open({
      paidPlan: false,
      regions: { iad: {}, ams: {}, ord: {}, gru: { paid: true } },
      seed: {
        apps: [
          {
            ...deployed.apps?.[0],
            name: 'my-app',
            volumes: [{ id: volumeId }, { id: 'vol_ams', region: 'ams' }],
          },
        ],
        takenNames: ['theirs'],
        fullRegions: ['ord'],
      },
    });
    const reply = await client.call(method, path, body);
    expect(reply.status).toBe(status);
    expect(reply.body.error).toContain(text);
  });

  it('an image that the registry lost, under its tag and under its digest', async () => {
    client = await open();
    const lookUp = async (imageRef: string) =>
      (
        await client.graphql(
          'query ($appName: String!, $imageRef: String!) { app(name: $appName) { id image(ref: $imageRef) { id } } }',
          {
            appName: 'my-app',
            imageRef,
          },
        )
      ).body.data.app.image;
    const { digest } = await lookUp('ghcr.io/openclaw/openclaw:2026.9.6');
    expect(await lookUp('ghcr.io/openclaw/openclaw:nope')).toBeNull();
    client.platform.act({ forgetImage: 'ghcr.io/openclaw/openclaw:2026.9.6' });
    expect(await lookUp('ghcr.io/openclaw/openclaw:2026.9.6')).toBeNull();
    expect(await lookUp(`ghcr.io/openclaw/openclaw@${digest}`)).toBeNull();
  });
});

describe('a token', () => {
  const tokens = { 'test-token': 'org', dep: 'deploy', blind: 'deploy-no-logs', out: 'foreign' } as const;
  const logs = '/api/v1/apps/my-app/logs?next_token=';
  const as = (token: string) => ({ authorization: `FlyV1 ${token}` });

  it.each([
    ['dep', '/v1/apps/my-app', 200],
    ['dep', logs, 200],
    ['blind', logs, 401],
    ['blind', '/v1/apps/my-app/machines', 200],
    ['out', '/v1/apps/my-app', 403],
    ['wrong', '/v1/apps/my-app', 401],
    ['wrong', logs, 401],
  ])('%s gets %s: %i', async (token, path, status) => {
    client = await open({ tokens });
    expect((await client.call('GET', path, undefined, as(token))).status).toBe(status);
  });

  it('for deploys sees no organization, makes no app and is nobody', async () => {
    client = await open({ tokens });
    const ask = async (query: string) => (await client.call('POST', '/graphql', { query }, as('dep'))).body;
    expect(
      (await ask('query($admin: Boolean!) { organizations(admin: $admin) { nodes { id } } }')).data,
    ).toEqual({
      organizations: { nodes: [] },
    });
    expect((await ask('query { viewer { id } }')).errors[0].message).toBe(
      'Not authorized to access this viewer',
    );
    const made = await client.call('POST', '/v1/apps', { name: 'new', org_slug: 'personal' }, as('dep'));
    expect(made.status).toBe(403);
  });

  it('that nobody knows gets 401 from GraphQL', async () => {
    client = await open({ tokens });
    const reply = await client.call('POST', '/graphql', { query: 'query { viewer { id } }' }, as('wrong'));
    expect(reply).toMatchObject({
      status: 401,
      body: { errors: [{ message: 'You must be authenticated to view this.' }] },
    });
  });
});

describe('GraphQL', () => {
  it('gives the app under the name that the query asks for', async () => {
    client = await open({ publicBase: true });
    const { body } = await client.graphql(
      'query ($appName: String!) { appcompact:app(name: $appName) { id name } }',
    );
    expect(body.data.appcompact).toMatchObject({
      name: 'my-app',
      deployed: true,
      appUrl: `${client.platform.url}/fly.dev/my-app`,
    });
    const { body: unknown } = await client.graphql(
      'query ($appName: String!) { app(name: $appName) { id } }',
      {
        appName: 'nobody',
      },
    );
    expect(unknown.errors[0].message).toBe('Could not find App "nobody"');
  });

  it('shows the definition of the newest release, failed or not', async () => {
    client = await open();
    const { body } = await client.call('POST', '/api/v1/releases', {
      app_name: 'my-app',
      definition: { app: 'my-app', env: { BAD: '1' } },
      image: 'x:1',
    });
    const patch = { status: 'failed', metadata: { post_deployment_info: { error: 'boom' } } };
    expect((await client.call('PATCH', `/api/v1/releases/${body.release.id}`, patch)).body.version).toBe(2);
    const { body: shown } = await client.graphql(
      'query FlyctlConfigCurrentRelease($appName: String!) { app(name: $appName) { currentReleaseUnprocessed { configDefinition } } }',
    );
    expect(shown.data.app.currentReleaseUnprocessed).toMatchObject({
      version: 2,
      configDefinition: { env: { BAD: '1' } },
    });
    expect(mine()?.releases.at(-1)?.metadata).toEqual(patch.metadata);
  });
});
