import { join } from 'node:path';
import { Failure } from '../causes.ts';
import type { VerifiedCopies, VerifiedRecord } from './install-cache.ts';
import type { InstallLimits, Releases } from './install-release.ts';
import {
  assetName,
  compareVersions,
  type KnownSums,
  knownSums,
  minimumVersion,
  publicUrls,
  type ReleaseTarget,
  type ReleaseUrls,
  readWantedVersion,
  releaseTarget,
  requireMinimum,
} from './releases.ts';

/** What an installation needs to know, and the things outside that it may touch. */
export interface FlyctlRequest {
  /** The input `flyctl-version`, as it was given; empty for the pinned version. */
  readonly wanted: string;
  /** `process.platform` and `process.arch` of the runner. */
  readonly platform: string;
  readonly arch: string;
  /** `RUNNER_TEMP`. Only a copy that could not be put into the tool cache stays here. */
  readonly temp: string;
  /** The variable PATH. */
  readonly path: string;
  /** Puts a folder on PATH for the steps that follow: `core.addPath`. */
  readonly addPath: (folder: string) => void;
  /** Runs `<program> version --json` and gives its standard output. Called for `preinstalled` only. */
  readonly readVersion: (program: string) => Promise<string>;
  readonly log: { info(line: string): void; warning(line: string): void };
  readonly signal: AbortSignal;
  /** Here and below: for tests; users get the defaults. */
  readonly fetch?: typeof fetch | undefined;
  readonly urls?: ReleaseUrls | undefined;
  readonly sums?: KnownSums | undefined;
  readonly limits?: InstallLimits | undefined;
}

/** The flyctl that this run uses. */
export interface InstalledFlyctl {
  /** The program. */
  readonly path: string;
  /** `X.Y.Z`. */
  readonly version: string;
  readonly source: 'cache' | 'download' | 'preinstalled' | 'path';
  /**
   * `pinned-sum`: the archive has the sum in the source; `release-sums`: the sum in the release's own list;
   * `known-hash`: the program on PATH has the hash in the source.
   */
  readonly verified: 'pinned-sum' | 'release-sums' | 'known-hash' | 'unverified (preinstalled)';
}

/** An archive of flyctl 0.4 has some tens of megabytes, and unpacks to about three times as much. */
export const ordinaryLimits: InstallLimits = {
  download: {
    totalMs: 300_000,
    stallMs: 30_000,
    attempts: 4,
    firstPauseMs: 1000,
    archiveBytes: 200_000_000,
    textBytes: 65_536,
  },
  archive: { entries: 64, bytes: 600_000_000 },
};

/** The request with everything that follows from it. */
interface Installation extends FlyctlRequest {
  readonly target: ReleaseTarget;
  readonly sums: KnownSums;
  /** The tool cache; null on a machine without one. */
  readonly copies: VerifiedCopies | null;
}

/**
 * Finds or installs flyctl, so that what runs is what was released: from the tool cache, from PATH when its hash is
 * known, else from the release, verified before it is unpacked. `docs/flyctl.md` says it in words.
 *
 * @throws Failure `flyctl-install`, `flyctl-version`, `inputs-invalid`; `cancelled` when the signal is aborted
 */
