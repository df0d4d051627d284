/**
 * Adds the SHA-256 sums of flyctl releases to src/flyctl/checksums.json, from each release's own list of sums.
 *
 *     node scripts/run.mjs scripts/refresh-checksums.ts 0.4.105 0.4.111
 *     node scripts/run.mjs scripts/refresh-checksums.ts --executables 0.4.105
 *
 * With `--executables` every archive is downloaded and verified too, and the sum of the flyctl in it is added: only
 * then can a flyctl that is on PATH already be recognised.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Failure } from '../src/causes.ts';
import { ordinaryLimits } from '../src/flyctl/install.ts';
import { openDownloads } from '../src/flyctl/install-download.ts';
import { openReleases } from '../src/flyctl/install-release.ts';
import {
  assetName,
  checksumsName,
  compareVersions,
  publicUrls,
  type ReleaseTarget,
  type ReleaseUrls,
  releaseTarget,
  sumInList,
} from '../src/flyctl/releases.ts';

const sums = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));
const known = z.record(z.string(), z.object({ seenAt: z.string(), archives: sums, executables: sums }));

const targets = ['linux', 'darwin', 'win32'].flatMap((platform) =>
  ['arm64', 'x64'].map((arch) => releaseTarget(platform, arch)),
);

export interface Refresh {
  /** The data file; read, and written once at the end. */
  readonly file: string;
  /** `X.Y.Z`. */
  readonly versions: readonly string[];
  readonly executables: boolean;
  readonly urls: ReleaseUrls;
  readonly print: (line: string) => void;
}

/**
 * Reads the lists, compares them with what is known, and writes the file.
 * @throws Failure `flyctl-install` when a list cannot be read, or states another sum than the file: a released file
 *   never changes, so one of the two is wrong, and the file stays as it was
 */
export async function refreshChecksums(refresh: Refresh): Promise<void> {
  const all = known.parse(JSON.parse(await readFile(refresh.file, 'utf8')));
  for (const version of refresh.versions) {
    const before = all[version] ?? { seenAt: '', archives: {}, executables: {} };
    const list = checksumsName(version);
    const url = `${refresh.urls.releases}/download/v${version}/${list}`;
    const text = await readList(refresh, url);
    const archives: Record<string, string> = {};
    for (const target of targets) {
      const asset = assetName(version, target);
      archives[asset] = sumInList(text, asset, list);
      requireSame(asset, before.archives[asset], archives[asset]);
    }
    const executables = { ...before.executables };
    if (refresh.executables) {
      for (const target of targets) {
        const asset = assetName(version, target);
        const sum = await executableSum(refresh, target, version, archives);
        requireSame(`the program in ${asset}`, executables[asset], sum);
        executables[asset] = sum;
      }
    }
    all[version] = { seenAt: url, archives: sorted(archives), executables: sorted(executables) };
    refresh.print(
      `${version}: ${Object.keys(archives).length} archives, ${Object.keys(executables).length} programs`,
    );
  }
  const rows = Object.entries(all).sort(([a], [b]) => compareVersions(a, b));
  await writeFile(refresh.file, `${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`);
}

async function readList(refresh: Refresh, url: string): Promise<string> {
  const downloads = openDownloads({
    fetch,
    urls: refresh.urls,
    limits: ordinaryLimits.download,
    signal: new AbortController().signal,
    onRetry: refresh.print,
  });
  try {
    return await downloads.text(url);
  } finally {
    downloads.close();
  }
}

async function executableSum(
  refresh: Refresh,
  target: ReleaseTarget,
  version: string,
  archives: Readonly<Record<string, string>>,
): Promise<string> {
  const temp = await mkdtemp(join(tmpdir(), 'refresh-checksums-'));
  const releases = openReleases({
    target,
    urls: refresh.urls,
    sums: { [version]: { seenAt: '', archives, executables: {} } },
    limits: ordinaryLimits,
    temp,
    fetch,
    signal: new AbortController().signal,
    log: { info: refresh.print },
  });
  try {
    const { files } = (await releases.download(version)).record;
    return files[target.executable] ?? '';
  } finally {
    releases.close();
    await rm(temp, { recursive: true });
  }
}

function requireSame(what: string, before: string | undefined, now: string): void {
  if (before === undefined || before === now) return;
  throw new Failure(
    'flyctl-install',
    `${what}: checksums.json has ${before}, the release has ${now}. Find out why.`,
  );
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { executables: { type: 'boolean' } },
    allowPositionals: true,
  });
  const versions = positionals.map((version) => version.replace(/^v/, ''));
  if (versions.length === 0 || !versions.every((version) => /^\d+\.\d+\.\d+$/.test(version))) {
    console.error('usage: node scripts/run.mjs scripts/refresh-checksums.ts [--executables] X.Y.Z ...');
    process.exitCode = 2;
  } else {
    const file = join(import.meta.dirname, '../src/flyctl/checksums.json');
    const executables = values.executables ?? false;
    try {
      await refreshChecksums({ file, versions, executables, urls: publicUrls, print: console.log });
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
