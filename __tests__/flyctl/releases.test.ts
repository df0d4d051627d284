import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failure } from '../../src/causes.ts';
import {
  assetName,
  compareVersions,
  isAllowedUrl,
  knownSums,
  minimumVersion,
  pinnedVersion,
  publicUrls,
  readWantedVersion,
  releaseTarget,
  sumInList,
  versionOfAssetUrl,
  versionOfTagUrl,
} from '../../src/flyctl/releases.ts';

describe('the input flyctl-version', () => {
  it.each([
    ['', { kind: 'release', version: '0.4.105' }],
    [' 0.4.87 ', { kind: 'release', version: '0.4.87' }],
    ['v0.4.87', { kind: 'release', version: '0.4.87' }],
    ['latest', { kind: 'latest' }],
    ['Preinstalled', { kind: 'preinstalled' }],
  ])('%j means %j', (input, wanted) => {
    expect(readWantedVersion(input)).toEqual(wanted);
  });

  it.each(['newest', '0.4', '0.4.87-rc1', 'v2026.8.21-pr5113.1', '../0.4.87', '0.4.087', '0.4.1234567'])(
    'cannot be %j, and the error names the value and what is allowed',
    (input) => {
      expect(() => readWantedVersion(input)).toThrow(
        expect.objectContaining({
          code: 'inputs-invalid',
          message: `flyctl-version is "${input}": allowed are a release such as 0.4.105, latest, and preinstalled.`,
        }),
      );
    },
  );

  it('cannot be older than what the secrets need', () => {
    expect(readWantedVersion(minimumVersion)).toEqual({ kind: 'release', version: '0.4.14' });
    expect(() => readWantedVersion('0.4.13')).toThrow(
      expect.objectContaining({
        code: 'flyctl-version',
        message: expect.stringContaining('0.4.14 or newer'),
      }),
    );
  });
});

it('compares versions by number, not by text', () => {
  expect(['0.4.9', '0.4.105', '0.10.0', '1.0.0', '0.4.14'].sort(compareVersions)).toEqual([
    '0.4.9',
    '0.4.14',
    '0.4.105',
    '0.10.0',
    '1.0.0',
  ]);
});

describe('the asset for a machine', () => {
  it.each([
    ['linux', 'x64', 'flyctl_0.4.105_Linux_x86_64.tar.gz'],
    ['linux', 'arm64', 'flyctl_0.4.105_Linux_arm64.tar.gz'],
    ['darwin', 'x64', 'flyctl_0.4.105_macOS_x86_64.tar.gz'],
    ['darwin', 'arm64', 'flyctl_0.4.105_macOS_arm64.tar.gz'],
    ['win32', 'x64', 'flyctl_0.4.105_Windows_x86_64.zip'],
    ['win32', 'arm64', 'flyctl_0.4.105_Windows_arm64.zip'],
  ])('%s on %s is %s', (platform, arch, name) => {
    expect(assetName('0.4.105', releaseTarget(platform, arch))).toBe(name);
  });

  it.each([
    ['freebsd', 'x64'],
    ['linux', 'arm'],
    ['win32', 'ia32'],
    ['constructor', 'toString'],
  ])('does not exist for %s on %s', (platform, arch) => {
    expect(() => releaseTarget(platform, arch)).toThrow(
      expect.objectContaining({
        code: 'flyctl-install',
        message: expect.stringContaining(`not released for ${platform} on ${arch}`),
        fix: expect.objectContaining({
          lines: expect.objectContaining({ text: expect.stringContaining('preinstalled') }),
        }),
      }),
    );
  });
});

describe('the sums in the source', () => {
  const sum = z.string().regex(/^[0-9a-f]{64}$/);
  const row = z.strictObject({
    seenAt: z.string().min(10),
    archives: z.record(z.string(), sum),
    executables: z.record(z.string(), sum),
  });

  it('are SHA-256 of assets of their version, and say where they were seen', () => {
    const targets = ['linux', 'darwin', 'win32'].flatMap((os) =>
      ['x64', 'arm64'].map((cpu) => releaseTarget(os, cpu)),
    );
    for (const [version, sums] of Object.entries(z.record(z.string(), row).parse(knownSums))) {
      const assets = targets.map((target) => assetName(version, target));
      for (const name of [...Object.keys(sums.archives), ...Object.keys(sums.executables)]) {
        expect(assets).toContain(name);
      }
    }
  });

  it('hold the pinned version for the runners of GitHub that most jobs use', () => {
    expect(knownSums[pinnedVersion]?.archives).toEqual({
      'flyctl_0.4.105_Linux_arm64.tar.gz': '6ec0dc3656ecbe281231994080ec00238cecaa11aa65a121f53c51e3d2a69940',
      'flyctl_0.4.105_Linux_x86_64.tar.gz':
        '6e78298d82503f2aff2c6f41ede1178463ed286ce910c6be946a4b994ee68f29',
    });
  });
});

