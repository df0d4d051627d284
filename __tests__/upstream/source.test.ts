import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/app/config.ts';
import { readInputs } from '../../src/inputs.ts';
import { chooseSource, isSameWish, type Wish } from '../../src/upstream/source.ts';

const digest = `sha256:${'a'.repeat(64)}`;
let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'openclaw source '));
});
afterEach(() => rmSync(workspace, { recursive: true }));

function wish(
  inputs: Readonly<Record<string, string>>,
  toml = '',
  files: Readonly<Record<string, string>> = {},
  file = 'fly.toml',
): Wish {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), text);
  }
  const env = Object.fromEntries(
    Object.entries({ 'fly-api-token': 'x', ...inputs }).map(([name, value]) => [
      `INPUT_${name.toUpperCase()}`,
      value,
    ]),
  );
  const source = {
    file,
    directory: dirname(join(workspace, file)),
    format: 'toml',
    text: toml,
    generated: false,
  } as const;
  return chooseSource(readInputs(env), readConfig(source), workspace);
}

const withImage = '[build]\nimage = "ghcr.io/you/openclaw:1.2"\n';
const withDockerfile = { Dockerfile: 'FROM node:24\n' };

describe('source: auto', () => {
  it('builds the repository where it has a Dockerfile, the one the config names where it names one', () => {
    expect(wish({}, withImage, withDockerfile)).toMatchObject({
      kind: 'workspace',
      context: workspace,
      dockerfile: 'FROM node:24\n',
      reason: 'the repository has a Dockerfile',
    });
    const named = wish({}, '[build]\ndockerfile = "gateway.Dockerfile"\n', {
      'gateway.Dockerfile': 'FROM x\n',
    });
    expect(named).toMatchObject({ kind: 'workspace', dockerfile: 'FROM x\n' });
  });

  it.each<[string, string, readonly string[], string | null]>([
    ['the root, where flyctl looks', '', ['Dockerfile', 'deploy/Dockerfile'], null],
    ['the root, in small letters', '', ['dockerfile'], null],
    ['beside the config', '', ['deploy/Dockerfile'], 'deploy/Dockerfile'],
    [
      'where the config says',
      '[build]\ndockerfile = "../docker/gateway"\n',
      ['Dockerfile', 'docker/gateway'],
      null,
    ],
  ])('builds the Dockerfile of a config in a folder: %s', (_where, toml, files, path) => {
    const texts = Object.fromEntries(files.map((name) => [name, `FROM ${name}\n`]));
    const found = wish({}, toml, texts, 'deploy/fly.toml');
    const counts = toml === '' ? files[0] : files.at(-1);
    expect(found).toMatchObject({
      kind: 'workspace',
      context: workspace,
      dockerfilePath: path === null ? null : join(workspace, path),
      dockerfile: `FROM ${counts}\n`,
    });
  });

  it.each(['gateway.Dockerfile', 'docker\\\\Dockerfile', 'deploy/Dockerfile', '../../Dockerfile'])(
    'stops at a Dockerfile that is named and not there, for the published image is not meant: %s',
    (name) => {
      expect(() => wish({}, `[build]\ndockerfile = "${name}"\n`)).toThrow(
        /^source: fly\.toml names the Dockerfile/,
      );
      expect(wish({ source: 'image' }, `[build]\ndockerfile = "${name}"\n`).kind).toBe('image');
    },
  );

  it("takes the guide's config without a Dockerfile for one of the published image", () => {
    expect(wish({}, '[build]\ndockerfile = "Dockerfile"\n')).toMatchObject({ kind: 'image' });
  });

  it('takes the image of the config as it is, where there is no Dockerfile', () => {
    expect(wish({}, withImage)).toMatchObject({
      kind: 'image',
      image: { name: 'ghcr.io/you/openclaw', tag: '1.2', digest: null },
      releasesOf: null,
      reason: 'fly.toml names the image',
    });
  });

  it('follows the releases of OpenClaw with its published image, where the repository says nothing', () => {
    expect(wish({})).toMatchObject({
      kind: 'image',
      image: { name: 'ghcr.io/openclaw/openclaw', tag: null, digest: null },
      releasesOf: 'openclaw/openclaw',
    });
  });

  it('says which inputs mean nothing to what it decided', () => {
    const { notes } = wish(
      { version: '2026.9.6', 'min-age': '24h', 'build-args': 'A=1' },
      '',
      withDockerfile,
    );
    expect(notes).toEqual(['version, min-age: not read, since the Dockerfile of the repository decides.']);
    expect(wish({ source: 'image', 'build-args': 'A=1' }).notes).toEqual([
      'build-args: not read, since an image is deployed as it is.',
    ]);
    expect(wish({ source: 'image' }).notes).toEqual([]);
  });
});

