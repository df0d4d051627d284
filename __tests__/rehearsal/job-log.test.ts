import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JobLog } from '../../rehearsal/job-log.ts';

function shown(...pieces: string[]): string {
  let text = '';
  const log = new JobLog((piece) => {
    text += piece;
  });
  for (const piece of pieces) log.add(piece);
  log.end();
  return text;
}

describe('the job log as a person sees it', () => {
  it('sets the lines of a group in below its title', () => {
    expect(shown('::group::Plan\nkeep it public\n::endgroup::\ndone\n')).toBe(
      '▾ Plan\n    keep it public\ndone\n',
    );
  });

  it('says annotations in words, with their place', () => {
    expect(shown('::error file=fly.toml,line=7,title=port-mismatch::first%0Asecond 100%25\n')).toBe(
      'Error, port-mismatch, fly.toml:7:\n  first\n  second 100%\n',
    );
  });

  it('shows masked values as stars, as the runner writes them', () => {
    expect(shown('::add-mask::hunter2\n::add-mask::hunter2hunter2\nhunter2hunter2, hunter2\n')).toBe(
      '***, ***\n',
    );
    expect(shown('::add-mask::100%25\n::error::100%25 of it\n')).toBe('Error:\n  *** of it\n');
  });

  it.each([
    ['behind white space', ' \t\u00a0::group::A\nx\n', '▾ A\n    x\n'],
    ['in any case', '::GROUP::A\n', '▾ A\n'],
    ['in the old syntax, anywhere in a line', 'loading ##[group]A\n', '▾ A\n'],
    ['behind a carriage return', '10 %\r::group::A\r\n', '10 %\n▾ A\n'],
    ['with characters that show nothing', '\u200b::group::A\n', '▾ A\n'],
    [
      'with properties in the old syntax',
      '##[error title=T;file=a.js;line=3]no\n',
      'Error, T, a.js:3:\n  no\n',
    ],
    ['that nobody says on purpose', '##[add-path]/x\n', '(took effect) ##[add-path]/x\n'],
  ])('hears a command %s, as the runner does', (_, log, seen) => {
    expect(shown(log)).toBe(seen);
  });

  it.each([
    ['that is not registered', '::nope::x\n'],
    ['that does not begin its line', 'a ::error::x\n'],
    ['that is not closed', '::error x\n##[error x\n'],
    ['with a space before its name', ':: error::x\n'],
  ])('hears no command %s', (_, log) => {
    expect(shown(log)).toBe(log);
  });

  it.each(['::ToKeN::', '  ::token::', '##[token]', 'x ##[TOKEN] y'])(
    'hears commands again after %s',
    (mark) => {
      expect(shown(`::stop-commands::token\n::group::no\n${mark}\n::group::yes\n`)).toBe(
        '::group::no\n▾ yes\n',
      );
    },
  );

  it('reads a line of megabytes without delay', () => {
    const line = `${':'.repeat(2_000_000)}${' ::error'.repeat(200_000)}${'##['.repeat(300_000)}`;
    expect(shown(`${line}\n`)).toHaveLength(line.length + 1);
  });

  it('hides masks and the marks around quoted text, and shows the quoted text as it is', () => {
    expect(shown('::add-mask::hunter2\n::stop-commands::abc\n::error::no\n::abc::\nlast')).toBe(
      '::error::no\nlast\n',
    );
  });

  it('shows the same however the log is cut into pieces', () => {
    const log =
      '::group::A\r\nx\ry\r\n::stop-commands::t\n::error::x\n::t::\n::endgroup::\n::warning title=T::w%0Aw\nend\n';
    fc.assert(
      fc.property(fc.array(fc.nat(log.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), log.length];
        expect(shown(...at.slice(1).map((end, i) => log.slice(at[i], end)))).toBe(shown(log));
      }),
    );
  });
});
