import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import * as toolCache from '@actions/tool-cache';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type FlyctlRequest, installFlyctl } from '../../src/flyctl/install.ts';
import type { InstallLimits } from '../../src/flyctl/install-release.ts';
import type { KnownSums } from '../../src/flyctl/releases.ts';
import { sha256, tarGz, zip } from './install-archives.ts';
import { type ReleaseServer, startReleaseServer } from './install-release-server.ts';

const program = '#!/bin/sh\necho flyctl\n';
const archive = tarGz([{ name: 'flyctl', content: program }]);
const asset = 'flyctl_0.4.105_Linux_x86_64.tar.gz';
const assetPath = `/releases/download/v0.4.105/${asset}`;
const listPath = '/releases/download/v0.4.105/flyctl_0.4.105_checksums.txt';
const resolverPath = '/resolver/Linux/x86_64/0.4.105';

/** Short pauses, so that the retries take no time; no test waits for `totalMs`. */
const limits: InstallLimits = {
  download: {
    totalMs: 60_000,
    stallMs: 30_000,
    attempts: 3,
    firstPauseMs: 1,
    archiveBytes: 1_000_000,
    textBytes: 10_000,
  },
  archive: { entries: 10, bytes: 1_000_000 },
};

let server: ReleaseServer;
let root: string;
let lines: string[];
let warnings: string[];
let added: string[];

beforeEach(async () => {
  server = await startReleaseServer();
  root = await mkdtemp(join(tmpdir(), 'install-'));
  for (const folder of ['temp', 'cache', 'bin']) await mkdir(join(root, folder));
  vi.stubEnv('RUNNER_TOOL_CACHE', join(root, 'cache'));
  lines = [];
  warnings = [];
  added = [];
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(root, { recursive: true });
});

function pin(sum: string, executables: Record<string, string> = {}): KnownSums {
  return { '0.4.105': { seenAt: 'a test', archives: { [asset]: sum }, executables } };
}

function install(changes: Partial<FlyctlRequest> = {}) {
  return installFlyctl({
    wanted: '',
    platform: 'linux',
    arch: 'x64',
    temp: join(root, 'temp'),
    path: join(root, 'bin'),
    addPath: (folder) => added.push(folder),
    readVersion: async () => expect.unreachable('nothing is run'),
    log: { info: (line) => lines.push(line), warning: (line) => warnings.push(line) },
    signal: new AbortController().signal,
    urls: server.urls,
    sums: {},
    limits,
    ...changes,
  });
}

/** Fails, leaves nothing behind, and puts nothing on PATH. */
async function failure(changes: Partial<FlyctlRequest> = {}) {
  const error: unknown = await install(changes).then(
    () => expect.unreachable('it was installed'),
    (thrown: unknown) => thrown,
  );
  expect(await readdir(join(root, 'temp'))).toEqual([]);
  expect(await readdir(join(root, 'cache'), { recursive: true })).toEqual([]);
  expect(added).toEqual([]);
  return error as Error & { code: string; fix: unknown };
}

async function putOnPath(name: string, content = program): Promise<string> {
  const path = join(root, 'bin', name);
  await writeFile(path, content);
  await chmod(path, 0o755);
  return path;
}

