import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { Failure } from '../causes.ts';
import { checkMemberName, refuseArchive, type Unpacking, wantedMember, writeMember } from './archive.ts';
import { quoted } from './releases.ts';

/** One row of the central directory. Sizes and offsets in bytes. */
interface Entry {
  /** One character a byte, whatever its encoding: it is measured and compared, never shown as it is. */
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const endSize = 22;
const localSize = 30;
const maxDirectory = 1024 * 1024;

/** See `unpack`: zip with stored or deflated members, without encryption, zip64 or several disks. */
export async function unpackZip(request: Unpacking): Promise<ReadonlyMap<string, string>> {
  const { archive, into, members } = request;
  const written = new Map<string, string>();
  const file = await open(archive, 'r');
  try {
    const entries = await readDirectory(request, file);
    for (const entry of entries) {
      const member = wantedMember(entry.name, members);
      if (member === undefined) continue;
      if (written.has(member))
        throw refuseArchive(archive, `the member ${quoted(entry.name)} is in it twice`);
      const start = await contentStart(archive, file, entry);
      written.set(member, await writeMember(join(into, member), content(request, entry, start)));
    }
  } finally {
    await file.close();
  }
  return written;
}

async function readDirectory(request: Unpacking, file: FileHandle): Promise<readonly Entry[]> {
  const { archive, limits } = request;
  const { size: fileSize } = await file.stat();
  const tail = await readAt(archive, file, Math.max(0, fileSize - endSize - 0xffff), fileSize);
  const at = tail.lastIndexOf('PK\x05\x06', tail.length - endSize, 'latin1');
  if (at === -1 || at + endSize + tail.readUInt16LE(at + 20) !== tail.length) {
    throw refuseArchive(archive, 'it is not a zip archive, or it ends in the middle');
  }
  const count = tail.readUInt16LE(at + 10);
  const length = tail.readUInt32LE(at + 12);
  const start = tail.readUInt32LE(at + 16);
  if (count === 0xffff || length === 0xffffffff || start === 0xffffffff || tail.readUInt16LE(at + 4) !== 0) {
    throw refuseArchive(archive, 'it is a zip64 archive or one of several parts');
  }
  if (count > limits.entries) throw refuseArchive(archive, `it has more than ${limits.entries} members`);
  if (length > maxDirectory) throw refuseArchive(archive, 'its directory is larger than 1 MiB');
  const directoryEnd = fileSize - tail.length + at;
  if (start + length !== directoryEnd)
    throw refuseArchive(archive, 'its directory is not where it should be');

  const rows = parseDirectory(archive, await readAt(archive, file, start, directoryEnd), count);
  const total = rows.reduce((sum, row) => sum + row.size, 0);
  if (total > limits.bytes) throw refuseArchive(archive, `it unpacks to more than ${limits.bytes} bytes`);
  // Members that share their bytes are how a small file becomes a huge one.
  let end = 0;
  for (const row of [...rows].sort((a, b) => a.offset - b.offset)) {
    if (row.offset < end) throw refuseArchive(archive, `the member ${quoted(row.name)} overlaps another`);
    end = row.offset + localSize + row.name.length + row.packed;
    if (end > start) throw refuseArchive(archive, `the member ${quoted(row.name)} runs into the directory`);
  }
  return rows;
}

function parseDirectory(archive: string, directory: Buffer, count: number): readonly Entry[] {
  const rows: Entry[] = [];
  let at = 0;
  while (rows.length < count) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) break;
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    const next = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (next > directory.length) break;
    const name = directory.toString('latin1', at + 46, nameEnd);
    checkMemberName(archive, name);
    const kind = (directory.readUInt32LE(at + 38) >>> 16) & 0o170000;
    if (kind !== 0 && kind !== 0o100000 && kind !== 0o040000) {
      const what = kind === 0o120000 ? 'a symbolic link' : 'a device or another special file';
      throw refuseArchive(archive, `the member ${quoted(name)} is ${what}`);
    }
    if ((directory.readUInt16LE(at + 8) & 0x2041) !== 0) {
      throw refuseArchive(archive, `the member ${quoted(name)} is encrypted`);
    }
    const row: Entry = {
      name,
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    };
    if (row.method !== 0 && row.method !== 8) {
      throw refuseArchive(archive, `the member ${quoted(name)} is packed by method ${row.method}`);
    }
    rows.push(row);
    at = next;
  }
  if (rows.length !== count || at !== directory.length)
    throw refuseArchive(archive, 'its directory is malformed');
  return rows;
}

/** Offset of the member's bytes. The local header must tell the same name as the directory. */
async function contentStart(archive: string, file: FileHandle, entry: Entry): Promise<number> {
  const name = Buffer.from(entry.name, 'latin1');
  const nameEnd = entry.offset + localSize + name.length;
  const header = await readAt(archive, file, entry.offset, nameEnd);
  const same =
    header.readUInt32LE(0) === 0x04034b50 &&
    header.readUInt16LE(26) === name.length &&
    header.subarray(localSize).equals(name) &&
    header.readUInt16LE(8) === entry.method;
  if (!same) {
    throw refuseArchive(archive, `the member ${quoted(entry.name)} is described in two different ways`);
  }
  return nameEnd + header.readUInt16LE(28);
}

async function* content(request: Unpacking, entry: Entry, start: number): AsyncGenerator<Uint8Array> {
  const { archive, signal } = request;
  if (entry.packed === 0) throw refuseArchive(archive, `the member ${quoted(entry.name)} is empty`);
  const source = createReadStream(archive, { start, end: start + entry.packed - 1, signal });
  // Errors of either stream come out of the iteration below.
  const plain = entry.method === 0 ? source : pipeline(source, createInflateRaw(), () => {});
  let size = 0;
  let crc = 0;
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > entry.size) {
        throw refuseArchive(archive, `the member ${quoted(entry.name)} is larger than the directory says`);
      }
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure || !((error as NodeJS.ErrnoException).code ?? '').startsWith('Z_'))
      throw error;
    throw refuseArchive(archive, `the member ${quoted(entry.name)} cannot be unpacked`);
  } finally {
    source.destroy();
    plain.destroy();
  }
  if (size !== entry.size || crc !== entry.crc) {
    throw refuseArchive(
      archive,
      `the member ${quoted(entry.name)} is not what the directory says (size, checksum)`,
    );
  }
}

async function readAt(archive: string, file: FileHandle, start: number, end: number): Promise<Buffer> {
  const length = end - start;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, start);
  if (bytesRead !== length) throw refuseArchive(archive, 'it ends in the middle');
  return buffer;
}
