import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/causes.ts';
import type { SourceQuestion } from '../../src/upstream/choice.ts';
import type { Release } from '../../src/upstream/choose.ts';
import { parseReference } from '../../src/upstream/reference.ts';
import { unreachable } from '../../src/upstream/request.ts';
import { resolveSource } from '../../src/upstream/resolve.ts';
import type { RunningMachine } from '../../src/upstream/skip.ts';
import type { Wish } from '../../src/upstream/source.ts';
import type { Upstream } from '../../src/upstream/upstream.ts';

const now = Date.parse('2026-09-30T12:00:00Z');
const name = 'ghcr.io/openclaw/openclaw';

/** A digest, or a commit, that can be told apart at a glance. */
const digest = (of: string) => `sha256:${Buffer.from(of).toString('hex').padEnd(64, '0').slice(0, 64)}`;
const commit = (of: string) => digest(of).slice(7, 47);

interface World {
  /** Pages of tags, newest first. */
  readonly releases?: readonly (readonly string[])[];
  /** Digest by tag; `null`: the registry fails. What is not named is missing. */
  readonly images?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Commit by full name. */
  readonly refs?: Readonly<Record<string, string>>;
}

function upstreamOf({ releases = [], images = {}, labels = {}, refs = {} }: World) {
  const asked: string[] = [];
  const upstream: Upstream = {
    async *releases() {
      for (const page of releases) {
        asked.push('releases');
        yield page.map(
          (tag): Release => ({ tag, draft: false, prerelease: false, publishedAt: now - 1_000_000_000 }),
        );
      }
    },
    async image({ tag, digest: sum }) {
      asked.push(`image ${tag ?? sum}`);
      const found = images[tag ?? sum ?? ''];
      if (found === null) throw unreachable('ghcr.io', 'HTTP 503', true);
      if (found === undefined) throw new Failure('image-missing', `there is no ${tag ?? sum}`);
      return { digest: found, index: digest(`index of ${found.slice(-20)}`), config: null };
    },
    async imageLabels({ tag }) {
      asked.push(`labels ${tag}`);
      return labels;
    },
    async commit(_, names) {
      asked.push(`refs ${names.join(' ')}`);
      const ref = names.find((candidate) => refs[candidate] !== undefined);
      return ref === undefined ? null : { ref, commit: refs[ref] ?? '' };
    },
    async checkOut(_, sum) {
      asked.push(`checkout ${sum}`);
      return {
        folder: '/src',
        dockerfilePath: '/src/Dockerfile',
        dockerfile: 'FROM x',
        packageJson: '{"version":"2026.10.2"}',
      };
    },
  };
  return { upstream, asked };
}

function machine(
  imageRef: string,
  imageDigest = parseReference(imageRef)?.digest ?? digest(imageRef),
): RunningMachine {
  return { id: 'm1', imageRef, imageDigest, imageLabels: {}, state: 'started', events: [], env: {} };
}

const image = parseReference(name);
const follow: Wish = {
  kind: 'image',
  image: image ?? { name, registry: 'ghcr.io', repository: 'openclaw/openclaw', tag: null, digest: null },
  releasesOf: 'openclaw/openclaw',
  reason: 'the input source says image',
  notes: [],
};
const build: Wish = {
  kind: 'upstream',
  repository: 'openclaw/openclaw',
  wanted: 'release',
  reason: 'said',
  notes: [],
};

function tagged(tag: string | null, sum: string | null = null): Wish {
  return follow.kind === 'image'
    ? { ...follow, image: { ...follow.image, tag, digest: sum }, releasesOf: null }
    : follow;
}

type Circumstances = Partial<Omit<SourceQuestion, 'inputs' | 'upstream'>> & {
  readonly redeploy?: 'always' | 'if-changed';
  readonly version?: string;
  readonly minAgeMs?: number;
};

function ask(world: World, circumstances: Circumstances = {}) {
  const { upstream, asked } = upstreamOf(world);
  const { redeploy = 'if-changed', version = 'latest', minAgeMs = 0, ...question } = circumstances;
  const answer = resolveSource({
    wish: follow,
    event: 'schedule',
    rerun: false,
    machines: [],
    running: null,
    failed: [],
    now,
    ...question,
    inputs: { redeploy, version, minAgeMs, ignoreVersions: [] },
    upstream,
  });
  return { answer, asked };
}

const two: World = {
  releases: [['v2026.9.6', 'v2026.9.5']],
  images: { '2026.9.6': digest('six'), '2026.9.5': digest('five') },
};
const runsFive = { machines: [machine(`${name}:2026.9.5@${digest('five')}`)], running: '2026.9.5' };
const runsSix = { machines: [machine(`${name}:2026.9.6@${digest('six')}`)], running: '2026.9.6' };

