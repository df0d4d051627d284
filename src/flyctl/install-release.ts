import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../causes.ts';
import { type ArchiveLimits, refuseArchive, unpack } from './archive.ts';
import { recordFile, type VerifiedRecord } from './install-cache.ts';
import { type DownloadLimits, type Downloads, openDownloads, Unavailable } from './install-download.ts';
import {
  assetName,
  checksumsName,
  isAllowedUrl,
  type KnownSums,
  pinnedVersion,
  preinstalledFix,
  type ReleaseTarget,
  type ReleaseUrls,
  sumInList,
  versionOfAssetUrl,
  versionOfTagUrl,
  workflowFix,
} from './releases.ts';

/** Bounds of one installation; see the two parts. */
export interface InstallLimits {
  readonly download: DownloadLimits;
  readonly archive: ArchiveLimits;
}

/** What reading releases needs. */
export interface ReleaseReading {
  readonly target: ReleaseTarget;
  readonly urls: ReleaseUrls;
  readonly sums: KnownSums;
  readonly limits: InstallLimits;
  /** A folder for the archive and what comes out of it. */
  readonly temp: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  readonly log: { info(line: string): void };
}

/** No source could be used; a copy from before may do. */
export class Unreachable extends Failure {}

/** A verified executable and its record, in a folder of their own below `temp`. */
export interface DownloadedFlyctl {
  readonly folder: string;
  readonly record: VerifiedRecord;
  /** Removes it from `temp`. */
  discard(): Promise<void>;
}

/** GitHub's and Fly's view of the releases, for one installation. `close` must be called. */
export interface Releases {
  /** `X.Y.Z` of the newest release. @throws Unreachable; Failure `flyctl-install` for a redirect elsewhere */
  latest(): Promise<string>;
  /**
   * Downloads a release, verifies it, and only then unpacks it. After any error nothing is left in `temp`.
   * @throws Unreachable; Failure `flyctl-install` for anything that is not what it should be
   */
  download(version: string): Promise<DownloadedFlyctl>;
  close(): void;
}

/** Opens the releases: the common deadline of `limits.download` starts here. */
export function openReleases(reading: ReleaseReading): Releases {
  const downloads = openDownloads({
    fetch: reading.fetch,
    urls: reading.urls,
    limits: reading.limits.download,
    signal: reading.signal,
    onRetry: (line) => reading.log.info(`${line}.`),
  });
  return {
    latest: () => latestVersion(reading, downloads),
    download: (version) => downloadRelease(reading, downloads, version),
    close: downloads.close,
  };
}

async function latestVersion(reading: ReleaseReading, downloads: Downloads): Promise<string> {
  const { urls, target } = reading;
  return await firstOf(reading, 'The latest flyctl cannot be looked up', [
    async () => {
      const version = versionOfTagUrl(await downloads.location(`${urls.releases}/latest`));
      if (version === null) throw new Unavailable('GitHub names no release as the latest', false);
      return version;
    },
    async () => {
      const { version } = await resolve(reading, downloads, 'latest');
      if (version === null) throw new Unavailable(`Fly's resolver names no archive for ${target.os}`, false);
      return version;
    },
  ]);
}