export async function installFlyctl(request: FlyctlRequest): Promise<InstalledFlyctl> {
  try {
    const wanted = readWantedVersion(request.wanted);
    if (wanted.kind === 'preinstalled') return await preinstalled(request);
    const target = releaseTarget(request.platform, request.arch);
    const copies = await openCopies(request, target);
    const installation = { ...request, target, copies, sums: request.sums ?? knownSums };
    if (wanted.kind === 'latest') return await latest(installation);
    return (
      fromCache(installation, wanted.version) ??
      (await fromPath(installation, wanted.version)) ??
      (await withReleases(installation, (releases) => fromRelease(installation, releases, wanted.version)))
    );
  } catch (error) {
    if (request.signal.aborted) {
      throw new Failure('cancelled', 'Cancelled while flyctl was being installed.', { cause: error });
    }
    if (error instanceof Failure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure('flyctl-install', `flyctl could not be installed: ${reason}`, { cause: error });
  }
}

async function preinstalled(request: FlyctlRequest): Promise<InstalledFlyctl> {
  const { usePreinstalled } = await import('./install-preinstalled.ts');
  const found = await usePreinstalled(request.path, request.platform, request.readVersion);
  request.log.info(`flyctl ${found.version} was there already (${found.path}) and is used unverified.`);
  return { ...found, source: 'preinstalled', verified: 'unverified (preinstalled)' };
}

async function openCopies(request: FlyctlRequest, target: ReleaseTarget): Promise<VerifiedCopies | null> {
  const toolCache = process.env.RUNNER_TOOL_CACHE;
  if (!toolCache) return null;
  const { openVerifiedCopies } = await import('./install-cache.ts');
  const { arch, log } = request;
  return openVerifiedCopies({ toolCache, executable: target.executable, arch, warn: log.warning });
}

async function latest(installation: Installation): Promise<InstalledFlyctl> {
  const { Unreachable } = await import('./install-release.ts');
  return await withReleases(installation, async (releases) => {
    try {
      const version = await releases.latest();
      requireMinimum(version, `The latest release is flyctl ${version}`);
      return (
        fromCache(installation, version) ??
        (await fromPath(installation, version)) ??
        (await fromRelease(installation, releases, version))
      );
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      for (const version of installation.copies?.versions() ?? []) {
        if (compareVersions(version, minimumVersion) < 0) continue;
        const cached = fromCache(installation, version);
        if (cached === null) continue;
        installation.log.warning(`${error.message} The newest copy in the tool cache is used: ${version}.`);
        return cached;
      }
      throw error;
    }
  });
}

async function withReleases<T>(
  installation: Installation,
  use: (releases: Releases) => Promise<T>,
): Promise<T> {
  const { openReleases } = await import('./install-release.ts');
  const { target, sums, temp, signal, log } = installation;
  const releases = openReleases({
    target,
    sums,
    temp,
    signal,
    log,
    urls: installation.urls ?? publicUrls,
    limits: installation.limits ?? ordinaryLimits,
    fetch: installation.fetch ?? fetch,
  });
  try {
    return await use(releases);
  } finally {
    releases.close();
  }
}

function fromCache(installation: Installation, version: string): InstalledFlyctl | null {
  const { copies, sums, target, log } = installation;
  const found = copies?.find(version) ?? null;
  if (found === null) return null;
  const pinned = sums[version]?.archives[assetName(version, target)];
  if (pinned !== undefined && pinned !== found.record.archive) {
    log.warning(`The copy in ${found.folder} came out of an archive with another SHA-256: it is not used.`);
    return null;
  }
  log.info(
    `flyctl ${version} is in the tool cache, as it was when it was verified (${found.record.verified}).`,
  );
  return use(installation, found.folder, found.record, 'cache');
}

async function fromPath(installation: Installation, version: string): Promise<InstalledFlyctl | null> {
  const { findOnPath } = await import('./install-preinstalled.ts');
  const path = findOnPath(installation.path, installation.platform);
  if (path === null) return null;
  const known = installation.sums[version]?.executables[assetName(version, installation.target)];
  const { sha256OfFile } = await import('./install-cache.ts');
  if (known === undefined || sha256OfFile(path) !== known) {
    installation.log.info(
      `${path} is on PATH, but its SHA-256 is not one known for ${version}: it is not used. With flyctl-version: preinstalled it would be.`,
    );
    return null;
  }
  installation.log.info(`flyctl ${version} was there already (${path}), with the SHA-256 known for it.`);
  return { path, version, source: 'path', verified: 'known-hash' };
}

async function fromRelease(
  installation: Installation,
  releases: Releases,
  version: string,
): Promise<InstalledFlyctl> {
  const { copies, signal } = installation;
  const { folder, record, discard } = await releases.download(version);
  try {
    const kept = copies?.keep(folder, record) ?? null;
    signal.throwIfAborted();
    if (kept === null) return use(installation, folder, record, 'download');
    await discard();
    return use(installation, kept.folder, kept.record, 'download');
  } catch (error) {
    await discard();
    throw error;
  }
}

function use(
  { target, addPath }: Installation,
  folder: string,
  { version, verified }: VerifiedRecord,
  source: InstalledFlyctl['source'],
): InstalledFlyctl {
  addPath(folder);
  return { path: join(folder, target.executable), version, source, verified };
}