describe('following the releases by image', () => {
  it('deploys the newest one by the digest that its tag has', async () => {
    const { answer, asked } = ask(two, runsFive);
    const resolution = await answer;
    expect(resolution.upToDate).toBeNull();
    expect(await resolution.obtain()).toEqual({
      kind: 'image',
      reference: `${name}:2026.9.6@${digest('six')}`,
      version: '2026.9.6',
      name: '2026.9.6',
      reason: 'it is the newest stable release',
      identity: { version: '2026.9.6', identity: digest('six') },
    });
    expect(asked).toEqual(['releases', 'image 2026.9.6']);
  });

  it('skips where that digest runs, with two questions to upstream', async () => {
    const { answer, asked } = ask(two, runsSix);
    expect((await answer).upToDate).toBe(`2026.9.6 (${name} at ${digest('six').slice(0, 19)}) runs already`);
    expect(asked).toEqual(['releases', 'image 2026.9.6']);
  });

  it('deploys what runs once more where that is what a push means', async () => {
    const resolution = await ask(two, { ...runsSix, event: 'push', redeploy: 'always' }).answer;
    expect(resolution.upToDate).toBeNull();
    expect(await resolution.obtain()).toMatchObject({ reference: `${name}:2026.9.6@${digest('six')}` });
  });

  it('deploys a tag again that was moved to another digest', async () => {
    const moved = { ...two, images: { ...two.images, '2026.9.6': digest('six, rebuilt') } };
    const resolution = await ask(moved, runsSix).answer;
    expect(resolution.upToDate).toBeNull();
    expect(resolution.notices).toEqual([`Not skipped: machine m1 runs ${name}:2026.9.6@${digest('six')}.`]);
  });

  it('takes the release before one whose image is not there yet', async () => {
    const late: World = { ...two, images: { '2026.9.5': digest('five') } };
    const resolution = await ask(late).answer;
    expect(await resolution.obtain()).toMatchObject({
      version: '2026.9.5',
      reason: 'it is the newest stable release that may be deployed',
    });
    expect(resolution.notices[0]).toContain('2026.9.6 (there is nothing under its name yet)');
  });

  it('gives up after five releases without an image', async () => {
    const tags = [9, 8, 7, 6, 5, 4, 3].map((number) => `v2026.9.${number}`);
    const { answer, asked } = ask({ releases: [tags] });
    await expect(answer).rejects.toMatchObject({ code: 'image-missing' });
    expect(asked).toHaveLength(1 + 5);
  });

  it('reads on until a page has something to deploy, and no further than what runs', async () => {
    const far: World = {
      releases: [['v2026.9.7-beta.1'], ['v2026.9.6'], ['v2026.9.5']],
      images: two.images ?? {},
    };
    const first = ask(far);
    await first.answer;
    expect(first.asked.filter((what) => what === 'releases')).toHaveLength(2);
    const second = ask({ ...far, releases: [['v2026.9.4'], ['v2026.9.3']] }, runsFive);
    expect((await second.answer).upToDate).not.toBeNull();
    expect(second.asked.filter((what) => what === 'releases')).toHaveLength(1);
  });

  it('says what was passed over when nothing is left to deploy', async () => {
    const young = ask(two, { minAgeMs: 2_000_000_000 });
    await expect(young.answer).rejects.toMatchObject({
      code: 'image-missing',
      evidence: expect.stringContaining('2026.9.6 (it is '),
    });
    await expect(ask({}).answer).rejects.toMatchObject({
      evidence: 'openclaw/openclaw has no stable release',
    });
  });

  it('never goes back: what runs stays where all that is newer has to wait', async () => {
    const resolution = await ask(
      { ...two, releases: [['v2026.9.6', 'v2026.9.4']] },
      { ...runsFive, minAgeMs: 2_000_000_000 },
    ).answer;
    expect(resolution.upToDate).toBe(`2026.9.5 (${name} at ${digest('five').slice(0, 19)}) runs already`);
  });
});

