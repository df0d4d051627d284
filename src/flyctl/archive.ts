import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { Failure } from '../causes.ts';
import { preinstalledFix, quoted } from './releases.ts';

/** What an archive may hold. Bytes are counted unpacked, over all members. */
export interface ArchiveLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** What to take out of an archive that lies on disk. */
export interface Unpacking {
  readonly archive: string;
  /** An existing empty folder. Files are written here under the names in `members`, never under a name read. */
  readonly into: string;
  readonly members: readonly string[];
  readonly limits: ArchiveLimits;
  readonly signal: AbortSignal;
}

/**
 * Takes the wanted members out of a `.tar.gz` or `.zip` and leaves everything else where it is.
 *
 * Own readers, because the tools at hand unpack first and ask later: @actions/tool-cache calls whatever `tar`,
 * `unzip` or PowerShell the machine has, each with its own idea of links and `..`. Here a name from the archive is
 * only ever compared, and one bad member condemns the archive.
 *
 * @returns SHA-256 of each file written, by member name
 * @throws Failure `flyctl-install` naming the member and what is wrong with it
 */
export async function unpack(request: Unpacking): Promise<ReadonlyMap<string, string>> {
  // A runner reads one of the two kinds only.
  if (request.archive.endsWith('.zip')) {
    const { unpackZip } = await import('./archive-zip.ts');
    return await unpackZip(request);
  }
  const { unpackTar } = await import('./archive-tar.ts');
  return await unpackTar(request);
}

/** The error for an archive that is not taken. `why` follows the archive's name. */
export function refuseArchive(archive: string, why: string): Failure {
  return new Failure('flyctl-install', `${basename(archive)} is refused: ${why}. Nothing of it is used.`, {
    fix: preinstalledFix('Ask for another version; a flyctl that the job installs itself works as well.'),
  });
}

/** Refuses a name that would leave the folder on any system. Zip names are judged with `\` as a separator too. */
export function checkMemberName(archive: string, name: string): void {
  const parts = name.split(/[/\\]/);
  if (name === '') throw refuseArchive(archive, 'a member has no name');
  if (name.includes('\0')) throw refuseArchive(archive, `the name ${quoted(name)} contains a NUL`);
  if (parts[0] === '' || /^[a-z]:/i.test(name)) {
    throw refuseArchive(archive, `the member ${quoted(name)} has an absolute path`);
  }
  if (parts.includes('..'))
    throw refuseArchive(archive, `the member ${quoted(name)} climbs out of its folder`);
}

/** The wanted member that a name stands for, if any: at the top level, with or without `./`. */
export function wantedMember(name: string, members: readonly string[]): string | undefined {
  const plain = name.replace(/^\.\//, '');
  return members.find((member) => member === plain);
}

/**
 * Writes one member, executable, and never over something that is there.
 * @returns SHA-256 of what was written, 64 lower-case hexadecimal digits
 */
export async function writeMember(path: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o755);
  try {
    for await (const chunk of content) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  await file.close();
  return hash.digest('hex');
}