async function downloadRelease(
  reading: ReleaseReading,
  downloads: Downloads,
  version: string,
): Promise<DownloadedFlyctl> {
  const { target, temp, limits, signal } = reading;
  const work = await mkdtemp(join(temp, 'flyctl-install-'));
  const discard = () => rm(work, { recursive: true, force: true });
  try {
    const archive = join(work, assetName(version, target));
    const proof = await downloadVerified(reading, downloads, version, archive);
    const folder = join(work, 'flyctl');
    await mkdir(folder);
    const { members, executable } = target;
    const hashes = await unpack({ archive, into: folder, members, limits: limits.archive, signal });
    if (!hashes.has(executable)) throw refuseArchive(archive, `there is no ${executable} in it`);
    const record = {
      version,
      asset: assetName(version, target),
      files: Object.fromEntries(hashes),
      ...proof,
    };
    const { name, content } = recordFile(record);
    await writeFile(join(folder, name), content);
    await rm(archive);
    return { folder, record, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Downloads the archive from GitHub, else from where Fly's resolver says, and compares its sum. */
async function downloadVerified(
  reading: ReleaseReading,
  downloads: Downloads,
  version: string,
  archive: string,
): Promise<Pick<VerifiedRecord, 'archive' | 'verified'>> {
  const { target, urls, sums, log } = reading;
  const asset = assetName(version, target);
  const list = checksumsName(version);
  const pinned = sums[version]?.archives[asset];
  const direct = `${urls.releases}/download/v${version}/${asset}`;

  const from = async (address: string) => {
    const expected = pinned ?? sumInList(await downloads.text(new URL(list, address).href), asset, list);
    const { sha256, bytes } = await downloads.file(address, archive);
    if (sha256 !== expected)
      throw mismatch(asset, expected, sha256, bytes, pinned === undefined ? list : null);
    return sha256;
  };
  const sha256 = await firstOf(
    reading,
    `flyctl ${version} for ${target.os} ${target.arch} cannot be downloaded`,
    [
      () => from(direct),
      async () => {
        const resolved = await resolve(reading, downloads, version);
        if (resolved.version !== version)
          throw new Unavailable("Fly's resolver names another archive", false);
        if (resolved.url === direct) throw new Unavailable("Fly's resolver names the same address", false);
        return await from(resolved.url);
      },
    ],
  );
  if (pinned === undefined) {
    log.info(
      `${asset}: this action has no SHA-256 of its own for it; it has the one in the release's ${list}.`,
    );
    return { archive: sha256, verified: 'release-sums' };
  }
  log.info(`${asset}: it has the SHA-256 that is pinned in this action.`);
  return { archive: sha256, verified: 'pinned-sum' };
}

/** What Fly's resolver says: the address as text. `version` is null when that is no archive for this machine. */
async function resolve(reading: ReleaseReading, downloads: Downloads, version: string) {
  const { urls, target } = reading;
  const text = await downloads.text(`${urls.resolver}/${target.os}/${target.arch}/${version}`);
  const url = URL.parse(text.trim());
  if (url === null || !isAllowedUrl(url, urls.origins)) {
    throw new Failure(
      'flyctl-install',
      `Fly's resolver sends to ${url === null ? 'an address that is none' : `${url.protocol}//${url.host}`}, where flyctl is not downloaded from.`,
      { fix: preinstalledFix('Put flyctl on PATH in an earlier step and say so.') },
    );
  }
  return { url: url.href, version: versionOfAssetUrl(url, target) };
}

/** Tries one source after the other; only a source that is not available gives way to the next. */
async function firstOf<T>(
  reading: ReleaseReading,
  what: string,
  sources: readonly (() => Promise<T>)[],
): Promise<T> {
  const reasons: Unavailable[] = [];
  for (const source of sources) {
    try {
      return await source();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      if (reasons.length === 0) reading.log.info(`${error.message}; Fly's resolver is asked.`);
      reasons.push(error);
    }
  }
  const missing = reasons.some(({ status }) => status === 404);
  throw new Unreachable('flyctl-install', `${what}: ${reasons.map(({ message }) => message).join('; ')}.`, {
    cause: reasons[0],
    fix: missing
      ? workflowFix(`See which releases there are: ${reading.urls.releases}`, pinnedVersion)
      : preinstalledFix('Run the job again later, or put flyctl on PATH in an earlier step and say so.'),
  });
}

function mismatch(asset: string, expected: string, got: string, bytes: number, list: string | null): Failure {
  const source = list === null ? 'pinned in this action' : `from ${list}`;
  const line = `${asset}: SHA-256 expected ${expected} (${source}), got ${got} (${bytes} bytes)`;
  return new Failure('flyctl-install', `${line}. It was neither unpacked nor run.`, {
    evidence: line,
    fix: preinstalledFix(
      'If a second run says the same, the file was replaced, on the way or at its source: report it, do not go around it. A flyctl that you verified yourself can be put on PATH.',
    ),
  });
}
