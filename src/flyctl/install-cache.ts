import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
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
  /** SHA-256 of each file that came out of it, by name: the executable, and what it loads from beside it. */
  files: z.record(z.string(), z.string()),
  verified: z.enum(['pinned-sum', 'release-sums']),
});

/** What an installation proved about the copy beside it. */
export type VerifiedRecord = z.output<typeof recordSchema>;

/** A copy whose files still have the hashes that were recorded when they were verified. */
export interface CachedFlyctl {
  readonly folder: string;
  readonly record: VerifiedRecord;
}

export interface CopiesSettings {
  /** `RUNNER_TOOL_CACHE`. */
  readonly toolCache: string;
  /** File name of the program. */
  readonly executable: string;
  /** `process.arch`, which names the folder in every tool cache. */
  readonly arch: string;
  readonly warn: (line: string) => void;
}

/** The verified copies in the runner's tool cache, where @actions/tool-cache finds them too. */
export interface VerifiedCopies {
  /** A copy of that version, hashed again before it is given out; null for none, or for one that has changed. */
  find(version: string): CachedFlyctl | null;
  /** `X.Y.Z` of what may be there, newest first; `find` says whether it is. */
  versions(): readonly string[];
  /**
   * Copies a folder with the executable and its record into the cache, unless another job just did.
   * @returns the copy to use; null, after a warning, when the cache cannot be written
   */
  keep(folder: string, record: VerifiedRecord): CachedFlyctl | null;
}

/**
 * Opens the tool cache. Copies lie where @actions/tool-cache looks for them, but are not written by it: its cacheDir
 * empties the folder before it copies, which takes the program away from a job that is running it, and it would bring
 * half a megabyte of HTTP client along.
 */
export function openVerifiedCopies(settings: CopiesSettings): VerifiedCopies {
  const { executable, arch, warn } = settings;
  const toolFolder = join(settings.toolCache, tool);
  const folderOf = (version: string) => join(toolFolder, version, arch);

  function find(version: string, onChanged: (line: string) => void): CachedFlyctl | null {
    const folder = folderOf(version);
    const record = readRecord(folder);
    if (record?.version !== version) return null;
    if (isUnchanged(folder, executable, record)) return { folder, record };
    onChanged(`The flyctl in ${folder} is not what was verified when it was put there: it is not used.`);
    return null;
  }

  /** Puts `staged` in place in one step. The first of several jobs wins, and the others use its copy. */
  function publish(staged: string, record: VerifiedRecord): CachedFlyctl | null {
    const folder = folderOf(record.version);
    try {
      renameSync(staged, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
      const found = find(record.version, () => {});
      if (found?.record.archive === record.archive) return found;
      renameSync(folder, `${staged}-replaced`);
      renameSync(staged, folder);
    }
    writeFileSync(`${folder}.complete`, '');
    return find(record.version, warn);
  }

  return {
    find: (version) => find(version, warn),
    versions: () =>
      foldersIn(toolFolder)
        .filter(isRelease)
        .sort((a, b) => compareVersions(b, a)),
    keep: (folder, record) => {
      const staged = `${folderOf(record.version)}-${randomUUID()}`;
      try {
        cpSync(folder, staged, { recursive: true });
        return publish(staged, record);
      } catch (error) {
        warn(
          `flyctl cannot be kept in the tool cache: ${error instanceof Error ? error.message : String(error)}`,
        );
        return null;
      } finally {
        for (const rest of [staged, `${staged}-replaced`]) remove(rest);
      }
    },
  };
}

/** Content of the record file that belongs beside an executable. */
export function recordFile(record: VerifiedRecord): { readonly name: string; readonly content: string } {
  return { name: recordName, content: `${JSON.stringify(record, null, 2)}\n` };
}

/** 64 lower-case hexadecimal digits. @throws the error of reading the file */
export function sha256OfFile(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  const file = openSync(path, 'r');
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Nothing else may lie there either: Windows looks for libraries beside a program first. */
function isUnchanged(folder: string, executable: string, { files }: VerifiedRecord): boolean {
  try {
    const known = readdirSync(folder).every((name) => name === recordName || Object.hasOwn(files, name));
    const same = Object.entries(files).every(([name, sum]) => sha256OfFile(join(folder, name)) === sum);
    return known && same && Object.hasOwn(files, executable);
  } catch {
    return false;
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The deploy matters more than a folder that cannot be removed.
  }
}

function readRecord(folder: string): VerifiedRecord | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(join(folder, recordName), 'utf8')));
  } catch {
    // A copy without a readable record is one nobody verified: as good as none.
    return null;
  }
}
