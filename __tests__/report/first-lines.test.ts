import { describe, expect, it } from 'vitest';
import { type CauseRow, causeCodes, causeTable } from '../../src/causes.ts';
import { failureMessage } from '../../src/report/failure.ts';
import type { RunReport } from '../../src/report/report.ts';
import { summary } from '../../src/report/summary.ts';
import { runs } from './runs.ts';

const evidence = '2026-11-03T03:04:40Z [gateway] the decisive line, with "gateway.bind" in it';

/** As a person reads it: without the signs of Markdown. */
const read = (markdown: string) => markdown.replace(/\\([^\w\s])/g, '$1').replace(/[`<>]/g, '');

const known = {
  app: 'my-openclaw',
  machineId: '2874d97b1e03d8',
  region: 'iad',
  org: 'personal',
  memoryMb: 1024,
  gatewayPort: 3000,
  internalPort: 8080,
  stateDir: '/data',
  url: 'https://my-openclaw.fly.dev',
  version: '2026.9.6',
  evidence,
  exitCode: 1,
};

const broken = causeCodes.filter((code) => code !== 'healthy');

function runWith(code: (typeof causeCodes)[number], row: CauseRow, context: object): RunReport {
  return {
    ...runs['failed, out of memory'],
    verdict: row.verdict[0] ?? 'failed',
    cause: code,
    meaning: row.meaning,
    evidence: { text: evidence, source: 'gateway', at: null, machine: null },
    fix: JSON.parse(JSON.stringify(row.fix(context))),
  };
}

describe.each([
  ['everything is known', known],
  ['nothing is known', {}],
])('when %s about the app, the first five lines', (_name, context) => {
  it.each(broken)('of the summary hold cause, evidence and fix of %s', (code) => {
    const row = causeTable[code];
    const lines = read(summary(runWith(code, row, context), {}))
      .split('\n')
      .slice(0, 5)
      .join('\n');
    expect(lines).toContain(read(row.meaning));
    expect(lines).toContain(`docs/causes.md#${code}`);
    expect(lines).toContain(evidence);
    expect(lines).toContain(read(row.fix(context).text));
  });

  it.each(broken)('of the failure message hold cause, evidence and fix of %s', (code) => {
    const row = causeTable[code];
    const { text, title } = failureMessage(runWith(code, row, context), {});
    const lines = text.split('\n').slice(0, 5).join('\n');
    const { text: words, commands } = row.fix(context);
    expect(title).toContain(code);
    expect(lines).toContain(row.meaning);
    expect(lines).toContain(evidence);
    expect(lines).toContain(words);
    if (commands[0]) expect(lines).toContain(commands[0]);
  });
});

it('the first five lines of a healthy run say what was seen', () => {
  const lines = summary(runs.healthy, {}).split('\n').slice(0, 5).join('\n');
  expect(lines).toContain('listening after 12 s, Discord logged in after 15 s');
  expect(lines).toContain('logged in to discord as');
});