describe('a release', () => {
  it('is verified against the pinned sum, kept in the tool cache and put on PATH', async () => {
    server.publish('0.4.105', asset, archive);
    const installed = await install({ sums: pin(sha256(archive)) });
    expect(installed).toEqual({
      path: join(root, 'cache/flyctl-verified/0.4.105/x64/flyctl'),
      version: '0.4.105',
      source: 'download',
      verified: 'pinned-sum',
    });
    expect(await readFile(installed.path, 'utf8')).toBe(program);
    expect(added).toEqual([dirname(installed.path)]);
    expect(await readdir(join(root, 'temp'))).toEqual([]);
    expect(server.requests).toEqual([assetPath]);
  });

  it("without a pinned sum is verified against the release's own list, and the log says so", async () => {
    server.publish('0.4.105', asset, archive);
    expect(await install()).toMatchObject({ source: 'download', verified: 'release-sums' });
    expect(lines).toContainEqual(
      expect.stringMatching(/no SHA-256 of its own.*flyctl_0\.4\.105_checksums\.txt/),
    );
    expect(server.requests).toEqual([listPath, assetPath]);
  });

  it('for Windows is the program with its driver', async () => {
    const windows = zip([
      { name: 'flyctl.exe', content: 'MZ program' },
      { name: 'wintun.dll', content: 'driver' },
    ]);
    server.publish('0.4.105', 'flyctl_0.4.105_Windows_arm64.zip', windows);
    const { path } = await install({ platform: 'win32', arch: 'arm64' });
    expect((await readdir(dirname(path))).sort()).toEqual(['flyctl.exe', 'verified.json', 'wintun.dll']);
  });

  it('is asked for without any header that tells who asks', async () => {
    vi.stubEnv('FLY_API_TOKEN', 'test-token');
    server.publish('0.4.105', asset, archive);
    await install();
    for (const headers of server.headers) {
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('cookie');
      // Nothing on the way may pack the file again: the sum is that of the released bytes.
      expect(headers['accept-encoding']).toBe('identity');
      expect(JSON.stringify(headers)).not.toContain('test-token');
    }
  });

  it('is followed to the asset host when that host is allowed', async () => {
    const assets = await startReleaseServer();
    server.publish('0.4.105', asset, archive);
    server.on(assetPath, { status: 302, headers: { location: `${assets.origin}/blob?sig=1` } });
    assets.on('/blob?sig=1', { body: archive });
    const urls = { ...server.urls, origins: [server.origin, assets.origin] };
    expect(await install({ urls })).toMatchObject({ source: 'download' });
    await assets.close();
  });

  it('is used from the temporary folder, with a warning, when the tool cache cannot be written', async () => {
    await rm(join(root, 'cache'), { recursive: true });
    await writeFile(join(root, 'cache'), 'a file is in the way');
    server.publish('0.4.105', asset, archive);
    const { path } = await install();
    expect(path.startsWith(join(root, 'temp'))).toBe(true);
    expect(await readFile(path, 'utf8')).toBe(program);
    expect(warnings).toEqual([expect.stringContaining('cannot be kept in the tool cache')]);
  });

  it('is used from the temporary folder on a machine without a tool cache', async () => {
    vi.stubEnv('RUNNER_TOOL_CACHE', '');
    server.publish('0.4.105', asset, archive);
    const { path } = await install();
    expect(path.startsWith(join(root, 'temp'))).toBe(true);
    expect(await readdir(dirname(dirname(path)))).toEqual(['flyctl']);
    expect(warnings).toEqual([]);
  });
});