describe('a version that failed here', () => {
  const failed = [{ version: '2026.9.6', identity: digest('six') }];

  it.each(['schedule', 'push', 'repository_dispatch'])(
    'is passed over on %s, and what runs stays',
    async (event) => {
      const resolution = await ask(two, { ...runsFive, failed, event }).answer;
      expect(resolution.upToDate).toBe(`2026.9.5 (${name} at ${digest('five').slice(0, 19)}) runs already`);
      expect(resolution.notices).toEqual(['Passed over: 2026.9.6 (it failed here before).']);
    },
  );

  it('is tried again when a person has the run of a schedule done again', async () => {
    const resolution = await ask(two, { ...runsFive, failed, rerun: true }).answer;
    expect(await resolution.obtain()).toMatchObject({ version: '2026.9.6' });
  });

  it.each(['workflow_dispatch', ''])('is tried again when a person asks (event %j)', async (event) => {
    const resolution = await ask(two, { ...runsFive, failed, event }).answer;
    expect(await resolution.obtain()).toMatchObject({ version: '2026.9.6' });
  });

  it('is forgotten for a newer one', async () => {
    const newer: World = {
      releases: [['v2026.10.1', 'v2026.9.6', 'v2026.9.5']],
      images: { ...two.images, '2026.10.1': digest('ten') },
    };
    expect(await (await ask(newer, { ...runsFive, failed }).answer).obtain()).toMatchObject({
      version: '2026.10.1',
    });
  });

  it('is another try once its tag has another digest', async () => {
    const rebuilt = { ...two, images: { ...two.images, '2026.9.6': digest('six, rebuilt') } };
    expect(await (await ask(rebuilt, { ...runsFive, failed }).answer).obtain()).toMatchObject({
      version: '2026.9.6',
    });
  });

  it('is left alone by a schedule that names it, but not by a push that does', async () => {
    const pinned = { ...runsFive, failed, wish: tagged('2026.9.6'), version: '2026.9.6' };
    expect((await ask(two, pinned).answer).upToDate).toMatch(
      /^2026\.9\.6 failed here before: 2026\.9\.5 stays/,
    );
    expect((await ask(two, { ...pinned, redeploy: 'always' }).answer).upToDate).not.toBeNull();
    expect((await ask(two, { ...pinned, event: 'push', redeploy: 'always' }).answer).upToDate).toBeNull();
  });
});

describe('a named image', () => {
  it('tells its version and commit by its labels where the tag says nothing', async () => {
    const labels = {
      'org.opencontainers.image.version': '2026.10.1',
      'org.opencontainers.image.revision': commit('main'),
    };
    const world: World = { images: { main: digest('main') }, labels };
    expect(await ask(world, { wish: tagged('main'), version: 'main' }).answer).toMatchObject({
      version: '2026.10.1',
      commit: commit('main'),
    });
    const unlabelled = await ask({ ...world, labels: {} }, { wish: tagged('main'), version: 'main' }).answer;
    expect(unlabelled).toMatchObject({ version: null, name: `main (${digest('main').slice(7, 19)})` });
  });

  it('that is missing ends the run, with or without a machine that has it', async () => {
    await expect(
      ask({}, { ...runsFive, wish: tagged('nope'), version: 'nope' }).answer,
    ).rejects.toMatchObject({
      code: 'image-missing',
    });
  });

  it('of Fly is left to Fly, and skipped by its tag', async () => {
    const own = parseReference('registry.fly.io/my-app:deployment-01ABC');
    const wish: Wish = { ...follow, kind: 'image', image: own ?? image ?? never(), releasesOf: null };
    const { answer, asked } = ask(
      {},
      { wish, machines: [machine('registry.fly.io/my-app:deployment-01ABC')] },
    );
    expect((await answer).upToDate).not.toBeNull();
    expect(asked).toEqual([]);
    const push = await ask({}, { wish, redeploy: 'always', event: 'push' }).answer;
    expect(await push.obtain()).toMatchObject({
      reference: 'registry.fly.io/my-app:deployment-01ABC',
      identity: null,
    });
  });
});

describe('a registry that cannot be asked', () => {
  const down: World = { ...two, images: { '2026.9.6': null, '2026.9.5': null, main: null } };

  it('does not keep a push from deploying: Fly asks for itself what the tag means', async () => {
    const resolution = await ask(down, {
      wish: tagged('2026.9.6'),
      version: '2026.9.6',
      event: 'push',
      redeploy: 'always',
    }).answer;
    expect(await resolution.obtain()).toMatchObject({
      reference: `${name}:2026.9.6`,
      version: '2026.9.6',
      identity: null,
    });
    expect(resolution.warnings).toEqual([
      `ghcr.io cannot be asked: HTTP 503. ${name}:2026.9.6 is deployed as it is, without knowing what it means today.`,
    ]);
  });

  it('is not taken for an image that is missing: the newest release is not passed over', async () => {
    const resolution = await ask(down, { event: 'push', redeploy: 'always' }).answer;
    expect(await resolution.obtain()).toMatchObject({ reference: `${name}:2026.9.6` });
  });

  it('ends a run that may skip and has something new before it', async () => {
    await expect(ask(down, runsFive).answer).rejects.toThrow('ghcr.io cannot be asked: HTTP 503');
    const floating = { wish: tagged('main'), version: 'main', machines: [machine(`${name}:main`)] };
    await expect(ask(down, floating).answer).rejects.toThrow('ghcr.io cannot be asked');
  });

  it('does not matter where the version runs already by its name', async () => {
    const resolution = await ask(down, runsSix).answer;
    expect(resolution.upToDate).toBe(`2026.9.6 (${name}) runs already`);
    expect(resolution.warnings).toEqual([expect.stringContaining('judged by its name alone')]);
  });

  it('does not matter for a digest', async () => {
    const pinned = {
      wish: tagged(null, digest('six')),
      version: digest('six'),
      event: 'push',
      redeploy: 'always',
    } as const;
    const resolution = await ask({ images: { [digest('six')]: null } }, pinned).answer;
    expect(await resolution.obtain()).toMatchObject({ reference: `${name}@${digest('six')}` });
  });
});

