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

  it('hides masks and the marks around quoted text, and shows the quoted text as it is', () => {
    expect(shown('::add-mask::hunter2\n::stop-commands::abc\n::error::no\n::abc::\nlast')).toBe(
      '::error::no\nlast\n',
    );
  });

  it('shows the same however the log is cut into pieces', () => {
    const log =
      '::group::A\n::stop-commands::t\n::error::x\n::t::\n::endgroup::\n::warning title=T::w%0Aw\nend\n';
    fc.assert(
      fc.property(fc.array(fc.nat(log.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), log.length];
        expect(shown(...at.slice(1).map((end, i) => log.slice(at[i], end)))).toBe(shown(log));
      }),
    );
  });
});
