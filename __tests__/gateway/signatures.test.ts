import { afterEach, describe, expect, it, vi } from 'vitest';
import { classify } from '../../src/gateway/classify.ts';
import { refusalWrappers, type Signature, signatures } from '../../src/gateway/signatures.ts';
import { type Recording, readRecordings, recordingLines, recordingStream } from './recordings.ts';

const recordings = readRecordings();
const short = (version: string) => version.replace(/^2026\./, '');

/** In which recorded versions a row was met. */
function met(): ReadonlyMap<string, ReadonlySet<string>> {
  const versions = new Map<string, Set<string>>();
  for (const recording of recordings) {
    for (const line of recordingLines(recording)) {
      const name = classify(line)?.signature.name;
      if (name === undefined) continue;
      const known = versions.get(name) ?? new Set();
      versions.set(name, known.add(short(recording.version)));
    }
  }
  return versions;
}

describe('the table of signatures', () => {
  it('names each row once', () => {
    const names = signatures.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ...signatures.map(({ name, pattern }) => ({ name, pattern })),
    ...refusalWrappers.map(({ pattern }, i) => ({ name: `wrapper ${i}`, pattern })),
  ])('$name matches from the start of a message only, and keeps no state', ({ pattern }) => {
    expect(pattern.source.startsWith('^')).toBe(true);
    expect(pattern.source).not.toMatch(/^\^(?:\(\?:)?\.\*/);
    expect(pattern.flags).not.toMatch(/[gym]/);
  });

  it('gives each refusal and each finding a cause, but for the one that knows none', () => {
    const without = signatures.filter(
      ({ kind, cause }) =>
        /refusal|degraded|recovered|notice|detail|last-words|discord-off/.test(kind) && cause === null,
    );
    expect(without.map(({ name }) => name)).toEqual(['refused-otherwise']);
  });

  it('lists every recorded version in which a row was met', () => {
    for (const [name, versions] of met()) {
      const row = signatures.find((signature) => signature.name === name);
      expect(row?.seen, name).toEqual(expect.arrayContaining([...versions]));
    }
  });
});

/** What comes out wrong when a table without some rows judges the recordings. */
async function wrongWithout(
  removed: (row: Signature) => boolean,
): Promise<readonly (Recording & { readonly came: string })[]> {
  vi.resetModules();
  vi.doMock('../../src/gateway/signatures.ts', () => ({
    refusalWrappers,
    signatures: signatures.filter((row) => !removed(row)),
  }));
  const { diagnose } = await import('../../src/diagnose.ts');
  const wrong: (Recording & { readonly came: string })[] = [];
  for (const recording of recordings.filter(({ expect: { deadlineOnly } }) => !deadlineOnly)) {
    const { diagnosis } = await diagnose(recording.file, recordingStream(recording), recording.question);
    const { verdict, causes } = recording.expect;
    if (diagnosis.verdict !== verdict || !causes.includes(diagnosis.cause)) {
      wrong.push({ ...recording, came: diagnosis.verdict });
    }
  }
  return wrong;
}

describe('a version that nobody knew', () => {
  afterEach(() => {
    vi.doUnmock('../../src/gateway/signatures.ts');
    vi.resetModules();
  });

  const lost: Readonly<Record<string, readonly string[]>> = {
    '1.29': ['02', '02b', '02c', '02d', '09h'],
    '2.26': [],
    '3.13': [],
    '3.31': ['05n'],
    '4.15': ['07i'],
    '5.12': [],
    '6.11': [],
    '7.1': ['03k'],
    '8.2': ['05f', '05g', '05j'],
    '9.6': ['03a', '03b', '05a2', '05h', '08f'],
  };

  it.each(Object.entries(lost))(
    '%s: without the rows met in it alone, all other versions come out right, and of itself only what is listed is lost',
    async (version, own) => {
      const versions = met();
      const wrong = await wrongWithout(({ name }) => {
        const known = versions.get(name);
        return known?.size === 1 && known.has(version);
      });
      expect(
        wrong.filter((recording) => short(recording.version) !== version).map(({ file }) => file),
      ).toEqual([]);
      const green = wrong.filter(
        ({ came, expect: { verdict } }) => came === 'healthy' && verdict === 'failed',
      );
      expect(green).toEqual([]);
      expect(wrong.map(({ file }) => file.replace(/^.*\/(\w+)-.*$/, '$1'))).toEqual(own);
    },
  );
});
