import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/causes.ts';
import { unpack } from '../../src/flyctl/archive.ts';
import { pax, sha256, type TarMember, tar, tarGz, type ZipMember, zip } from './install-archives.ts';

const limits = { entries: 8, bytes: 100_000 };
const program = { name: 'flyctl', content: 'the program' };
const windowsProgram = { name: 'flyctl.exe', content: 'the program' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function unpackBytes(name: string, bytes: Buffer, signal = new AbortController().signal) {
  const archive = join(folder, name);
  await writeFile(archive, bytes);
  const into = await mkdtemp(join(folder, 'into-'));
  const members = name.endsWith('.zip') ? ['flyctl.exe', 'wintun.dll'] : ['flyctl'];
  const hashes = await unpack({ archive, into, members, limits, signal });
  return { into, hashes };
}

async function refusal(name: string, bytes: Buffer): Promise<string> {
  const error = await unpackBytes(name, bytes).catch((thrown: unknown) => thrown);
  // The archive and the folder it was unpacked into, with at most the program inside: nothing got out.
  const left = (await readdir(folder, { recursive: true })).filter((path) => !/^into-\w+$/.test(path));
  expect(left.filter((path) => !/^into-\w+[/\\]flyctl(\.exe)?$/.test(path))).toEqual([name]);
  expect(error).toBeInstanceOf(Failure);
  expect(error).toMatchObject({
    code: 'flyctl-install',
    message: expect.stringContaining(`${name} is refused`),
  });
  return (error as Failure).message;
}

describe('a tar.gz of flyctl', () => {
  it('gives the program, executable, and its SHA-256', async () => {
    const { into, hashes } = await unpackBytes('a.tar.gz', tarGz([program]));
    expect(await readFile(join(into, 'flyctl'), 'utf8')).toBe('the program');
    // Windows has no such bits: there the name makes a program.
    if (process.platform !== 'win32') expect((await stat(join(into, 'flyctl'))).mode & 0o111).toBe(0o111);
    expect(hashes.get('flyctl')).toBe(sha256('the program'));
  });

  it('gives nothing but the program', async () => {
    const extra = [
      { name: 'README.md', content: 'hello' },
      { name: 'docs', type: '5' },
    ];
    const { into } = await unpackBytes('a.tar.gz', tarGz([...extra, { ...program, name: './flyctl' }]));
    expect(await readdir(into)).toEqual(['flyctl']);
  });

  it('may use pax headers and GNU long names', async () => {
    const long = 'x'.repeat(120);
    const members = [
      pax({ comment: 'made by a test' }, 'g'),
      { name: '././@LongLink', type: 'L', content: `${long}\0` },
      { name: long.slice(0, 100), content: 'other' },
      pax({ path: 'flyctl', mtime: '1.5' }),
      { name: 'cut', content: 'the program' },
    ];
    const { into } = await unpackBytes('a.tar.gz', tarGz(members));
    expect(await readFile(join(into, 'flyctl'), 'utf8')).toBe('the program');
    expect(await readdir(into)).toEqual(['flyctl']);
  });

  const attacks: readonly (readonly [string, readonly TarMember[], RegExp])[] = [
    ['path traversal', [program, { name: '../../flyctl' }], /"..\/..\/flyctl" climbs out/],
    ['traversal with backslashes', [{ name: 'a\\..\\..\\flyctl' }], /climbs out/],
    ['traversal by a pax path', [pax({ path: '../evil' }), program], /"..\/evil" climbs out/],
    ['traversal by a long name', [{ name: 'L', type: 'L', content: '../evil\0' }, program], /climbs out/],
    ['a prefix for all by a global header', [pax({ path: '../evil' }, 'g'), program], /renames every member/],
    ['an absolute path', [{ name: '/usr/bin/flyctl' }], /absolute path/],
    ['a drive', [{ name: 'C:/flyctl' }], /absolute path/],
    ['a symbolic link', [{ name: 'flyctl', type: '2', link: '/etc/passwd' }], /"flyctl" is a symbolic link/],
    ['a link elsewhere in it', [{ name: 'bin', type: '2', link: '/' }, program], /"bin" is a symbolic link/],
    ['a hard link', [{ name: 'flyctl', type: '1', link: '/etc/passwd' }], /is a hard link/],
    ['a device', [{ name: 'flyctl', type: '3' }], /is a character device/],
    ['a block device', [{ name: 'x', type: '4' }], /is a block device/],
    ['a pipe', [{ name: 'flyctl', type: '6' }], /is a pipe/],
    ['a sparse file', [{ name: 'flyctl', type: 'S' }], /is a sparse file/],
    ['a sparse file by pax', [pax({ 'GNU.sparse.major': '1' }), program], /is a sparse file/],
    ['a kind that does not exist', [{ name: 'flyctl', type: 'Z' }], /of an unknown kind/],
    ['the program twice', [program, program], /"flyctl" is in it twice/],
    ['no name', [{ name: '', content: 'x' }], /has no name/],
    ['too many members', Array.from({ length: 9 }, (_, n) => ({ name: `f${n}` })), /more than 8 members/],
    ['a bomb', [{ name: 'flyctl', content: Buffer.alloc(200_000) }], /unpacks to more than 100000 bytes/],
    [
      'a bomb beside the program',
      [program, { name: 'x', content: Buffer.alloc(200_000) }],
      /more than 100000/,
    ],
    ['a size that is a lie', [{ ...program, size: 50_000 }], /ends in the middle/],
    ['a pax size that is no number', [pax({ size: '1e9' }), program], /size in a pax header/],
    [
      'a broken pax header',
      [{ name: 'p', type: 'x', content: '99 path=x\n' }, program],
      /pax header is malformed/,
    ],
    ['a header that fills memory', [{ name: 'L', type: 'L', content: Buffer.alloc(70_000, 'a') }], /64 KiB/],
  ];
  it.each(attacks)('is refused with %s', async (_, members, reason) => {
    expect(await refusal('a.tar.gz', tarGz(members))).toMatch(reason);
  });

  it.each([
    ['is cut off', tarGz([program]).subarray(0, 60), /ends in the middle/],
    ['has no end', gzipSync(tar([program], { end: false })), /ends in the middle/],
    ['is not gzip', Buffer.from('<html>'), /is not gzip/],
    ['holds no tar', gzipSync(Buffer.alloc(2048, 'x')), /not octal/],
    ['has a header with another checksum', gzipSync(tar([program]).fill('9', 0, 1)), /header checksum/],
  ])('is refused when it %s', async (_, bytes, reason) => {
    expect(await refusal('a.tar.gz', bytes)).toMatch(reason);
  });

  it('never prints what a hostile name contains', async () => {
    const message = await refusal('a.tar.gz', tarGz([{ name: '../\n::error::x\x1b[31m' }]));
    expect(message).not.toMatch(/[\n\x1b]/);
  });

  it('never writes over, or through, something that is there', async () => {
    const archive = join(folder, 'a.tar.gz');
    await writeFile(archive, tarGz([program]));
    await writeFile(join(folder, 'victim'), 'as it was');
    await symlink(join(folder, 'victim'), join(folder, 'flyctl'));
    const { signal } = new AbortController();
    const unpacked = unpack({ archive, into: folder, members: ['flyctl'], limits, signal });
    await expect(unpacked).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('as it was');
  });

  it('stops when the run is cancelled', async () => {
    const reason = new Error('stop');
    await expect(unpackBytes('a.tar.gz', tarGz([program]), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('writes nothing but the program, whatever the names and kinds are', async () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 30 }),
      fc.constantFrom('flyctl', './flyctl', '../x', '/x'),
    );
    const member = fc.record({
      name,
      type: fc.constantFrom('0', '1', '2', '5', 'x', 'g', 'L'),
      content: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(member, { maxLength: 4 }), async (members) => {
        const root = await mkdtemp(join(folder, 'root-'));
        const into = await mkdtemp(join(root, 'into-'));
        const archive = join(root, 'a.tar.gz');
        await writeFile(archive, tarGz(members));
        const signal = new AbortController().signal;
        await unpack({ archive, into, members: ['flyctl'], limits, signal }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Failure);
        });
        expect((await readdir(root)).length).toBe(2);
        expect((await readdir(into)).filter((file) => file !== 'flyctl')).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a zip of flyctl', () => {
  it('gives the program and its driver, packed or stored', async () => {
    const driver = { name: 'wintun.dll', content: 'driver', stored: true };
    const { into, hashes } = await unpackBytes('a.zip', zip([windowsProgram, driver, { name: 'LICENSE' }]));
    expect((await readdir(into)).sort()).toEqual(['flyctl.exe', 'wintun.dll']);
    expect(await readFile(join(into, 'flyctl.exe'), 'utf8')).toBe('the program');
    expect(hashes.get('wintun.dll')).toBe(sha256('driver'));
  });

  const attacks: readonly (readonly [string, readonly ZipMember[], RegExp])[] = [
    ['path traversal', [windowsProgram, { name: '../flyctl.exe' }], /climbs out/],
    ['traversal with backslashes', [{ name: '..\\..\\flyctl.exe' }], /climbs out/],
    ['an absolute path', [{ name: '/flyctl.exe' }], /absolute path/],
    ['a drive', [{ name: 'c:\\flyctl.exe' }], /absolute path/],
    ['a network path', [{ name: '\\\\host\\share\\flyctl.exe' }], /absolute path/],
    ['a NUL in a name', [{ name: 'flyctl.exe\0.txt' }], /contains a NUL/],
    ['a symbolic link', [{ ...windowsProgram, mode: 0o120777 }], /is a symbolic link/],
    ['a device', [{ ...windowsProgram, mode: 0o020666 }], /another special file/],
    ['an encrypted member', [{ ...windowsProgram, flags: 1 }], /is encrypted/],
    ['the program twice', [windowsProgram, windowsProgram], /in it twice/],
    ['too many members', Array.from({ length: 9 }, (_, n) => ({ name: `f${n}` })), /more than 8 members/],
    ['a bomb', [{ name: 'flyctl.exe', content: Buffer.alloc(200_000) }], /more than 100000 bytes/],
    [
      'a bomb that lies about its size',
      [{ name: 'flyctl.exe', content: Buffer.alloc(200_000), says: { size: 10 } }],
      /larger than the directory says/,
    ],
    [
      'a member shorter than it says',
      [{ ...windowsProgram, says: { size: 90 } }],
      /not what the directory says/,
    ],
    ['a member in the directory', [{ ...windowsProgram, says: { offset: 5 } }], /runs into the directory/],
    ['another checksum', [{ ...windowsProgram, says: { crc: 1 } }], /not what the directory says/],
    [
      'two names for one member',
      [{ name: 'evil_1.exe', content: 'the program', says: { name: 'flyctl.exe' } }],
      /two different ways/,
    ],
    [
      'members that share their bytes',
      [windowsProgram, { name: 'x', content: 'y', says: { offset: 0 } }],
      /overlaps another/,
    ],
  ];
  it.each(attacks)('is refused with %s', async (_, members, reason) => {
    expect(await refusal('a.zip', zip(members))).toMatch(reason);
  });

  it.each([
    ['is cut off', zip([windowsProgram]).subarray(0, 70), /not a zip archive/],
    ['is a web page', Buffer.from('<html>'.repeat(20)), /not a zip archive/],
    [
      'has something in front',
      Buffer.concat([Buffer.from('MZ'), zip([windowsProgram])]),
      /not where it should be/,
    ],
  ])('is refused when it %s', async (_, bytes, reason) => {
    expect(await refusal('a.zip', bytes)).toMatch(reason);
  });
});