describe('building upstream', () => {
  const world: World = {
    releases: [['v2026.9.6']],
    refs: { 'refs/tags/v2026.9.6': commit('six'), 'refs/heads/main': commit('main') },
  };

  it('fetches exactly the commit of the release, and names it in the tag and the labels of the image', async () => {
    const { answer, asked } = ask(world, { wish: build });
    const resolution = await answer;
    expect(asked).not.toContain(`checkout ${commit('six')}`);
    const deployable = await resolution.obtain();
    expect(deployable).toMatchObject({
      kind: 'build',
      context: '/src',
      dockerfilePath: '/src/Dockerfile',
      version: '2026.9.6',
      identity: { version: '2026.9.6', identity: commit('six') },
    });
    expect(deployable.kind === 'build' && deployable.flags).toEqual([
      '--image-label',
      expect.stringMatching(new RegExp(`^upstream-${commit('six')}-[0-9a-z]+$`)),
      '--label',
      `org.opencontainers.image.revision=${commit('six')}`,
      '--label',
      'org.opencontainers.image.version=2026.9.6',
    ]);
    expect(asked.at(-1)).toBe(`checkout ${commit('six')}`);
  });

  it('skips without fetching anything where an image of that commit runs', async () => {
    const machines = [machine(`registry.fly.io/my-app:upstream-${commit('six')}-t4x1`)];
    const { answer, asked } = ask(world, { wish: build, machines });
    expect((await answer).upToDate).toBe('2026.9.6 of openclaw/openclaw runs already');
    expect(asked.join(' ')).not.toContain('checkout');
  });

  it('takes the version of a branch from its package.json', async () => {
    const wish: Wish = {
      ...build,
      wanted: { refs: ['refs/tags/main', 'refs/tags/vmain', 'refs/heads/main'] },
    };
    const resolution = await ask(world, { wish, version: 'main' }).answer;
    expect(resolution.name).toBe(`main (${commit('main').slice(0, 12)})`);
    expect(await resolution.obtain()).toMatchObject({ version: '2026.10.2', name: resolution.name });
  });

  it('blames the version where no tag and no branch has that name', async () => {
    const wish: Wish = { ...build, wanted: { refs: ['refs/heads/gone'] } };
    await expect(ask(world, { wish, version: 'gone' }).answer).rejects.toMatchObject({
      code: 'inputs-invalid',
      message: expect.stringContaining('no tag and no branch "gone"'),
    });
  });

  it('passes over a commit that failed here, until the branch has moved on', async () => {
    const wish: Wish = { ...build, wanted: { refs: ['refs/heads/main'] } };
    const failed = [{ version: 'main', identity: commit('main') }];
    expect((await ask(world, { wish, version: 'main', failed }).answer).upToDate).toMatch(
      /^main failed here before/,
    );
    const moved = { ...world, refs: { 'refs/heads/main': commit('newer') } };
    expect((await ask(moved, { wish, version: 'main', failed }).answer).upToDate).toBeNull();
  });
});

it('a repository of one’s own is always built, and a schedule is told why', async () => {
  const wish: Wish = {
    kind: 'workspace',
    context: '/here',
    dockerfilePath: null,
    dockerfile: 'FROM x',
    reason: 'it is there',
    notes: [],
  };
  const { answer, asked } = ask({}, { wish, ...runsFive });
  const resolution = await answer;
  expect(resolution.upToDate).toBeNull();
  expect(resolution.notices).toEqual([expect.stringMatching(/^redeploy: if-changed cannot skip this run/)]);
  expect(await resolution.obtain()).toMatchObject({ kind: 'build', context: '/here', dockerfilePath: null });
  expect(asked).toEqual([]);
});

function never(): never {
  throw new Error('the references above are all well formed');
}
