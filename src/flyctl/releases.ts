import { Failure, type Fix } from '../causes.ts';
import checksums from './checksums.json' with { type: 'json' };

/** The version that is installed unless the input says otherwise. Its sums are in checksums.json. */
export const pinnedVersion = '0.4.105';

/** `secrets import` reads single quotes the way the encoder writes them since flyctl 0.4.14. */
export const minimumVersion = '0.4.14';

/** What the input `flyctl-version` asks for. `version` is `X.Y.Z` without a `v`. */
export type WantedVersion =
  | { readonly kind: 'release'; readonly version: string }
  | { readonly kind: 'latest' }
  | { readonly kind: 'preinstalled' };

/**
 * Reads the input `flyctl-version`: empty for the pinned version, `X.Y.Z`, `vX.Y.Z`, `latest`, `preinstalled`.
 * @throws Failure `inputs-invalid` for anything else, `flyctl-version` for a release that is too old.
 */
export function readWantedVersion(input: string): WantedVersion {
  const value = input.trim();
  if (value === '') return { kind: 'release', version: pinnedVersion };
  const word = value.toLowerCase();
  if (word === 'latest' || word === 'preinstalled') return { kind: word };
  const version = value.replace(/^v/i, '');
  if (!isRelease(version)) {
    throw new Failure(
      'inputs-invalid',
      `flyctl-version is ${quoted(value)}: allowed are a release such as ${pinnedVersion}, latest, and preinstalled.`,
    );
  }
  requireMinimum(version, `flyctl-version asks for flyctl ${version}`);
  return { kind: 'release', version };
}

/** Whether a text is the version of a stable release, `X.Y.Z`. */
export function isRelease(text: string): boolean {
  return /^(?:0|[1-9]\d{0,5})(?:\.(?:0|[1-9]\d{0,5})){2}$/.test(text);
}

/** @throws Failure `flyctl-version` when `version` (`X.Y.Z`) is older than this action can drive. */
export function requireMinimum(version: string, what: string): void {
  if (compareVersions(version, minimumVersion) >= 0) return;
  throw new Failure('flyctl-version', `${what}: this action needs ${minimumVersion} or newer.`, {
    fix: workflowFix(`Leave flyctl-version out, or ask for ${minimumVersion} or newer.`, pinnedVersion),
  });
}

