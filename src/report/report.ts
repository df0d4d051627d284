import type { Fix } from '../causes.ts';
import type { RunReport } from './schema.ts';

export type { RunReport } from './schema.ts';

/** Something a person may want to do now: a sentence, where to go, what to paste. */
export type NextStep = RunReport['nextSteps'][number];

/**
 * The report of a run that has only begun; each chapter fills in what it learns.
 * @param startedAt milliseconds since the epoch
 */
export function beginReport(operation: RunReport['operation'], startedAt: number): RunReport {
  return {
    schema: 1,
    verdict: 'failed',
    cause: 'internal',
    meaning: 'The run ended before it came to a verdict.',
    evidence: null,
    fix: null,
    operation,
    dryRun: false,
    mode: null,
    app: null,
    org: null,
    region: null,
    startedAt: new Date(startedAt).toISOString(),
    duration: 0,
    listeningAfter: null,
    discordAfter: null,
    discord: 'unknown',
    timeline: [],
    version: { from: null, to: null },
    image: { from: null, to: null },
    compareUrl: null,
    release: null,
    memoryMb: { from: null, to: null },
    overrides: [],
    secrets: [],
    addresses: { before: [], after: [] },
    machines: [],
    volume: null,
    snapshot: null,
    url: null,
    urlStatus: null,
    dashboardUrl: null,
    access: 'unknown',
    rollback: null,
    imageLeadsBack: true,
    failedVersions: [],
    findings: [],
    generatedConfig: null,
    plan: [],
    lastLines: [],
    buildLines: [],
    warnings: [],
    nextSteps: [],
    flyctlVersion: null,
  };
}

/** Words of ours, and the one JSON field that is an instant; a secret that happens to be `failed` does not change them. */
const notFreeText = new Set(
  'verdict cause operation mode discord access outcome source severity state language startedAt at'.split(
    ' ',
  ),
);

/** The report with `redact` applied to every text in it. */
export function redacted(report: RunReport, redact: (text: string) => string): RunReport {
  return JSON.parse(JSON.stringify(report), (key, value) =>
    typeof value === 'string' && !notFreeText.has(key) ? redact(value) : value,
  );
}

/** A fix as the report holds it. */
export function reportedFix(fix: Fix): NonNullable<RunReport['fix']> {
  return { text: fix.text, commands: [...fix.commands], lines: fix.lines === null ? null : { ...fix.lines } };
}
