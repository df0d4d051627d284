import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { refreshChecksums } from '../../scripts/refresh-checksums.ts';
import { sha256, tarGz, zip } from './install-archives.ts';
import { type ReleaseServer, startReleaseServer } from './install-release-server.ts';

const version = '0.4.9';
const archives = new Map(
  ['Linux', 'macOS', 'Windows'].flatMap((os) =>
    ['arm64', 'x86_64'].map((arch): [string, Buffer] => {
      const content = `${os} ${arch}`;
      return os === 'Windows'
        ? [`flyctl_${version}_${os}_${arch}.zip`, zip([{ name: 'flyctl.exe', content }])]
        : [`flyctl_${version}_${os}_${arch}.tar.gz`, tarGz([{ name: 'flyctl', content }])];
    }),
  ),
);
const list = [...archives].map(([asset, bytes]) => `${sha256(bytes)}  ${asset}\n`).join('');
const old = { '0.4.10': { seenAt: 'before', archives: { x: 'a'.repeat(64) }, executables: {} } };

let server: ReleaseServer;
let folder: string;
let file: string;

beforeEach(async () => {
  server = await startReleaseServer();
  for (const [asset, bytes] of archives) server.publish(version, asset, bytes, list);
  folder = await mkdtemp(join(tmpdir(), 'refresh-'));
  file = join(folder, 'checksums.json');
  await writeFile(file, JSON.stringify(old));
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function refresh(executables = false) {
  return refreshChecksums({ file, versions: [version], executables, urls: server.urls, print: () => {} });
}

it("adds every platform's sum from the release's own list, in the order of versions", async () => {
  await refresh();
  const written = JSON.parse(await readFile(file, 'utf8'));
  expect(Object.keys(written)).toEqual([version, '0.4.10']);
  expect(written['0.4.10']).toEqual(old['0.4.10']);
  expect(written[version].archives).toEqual(
    Object.fromEntries([...archives].map(([asset, bytes]) => [asset, sha256(bytes)])),
  );
  expect(written[version].seenAt).toBe(
    `${server.urls.releases}/download/v${version}/flyctl_${version}_checksums.txt`,
  );
});

it('adds the sums of the programs when it is asked to', async () => {
  await refresh(true);
  const { executables } = JSON.parse(await readFile(file, 'utf8'))[version];
  expect(Object.keys(executables)).toEqual([...archives.keys()].sort());
  expect(executables[`flyctl_${version}_Windows_x86_64.zip`]).toBe(sha256('Windows x86_64'));
});

it('leaves the file alone when the release states another sum than before', async () => {
  const asset = `flyctl_${version}_Linux_arm64.tar.gz`;
  const before = JSON.stringify({
    [version]: { seenAt: 'x', archives: { [asset]: 'a'.repeat(64) }, executables: {} },
  });
  await writeFile(file, before);
  await expect(refresh()).rejects.toThrow(`${asset}: checksums.json has ${'a'.repeat(64)}`);
  expect(await readFile(file, 'utf8')).toBe(before);
});

it('makes up no sum for a platform that the list does not name', async () => {
  const asset = `flyctl_${version}_macOS_arm64.tar.gz`;
  server.on(`/releases/download/v${version}/flyctl_${version}_checksums.txt`, {
    body: list.replace(asset, 'x'),
  });
  await expect(refresh()).rejects.toThrow(`has no SHA-256 for ${asset}`);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(old);
});
