import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedImage } from '../../rehearsal/upstream/registry.ts';
import { startUpstream, type UpstreamWorld } from '../../rehearsal/upstream/world.ts';
import { parseReference } from '../../src/upstream/reference.ts';
import { openRegistry, type Registry } from '../../src/upstream/registry.ts';
import { Unreachable, unreachableCode } from '../../src/upstream/request.ts';
import { impatient, upstreamState } from './servers.ts';

const name = 'ghcr.io/openclaw/openclaw';
let world: UpstreamWorld;

beforeAll(async () => {
  world = await startUpstream(upstreamState());
});
afterAll(() => world.close());

function reference(text: string) {
  const parsed = parseReference(text);
  if (parsed === null) throw new Error(`${text} is no reference`);
  return parsed;
}

function open(part = impatient()): Registry {
  return openRegistry({ ...part.settings, base: () => world.env.OPENCLAW_DEPLOY_REGISTRY ?? '' });
}

const sum = (body: string) => `sha256:${createHash('sha256').update(body).digest('hex')}`;
const amd64 = (text: string, content = {}) => storedImage(text, content).amd64?.digest;

describe('a registry', () => {
  it('resolves a tag to the linux/amd64 image of its index, with the anonymous token of its challenge', async () => {
    world.become(upstreamState());
    const before = world.questions.length;
    const found = await open().find(reference(`${name}:2026.9.6`));
    expect(found).toMatchObject({
      digest: amd64(`${name}:2026.9.6`),
      index: storedImage(`${name}:2026.9.6`, {}).top.digest,
    });
    expect(
      world.questions.slice(before).map(({ path, status }) => `${status} ${path.split('?')[0]}`),
    ).toEqual([
      '401 /v2/openclaw/openclaw/manifests/2026.9.6',
      '200 /token',
      '200 /v2/openclaw/openclaw/manifests/2026.9.6',
    ]);
  });

  it('asks for the token once for several questions', async () => {
    const registry = open();
    const tag = reference(`${name}:2026.9.6`);
    const found = await registry.find(tag);
    const before = world.questions.length;
    await registry.labels(tag, found);
    expect(world.questions.slice(before).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('knows a tag without an index, and tells its labels', async () => {
    const labels = { 'org.opencontainers.image.version': '2026.9.6' };
    world.become(
      upstreamState({ images: { [`${name}:main`]: { index: false, platforms: ['amd64'], labels } } }),
    );
    const registry = open();
    const found = await registry.find(reference(`${name}:main`));
    expect(found.index).toBeNull();
    expect(await registry.labels(reference(`${name}:main`), found)).toMatchObject(labels);
  });

  it('finds an image by its digest, and by that of an index', async () => {
    world.become(upstreamState({ images: { [`${name}:main`]: {} } }));
    const { top } = storedImage(`${name}:main`, upstreamState({ images: { x: {} } }).images.x ?? {});
    const byIndex = await open().find(reference(`${name}@${top.digest}`));
    expect(byIndex.index).toBe(top.digest);
    const byImage = await open().find(reference(`${name}@${byIndex.digest}`));
    expect(byImage).toMatchObject({ digest: byIndex.digest, index: null });
  });

  it.each([
    ['a tag that is not there', `${name}:missing`, /does not know it/],
    ['a digest that is not there', `${name}@sha256:${'e'.repeat(64)}`, /does not know it/],
  ])('says that the image is missing for %s', async (_, text, words) => {
    await expect(open().find(reference(text))).rejects.toMatchObject({
      code: 'image-missing',
      message: expect.stringMatching(words),
      evidence: expect.stringContaining('HTTP 404'),
    });
  });

  it('says which platforms an index has where linux/amd64 is not among them', async () => {
    world.become(upstreamState({ images: { [`${name}:arm`]: { platforms: ['arm64'] } } }));
    await expect(open().find(reference(`${name}:arm`))).rejects.toMatchObject({
      code: 'image-missing',
      evidence: `${name}:arm: linux/arm64`,
    });
  });

  const entry = (body: string, more = {}) => ({ digest: sum(body), ...more });
  const index = 'application/vnd.oci.image.index.v1+json';
  const image = JSON.stringify({ config: { digest: sum('config') } });
  const inner = JSON.stringify({ mediaType: index, manifests: [entry(image)] });
  const amd64Of = { platform: { os: 'linux', architecture: 'amd64' } };

  it.each([
    ['an index that names no platform', [entry(image)]],
    ['an index in an index', [entry(inner)]],
    ['an index in an index that names the platform', [entry(inner, { mediaType: index, ...amd64Of })]],
  ])('finds the image in %s', async (_, manifests) => {
    const outer = JSON.stringify({ mediaType: index, manifests });
    const bodies = new Map([outer, inner, image].map((body) => [sum(body), body]));
    const registry = openRegistry({
      ...impatient().settings,
      base: () => 'https://ghcr.io',
      fetch: async (url) => new Response(bodies.get(String(url).split('/').at(-1) ?? '') ?? outer),
    });
    expect(await registry.find(reference(`${name}:1`))).toEqual({
      digest: sum(image),
      index: sum(outer),
      config: sum('config'),
    });
  });

  it('takes a chain of indexes without an end for no image', async () => {
    let body = image;
    const bodies = new Map<string, string>();
    for (let depth = 0; depth < 6; depth += 1) {
      bodies.set(sum(body), body);
      body = JSON.stringify({ mediaType: index, manifests: [entry(body)] });
    }
    const registry = openRegistry({
      ...impatient().settings,
      base: () => 'https://ghcr.io',
      fetch: async (url) => new Response(bodies.get(String(url).split('/').at(-1) ?? '') ?? body),
    });
    await expect(registry.find(reference(`${name}:1`))).rejects.toMatchObject({ code: 'image-missing' });
  });

  it('refuses an image for another platform that stands in no index', async () => {
    world.become(upstreamState({ images: { [`${name}:arm`]: { platforms: ['arm64'], index: false } } }));
    const registry = open();
    const found = await registry.find(reference(`${name}:arm`));
    await expect(registry.labels(reference(`${name}:arm`), found)).rejects.toMatchObject({
      code: 'image-missing',
      evidence: `${name}:arm: linux/arm64`,
    });
  });

  it.each([401, 403])('takes HTTP %s for an image that needs a login', async (status) => {
    world.become(upstreamState({ trouble: [{ server: 'registry', path: '/v2/', status }] }));
    const { settings, pauses } = impatient();
    await expect(
      open({ settings, pauses, said: [] }).find(reference(`${name}:2026.9.6`)),
    ).rejects.toMatchObject({
      code: 'image-missing',
      message: expect.stringContaining('without a login'),
    });
    expect(pauses).toEqual([]);
  });

  it.each([
    ['a server error', { status: 503 }],
    ['a broken connection', { reset: true }],
    ['a limit', { status: 429 }],
  ])('is asked again after %s that passes', async (_, trouble) => {
    world.become(
      upstreamState({ trouble: [{ server: 'registry', path: '/manifests/', times: 2, ...trouble }] }),
    );
    const part = impatient();
    expect((await open(part).find(reference(`${name}:2026.9.6`))).digest).toMatch(/^sha256:/);
    expect(part.pauses).toEqual([1000, 2000]);
    expect(part.said[0]).toMatch(/^ghcr\.io .* Trying again in 1 s\.$/);
  });

  it.each([
    ['rate-limited', { status: 429, headers: { 'retry-after': '3600' } }, /until 13:00 UTC/, 0],
    ['rate-limited', { status: 429 }, /limits how often/, 3],
    [unreachableCode, { status: 502 }, /cannot be asked: HTTP 502/, 3],
    [unreachableCode, { reset: true }, /cannot be asked: no connection/, 3],
    [unreachableCode, { status: 200, body: '<html>' }, /no image manifest/, 0],
  ])('ends as %s for %j', async (code, trouble, words, pauses) => {
    world.become(upstreamState({ trouble: [{ server: 'registry', path: '/manifests/', ...trouble }] }));
    const part = impatient();
    const error = await open(part)
      .find(reference(`${name}:2026.9.6`))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Unreachable);
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(part.pauses).toHaveLength(pauses);
  });

  it('does not take other bytes than the digest names', async () => {
    const body = JSON.stringify({ schemaVersion: 2, config: { digest: `sha256:${'1'.repeat(64)}` } });
    world.become(
      upstreamState({ trouble: [{ server: 'registry', path: '/manifests/', status: 200, body }] }),
    );
    await expect(open().find(reference(`${name}@sha256:${'2'.repeat(64)}`))).rejects.toThrow(
      /something else than/,
    );
  });

  it('sends no token to a place that speaks plain HTTP elsewhere', async () => {
    let asked = 0;
    const elsewhere = createServer((_, response) => {
      asked += 1;
      response.end('{"token":"x"}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const realm = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/token`;
    const headers = { 'www-authenticate': `Bearer realm="${realm}",service="x"` };
    world.become(upstreamState({ trouble: [{ server: 'registry', path: '/v2/', status: 401, headers }] }));
    await expect(open().find(reference(`${name}:1`))).rejects.toMatchObject({ code: 'image-missing' });
    expect(asked).toBe(0);
    elsewhere.close();
  });
});
