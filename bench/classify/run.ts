/**
 * `node scripts/run.mjs bench/classify/run.ts [--mb N] [--runs N]`: the classifier over a mix of the recordings (100 MB
 * unless said otherwise), read from a file as `diagnose` reads it, beside `grep -E` with the same alternatives on the
 * same file. Goal: no more than ten times the time of grep, and memory that does not grow with the file.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readLabels } from '../../rehearsal/recordings.ts';
import { classify } from '../../src/gateway/classify.ts';
import { textLines } from '../../src/gateway/saved-log.ts';
import { refusalWrappers, signatures } from '../../src/gateway/signatures.ts';
import { median } from '../plain-deploy.ts';

const { values } = parseArgs({
  options: { mb: { type: 'string', default: '100' }, runs: { type: 'string', default: '3' } },
});
const folder = mkdtempSync(join(tmpdir(), 'classify-'));
const mix = join(folder, 'mix.log');

/** Recordings one after the other, the starting point moving each round, so that no two rounds are alike. */
function writeMix(bytes: number): void {
  const logs = readLabels().map(({ file }) =>
    readFileSync(new URL(`../../rehearsal/recordings/${file}`, import.meta.url)),
  );
  // The longest repeats one error for half a megabyte: it must not be most of the mix.
  const texts = logs.map((log) => log.subarray(0, 64 * 1024));
  const out = openSync(mix, 'w');
  for (let written = 0, i = 0; written < bytes; i += 7) {
    const text = texts[i % texts.length] ?? Buffer.alloc(0);
    written += writeSync(out, text) + writeSync(out, '\n');
  }
  closeSync(out);
}

/** What every line is looked at for, as grep writes it: the same stamps, subsystems and messages. */
function grepPattern(): string {
  const extended = (source: string) =>
    source
      .replace(/^\^/, '')
      .replace(/\(\?[!=][^)]*\)/g, '')
      .replaceAll('[^\\]]', '[^]]')
      .replaceAll('(?:', '(')
      .replaceAll('\\d', '[0-9]')
      .replaceAll('\\/', '/')
      .replace(/([*+?}])\?/g, '$1')
      // Counted repetitions of anything make GNU grep take minutes: it gets the form that it is fast with.
      .replace(/(\.|\[\^\]\]|\[[^\]]+\])\{\d+,\d+\}/g, '$1*');
  const stamp = '([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+) +|[0-9]{2}:[0-9]{2}:[0-9]{2} +)?';
  const rows = signatures
    .filter(({ name }) => name !== 'refused-otherwise')
    .map(({ from, pattern }) => {
      const named = from.filter((name) => name !== '').join('|');
      const prefix = named === '' ? '' : `(\\[(${named})\\] )${from.includes('') ? '?' : ''}`;
      return `${prefix}${extended(pattern.source)}`;
    });
  const wrappers = refusalWrappers.map(
    ({ from, pattern }) => `${from === '' ? '' : `\\[${from}\\] `}${extended(pattern.source)}`,
  );
  return `^${stamp}(${[...rows, ...wrappers].join('|')})`;
}

async function classified(): Promise<{ seconds: number; lines: number; found: number; peakMb: number }> {
  const began = performance.now();
  let lines = 0;
  let found = 0;
  let peak = 0;
  for await (const batch of textLines(createReadStream(mix, { highWaterMark: 1 << 18 }))) {
    for (const line of batch) if (classify(line)) found += 1;
    lines += batch.length;
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  return { seconds: (performance.now() - began) / 1000, lines, found, peakMb: peak / 2 ** 20 };
}

function grepped(pattern: string, locale: string): { seconds: number; found: number } {
  const began = performance.now();
  const count = execFileSync('grep', ['-aEc', pattern, mix], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: locale },
  });
  return { seconds: (performance.now() - began) / 1000, found: Number(count) };
}

try {
  const megabytes = Number(values.mb);
  const runs = Number(values.runs);
  const pattern = grepPattern();
  writeMix(megabytes * 2 ** 20);
  const mine: Awaited<ReturnType<typeof classified>>[] = [];
  const theirs: ReturnType<typeof grepped>[] = [];
  const unicode: ReturnType<typeof grepped>[] = [];
  for (let i = 0; i < runs; i += 1) {
    mine.push(await classified());
    theirs.push(grepped(pattern, 'C'));
    unicode.push(grepped(pattern, 'C.UTF-8'));
  }
  const seconds = median(mine.map((run) => run.seconds));
  const plain = median(theirs.map((run) => run.seconds));
  const wide = median(unicode.map((run) => run.seconds));
  const [first] = mine;
  console.log(`mix: ${megabytes} MB, ${first?.lines} lines, ${runs} runs, medians`);
  console.log(
    `classify:        ${seconds.toFixed(2)} s, ${(megabytes / seconds).toFixed(0)} MB/s, ${first?.found} lines known, peak memory ${Math.max(...mine.map((run) => run.peakMb)).toFixed(0)} MB`,
  );
  console.log(`grep -E (C):     ${plain.toFixed(2)} s, ${theirs[0]?.found} lines`);
  console.log(`grep -E (UTF-8): ${wide.toFixed(2)} s, ${unicode[0]?.found} lines`);
  console.log(
    `ratio: ${(seconds / plain).toFixed(1)} (goal: 10 or less); beside grep in UTF-8: ${(seconds / wide).toFixed(1)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