describe('what is decided without the input source, and what is said of it', () => {
  const named = '[build]\ndockerfile = "gateway.Dockerfile"\n';
  const image = 'fly.toml names the image';
  const build = 'the Dockerfile of the repository decides';
  const none = 'there is no Dockerfile, and the config names no image';
  const pinned = { version: '2026.9.6' };

  it.each<
    [
      what: string,
      toml: string,
      files: readonly string[],
      inputs: Readonly<Record<string, string>>,
      kind: Wish['kind'],
      reason: string,
      notes: readonly string[],
    ]
  >([
    ['nothing', '', [], {}, 'image', none, []],
    ['nothing, and a version', '', [], pinned, 'image', none, []],
    ['a .dockerignore alone', '', ['.dockerignore'], {}, 'image', none, []],
    ['a Dockerfile', '', ['Dockerfile'], {}, 'workspace', 'the repository has a Dockerfile', []],
    [
      'a Dockerfile with a .dockerignore, and a version',
      '',
      ['Dockerfile', '.dockerignore'],
      pinned,
      'workspace',
      'the repository has a Dockerfile',
      [`version: not read, since ${build}.`],
    ],
    [
      'a Dockerfile that the config names',
      named,
      ['gateway.Dockerfile'],
      {},
      'workspace',
      'the repository has a gateway.Dockerfile',
      [],
    ],
    ['an image that the config names', withImage, [], {}, 'image', image, []],
    [
      'an image that the config names, and a version',
      withImage,
      [],
      pinned,
      'image',
      image,
      [`version: not read, since ${image}.`],
    ],
  ])('%s', (_, toml, files, inputs, kind, reason, notes) => {
    const texts = Object.fromEntries(files.map((name) => [name, 'FROM node:24\n']));
    expect(wish(inputs, toml, texts)).toMatchObject({ kind, reason, notes });
  });
});

describe('source: image', () => {
  it('goes by the input even where the repository has a Dockerfile', () => {
    expect(wish({ source: 'image', version: 'v2026.9.6' }, withImage, withDockerfile)).toMatchObject({
      image: { name: 'ghcr.io/openclaw/openclaw', tag: '2026.9.6', digest: null },
      releasesOf: null,
    });
  });

  it.each([
    ['main', 'main', null],
    [digest, null, digest],
    ['2026.9.6-slim', '2026.9.6-slim', null],
  ])('takes %s as it is', (version, tag, sum) => {
    expect(wish({ source: 'image', version })).toMatchObject({
      image: { tag, digest: sum },
      releasesOf: null,
    });
  });

  it('means the tag latest by latest, where the image is not of the releases', () => {
    expect(wish({ source: 'image', image: 'ghcr.io/you/openclaw' })).toMatchObject({
      image: { name: 'ghcr.io/you/openclaw', tag: 'latest' },
      releasesOf: null,
    });
    const fork = { source: 'image', image: 'ghcr.io/you/openclaw', repository: 'you/openclaw' };
    expect(wish(fork)).toMatchObject({ image: { tag: null }, releasesOf: 'you/openclaw' });
  });

  it('takes a tag that stands in the image, but not two', () => {
    expect(wish({ source: 'image', image: 'ghcr.io/you/openclaw:7' })).toMatchObject({ image: { tag: '7' } });
    expect(() => wish({ source: 'image', image: 'ghcr.io/you/openclaw:7', version: '8' })).toThrow(
      /image: "ghcr\.io\/you\/openclaw:7" says 7 and version says 8/,
    );
  });

  it('does not take half a digest', () => {
    expect(() => wish({ source: 'image', version: 'sha256:abc' })).toThrow(
      /version: "sha256:abc" is no whole digest/,
    );
  });
});

describe('source: upstream', () => {
  it('follows the releases, a commit, or a name that may be a tag or a branch', () => {
    expect(wish({ source: 'upstream' })).toMatchObject({ kind: 'upstream', wanted: 'release' });
    const commit = 'c'.repeat(40);
    expect(wish({ source: 'upstream', version: commit })).toMatchObject({ wanted: { commit } });
    expect(wish({ source: 'upstream', version: '2026.9.6' })).toMatchObject({
      wanted: { refs: ['refs/tags/2026.9.6', 'refs/tags/v2026.9.6', 'refs/heads/2026.9.6'] },
    });
  });

  it('says that a digest is that of an image', () => {
    expect(() => wish({ source: 'upstream', version: digest })).toThrow(/Use source: image/);
  });
});

it('source: workspace needs a Dockerfile, or at least an image in the config', () => {
  expect(() => wish({ source: 'workspace' })).toThrow(
    /source: "workspace" needs a Dockerfile .* actions\/checkout/,
  );
  expect(wish({ source: 'workspace' }, withImage)).toMatchObject({ kind: 'image' });
});

it('an image that is no reference is refused with the place it stands at', () => {
  expect(() => wish({}, '[build]\nimage = "ghcr.io/You/OpenClaw"\n')).toThrow(
    /^fly\.toml: "ghcr\.io\/You\/OpenClaw"/,
  );
});

it('two configs that name the same image want the same, though for reasons of their own', () => {
  const one = wish({}, withImage);
  expect(isSameWish(one, { ...one, reason: 'fly.private.toml names the image' })).toBe(true);
  expect(isSameWish(one, wish({}, withImage.replace('1.2', '1.3')))).toBe(false);
  expect(isSameWish(one, wish({}))).toBe(false);
});
