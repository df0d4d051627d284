import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { compareVersions, isRelease } from './releases.ts';

/** Not `flyctl`: the copies other actions keep under that name are not verified, and are not to be overwritten. */
const tool = 'flyctl-verified';

/** Kept beside the executable: how it was verified, and what it must still be. */
const recordName = 'verified.json';

const recordSchema = z.object({
  version: z.string(),
  asset: z.string(),
  /** SHA-256 of the archive it came out of. */
  archive: z.string(),
  /** SHA-256 of the executable. */
  executable: z.string(),
  verified: z.enum(['pinned-sum', 'release-sums']),
});

/** What an installation proved about the copy beside it. */
export type VerifiedRecord = z.output<typeof recordSchema>;

/** A copy whose executable still has the hash that was recorded when it was verified. */
export interface CachedFlyctl {
  readonly folder: string;
  readonly record: VerifiedRecord;
}

export interface CopiesSettings {
  /** `RUNNER_TOOL_CACHE`; @actions/tool-cache reads the variable itself when it writes. */
  readonly toolCache: string;
  /** File name of the program. */
  readonly executable: string;
  /** `process.arch`, which names the folder in every tool cache. */
  readonly arch: string;
  readonly signal: AbortSignal;
  readonly warn: (line: string) => void;
}

/** The verified copies in the runner's tool cache, where @actions/tool-cache finds them too. */
export interface VerifiedCopies {
  /** A copy of that version, hashed again before it is given out; null for none, or for one that has changed. */
  find(version: string): Promise<CachedFlyctl | null>;
  /** `X.Y.Z` of what may be there, newest first; `find` says whether it is. */
  versions(): Promise<readonly string[]>;
  /**
   * Copies a folder with the executable and its record into the cache, unless another job just did.
   * @returns the copy to use; null, after a warning, when the cache cannot be written
   */
  keep(folder: string, record: VerifiedRecord): Promise<CachedFlyctl | null>;
}

/** A lock older than this was left by a job that died: copying takes a second or two. */
const staleLockMs = 120_000;
const lockPollMs = 100;
const lockPolls = 300;

/**
 * Opens the tool cache in `folder`. Copies are looked up in its well-known layout; @actions/tool-cache, which brings an
 * HTTP client with it, is loaded only to write one.
 */
export function openVerifiedCopies(settings: CopiesSettings): VerifiedCopies {
  const { executable, arch, signal, warn } = settings;
  const toolFolder = join(settings.toolCache, tool);

  async function find(version: string, onChanged: (line: string) => void): Promise<CachedFlyctl | null> {
    const folder = join(toolFolder, version, arch);
    const record = existsSync(`${folder}.complete`) ? await readRecord(folder) : null;
    if (record?.version !== version) return null;
    const hash = await sha256OfFile(join(folder, executable)).catch(() => null);
    if (hash === record.executable) return { folder, record };
    onChanged(`The flyctl in ${folder} is not what was verified when it was put there: it is not used.`);
    return null;
  }

  return {
    find: (version) => find(version, warn),
    versions: async () => {
      const names = await readdir(toolFolder).catch(() => []);
      return names.filter(isRelease).sort((a, b) => compareVersions(b, a));
    },
    keep: async (folder, record) => {
      const { version, archive } = record;
      const lock = join(toolFolder, version, `${arch}.lock`);
      try {
        // cacheDir empties the target before it copies: without a lock, two jobs on one machine would take the file
        // away from under each other.
        await takeLock(lock, signal);
        try {
          const found = await find(version, () => {});
          if (found?.record.archive === archive) return found;
          const { cacheDir } = await import('@actions/tool-cache');
          await cacheDir(folder, tool, version, arch);
          return await find(version, warn);
        } finally {
          await rm(lock, { recursive: true, force: true });
        }
      } catch (error) {
        warn(
          `flyctl cannot be kept in the tool cache: ${error instanceof Error ? error.message : String(error)}`,
        );
        return null;
      }
    },
  };
}

/** Content of the record file that belongs beside an executable. */
export function recordFile(record: VerifiedRecord): { readonly name: string; readonly content: string } {
  return { name: recordName, content: `${JSON.stringify(record, null, 2)}\n` };
}

/** 64 lower-case hexadecimal digits. @throws the error of reading the file */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest('hex');
}

async function readRecord(folder: string): Promise<VerifiedRecord | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(folder, recordName), 'utf8')));
  } catch {
    // A copy without a readable record is one nobody verified: as good as none.
    return null;
  }
}

/** A folder is a lock that every file system makes atomically. */
async function takeLock(lock: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(lock), { recursive: true });
  for (let poll = 0; poll < lockPolls; poll += 1) {
    try {
      await mkdir(lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const taken = await stat(lock).catch(() => null);
    if (taken !== null && Date.now() - taken.mtimeMs > staleLockMs) {
      // Renamed first, so that of several waiting jobs only one removes it.
      const stale = `${lock}-${process.pid}`;
      await rename(lock, stale).then(
        () => rm(stale, { recursive: true, force: true }),
        () => {},
      );
    } else {
      await pause(lockPollMs, undefined, { signal });
    }
  }
  throw new Error(`${lock} is held by another job`);
}