describe('a list of sums', () => {
  const a = 'a'.repeat(64);
  const b = 'b'.repeat(64);
  const read = (text: string) => sumInList(text, 'x.tar.gz', 'x_checksums.txt');

  it.each([
    ['text mode', `${b}  y.tar.gz\n${a}  x.tar.gz\n`],
    ['binary mode', `${a} *x.tar.gz\n`],
    ['upper case and CRLF', `${a.toUpperCase()}  x.tar.gz\r\n${b}  y.tar.gz\r\n`],
    ['the same line twice', `${a}  x.tar.gz\n${a}  x.tar.gz\n`],
  ])('is read in %s', (_, text) => {
    expect(read(text)).toBe(a);
  });

  it.each([
    ['nothing', ''],
    ['other files only', `${a}  y.tar.gz\n${a}  dir/x.tar.gz\n${a}  x.tar.gz.sig\n`],
    ['a short sum', `${a.slice(1)}  x.tar.gz\n`],
    ['a web page', '<html>x.tar.gz</html>'],
  ])('with %s is refused, naming the list and the file', (_, text) => {
    expect(() => read(text)).toThrow(/x_checksums.txt has no SHA-256 for x.tar.gz/);
  });

  it('with different sums for one file is refused, naming both', () => {
    expect(() => read(`${a}  x.tar.gz\n${b}  x.tar.gz\n`)).toThrow(
      expect.objectContaining({ code: 'flyctl-install', message: expect.stringContaining(`(${a}, ${b})`) }),
    );
  });

  it('never gives anything but a sum that it holds, whatever it contains', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        try {
          expect(text.toLowerCase()).toContain(read(text));
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
        }
      }),
    );
  });
});

describe('an address to download from', () => {
  const allowed = (url: string, origins = publicUrls.origins) => isAllowedUrl(new URL(url), origins);

  it.each([
    'https://github.com/superfly/flyctl/releases/latest',
    'https://github.com:443/x',
    'https://release-assets.githubusercontent.com/x?token=y',
    'https://objects.githubusercontent.com/x',
    'https://api.fly.io/app/flyctl_releases/Linux/x86_64/latest',
  ])('may be %s', (url) => {
    expect(allowed(url)).toBe(true);
  });

  it.each([
    'http://github.com/x',
    'https://github.com.evil.example/x',
    'https://github.com@evil.example/x',
    'https://user@github.com/x',
    'https://github.com:8443/x',
    'https://evil.example/github.com',
    'https://raw.githubusercontent.com/x',
    'http://127.0.0.1/x',
    'file:///etc/passwd',
    'data:text/plain,x',
  ])('may not be %s', (url) => {
    expect(allowed(url)).toBe(false);
  });

  it('may be plain http on loopback only, even where the origin is given', () => {
    expect(allowed('http://127.0.0.1:8080/x', ['http://127.0.0.1:8080'])).toBe(true);
    expect(allowed('http://mirror.example/x', ['http://mirror.example'])).toBe(false);
  });
});

it.each([
  ['https://github.com/superfly/flyctl/releases/tag/v0.4.114', '0.4.114'],
  ['https://github.com/superfly/flyctl/releases/tag/v2026.8.21-pr5113.1', null],
  ['https://github.com/superfly/flyctl/releases', null],
])('the tag in %s is %s', (url, version) => {
  expect(versionOfTagUrl(url)).toBe(version);
});

it.each([
  [
    'https://github.com/superfly/flyctl/releases/download/v0.4.114/flyctl_0.4.114_Linux_arm64.tar.gz',
    '0.4.114',
  ],
  ['https://github.com/superfly/flyctl/releases/download/v0.4.114/flyctl_0.4.113_Linux_arm64.tar.gz', null],
  ['https://github.com/superfly/flyctl/releases/download/v0.4.114/flyctl_0.4.114_Linux_x86_64.tar.gz', null],
  ['https://github.com/superfly/flyctl/releases/download/v0.4.114/flyctl_0.4.114_checksums.txt', null],
])('the archive for Linux on arm64 in %s is of version %s', (url, version) => {
  expect(versionOfAssetUrl(new URL(url), releaseTarget('linux', 'arm64'))).toBe(version);
});