/** Negative, zero or positive, as `a` is older than, the same as, or newer than `b`; both `X.Y.Z`. */
export function compareVersions(a: string, b: string): number {
  const right = b.split('.').map(Number);
  const differences = a.split('.').map((part, index) => Number(part) - (right[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** The names that a flyctl release has for one kind of machine. */
export interface ReleaseTarget {
  readonly os: 'Linux' | 'macOS' | 'Windows';
  readonly arch: 'x86_64' | 'arm64';
  readonly archive: 'tar.gz' | 'zip';
  /** The file to run. */
  readonly executable: 'flyctl' | 'flyctl.exe';
  /** Everything that is taken from the archive; the executable is the only one that must be in it. */
  readonly members: readonly string[];
}

const systems = new Map<string, ReleaseTarget['os']>([
  ['linux', 'Linux'],
  ['darwin', 'macOS'],
  ['win32', 'Windows'],
]);

const processors = new Map<string, ReleaseTarget['arch']>([
  ['x64', 'x86_64'],
  ['arm64', 'arm64'],
]);

/**
 * @param platform `process.platform` of the runner
 * @param arch `process.arch` of the runner
 * @throws Failure `flyctl-install` for a machine that flyctl is not released for.
 */
export function releaseTarget(platform: string, arch: string): ReleaseTarget {
  const os = systems.get(platform);
  const cpu = processors.get(arch);
  if (os === undefined || cpu === undefined) {
    throw new Failure(
      'flyctl-install',
      `flyctl is not released for ${platform} on ${arch}: there are Linux, macOS and Windows, each for x64 and arm64.`,
      { fix: preinstalledFix('Run the job on another runner, or put a flyctl on PATH yourself and say so.') },
    );
  }
  if (os === 'Windows') {
    const executable = 'flyctl.exe';
    return { os, arch: cpu, archive: 'zip', executable, members: [executable, 'wintun.dll'] };
  }
  return { os, arch: cpu, archive: 'tar.gz', executable: 'flyctl', members: ['flyctl'] };
}

/** File name of the release archive, e.g. `flyctl_0.4.105_Linux_x86_64.tar.gz`. */
export function assetName(version: string, target: ReleaseTarget): string {
  return `flyctl_${version}_${target.os}_${target.arch}.${target.archive}`;
}

/** File name of the release's list of sums; named like this since flyctl 0.2.84. */
export function checksumsName(version: string): string {
  return `flyctl_${version}_checksums.txt`;
}

/** Where releases are found. Tests put a loopback server here; nothing reads it from the environment. */
export interface ReleaseUrls {
  /** The releases page: `<releases>/latest`, `<releases>/download/v0.4.105/<asset>`. */
  readonly releases: string;
  /** Fly's resolver: `<resolver>/Linux/x86_64/0.4.105` answers with the address of the archive. */
  readonly resolver: string;
  /** The only origins that anything is read from, redirects included. Plain http: loopback only. */
  readonly origins: readonly string[];
}

/** The two last ones are where GitHub redirects the download of a release asset to. */
export const publicUrls: ReleaseUrls = {
  releases: 'https://github.com/superfly/flyctl/releases',
  resolver: 'https://api.fly.io/app/flyctl_releases',
  origins: [
    'https://github.com',
    'https://api.fly.io',
    'https://objects.githubusercontent.com',
    'https://release-assets.githubusercontent.com',
  ],
};

/** Whether something may be read from `url`: origins are compared whole, so a look-alike host does not pass. */
export function isAllowedUrl(url: URL, origins: readonly string[]): boolean {
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) return false;
  return url.username === '' && url.password === '' && origins.includes(url.origin);
}

/** `X.Y.Z` of an address such as `…/releases/tag/v0.4.105`; null for the tags of PR builds and anything else. */
export function versionOfTagUrl(url: string): string | null {
  return /\/releases\/tag\/v(\d{1,6}\.\d{1,6}\.\d{1,6})$/.exec(url)?.[1] ?? null;
}

/** `X.Y.Z` of an archive's address, if it is an archive of flyctl for `target`; null otherwise. */
export function versionOfAssetUrl(url: URL, target: ReleaseTarget): string | null {
  const [, tag, asset] = /\/download\/v(\d{1,6}\.\d{1,6}\.\d{1,6})\/([^/]+)$/.exec(url.pathname) ?? [];
  return tag !== undefined && asset === assetName(tag, target) ? tag : null;
}

/**
 * The sum of `asset` in a release's list of sums (the format of sha256sum). The list comes from the network.
 * @param list name of the list, for the messages
 * @returns 64 lower-case hexadecimal digits
 * @throws Failure `flyctl-install` when the asset is not listed, or listed with different sums.
 */
export function sumInList(text: string, asset: string, list: string): string {
  const sums = new Set<string>();
  for (const line of text.split(/\r?\n/)) {
    const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? [];
    if (sum !== undefined && name === asset) sums.add(sum.toLowerCase());
  }
  const [sum, ...others] = sums;
  if (sum === undefined) {
    throw new Failure(
      'flyctl-install',
      `${list} has no SHA-256 for ${asset}: it is not installed unverified.`,
      {
        fix: workflowFix('Ask for a version whose release lists its sums.', pinnedVersion),
      },
    );
  }
  if (others.length > 0) {
    throw new Failure(
      'flyctl-install',
      `${list} lists ${asset} more than once, with different sums (${[sum, ...others].join(', ')}): none of them is trusted.`,
      { fix: workflowFix('Ask for another version, and tell Fly about this one.', pinnedVersion) },
    );
  }
  return sum;
}

/** SHA-256 sums by version: of the archives, and of the executable inside the archive of that name. */
export type KnownSums = Readonly<
  Record<
    string,
    {
      readonly seenAt: string;
      readonly archives: Readonly<Record<string, string>>;
      readonly executables: Readonly<Record<string, string>>;
    }
  >
>;

/** The sums in the source. A platform that is missing was not seen: scripts/refresh-checksums.ts adds it. */
export const knownSums: KnownSums = checksums;

/** The fix that sets the input `flyctl-version` in the workflow. */
export function workflowFix(text: string, version: string): Fix {
  return {
    text,
    commands: [],
    lines: { file: 'the workflow', language: 'yaml', text: `with:\n  flyctl-version: ${version}\n` },
  };
}

/** The fix that lets the job bring its own flyctl. */
export function preinstalledFix(text: string): Fix {
  return workflowFix(text, 'preinstalled');
}

/** Text from outside, fit for a message: printable ASCII in quotes, at most 80 characters. */
export function quoted(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return `"${printable.length > 80 ? `${printable.slice(0, 80)}…` : printable}"`;
}
