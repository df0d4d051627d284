import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openConsole } from '../../src/report/console.ts';
import { defused, oneLine, visibleLines } from '../../src/report/visible.ts';
import { runnerReads } from './runner-commands.ts';

function open(token?: () => string) {
  let text = '';
  const console = openConsole({
    write: (piece) => {
      text += piece;
    },
    now: () => 0,
    actions: true,
    colour: true,
    redact: (line) => line,
    token,
  });
  return { console, text: () => text };
}

const commands = [
  '::error file=a.js,line=1::pwned',
  '::warning::pwned',
  '::notice::pwned',
  '::debug::pwned',
  '::group::pwned',
  '::endgroup::',
  '::echo::on',
  '::add-mask::pwned',
  '::add-path::/pwned',
  '::set-env name=NODE_OPTIONS::pwned',
  '::set-output name=verdict::healthy',
  '::save-state name=x::pwned',
  '::add-matcher::pwned.json',
  '::remove-matcher owner=pwned::',
  '::stop-commands::pwned',
  '::SET-OUTPUT name=verdict::healthy',
  '##[set-output name=verdict]healthy',
  '##[error]pwned',
  '##[add-mask]pwned',
  '##[stop-commands]pwned',
];

/** Ways to bring a command before the runner that a naive echo of the log falls for. */
const disguises: Record<string, (command: string) => readonly string[]> = {
  bare: (command) => [command],
  'after spaces and tabs': (command) => [` \t\u00a0\u3000${command}`],
  'after a carriage return': (command) => [`loading 10 %\r${command}`],
  'after a line feed in one entry': (command) => [`a\n${command}\nb`],
  'after U+2028': (command) => [`a\u2028${command}`],
  'after U+2029': (command) => [`a\u2029${command}`],
  'after NEL': (command) => [`a\x85${command}`],
  'after a vertical tab and a form feed': (command) => [`a\v${command}\f${command}`],
  'behind colours': (command) => [`\x1b[31m${command}\x1b[0m`],
  'cut by colours': (command) => [[...command].join('\x1b[1m')],
  'as the parameters of an escape sequence': (command) => [`\x1b[${command}`, `\x9b${command}`],
  'in a terminal title': (command) => [`\x1b]0;${command}\x07`, `\x1b]8;;${command}\x1b\\`],
  'behind NUL': (command) => [`\0${command}`],
  'cut by NUL': (command) => [[...command].join('\0')],
  'cut by zero-width characters': (command) => [[...command].join('\u200b'), [...command].join('\u200d')],
  'behind a byte order mark': (command) => [`\ufeff${command}`],
  'turned by bidi marks': (command) => [`\u202e${command}\u202c`],
  'behind our own prefix': (command) => [`| ${command}`, `|\n${command}`],
  'anywhere in a line': (command) => [`2026-11-01T00:00:00Z [gateway] ${command}`],
  'split over two chunks': (command) => [command.slice(0, 3), command.slice(3)],
  'split in each place': (command) => [...command],
  'at the border of a wrapped line': (command) => [1000, 999, 998, 997].map((n) => 'x'.repeat(n) + command),
  'after 300,000 characters': (command) => ['x'.repeat(300_000) + command],
};

