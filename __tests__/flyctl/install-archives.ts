import { createHash } from 'node:crypto';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

/** One member of an archive made for a test; `type` and `size` can lie. */
export interface TarMember {
  readonly name: string;
  readonly content?: string | Buffer;
  /** The type flag; a regular file unless said. */
  readonly type?: string;
  readonly link?: string;
  /** What the header says, if not the length of the content. */
  readonly size?: number;
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An uncompressed tar as Go's writer makes it. */
export function tar(members: readonly TarMember[], options: { end?: boolean } = {}): Buffer {
  const parts: Buffer[] = [];
  for (const member of members) {
    const content = Buffer.from(member.content ?? '');
    const header = Buffer.alloc(512);
    header.write(member.name, 0, 100);
    header.write('0000755\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${(member.size ?? content.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(member.type ?? '0', 156);
    header.write(member.link ?? '', 157, 100);
    header.write('ustar\x0000', 257, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    parts.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  if (options.end !== false) parts.push(Buffer.alloc(1024));
  return Buffer.concat(parts);
}

export function tarGz(members: readonly TarMember[]): Buffer {
  return gzipSync(tar(members));
}

/** The extended header that gives the next member a path, a size or whatever else. */
export function pax(records: Readonly<Record<string, string>>, type = 'x'): TarMember {
  const content = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length += 1;
    return `${length} ${key}=${value}\n`;
  });
  return { name: 'PaxHeaders/0', type, content: content.join('') };
}

export interface ZipMember {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly stored?: boolean;
  /** Unix file type and permissions. */
  readonly mode?: number;
  readonly flags?: number;
  /** What the directory says, where that is a lie. */
  readonly says?: {
    readonly size?: number;
    readonly crc?: number;
    readonly name?: string;
    readonly offset?: number;
  };
}

export function zip(members: readonly ZipMember[]): Buffer {
  const locals: Buffer[] = [];
  const rows: Buffer[] = [];
  let offset = 0;
  for (const { name, content = '', stored = false, mode = 0o100755, flags = 0, says = {} } of members) {
    const plain = Buffer.from(content);
    const packed = stored ? plain : deflateRawSync(plain);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(stored ? 0 : 8, 8);
    local.writeUInt32LE(crc32(plain), 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(plain.length, 22);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const shown = says.name ?? name;
    const row = Buffer.alloc(46);
    row.writeUInt32LE(0x02014b50, 0);
    row.writeUInt16LE((3 << 8) | 20, 4);
    row.writeUInt16LE(20, 6);
    row.writeUInt16LE(flags, 8);
    row.writeUInt16LE(stored ? 0 : 8, 10);
    row.writeUInt32LE(says.crc ?? crc32(plain), 16);
    row.writeUInt32LE(packed.length, 20);
    row.writeUInt32LE(says.size ?? plain.length, 24);
    row.writeUInt16LE(Buffer.byteLength(shown), 28);
    row.writeUInt32LE((mode << 16) >>> 0, 38);
    row.writeUInt32LE(says.offset ?? offset, 42);
    locals.push(local, Buffer.from(name), packed);
    rows.push(row, Buffer.from(shown));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const directory = Buffer.concat(rows);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
