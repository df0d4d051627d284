import { describe, expect, it } from 'vitest';
import { causeUrl } from '../../src/report/docs.ts';
import { failureMessage } from '../../src/report/failure.ts';
import type { RunReport } from '../../src/report/report.ts';
import { runs } from './runs.ts';

const failed: RunReport = runs['failed, out of memory'];

describe('the failure message', () => {
  it('says cause, evidence, fix to paste and where to read more, in this order', () => {
    expect(failureMessage(failed, {})).toEqual({
      title: 'OpenClaw failed: out-of-memory',
      text: [
        'The gateway ran out of memory: it hit its heap limit.',
        'Evidence (gateway): FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
        'Fix: Give the machine more memory: it has 1024 MB, set 2048 MB.',
        '  fly machine update 2874d97b1e03d8 --vm-memory 2048 --yes --app my-openclaw',
        '  in fly.toml:',
        '    [[vm]]',
        '      memory = "2048mb"',
        'More: docs/causes.md#out-of-memory',
      ].join('\n'),
    });
  });

  it('says so when nothing names the cause, and what a rollback came to', () => {
    const { rollback } = runs['failed, gateway lock'];
    const { text } = failureMessage({ ...failed, evidence: null, fix: null, rollback }, {});
    expect(text.split('\n').slice(1, 3)).toEqual([
      'Evidence: no line, event or reply names it.',
      'Rollback: The former image was deployed again because `rollback-on-failure` is on. What was put back: healthy.',
    ]);
  });

  it('stays readable when cause, evidence or fix are far too long', () => {
    const long = 'x\n'.repeat(100_000);
    const { text } = failureMessage(
      {
        ...failed,
        meaning: long,
        evidence: { text: long, source: 'flyctl', at: null, machine: null },
        fix: { text: long, commands: [long], lines: { file: 'fly.toml', language: 'toml', text: long } },
      },
      {},
    );
    expect(text.length).toBeLessThan(4000);
    expect(text).toContain('More: docs/causes.md#out-of-memory');
  });
});

describe('the page of a cause', () => {
  it.each([
    [{}, 'docs/causes.md#gateway-lock'],
    [
      { GITHUB_ACTION_REPOSITORY: 'octo/openclaw-to-fly', GITHUB_ACTION_REF: 'v1' },
      'https://github.com/octo/openclaw-to-fly/blob/v1/docs/causes.md#gateway-lock',
    ],
    [
      { GITHUB_ACTION_REPOSITORY: 'octo/openclaw-to-fly', GITHUB_ACTION_REF: '' },
      'https://github.com/octo/openclaw-to-fly/blob/HEAD/docs/causes.md#gateway-lock',
    ],
    [{ GITHUB_ACTION_REPOSITORY: 'a b](x', GITHUB_ACTION_REF: 'v1' }, 'docs/causes.md#gateway-lock'],
  ])('for %j is %s', (env, url) => {
    expect(causeUrl('gateway-lock', env)).toBe(url);
  });
});