/** What is left to read: letters and digits in order, without colours, wraps and the names of unseen characters. */
const readable = (text: string) =>
  text
    .replace(/\x1b\[\d+m/g, '')
    .replaceAll('\n| … ', '')
    .replace(/\\u\{[0-9a-f]+\}/g, '')
    .replace(/[^A-Za-z0-9]/g, '');

describe('a gateway that prints workflow commands', () => {
  describe.each(Object.entries(disguises))('%s', (_name, disguise) => {
    it('reaches nothing, and all of it is in the log', () => {
      const { console, text } = open(() => 'T');
      const lines = commands.flatMap(disguise);
      console.machineLines(lines);
      console.close();
      const { commands: effects, shown, stopped } = runnerReads(text());
      expect(effects.map(({ name }) => name)).toEqual(['group', 'endgroup']);
      expect(stopped).toBe(false);
      const wanted = readable(lines.join(''));
      expect(readable(shown) === wanted).toBe(true);
    });

    it('reaches nothing through the other ways into the log either', async () => {
      const { console, text } = open();
      for (const command of commands) {
        // All of a long line in each of them proves no more than its end does.
        const said = disguise(command)
          .map((line) => line.slice(-300))
          .join('\n');
        console.phase(said);
        console.decisive(said);
        console.raw('What flyctl said', said);
        await console.chapter('Deploy', async (conclude) => conclude(said));
        await console
          .chapter(
            'Deploy',
            async () => {
              throw new Error(said);
            },
            'open',
          )
          .catch(() => undefined);
      }
      const { commands: effects, stopped } = runnerReads(text());
      expect(new Set(effects.map(({ name, data }) => `${name} ${data}`))).toEqual(
        new Set(['group What flyctl said', 'group Deploy', 'endgroup ']),
      );
      expect(stopped).toBe(false);
    });

    it('ends up inside an annotation as its text, never beside it', () => {
      const { console, text } = open();
      for (const command of commands.slice(0, 9)) {
        const said = disguise(command)
          .map((line) => line.slice(-300))
          .join('\n');
        console.error(said, { file: said, title: said });
      }
      const { commands: effects } = runnerReads(text());
      expect(effects.map(({ name }) => name)).toEqual(Array(9).fill('error'));
      expect(effects.every(({ properties }) => Object.keys(properties).join() === 'file,title')).toBe(true);
    });
  });

  it('cannot end the stretch without commands by guessing how it ends', () => {
    const { console, text } = open();
    console.machineLines(['first']);
    console.close();
    const seen = /::stop-commands::(\S+)/.exec(text())?.[1] ?? '';
    expect(seen).toMatch(/^[0-9a-f]{32}$/);
    console.machineLines([`::${seen}::`, `##[${seen}]`, '::error::pwned']);
    console.close();
    expect(runnerReads(text()).commands.map(({ name }) => name)).toEqual([
      'group',
      'endgroup',
      'group',
      'endgroup',
    ]);
  });

  it('that knows the token by magic is stopped by the line prefix and the broken brackets alone', () => {
    const { console, text } = open(() => 'known');
    console.machineLines(['::known::', '##[known]', '::error::pwned', '##[error]pwned']);
    console.close();
    expect(runnerReads(text()).commands.map(({ name }) => name)).toEqual(['group', 'endgroup']);
  });

  it('finds no mixture of line ends, escapes, wraps and syntax that gets through', () => {
    const piece = fc.constantFrom(
      ...['::', ':', '##[', '#', '[', ']', ' ', 'error', 'set-output', 'name=a', 'stop-commands', 'T'],
      ...['\x1b[31m', '\x1b]0;', '\x07', '\r', '\n', '\u2028', '\x85', '\0', '\u200b', '\u200d', '\u202e'],
      ...['x'.repeat(997), '💥', '\ud83d', '| '],
    );
    const line = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
        const { console, text } = open(() => 'T');
        console.machineLines(lines);
        console.phase(lines.join('\n'));
        const { commands: effects, shown } = runnerReads(text());
        expect(effects.map(({ name }) => name)).toEqual(['group', 'endgroup']);
        const wanted = readable(lines.join(''));
        expect(readable(shown) === `${wanted}000${wanted}`).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});

describe('text that is passed on to others', () => {
  it('is one line without control characters, and no command even when somebody echoes it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), fc.constantFrom(...commands), (noise, command) => {
        const line = oneLine(`${String.fromCharCode(...noise)}${command}`, 5000);
        expect(visibleLines(line)).toEqual([line]);
        expect(runnerReads(line).commands).toEqual([]);
        expect(runnerReads(`  ${line}`).commands).toEqual([]);
      }),
    );
  });

  it('is cut with a mark, and never in the middle of a character', () => {
    expect(oneLine('abcdef', 4)).toBe('abc…');
    expect(oneLine('ab💥def', 4).isWellFormed()).toBe(true);
  });

  it('keeps what scripts, emoji and indentation need', () => {
    const line = '\t👩‍🚀 می‌خواهم #️⃣ # heading :: a::b';
    expect(visibleLines(line)).toEqual([line]);
    expect(defused(line)).toBe(line);
  });

  it('makes what cannot be seen visible', () => {
    expect(visibleLines('a\0b\x7fc\u202ed\x9b\x1b')).toEqual(['a␀b␡c\\u{202e}d\\u{9b}␛']);
  });
});
