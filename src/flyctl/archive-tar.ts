import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '../causes.ts';
import { checkMemberName, refuseArchive, type Unpacking, wantedMember, writeMember } from './archive.ts';
import { quoted } from './releases.ts';

const block = 512;
/** A path is a few hundred bytes; pax headers and GNU long names that are larger are an attack. */
const maxExtension = 64 * 1024;

const kinds: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a pipe',
  S: 'a sparse file',
};

/** See `unpack`: gzip and POSIX tar, with pax headers and GNU long names. */
export async function unpackTar(request: Unpacking): Promise<ReadonlyMap<string, string>> {
  const { archive, limits, signal } = request;
  const source = createReadStream(archive, { signal });
  // Errors of either stream come out of the iteration below.
  const plain = pipeline(source, createGunzip({ chunkSize: 256 * 1024 }), () => {});
  try {
    return await readMembers(request, new Blocks(plain, archive, limits.bytes));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('Z_')) throw error;
    const why = code === 'Z_BUF_ERROR' ? 'it ends in the middle' : `it is not gzip (${code})`;
    throw refuseArchive(archive, why);
  } finally {
    source.destroy();
    plain.destroy();
  }
}

async function readMembers(request: Unpacking, blocks: Blocks): Promise<ReadonlyMap<string, string>> {
  const { archive, into, members, limits } = request;
  const written = new Map<string, string>();
  let entries = 0;
  let longName: string | null = null;
  let pax: ReadonlyMap<string, string> = new Map();
  for (;;) {
    const header = await blocks.take(block);
    if (header.every((byte) => byte === 0)) break;
    entries += 1;
    if (entries > limits.entries) throw refuseArchive(archive, `it has more than ${limits.entries} members`);
    checkHeaderSum(archive, header);
    const type = String.fromCharCode(header[156] ?? 0);
    const size = octal(archive, header.subarray(124, 136));
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      if (size > maxExtension) throw refuseArchive(archive, 'a member has a header of more than 64 KiB');
      const content = await blocks.take(size);
      await blocks.skip(padding(size));
      if (type === 'L') longName = text(content);
      if (type === 'x') pax = paxRecords(archive, content);
      if (type === 'g' && ['path', 'size', 'linkpath'].some((key) => paxRecords(archive, content).has(key))) {
        throw refuseArchive(archive, 'a global header renames every member');
      }
      continue;
    }
    const name = pax.get('path') ?? longName ?? headerName(header);
    const length = pax.has('size') ? decimal(archive, pax.get('size') ?? '') : size;
    if ([...pax.keys()].some((key) => key.startsWith('GNU.sparse'))) {
      throw refuseArchive(archive, `the member ${quoted(name)} is a sparse file`);
    }
    longName = null;
    pax = new Map();
    checkMemberName(archive, name);
    if (type !== '0' && type !== '\0' && type !== '5') {
      throw refuseArchive(archive, `the member ${quoted(name)} is ${kinds[type] ?? 'of an unknown kind'}`);
    }
    const member = type === '5' ? undefined : wantedMember(name, members);
    if (member === undefined) {
      await blocks.skip(length + padding(length));
      continue;
    }
    if (written.has(member)) throw refuseArchive(archive, `the member ${quoted(name)} is in it twice`);
    written.set(member, await writeMember(join(into, member), blocks.stream(length)));
    await blocks.skip(padding(length));
  }
  return written;
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

function headerName(header: Buffer): string {
  const name = text(header.subarray(0, 100));
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function checkHeaderSum(archive: string, header: Buffer): void {
  const stated = octal(archive, header.subarray(148, 156));
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== stated)
    throw refuseArchive(archive, 'it is not a tar archive, or a broken one (header checksum)');
}

function octal(archive: string, field: Buffer): number {
  const digits = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (!/^[0-7]{1,12}$/.test(digits)) throw refuseArchive(archive, 'a number in a header is not octal');
  return Number.parseInt(digits, 8);
}

function decimal(archive: string, digits: string): number {
  if (!/^\d{1,15}$/.test(digits)) throw refuseArchive(archive, 'a size in a pax header is not a number');
  return Number(digits);
}

/** pax: records of `<length> <key>=<value>\n`, where the length counts the whole record. */
function paxRecords(archive: string, content: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString('latin1', at, space === -1 ? at : space));
    const record = content.subarray(space + 1, at + length);
    const equals = record.indexOf(0x3d);
    const whole = Number.isInteger(length) && at + length <= content.length && record.at(-1) === 0x0a;
    if (space === -1 || !whole || equals < 1) throw refuseArchive(archive, 'a pax header is malformed');
    records.set(record.toString('utf8', 0, equals), record.toString('utf8', equals + 1, record.length - 1));
    at += length;
  }
  return records;
}

/** Reads an inflating stream by count, and stops it when more comes out than is allowed. */
class Blocks {
  private readonly chunks: AsyncIterator<Buffer>;
  private readonly archive: string;
  private readonly maxBytes: number;
  private total = 0;
  private rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>, archive: string, maxBytes: number) {
    this.chunks = stream[Symbol.asyncIterator]();
    this.archive = archive;
    this.maxBytes = maxBytes;
  }

  /** At most `wanted` bytes, at least one. */
  private async some(wanted: number): Promise<Buffer> {
    while (this.rest.length === 0) {
      const next = await this.chunks.next();
      if (next.done) throw refuseArchive(this.archive, 'it ends in the middle');
      this.rest = next.value;
      this.total += next.value.length;
      if (this.total > this.maxBytes) {
        throw refuseArchive(this.archive, `it unpacks to more than ${this.maxBytes} bytes`);
      }
    }
    const piece = this.rest.subarray(0, wanted);
    this.rest = this.rest.subarray(piece.length);
    return piece;
  }

  async *stream(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      const piece = await this.some(left);
      left -= piece.length;
      yield piece;
    }
  }

  async take(size: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.stream(size)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async skip(size: number): Promise<void> {
    for await (const _ of this.stream(size));
  }
}
