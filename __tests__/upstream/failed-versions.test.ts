import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  carriedOn,
  type FailedVersion,
  failedHere,
  failedVersionsName,
  readFailedVersions,
  sayFailedVersion,
  withFailure,
  writeFailedVersions,
} from '../../src/upstream/failed-versions.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const commit = 'c'.repeat(40);
const read = (value: string) => readFailedVersions({ [failedVersionsName]: value });

const entries = fc.uniqueArray(
  fc.record({
    version: fc.stringMatching(/^[a-zA-Z0-9_][\w.+-]{0,20}$/),
    identity: fc.option(
      fc.oneof(fc.constantFrom(digest('a'), digest('b')), fc.constantFrom(commit, 'd'.repeat(40))),
    ),
  }),
  { selector: ({ version, identity }) => `${version}@${identity}`, maxLength: 10 },
);

describe('the memory of failures', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(entries, (failed) => {
        expect(read(writeFailedVersions(failed) ?? '')).toEqual(failed);
      }),
    );
  });

  it('reads what people write, and no nonsense', () => {
    expect(read(' 2026.9.6, main@sha256:12  @x \n2026.9.5 ').map(({ version }) => version)).toEqual([
      '2026.9.6',
      '2026.9.5',
    ]);
    expect(readFailedVersions({})).toEqual([]);
    expect(writeFailedVersions([])).toBeNull();
  });

  it('never grows beyond ten entries, the newest kept', () => {
    let failed: readonly FailedVersion[] = [];
    for (let day = 1; day <= 25; day += 1)
      failed = withFailure(failed, { version: `2026.9.${day}`, identity: digest('a') });
    expect(read(writeFailedVersions(failed) ?? '').map(({ version }) => version)).toEqual(
      Array.from({ length: 10 }, (_, index) => `2026.9.${index + 16}`),
    );
  });

  it('knows the very image that failed; the same tag with other content is another try', () => {
    const failed = [{ version: '2026.9.6', identity: digest('a') }];
    expect(failedHere(failed, '2026.9.6', digest('a'))).toBe(true);
    expect(failedHere(failed, '2026.9.6', digest('b'))).toBe(false);
    expect(failedHere(failed, '2026.9.6', null)).toBe(true);
    expect(failedHere(failed, '2026.9.5', digest('a'))).toBe(false);
    expect(failedHere(read('2026.9.6'), '2026.9.6', digest('b'))).toBe(true);
  });

  it('lets go of what is older than the version deployed, and of that version, which is just tried', () => {
    const failed = read(
      `2026.9.5@${digest('a')} 2026.9.6@${digest('a')} 2026.10.1@${digest('a')} main@${digest('a')}`,
    );
    const left = (version: string | null) => carriedOn(failed, version).map((entry) => entry.version);
    expect(left('2026.9.6')).toEqual(['2026.10.1', 'main']);
    expect(left('2026.9.4')).toEqual(['2026.9.5', '2026.9.6', '2026.10.1', 'main']);
    expect(left('main')).toEqual(['2026.9.5', '2026.9.6', '2026.10.1']);
    expect(left(null)).toEqual(['2026.9.5', '2026.9.6', '2026.10.1', 'main']);
  });

  it('is told to people without digests where the version says enough', () => {
    expect(sayFailedVersion({ version: '2026.9.6', identity: digest('a') })).toBe('2026.9.6');
    expect(sayFailedVersion({ version: 'main', identity: digest('a') })).toBe('main (aaaaaaaaaaaa)');
  });
});