describe('a file that is not what was released', () => {
  it('is refused with the expected and the actual sum, before it is unpacked', async () => {
    const evil = tarGz([{ name: '../../evil', content: 'x' }]);
    server.publish('0.4.105', asset, evil);
    const error = await failure({ sums: pin(sha256(archive)) });
    expect(error).toMatchObject({
      code: 'flyctl-install',
      message: `${asset}: SHA-256 expected ${sha256(archive)} (pinned in this action), got ${sha256(evil)} (${evil.length} bytes). It was neither unpacked nor run.`,
    });
    expect(server.requests).toEqual([assetPath]);
  });

  it("is refused when it does not have the sum of the release's list", async () => {
    server.publish('0.4.105', asset, archive, `${'0'.repeat(64)}  ${asset}\n`);
    expect((await failure()).message).toContain(
      `expected ${'0'.repeat(64)} (from flyctl_0.4.105_checksums.txt), got ${sha256(archive)}`,
    );
  });

  it('is refused when the list does not name it', async () => {
    server.publish('0.4.105', asset, archive, `${sha256(archive)}  flyctl_0.4.105_Linux_arm64.tar.gz\n`);
    expect((await failure()).message).toContain(`flyctl_0.4.105_checksums.txt has no SHA-256 for ${asset}`);
    expect(server.requests).not.toContain(assetPath);
  });

  it('is refused when the list names it with different sums', async () => {
    server.publish('0.4.105', asset, archive, `${sha256(archive)}  ${asset}\n${'0'.repeat(64)}  ${asset}\n`);
    expect((await failure()).message).toMatch(/more than once, with different sums/);
    expect(server.requests).not.toContain(assetPath);
  });

  it('is refused when there is no list at all', async () => {
    server.publish('0.4.105', asset, archive);
    server.on(listPath, { status: 404 });
    expect((await failure()).message).toMatch(/flyctl_0\.4\.105_checksums\.txt answers 404/);
  });

  it('is refused when it climbs out of its folder, although its sum is right', async () => {
    const evil = tarGz([
      { name: 'flyctl', content: program },
      { name: '../../evil', content: 'x' },
    ]);
    server.publish('0.4.105', asset, evil);
    expect((await failure()).message).toMatch(/is refused: the member "..\/..\/evil" climbs out/);
  });

  it('is refused when it has no flyctl in it', async () => {
    server.publish('0.4.105', asset, tarGz([{ name: 'README.md', content: 'x' }]));
    expect((await failure()).message).toMatch(/is refused: there is no flyctl in it/);
  });

  it('is refused when a redirect leads to another host, which is not asked', async () => {
    const other = await startReleaseServer();
    other.on('/x', { body: archive });
    server.publish('0.4.105', asset, archive);
    server.on(assetPath, { status: 302, headers: { location: `${other.origin}/x` } });
    const error = await failure();
    expect(error.code).toBe('flyctl-install');
    expect(error.message).toContain(`${new URL(server.origin).host} redirects to ${other.origin}`);
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it.each([
    'http://192.0.2.1/x',
    'file:///etc/passwd',
    '//evil.example/x',
    'https://github.com@evil.example/x',
    'http://',
  ])('is refused when a redirect leads to %s', async (location) => {
    server.publish('0.4.105', asset, archive);
    server.on(listPath, { status: 302, headers: { location } });
    expect((await failure()).message).toMatch(/redirects to .*, where flyctl is not downloaded from/);
  });

  it('is refused when the redirects go on for ever', async () => {
    server.on(listPath, { status: 302, headers: { location: `${server.origin}${listPath}` } });
    expect((await failure()).message).toMatch(/redirects more than 5 times/);
  });

  it.each([
    ['says so', { headers: { 'content-type': 'text/html; charset=utf-8' }, body: 'Please log in' }],
    [
      'does not say so',
      { headers: { 'content-type': 'application/gzip' }, body: '\n<!DOCTYPE html><p>Log in' },
    ],
  ])('is refused when it is a web page that %s', async (_, page) => {
    server.on(assetPath, page);
    const error = await failure({ sums: pin(sha256(archive)) });
    expect(error.message).toMatch(/answers 200 with a web page where a file should be/);
  });

  it('is refused when it is larger than a flyctl can be, said beforehand or not', async () => {
    const tooLarge = Buffer.alloc(limits.download.archiveBytes + 1, 1);
    server.on(assetPath, { headers: { 'content-length': '1000001' }, body: archive, fault: 'stall' });
    expect((await failure({ sums: pin('0'.repeat(64)) })).message).toMatch(/larger than the 1000000 bytes/);
    server.on(assetPath, { body: tooLarge, chunked: true });
    expect((await failure({ sums: pin('0'.repeat(64)) })).message).toMatch(/larger than the 1000000 bytes/);
  });
});

describe('a source that fails', () => {
  it.each([
    ['500', { status: 500 }],
    ['429 with a wish to wait', { status: 429, headers: { 'retry-after': '0' } }],
    ['a reset', { fault: 'reset' as const }],
    ['half a file', { body: archive, fault: 'cut' as const }],
  ])('is asked again after %s', async (_, answer) => {
    server.publish('0.4.105', asset, archive);
    server.on(assetPath, answer, answer, { body: archive });
    expect(await install()).toMatchObject({ source: 'download' });
    expect(server.requests).toEqual([listPath, assetPath, assetPath, assetPath]);
    expect(lines).toContainEqual(expect.stringMatching(/attempt 3 of 3 follows/));
  });

  it('is given up when nothing comes any more, and asked again', async () => {
    server.publish('0.4.105', asset, archive);
    server.on(assetPath, { body: archive, fault: 'stall' }, { body: archive });
    const download = { ...limits.download, stallMs: 200 };
    expect(await install({ limits: { ...limits, download } })).toMatchObject({ source: 'download' });
    expect(lines).toContainEqual(expect.stringMatching(/127\.0\.0\.1:\d+ sent nothing for 0\.2 s/));
  });

  it('may be slow, as long as something comes', async () => {
    server.publish('0.4.105', asset, archive);
    server.on(assetPath, { body: archive, pauseMs: 125 });
    const download = { ...limits.download, stallMs: 700, attempts: 1 };
    expect(await install({ limits: { ...limits, download } })).toMatchObject({ source: 'download' });
  });

  it('is given up for good at the common deadline', async () => {
    server.on(assetPath, { body: archive, fault: 'stall' });
    const download = { ...limits.download, totalMs: 200 };
    const error = await failure({ sums: pin(sha256(archive)), limits: { ...limits, download } });
    expect(error.message).toMatch(/the downloads took longer than 0\.2 s/);
  });

  it("gives way to where Fly's resolver says, verified as before", async () => {
    const elsewhere = `/mirror/download/v0.4.105/${asset}`;
    server.on(assetPath, { status: 503 });
    server.on(resolverPath, { body: `${server.origin}${elsewhere}\n` });
    server.on(elsewhere, { body: archive });
    expect(await install({ sums: pin(sha256(archive)) })).toMatchObject({ verified: 'pinned-sum' });
    expect(server.requests).toEqual([assetPath, assetPath, assetPath, resolverPath, elsewhere]);
    expect(lines).toContainEqual(expect.stringMatching(/answers 503; Fly's resolver is asked/));
  });

  it.each([
    [
      'another host',
      'https://evil.example/download/v0.4.105/flyctl_0.4.105_Linux_x86_64.tar.gz',
      /sends to https:\/\/evil\.example,/,
    ],
    ['no address', 'flyctl not found', /an address that is none/],
    [
      'another version',
      '/mirror/download/v0.4.104/flyctl_0.4.104_Linux_x86_64.tar.gz',
      /names another archive/,
    ],
    [
      'another platform',
      '/mirror/download/v0.4.105/flyctl_0.4.105_Linux_arm64.tar.gz',
      /names another archive/,
    ],
    ['what failed before', assetPath, /names the same address/],
  ])('is not replaced when the resolver names %s', async (_, answer, reason) => {
    server.on(resolverPath, { body: answer.startsWith('/') ? `${server.origin}${answer}` : answer });
    expect((await failure({ sums: pin(sha256(archive)) })).message).toMatch(reason);
  });

  it('is named, each with its reason, when none can be used; a missing release with the way to a good one', async () => {
    const error = await failure({ wanted: '0.4.999' });
    expect(error.message).toMatch(
      /^flyctl 0\.4\.999 for Linux x86_64 cannot be downloaded: .*_checksums\.txt answers 404; .*\/resolver\/Linux\/x86_64\/0\.4\.999 answers 404\.$/,
    );
    expect(error).toMatchObject({
      code: 'flyctl-install',
      fix: { lines: { text: 'with:\n  flyctl-version: 0.4.105\n' } },
    });
    expect(server.requests).toHaveLength(2);
  });

  it('is not asked twice after a 404', async () => {
    await failure({ sums: pin(sha256(archive)) });
    expect(server.requests).toEqual([assetPath, resolverPath]);
  });
});

describe('the tool cache', () => {
  it('serves the second run, without a request', async () => {
    server.publish('0.4.105', asset, archive);
    const first = await install();
    server.requests.length = 0;
    added = [];
    expect(await install()).toEqual({ ...first, source: 'cache' });
    expect(added).toEqual([dirname(first.path)]);
    expect(server.requests).toEqual([]);
  });

  it('is where other actions find the copy too', async () => {
    server.publish('0.4.105', asset, archive);
    const { path } = await install();
    const debugLog = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    onTestFinished(() => debugLog.mockRestore());
    expect(toolCache.find('flyctl-verified', '0.4.105', 'x64')).toBe(dirname(path));
  });

  it('does not serve a copy that was changed since: the release is installed again', async () => {
    server.publish('0.4.105', asset, archive);
    const { path } = await install();
    await writeFile(path, 'changed');
    expect(await install()).toMatchObject({ source: 'download', path });
    expect(await readFile(path, 'utf8')).toBe(program);
    expect(warnings).toEqual([expect.stringContaining('not what was verified')]);
  });

  it.each([
    ['its driver was changed', 'wintun.dll'],
    ['something was put beside it, which Windows would load', 'version.dll'],
  ])('does not serve a copy when %s', async (_, name) => {
    const files = ['flyctl.exe', 'wintun.dll'].map((name) => ({ name, content: `MZ ${name}` }));
    server.publish('0.4.105', 'flyctl_0.4.105_Windows_x86_64.zip', zip(files));
    const { path } = await install({ platform: 'win32' });
    expect(await install({ platform: 'win32' })).toMatchObject({ source: 'cache' });
    await writeFile(join(dirname(path), name), 'changed');
    expect(await install({ platform: 'win32' })).toMatchObject({ source: 'download', path });
    expect((await readdir(dirname(path))).sort()).toEqual(['flyctl.exe', 'verified.json', 'wintun.dll']);
    expect(await readFile(join(dirname(path), 'wintun.dll'), 'utf8')).toBe('MZ wintun.dll');
    expect(warnings).toEqual([expect.stringContaining('not what was verified')]);
  });

  it('does not serve a copy that nobody verified', async () => {
    server.publish('0.4.105', asset, archive);
    const { path } = await install();
    await writeFile(path, 'put there by something else');
    await rm(join(dirname(path), 'verified.json'));
    expect(await install()).toMatchObject({ source: 'download' });
    expect(await readFile(path, 'utf8')).toBe(program);
  });

  it('does not serve a copy of another version', async () => {
    server.publish('0.4.106', 'flyctl_0.4.106_Linux_x86_64.tar.gz', archive);
    server.publish('0.4.105', asset, archive);
    await install();
    await rename(join(root, 'cache/flyctl-verified/0.4.105'), join(root, 'cache/flyctl-verified/0.4.106'));
    expect(await install({ wanted: '0.4.106' })).toMatchObject({ source: 'download', version: '0.4.106' });
  });

  it('does not serve a copy out of an archive with another sum than the pinned one', async () => {
    const other = tarGz([{ name: 'flyctl', content: 'another program' }]);
    server.publish('0.4.105', asset, other);
    const { path } = await install();
    server.publish('0.4.105', asset, archive);
    expect(await install({ sums: pin(sha256(archive)) })).toMatchObject({ verified: 'pinned-sum', path });
    expect(await readFile(path, 'utf8')).toBe(program);
  });

  it('gives all of several installations at the same time a program that runs', async () => {
    server.publish('0.4.105', asset, archive);
    const one = async () => {
      const { path } = await install();
      expect(await readFile(path, 'utf8')).toBe(program);
      return `${path} ${(await stat(path)).ino}`;
    };
    // The same file for all: nobody replaced what another one was already running.
    expect(new Set(await Promise.all(Array.from({ length: 6 }, one))).size).toBe(1);
    expect((await readdir(join(root, 'cache/flyctl-verified/0.4.105'))).sort()).toEqual([
      'x64',
      'x64.complete',
    ]);
    expect(await readdir(join(root, 'temp'))).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('replaces what lies in its place and was not verified, and leaves nothing beside it', async () => {
    const folder = join(root, 'cache/flyctl-verified/0.4.105/x64');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'flyctl'), 'put there by something else');
    server.publish('0.4.105', asset, archive);
    expect(await readFile((await install()).path, 'utf8')).toBe(program);
    expect((await readdir(dirname(folder))).sort()).toEqual(['x64', 'x64.complete']);
  });

  it('keeps another version beside the first', async () => {
    server.publish('0.4.105', asset, archive);
    server.publish('0.4.106', 'flyctl_0.4.106_Linux_x86_64.tar.gz', archive);
    await install();
    await install({ wanted: 'v0.4.106' });
    expect(await readdir(join(root, 'cache/flyctl-verified'))).toEqual(['0.4.105', '0.4.106']);
  });
});

describe('flyctl-version: latest', () => {
  const newer = 'flyctl_0.4.114_Linux_x86_64.tar.gz';

  it("is the newest release, verified against the release's own list", async () => {
    server.publish('0.4.114', newer, archive);
    expect(await install({ wanted: 'latest' })).toMatchObject({
      version: '0.4.114',
      verified: 'release-sums',
    });
    expect(server.requests[0]).toBe('/releases/latest');
  });

  it('comes from the tool cache when the newest release is there', async () => {
    server.publish('0.4.114', newer, archive);
    await install({ wanted: 'latest' });
    server.requests.length = 0;
    expect(await install({ wanted: 'latest' })).toMatchObject({ source: 'cache' });
    expect(server.requests).toEqual(['/releases/latest']);
  });

  it.each([
    ['fails', { status: 500 }],
    [
      'names a build of a pull request',
      { status: 302, headers: { location: '/releases/tag/v2026.8.21-pr5113.1' } },
    ],
    ['names nothing', { status: 200, body: '<html>' }],
  ])("is what Fly's resolver names when GitHub %s", async (_, answer) => {
    server.publish('0.4.114', newer, archive);
    server.on('/releases/latest', answer);
    server.on('/resolver/Linux/x86_64/latest', {
      body: `${server.origin}/releases/download/v0.4.114/${newer}`,
    });
    expect(await install({ wanted: 'latest' })).toMatchObject({ version: '0.4.114' });
  });

  it('is the newest copy in the tool cache, with a warning, when nobody answers', async () => {
    server.publish('0.4.99', 'flyctl_0.4.99_Linux_x86_64.tar.gz', archive);
    await install({ wanted: '0.4.99' });
    server.publish('0.4.105', asset, archive);
    await install();
    server.on('/releases/latest', { fault: 'reset' });
    server.on('/resolver/Linux/x86_64/latest', { fault: 'reset' });
    expect(await install({ wanted: 'latest' })).toMatchObject({ version: '0.4.105', source: 'cache' });
    expect(warnings).toEqual([expect.stringMatching(/cannot be looked up: .*newest copy.*0\.4\.105/)]);
  });

  it('is never a copy older than what this action needs', async () => {
    server.publish('0.4.105', asset, archive);
    const { path } = await install();
    const record = join(dirname(path), 'verified.json');
    await writeFile(
      record,
      (await readFile(record, 'utf8')).replace('"version": "0.4.105"', '"version": "0.4.13"'),
    );
    await rename(join(root, 'cache/flyctl-verified/0.4.105'), join(root, 'cache/flyctl-verified/0.4.13'));
    server.on('/releases/latest', { fault: 'reset' });
    await expect(install({ wanted: 'latest' })).rejects.toMatchObject({ code: 'flyctl-install' });
  });

  it('is an error with the reasons when nobody answers and nothing is cached', async () => {
    server.on('/releases/latest', { fault: 'reset' });
    const error = await failure({ wanted: 'latest' });
    expect(error).toMatchObject({ code: 'flyctl-install' });
    expect(error.message).toMatch(
      /^The latest flyctl cannot be looked up: 127\.0\.0\.1:\d+ cannot be reached/,
    );
  });

  it('is never older than what this action needs', async () => {
    server.publish('0.3.9', 'flyctl_0.3.9_Linux_x86_64.tar.gz', archive);
    expect(await failure({ wanted: 'latest' })).toMatchObject({ code: 'flyctl-version' });
  });
});

describe('a flyctl on PATH', () => {
  it('is used when its hash is known for the wanted version, without running it', async () => {
    const path = await putOnPath('flyctl');
    const sums = pin(sha256(archive), { [asset]: sha256(program) });
    expect(await install({ sums })).toEqual({
      path,
      version: '0.4.105',
      source: 'path',
      verified: 'known-hash',
    });
    expect(server.requests).toEqual([]);
  });

  it('is not used when its hash is not known: the release is installed', async () => {
    await putOnPath('flyctl', 'something else');
    server.publish('0.4.105', asset, archive);
    const sums = pin(sha256(archive), { [asset]: sha256(program) });
    expect(await install({ sums })).toMatchObject({ source: 'download' });
    expect(lines).toContainEqual(
      expect.stringMatching(/SHA-256 is not one known for 0\.4\.105: it is not used/),
    );
  });

  it.each([
    ['flyctl', '{"Name":"flyctl","Version":"0.4.87","Commit":"\\u003cnone\\u003e"}\n'],
    ['fly', '{"Name":"flyctl","Version":"v0.4.87-dev"}'],
    ['fly', 'WARN something\n{"Version":{"Major":0,"Minor":4,"Patch":87,"Build":0,"Channel":""}}\n'],
  ])('named %s is used as it is with flyctl-version: preinstalled', async (name, reply) => {
    const path = await putOnPath(name);
    const readVersion = vi.fn(async () => reply);
    expect(await install({ wanted: 'preinstalled', readVersion })).toEqual({
      path,
      version: '0.4.87',
      source: 'preinstalled',
      verified: 'unverified (preinstalled)',
    });
    expect(readVersion).toHaveBeenCalledExactlyOnceWith(path);
    expect(lines).toEqual([expect.stringContaining('used unverified')]);
  });

  it('may also be on a platform without releases', async () => {
    await putOnPath('flyctl');
    const readVersion = async () => '{"Version":"0.4.105"}';
    expect(await install({ wanted: 'preinstalled', platform: 'freebsd', readVersion })).toMatchObject({
      source: 'preinstalled',
    });
  });

  it('is not taken from a folder that is not absolute', async () => {
    const here = process.cwd();
    await putOnPath('flyctl');
    process.chdir(join(root, 'bin'));
    const error = await failure({ wanted: 'preinstalled', path: ['', '.'].join(delimiter) });
    process.chdir(here);
    expect(error.message).toMatch(/neither flyctl nor fly on PATH/);
  });

  it.each([
    ['is not there', false, '', 'flyctl-install', /neither flyctl nor fly on PATH/],
    ['is something else', true, 'usage: fly <target>', 'flyctl-install', /"usage: fly <target>"/],
    ['has a version that is none', true, '{"Version":"newest"}', 'flyctl-install', /does not tell a version/],
    [
      'is too old',
      true,
      '{"Version":"0.4.13"}',
      'flyctl-version',
      /is flyctl 0\.4\.13: .* needs 0\.4\.14 or newer/,
    ],
  ])('is an error when it %s', async (_, there, reply, code, message) => {
    if (there) await putOnPath('fly');
    const error = await failure({ wanted: 'preinstalled', readVersion: async () => reply });
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  // Windows has no such bit.
  it.skipIf(process.platform === 'win32')('is passed over when it is no program', async () => {
    await chmod(await putOnPath('flyctl'), 0o644);
    const path = await putOnPath('fly');
    const readVersion = async () => '{"Version":"0.4.105"}';
    expect(await install({ wanted: 'preinstalled', readVersion })).toMatchObject({ path });
  });
});

describe('a cancelled run', () => {
  it.each([
    ['before the installation', null, {}],
    ['during a download', assetPath, { body: archive, fault: 'stall' as const }],
    ['during a pause between attempts', assetPath, { status: 503, headers: { 'retry-after': '3600' } }],
  ])('stops %s and leaves nothing behind', async (_, path, answer) => {
    const run = new AbortController();
    if (path === null) run.abort();
    else {
      server.publish('0.4.105', asset, archive);
      server.on(path, answer);
      server.whenAsked.set(path, () => setTimeout(() => run.abort(), 20));
    }
    expect(await failure({ signal: run.signal })).toMatchObject({ code: 'cancelled' });
  });
});

it('refuses an unknown platform by name', async () => {
  expect(await failure({ platform: 'aix', arch: 'ppc64' })).toMatchObject({
    code: 'flyctl-install',
    message: expect.stringContaining('not released for aix on ppc64'),
  });
});
