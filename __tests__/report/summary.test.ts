import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prose } from '../../src/report/markdown.ts';
import type { RunReport } from '../../src/report/report.ts';
import { summary, writeSummary } from '../../src/report/summary.ts';
import { runs } from './runs.ts';

const env = { GITHUB_ACTION_REPOSITORY: 'octo/openclaw-to-fly', GITHUB_ACTION_REF: 'v1' };
const failed: RunReport = runs['failed, out of memory'];
const update: RunReport = runs.healthy;

/** The page without code and without escaped characters: what is left is ours, or it got out. */
function withoutCode(page: string): string {
  return page
    .replace(/^( *)(`{3,})\w*\n(?:.*\n)*?\1\2$/gm, 'BLOCK')
    .replace(/\\([^\w\s])|(`+)(?!`)(.+?)(?<!`)\2(?!`)/g, (_all, escaped) => (escaped ? '' : 'CODE'))
    .replace(/\d+ lines?(?=<)/, 'LINES');
}

describe('the summary', () => {
  it.each(Object.entries(runs))('of a run that is %s reads like this', async (name, run) => {
    const file = `__snapshots__/summary-${name.replace(/\W+/g, '-')}.md`;
    await expect(summary(run, env)).toMatchFileSnapshot(file);
  });

  it('shows the fix with its commands right below the cause, ready to be copied', () => {
    expect(summary(failed, env).split('\n').slice(3, 8)).toEqual([
      '**Fix** Give the machine more memory: it has 1024 MB, set 2048 MB.',
      '```sh',
      'fly machine update 2874d97b1e03d8 --vm-memory 2048 --yes --app my-openclaw',
      '```',
      'In `fly.toml`:',
    ]);
  });

  it('shows no more than the last 30 lines of the gateway, and none of a run that went well', () => {
    const lastLines = Array.from({ length: 50 }, (_, n) => `line ${n + 1}.`);
    const page = summary({ ...failed, lastLines }, env);
    expect(page).not.toContain('line 20.');
    expect(page).toContain('line 21.');
    expect(page).toContain('<summary>30 lines</summary>');
    expect(summary({ ...update, lastLines }, env)).not.toContain('line 50.');
  });

  it('of a dry run is the plan, and how to carry it out', () => {
    const page = summary({ ...update, dryRun: true, plan: ['Create the app `my-openclaw`.'] }, env);
    expect(page).toContain('### Plan\n\n- Create the app `my-openclaw`.');
    expect(page).toContain('Run it again without `dry-run`');
  });

  it('of an input that could not be read says so without an app, a version or a timeline', () => {
    const page = summary(
      {
        ...update,
        verdict: 'failed',
        cause: 'inputs-invalid',
        meaning: 'Input `timeout` is `soon`.',
        app: null,
        version: { from: null, to: null },
        image: { from: null, to: null },
        timeline: [],
        machines: [],
        secrets: [],
        snapshot: null,
        compareUrl: null,
        lastLines: [],
      },
      env,
    );
    expect(page).toContain('## ❌ Failed: the deploy, after 38 s\n**Cause** Input `timeout` is `soon`.');
    expect(page).not.toMatch(/null|undefined|### (Timeline|What changed|Last lines)/);
  });

  it('names the phase that failed in words a gantt chart can carry', () => {
    const timeline = [
      {
        name: 'Boot: #1; to %% listening\n',
        from: 90_000,
        to: 90_000,
        outcome: 'failed' as const,
        note: null,
        moment: false,
      },
    ];
    expect(summary({ ...failed, timeline }, env)).toContain(
      '  Boot   1  to    listening :crit, 23:59:59.000, 23:59:59.000\n',
    );
  });
});

