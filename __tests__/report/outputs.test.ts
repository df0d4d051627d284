import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { reportSchema, reportSchemaFile } from '../../scripts/report-schema.ts';
import { outputs, writeOutputs } from '../../src/report/outputs.ts';
import { beginReport, type RunReport, redacted } from '../../src/report/report.ts';
import { runReport } from '../../src/report/schema.ts';
import { runnerReads } from './runner-commands.ts';
import { runs } from './runs.ts';

const failed: RunReport = runs['failed, gateway lock'];

const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const appendFileSync: typeof fs.appendFileSync = (file, data) => {
    fs.appendFileSync(file, String(data).slice(0, disk.room));
    if (String(data).length > disk.room) throw new Error('ENOSPC: no space left on device, write');
  };
  return { ...fs, appendFileSync };
});

describe('the outputs', () => {
  it('of a healthy run', () => {
    const { image, 'previous-image': previous, ...rest } = outputs(runs.healthy, '/tmp/r.json');
    expect([image, previous]).toEqual([runs.healthy.image.to, runs.healthy.image.from]);
    expect(rest).toEqual({
      verdict: 'healthy',
      cause: 'healthy',
      evidence: '[discord] logged in to discord as 1234567890 (Claw)',
      fix: '',
      url: 'https://my-openclaw.fly.dev',
      'dashboard-url': 'https://fly.io/apps/my-openclaw',
      'machine-id': '2874d97b1e03d8',
      version: '2026.9.6',
      release: '42',
      'snapshot-id': 'vs_0Gk7mXbZ',
      'secrets-changed': 'DISCORD_BOT_TOKEN',
      'listening-after': '12.3',
      'discord-after': '14.9',
      'rolled-back': 'false',
      report: '/tmp/r.json',
    });
  });

  it('of a failed run carry the fix as lines to paste, and that it was rolled back', () => {
    expect(outputs(failed, '')).toMatchObject({
      verdict: 'failed',
      cause: 'gateway-lock',
      fix: [failed.fix?.text, 'fly machine restart 2874d97b1e03d8 --app my-openclaw'].join('\n'),
      'listening-after': '',
      'rolled-back': 'true',
    });
  });

  it('are all there for a run that ended before it began', () => {
    const all = outputs(beginReport('deploy', 0), '');
    expect(Object.keys(all)).toEqual(Object.keys(outputs(runs.healthy, '')));
    expect(all).toMatchObject({ verdict: 'failed', cause: 'internal', image: '', release: '' });
  });

  it('can be echoed by a later step without acting as commands', () => {
    const text = 'a\r::error::pwned\n##[set-output name=verdict]healthy';
    const all = outputs(
      {
        ...failed,
        evidence: { text, source: 'gateway', at: null, machine: null },
        fix: {
          text: '::error::x',
          commands: ['::error::y', 'true\n::error::y\u2028##[error]y'],
          lines: { file: 'f', language: 'toml', text: '::z\n::error::z\r::error::\u001b[1mz' },
        },
        version: { from: null, to: text },
      },
      '',
    );
    expect(runnerReads(Object.values(all).join('\n')).commands).toEqual([]);
    expect(all.evidence).toContain('pwned');
  });
});

