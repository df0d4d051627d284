import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type UpstreamWorld } from '../../rehearsal/upstream/world.ts';
import type { Release } from '../../src/upstream/choose.ts';
import { readReleases } from '../../src/upstream/releases.ts';
import { unreachableCode } from '../../src/upstream/request.ts';
import { impatient, upstreamState } from './servers.ts';

let world: UpstreamWorld;

beforeAll(async () => {
  world = await startUpstream(upstreamState());
});
afterAll(() => world.close());

function read(part = impatient(), token: string | null = null) {
  const api = world.env.OPENCLAW_DEPLOY_GITHUB_API ?? '';
  return readReleases('openclaw/openclaw', { ...part.settings, api, token });
}

async function all(pages: AsyncIterable<readonly Release[]>): Promise<readonly (readonly Release[])[]> {
  const read: (readonly Release[])[] = [];
  for await (const page of pages) read.push(page);
  return read;
}

describe('the list of releases', () => {
  it('tells of each release what the choice needs', async () => {
    world.become(
      upstreamState({
        releases: [
          { tag: 'v2026.9.7', draft: true },
          { tag: 'v2026.9.6-beta.1', prerelease: true },
          'v2026.9.5',
        ],
      }),
    );
    const [page = []] = await all(read());
    expect(
      page.map(({ tag, draft, prerelease, publishedAt }) => [tag, draft, prerelease, publishedAt !== null]),
    ).toEqual([
      ['v2026.9.7', true, false, false],
      ['v2026.9.6-beta.1', false, true, true],
      ['v2026.9.5', false, false, true],
    ]);
  });

  it('is read page by page, and only as far as somebody asks', async () => {
    world.become(upstreamState({ prereleases: 100, releases: ['v2026.9.5'] }));
    const before = world.questions.length;
    for await (const page of read()) {
      expect(page).toHaveLength(30);
      break;
    }
    expect(world.questions.length - before).toBe(1);
    expect((await all(read())).flat()).toHaveLength(101);
  });

  it('is read no further than ten pages, however long it is', async () => {
    world.become(upstreamState({ prereleases: 9000 }));
    const before = world.questions.length;
    expect(await all(read())).toHaveLength(10);
    expect(world.questions.length - before).toBe(10);
  });

  it('is read without the token where the token is refused', async () => {
    world.become(
      upstreamState({ releases: ['v2026.9.5'], trouble: [{ server: 'releases', status: 401, times: 1 }] }),
    );
    const before = world.questions.length;
    expect(await all(read(impatient(), 'ghs_expired'))).toHaveLength(1);
    expect(world.questions.slice(before).map(({ authorization }) => authorization)).toEqual([
      'Bearer ghs_expired',
      null,
    ]);
  });

  const reset = String(Date.parse('2026-09-30T12:41:00Z') / 1000);

  it.each([
    [
      'a primary limit',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } },
      /until 12:41 UTC/,
    ],
    ['a secondary limit', { status: 403, headers: { 'retry-after': '900' } }, /until 12:15 UTC/],
    ['a limit of another kind', { status: 429, headers: { 'retry-after': '60' } }, /until 12:01 UTC/],
  ])('says when %s ends, and does not wait for it', async (_, trouble, words) => {
    world.become(upstreamState({ trouble: [{ server: 'releases', ...trouble }] }));
    const part = impatient();
    await expect(all(read(part))).rejects.toMatchObject({
      code: 'rate-limited',
      message: expect.stringMatching(words),
    });
    expect(part.pauses).toEqual([]);
  });

  it('waits for a limit that ends at once', async () => {
    const trouble = { server: 'releases', status: 429, headers: { 'retry-after': '2' }, times: 1 } as const;
    world.become(upstreamState({ releases: ['v2026.9.5'], trouble: [trouble] }));
    const part = impatient();
    expect(await all(read(part))).toHaveLength(1);
    expect(part.pauses).toHaveLength(1);
  });

  it('is asked again after server errors, and says so when they do not end', async () => {
    world.become(upstreamState({ trouble: [{ server: 'releases', status: 502 }] }));
    const part = impatient();
    await expect(all(read(part))).rejects.toMatchObject({
      code: unreachableCode,
      message: expect.stringContaining('HTTP 502'),
    });
    expect(part.pauses).toEqual([1000, 2000, 4000]);
  });

  it('blames the input where there is no such repository', async () => {
    world.become(
      upstreamState({ trouble: [{ server: 'releases', status: 404, body: '{"message":"Not Found"}' }] }),
    );
    await expect(all(read())).rejects.toMatchObject({
      code: 'inputs-invalid',
      message: expect.stringContaining('"openclaw/openclaw"'),
    });
  });

  it('is no list where it is none, and entries that are none are left out', async () => {
    const answer = (body: string) =>
      world.become(upstreamState({ trouble: [{ server: 'releases', status: 200, body }] }));
    answer('{"hello":"there"}');
    await expect(all(read())).rejects.toThrow(/no list of releases/);
    answer('[1, {"tag_name": ""}, {"tag_name": "v2026.9.5", "published_at": "nonsense"}]');
    expect((await all(read())).flat()).toEqual([
      { tag: 'v2026.9.5', draft: false, prerelease: false, publishedAt: null },
    ]);
  });

  it('shows what a server says of itself without anything a terminal would act on', async () => {
    const body = '{"message":"\u001b[31mred\u001b[0m ::error::\\u0007"}';
    world.become(upstreamState({ trouble: [{ server: 'releases', status: 418, body }] }));
    const error = await all(read()).catch((thrown: unknown) => thrown);
    expect((error as Error).message).not.toMatch(/\u001b/);
  });
});
