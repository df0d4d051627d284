import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { savedLog, textLines } from '../../src/gateway/saved-log.ts';

async function* chunks(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

async function all<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const list: T[] = [];
  for await (const batch of batches) list.push(...batch);
  return list;
}

describe('textLines', () => {
  it('does not care where the chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.array(fc.nat(60), { maxLength: 4 }),
        async (text, cuts) => {
          const bytes = Buffer.from(text);
          const ends = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
          const pieces = [0, ...ends].map((from, i) => bytes.subarray(from, ends[i]));
          expect(await all(textLines(chunks(...pieces)))).toEqual(await all(textLines(chunks(bytes))));
        },
      ),
    );
  });

  it.each([
    ['without a line end at the end', 'a\nb', ['a', 'b']],
    ['with one', 'a\nb\n', ['a', 'b']],
    ['with line ends of Windows', 'a\r\nb\r\n', ['a', 'b']],
    ['with empty lines', 'a\n\nb', ['a', '', 'b']],
    ['of nothing', '', []],
  ])('reads a text %s', async (_, text, lines) => {
    expect(await all(textLines(chunks(text)))).toEqual(lines);
  });

  it('replaces what is not UTF-8, and keeps NUL bytes', async () => {
    expect(await all(textLines(chunks(new Uint8Array([0x61, 0xff, 0x00, 0x62, 0x0a]))))).toEqual([
      'a\ufffd\0b',
    ]);
  });

  it('keeps the start of a line of megabytes only, and the next line whole', async () => {
    const piece = 'x'.repeat(1_000_000);
    const [long, next] = await all(textLines(chunks(...Array(12).fill(piece), '\nnext')));
    expect(long).toBe('x'.repeat(65_536));
    expect(next).toBe('next');
  });
});

describe('savedLog', () => {
  const document = (provider: string, message: string) =>
    `${JSON.stringify({ level: 'info', instance: 'm1', message, region: 'iad', timestamp: '2026-11-23T20:11:09.804000000Z', meta: { Instance: 'm1', Event: { Provider: provider } } }, null, 4)}\n`;

  it('takes plain output as it is, JSON console lines too', async () => {
    const json = '{"time":"2026","level":"info","subsystem":"gateway","message":"ready"}';
    const log = savedLog(chunks(`Config invalid\n${json}\n`));
    expect(await all(log.lines)).toEqual([
      { machineId: '', provider: 'app', at: 1, text: 'Config invalid' },
      { machineId: '', provider: 'app', at: 2, text: json },
    ]);
    expect(log.fromFly()).toBe(false);
  });

  it('reads `fly logs --json`: documents one after the other, other text between them', async () => {
    const log = savedLog(
      chunks(
        `Warning: a new version\n${document('runner', 'Pulling image')}${document('app', '[gateway] ready <a&b>')}{\n  "broken": \n}\n`,
      ),
    );
    expect(await all(log.lines)).toEqual([
      { machineId: '', provider: 'app', at: 1, text: 'Warning: a new version' },
      { machineId: 'm1', provider: 'runner', at: 2, text: 'Pulling image' },
      { machineId: 'm1', provider: 'app', at: 3, text: '[gateway] ready <a&b>' },
    ]);
    expect(log.fromFly()).toBe(true);
  });

  it('reads `fly logs --json` with a document on each line', async () => {
    const [line] = await all(savedLog(chunks(`${JSON.stringify(JSON.parse(document('app', 'x')))}\n`)).lines);
    expect(line).toEqual({ machineId: 'm1', provider: 'app', at: 1, text: 'x' });
  });

  it('reads the text of `fly logs`, colours and further lines of one message included', async () => {
    const log = savedLog(
      chunks(
        '\x1b[2m2026-11-23T20:11:09Z\x1b[0m runner[148ed] \x1b[32miad\x1b[0m [\x1b[34minfo\x1b[0m]Starting machine\n',
        '2026-11-23T20:11:09Z app[148ed] iad [info][gateway] ready\n',
        '2026-11-23T20:11:10Z app iad [info] INFO Starting init (commit: fa4e0000)...\n',
        'the rest of it\n',
      ),
    );
    expect(await all(log.lines)).toEqual([
      { machineId: '148ed', provider: 'runner', at: 1, text: 'Starting machine' },
      { machineId: '148ed', provider: 'app', at: 2, text: '[gateway] ready' },
      { machineId: '', provider: 'app', at: 3, text: 'INFO Starting init (commit: fa4e0000)...' },
      { machineId: '', provider: 'app', at: 4, text: 'the rest of it' },
    ]);
    expect(log.fromFly()).toBe(true);
  });
});