describe('writing the outputs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'outputs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(
    report: RunReport,
    more: { env?: Record<string, string>; masked?: string[]; redact?: (text: string) => string } = {},
  ) {
    const warnings: string[] = [];
    const file = join(folder, 'output');
    writeOutputs(report, {
      env: { RUNNER_TEMP: folder, GITHUB_OUTPUT: file, ...more.env },
      masked: more.masked ?? [],
      redact: more.redact ?? ((text) => text),
      warn: (message) => warnings.push(message),
    });
    const read = () =>
      Object.fromEntries(
        [...readFileSync(file, 'utf8').matchAll(/^(\S+)<<(\S+)\n([\s\S]*?)\n\2\n/gm)].map((match) => [
          match[1],
          match[3],
        ]),
      );
    return { warnings, read };
  }

  it('sets each in the file format of the runner, and the report is where `report` says', () => {
    const { warnings, read } = write(failed);
    expect(warnings).toEqual([]);
    const { report = '', ...rest } = read();
    expect({ ...rest, report: '' }).toEqual(outputs(failed, ''));
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual(failed);
    if (process.platform !== 'win32') expect(statSync(report).mode & 0o777).toBe(0o600);
  });

  it('cannot be tricked by a value that looks like the end of another', () => {
    const text = 'x\nend_1\nverdict<<end_1\nhealthy\nend_1';
    const { read } = write({ ...failed, fix: { text, commands: [], lines: null } });
    expect(read()).toMatchObject({ verdict: 'failed', fix: text });
  });

  it('leaves out what the runner would drop for a mask in it, and says which and why without the value', () => {
    const { warnings, read } = write(failed, { masked: ['', 'my-openclaw'] });
    expect(Object.keys(read())).not.toContain('url');
    expect(read()).toMatchObject({ verdict: 'failed' });
    expect(warnings.join('\n')).toContain('`url` is left out');
    expect(warnings.join('\n')).toContain('vars.FLY_APP_NAME');
    expect(warnings.join('\n')).not.toContain('my-openclaw');
  });

  it('leaves out an address of which only stars would be left, and keeps a sentence', () => {
    const redact = (text: string) => text.replaceAll('my-openclaw', '***');
    const { warnings, read } = write(failed, { masked: ['my-openclaw'], redact });
    const left = warnings.flatMap((text) => /`([\w-]+)` is left out/.exec(text)?.[1] ?? []);
    expect(left).toEqual(['url', 'dashboard-url']);
    expect(read().fix).toContain('fly machine restart 2874d97b1e03d8 --app ***');
  });

  it('keeps secret values out of outputs and report, even if one is a word of ours', () => {
    const redact = (text: string) => text.replaceAll('pid 643', '***').replaceAll('failed', '***');
    const { read } = write(failed, { redact });
    const { report = '', ...rest } = read();
    expect(JSON.stringify(rest) + readFileSync(report, 'utf8')).not.toContain('pid 643');
    expect(read()).toMatchObject({ verdict: 'failed' });
    expect(runReport.parse(JSON.parse(readFileSync(report, 'utf8')))).toBeTruthy();
  });

  it('on a disk that gets full leaves no half of an entry, for which the runner would fail the step', () => {
    const file = join(folder, 'output');
    writeFileSync(file, 'before=1\n');
    disk.room = 300;
    const { warnings } = write(failed);
    disk.room = Number.POSITIVE_INFINITY;
    expect(warnings).toEqual(['The outputs could not be set: ENOSPC: no space left on device, write']);
    expect(readFileSync(file, 'utf8')).toBe('before=1\n');
  });

  it('without the files of the runner is warnings and nothing more', () => {
    const none = write(failed, { env: { RUNNER_TEMP: '', GITHUB_OUTPUT: '' } });
    expect(none.warnings).toEqual([
      'The report file could not be written: RUNNER_TEMP is not set',
      'The outputs could not be set: GITHUB_OUTPUT is not set',
    ]);
    const gone = write(failed, { env: { RUNNER_TEMP: join(folder, 'gone'), GITHUB_OUTPUT: folder } });
    expect(gone.warnings).toHaveLength(2);
    const half = write(failed, { env: { RUNNER_TEMP: join(folder, 'gone') } });
    expect(half.read()).toMatchObject({ verdict: 'failed', report: '' });
  });
});

describe('the report', () => {
  const published = z.fromJSONSchema(JSON.parse(readFileSync(reportSchemaFile, 'utf8')));

  it('has a published schema that is up to date (node scripts/report-schema.ts)', () => {
    expect(readFileSync(reportSchemaFile, 'utf8').replaceAll('\r\n', '\n')).toBe(reportSchema());
  });

  it.each(Object.entries({ ...runs, begun: beginReport('verify', 0) }))(
    'of a run that is %s fits it',
    (_name, run) => {
      const file = JSON.parse(JSON.stringify(run));
      expect(published.safeParse(file).error).toBeUndefined();
      expect(published.safeParse({ ...file, unknown: 1 }).success).toBe(true);
    },
  );

  it.each([
    ['a verdict that does not exist', { verdict: 'fine' }],
    ['a cause that does not exist', { cause: 'weather' }],
    ['a duration in words', { duration: '3 s' }],
    ['a secret with its value', { secrets: [{ name: 'A', state: 'value' }] }],
    ['another generation', { schema: 2 }],
  ])('with %s does not', (_name, wrong) => {
    expect(published.safeParse({ ...runs.healthy, ...wrong }).success).toBe(false);
  });

  it('keeps its own words when secrets are taken out of its text', () => {
    const plain = redacted(failed, () => '***');
    expect(plain).toMatchObject({
      verdict: 'failed',
      cause: 'gateway-lock',
      startedAt: failed.startedAt,
      meaning: '***',
    });
    expect(plain.duration).toBe(failed.duration);
  });
});