describe('a page of more than 64 kB', () => {
  const big = {
    ...failed,
    lastLines: Array.from({ length: 30 }, () => '💥'.repeat(400)),
    generatedConfig: { file: 'fly.toml', text: '# x\n'.repeat(5000) },
    findings: Array.from({ length: 100 }, (_, n) => ({
      severity: 'warning' as const,
      rule: 'r',
      message: 'm'.repeat(900),
      file: 'fly.toml',
      line: n + 1,
      column: null,
      lines: null,
    })),
  };

  it('loses whole sections, the cheapest first, and says which', () => {
    const page = summary(big, env);
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(64_000);
    expect(page).toContain('_Left out, to stay under 64 kB: Generated config');
    expect(page).toContain('### What to do next');
    expect((page.match(/```/g)?.length ?? 1) % 2).toBe(0);
  });

  it('keeps cause, evidence and fix, whatever is too large', () => {
    const huge = 'x'.repeat(200_000);
    const page = summary(
      {
        ...big,
        meaning: huge,
        evidence: { text: huge, source: 'gateway', at: null, machine: null },
        fix: {
          text: huge,
          commands: [huge, ...Array(500).fill('💥'.repeat(400))],
          lines: { file: huge, language: 'toml', text: Array(60).fill('💥'.repeat(400)).join('\n') },
        },
        warnings: Array(1000).fill(huge),
        plan: Array(1000).fill(huge),
        secrets: Array.from({ length: 5000 }, (_, n) => ({
          name: `A_LONG_NAME_${n}`,
          state: 'added' as const,
        })),
      },
      env,
    );
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(64_000);
    expect(page.split('\n').slice(0, 5).join('\n')).toMatch(/Cause.*\n.*Evidence.*\n.*Fix/);
  });

  it('is cut nowhere else: findings that are too many are counted', () => {
    const page = summary({ ...big, lastLines: [], generatedConfig: null }, env);
    expect(page).toContain('`fly.toml:40`');
    expect(page).toContain('- and 60 more, in the log');
  });
});

describe('hostile text', () => {
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '![x](https://evil.example/x.png)',
    '[click](https://evil.example)',
    '@octocat see https://evil.example and www.evil.example',
    '``` </details> <script>alert(1)</script>',
    '`````\n# Healthy\n`````',
    'a | b \\| c \\\\| d',
    '`` ` `` ` ` ```',
    '--> ]]> </summary></details>',
    '| --- |\n\n\n## ✅ Healthy',
    '\\`',
    '~~~~\n- x',
    '$(rm -rf /) $x$',
    '<!-- ',
    '&lt;b&gt;',
    '#12 GH-34 octo/repo#5',
    '1)',
    '- x',
  ];
  const machineText = (text: string): RunReport => ({
    ...failed,
    evidence: { text, source: 'gateway', at: null, machine: null },
    lastLines: [text, text],
    version: { from: null, to: null },
    image: { from: text, to: `${text}.` },
    failedVersions: [text],
    overrides: [{ key: text, from: text, to: text }],
    snapshot: text,
    addresses: { before: [], after: [{ type: text, address: text }] },
    secrets: [{ name: text, state: 'added' }],
  });

  it.each(hostile)('of a machine stays inside its code: %j', (text) => {
    expect(withoutCode(summary(machineText(text), env))).toBe(withoutCode(summary(machineText('x'), env)));
  });

  it('of a machine ends no cell of a table', () => {
    const bars = (text: string) =>
      summary({ ...machineText(text), lastLines: [] }, env)
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .map((line) => line.split('|').length);
    for (const text of hostile) expect(bars(`${text} | x \\| x`)).toEqual(bars('x'));
  });

  it('of a machine stays inside its code, whatever it is made of', () => {
    const piece = fc.constantFrom(...hostile, '`', '``', '|', '\\', '\n', '\r', ' ', '<', '\u2028', 'x');
    const plain = withoutCode(summary(machineText('x'), env));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const text = `x${pieces.join('')}x`;
        expect(withoutCode(summary(machineText(text), env))).toBe(plain);
      }),
    );
  });

  it('is all there in the closed block, within the fence that is longer than any in it', () => {
    const page = summary({ ...failed, lastLines: ['```', '</details>', '`````'] }, env);
    expect(page).toContain('\n\n``````text\n```\n</details>\n`````\n``````\n\n</details>');
  });

  it.each(hostile)('in a sentence has no markup, link, image or mention: %j', (text) => {
    const page = summary(
      {
        ...failed,
        meaning: `Said: ${text}`,
        fix: null,
        warnings: [text],
        findings: [],
        nextSteps: [{ text, url: 'https://fly.io', commands: [] }],
      },
      env,
    );
    const outside = withoutCode(page)
      .split('\n')
      .filter((line) => line.startsWith('**Cause**') || line.startsWith('- '))
      .map((line) => line.replace(/ \(\[out-of-memory\]\(https:\S+\)\)<br>$/, ''))
      .map((line) => line.replace(/^- \[(.*)\]\(https:\/\/fly\.io\)$/, '$1'))
      .join('\n');
    expect(outside).not.toMatch(/[<>[\]!]|@\w|:\/\/|www\.|#\d|GH-\d/);
  });

  it('in a sentence stays text, whatever it is made of', () => {
    const piece = fc.constantFrom(
      ...['`', '``', '@x', '<img>', '![', '](', 'https://', ' ', '\\', '\n', '#', 'x'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const page = prose(`Said: ${pieces.join('')} end`);
        expect(withoutCode(page)).not.toMatch(/[<>[\]!`@]|:\/\//);
      }),
      { numRuns: 500 },
    );
  });

  it('in a sentence makes no link of an address that begins like one of ours', () => {
    expect(prose('See https://status.fly.io; then go on.')).toBe('See <https://status.fly.io>; then go on.');
    for (const more of ['.evil.example', '@evil.example', '/x', ':80', '-x'])
      expect(prose(`See https://status.fly.io${more} now`)).toBe(`See \`https://status.fly.io${more}\` now`);
  });

  it.each([
    ['1)', '1\\)'],
    ['1. x', '1\\. x'],
    ['- x', '\\- x'],
    ['a) x', 'a) x'],
  ])('at the start of a sentence makes no list: %s', (text, markdown) => {
    expect(prose(text)).toBe(markdown);
  });

  it.each([
    ['deploy ghcr.io/x@sha256:0a, 1 warning', 'deploy `ghcr.io/x@sha256:0a`, 1 warning'],
    ['see https://a.example.', 'see `https://a.example`.'],
    ['(by @octocat)', '(by `@octocat`)'],
  ])('takes no more than the address into its code: %s', (text, markdown) => {
    expect(prose(text)).toBe(markdown);
  });

  it('in an address makes no link', () => {
    const url = 'https://x.fly.dev/) <img src=x> [a](javascript:alert(1)';
    const page = summary({ ...update, url, dashboardUrl: 'javascript:alert(1)', compareUrl: url }, env);
    expect(withoutCode(page)).not.toMatch(/\]\((?!https:\/\/github\.com)/);
  });
});

describe('writing the summary', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'summary-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (env: Record<string, string>, redact = (text: string) => text) => {
    const warnings: string[] = [];
    writeSummary(failed, { env, redact, warn: (message) => warnings.push(message) });
    return warnings;
  };

  it('adds the page to what the step has said before, without secrets', () => {
    const file = join(folder, 'summary.md');
    const redact = (text: string) => text.replaceAll('my-openclaw', '***');
    expect(write({ GITHUB_STEP_SUMMARY: file }, redact)).toEqual([]);
    write({ GITHUB_STEP_SUMMARY: file }, redact);
    const text = readFileSync(file, 'utf8');
    expect(text.match(/## ❌ Failed/g)).toHaveLength(2);
    expect(text).not.toContain('my-openclaw');
  });

  it('that cannot be done is a warning and nothing more', () => {
    expect(write({})).toEqual([expect.stringContaining('GITHUB_STEP_SUMMARY')]);
    expect(write({ GITHUB_STEP_SUMMARY: folder })).toEqual([expect.stringContaining('EISDIR')]);
  });
});
