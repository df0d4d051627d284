import { z } from 'zod';
import { causeCodes, evidenceSources } from '../causes.ts';

/** How a run ends. `cancelled` is the runner's word: the job is neither red nor green by our hand. */
export const verdicts = ['healthy', 'degraded', 'failed', 'skipped', 'cancelled'] as const;

const verdict = z.enum(verdicts);
const cause = z.enum(causeCodes);
const seconds = z.number().nonnegative();
const instant = z.iso.datetime();

const fix = z.object({
  text: z.string().describe('One plain sentence: what to do.'),
  commands: z.array(z.string()).describe('Shell commands to paste, in order.'),
  lines: z
    .object({ file: z.string(), language: z.enum(['toml', 'yaml', 'json5']), text: z.string() })
    .nullable()
    .describe('Lines to paste into a file.'),
});

const evidence = z.object({
  text: z.string().describe('The decisive log line, event or reply, cleaned and without secrets.'),
  source: z.enum(evidenceSources).describe('Who said it; `action`: this action reckoned it.'),
  at: instant.nullable().describe("When, by that source's own clock."),
  machine: z.string().nullable(),
});

const change = z.object({ from: z.string().nullable(), to: z.string().nullable() });
const address = z.object({
  type: z.string().describe('v4, shared_v4, v6 or private_v6, as `fly ips list` names it.'),
  address: z.string(),
});

/**
 * What became of one secret, by name. `added`, `changed` and `generated` are new on Fly with this run;
 * `only-on-fly` was there and is not in GitHub; `left-out` is in GitHub and the filter kept it back.
 */
export const secretStates = [
  'added',
  'changed',
  'generated',
  'unchanged',
  'removed',
  'only-on-fly',
  'left-out',
] as const;

/**
 * Everything a run has to say, in one value: the summary, the outputs and the JSON file are all read off it.
 * Published as docs/report.schema.json. Durations are seconds, times ISO 8601 in UTC; secrets by name only.
 */
export const runReport = z.object({
  schema: z.literal(1).describe('Raised when a field changes its meaning or goes away.'),
  verdict,
  cause,
  meaning: z.string().describe('The cause in one plain sentence, for this very run.'),
  evidence: evidence.nullable(),
  fix: fix.nullable(),

  operation: z.enum(['deploy', 'verify', 'restart', 'rollback', 'release-lock']),
  dryRun: z.boolean(),
  mode: z.enum(['public', 'private']).nullable().describe('null where the run ended before it was known.'),
  app: z.string().nullable(),
  org: z.string().nullable(),
  region: z.string().nullable(),

  startedAt: instant,
  duration: seconds,
  listeningAfter: seconds.nullable().describe('From the start of the deploy to the gateway listening.'),
  discordAfter: seconds.nullable().describe('From the start of the deploy to the Discord login.'),
  discord: z.enum(['logged-in', 'failed', 'suppressed', 'unknown', 'not-configured', 'not-expected']),
  timeline: z
    .array(
      z.object({
        name: z.string(),
        from: seconds.describe('Since the start of the run.'),
        to: seconds,
        outcome: z.enum(['done', 'failed', 'skipped']),
        note: z.string().nullable(),
        moment: z
          .boolean()
          .describe('Something that was seen at `to`; `from` is when the watch for it began.'),
      }),
    )
    .describe('Phases in the order in which they began.'),

  version: change.describe('OpenClaw version or commit.'),
  image: change.describe('Image reference, with digest where it is known.'),
  compareUrl: z.url().nullable().describe("Upstream's compare view from the former version to this one."),
  release: z.number().int().positive().nullable().describe("Fly's release number after the run."),
  memoryMb: z.object({ from: z.number().nullable(), to: z.number().nullable() }),
  overrides: z
    .array(z.object({ key: z.string(), from: z.string().nullable(), to: z.string() }))
    .describe("What this run's effective config says other than the user's file."),
  secrets: z.array(z.object({ name: z.string(), state: z.enum(secretStates) })),
  addresses: z.object({ before: z.array(address), after: z.array(address) }),
  machines: z.array(
    z.object({
      id: z.string(),
      region: z.string(),
      state: z.string(),
      memoryMb: z.number().nullable(),
      image: z.string(),
    }),
  ),
  volume: z
    .object({ id: z.string(), name: z.string(), sizeGb: z.number().nullable() })
    .nullable()
    .describe('The volume the gateway keeps its state on.'),
  snapshot: z.string().nullable().describe('Id of the snapshot taken by this run.'),

  url: z.string().nullable().describe('Public URL of the gateway; null where it has none.'),
  urlStatus: z
    .number()
    .int()
    .nullable()
    .describe('HTTP status the URL gave to the runner; null: not asked or no answer.'),
  dashboardUrl: z.string().nullable().describe("The app's page on fly.io."),
  access: z
    .enum(['public', 'flycast', 'console', 'unknown'])
    .describe('How people get in: URL, fly proxy to the flycast name, or ssh console only.'),

  rollback: z
    .object({
      done: z.boolean().describe('The former version was deployed again.'),
      reason: z.string().describe('Why it was done, or why not.'),
      image: z.string().nullable(),
      version: z.string().nullable(),
      replaced: z.string().nullable().describe('Version that was on the machine until then.'),
      verdict: verdict.nullable().describe('Verdict on the version that was put back; null: not done.'),
      cause: cause.nullable(),
      withVolume: z.boolean(),
    })
    .nullable()
    .describe('null: none was wanted.'),
  imageLeadsBack: z
    .boolean()
    .describe('false: the former image refuses the state once the new one has run; a snapshot leads back.'),
  failedVersions: z.array(z.string()).describe('Versions that failed here and that a schedule passes over.'),

  findings: z.array(
    z.object({
      severity: z.enum(['error', 'warning', 'notice']),
      rule: z.string(),
      message: z.string(),
      file: z.string().nullable(),
      line: z.number().int().positive().nullable(),
      column: z.number().int().positive().nullable(),
      lines: z.string().nullable().describe('The lines to write instead.'),
    }),
  ),
  generatedConfig: z
    .object({ file: z.string(), text: z.string() })
    .nullable()
    .describe('The config made for this run because the repository has none.'),
  plan: z.array(z.string()).describe('What would be done, or was, one action each.'),
  lastLines: z.array(z.string()).describe("The gateway's last log lines, cleaned."),
  buildLines: z.array(z.string()).describe('The end of a build that failed, cleaned.'),
  warnings: z.array(z.string()),
  nextSteps: z
    .array(z.object({ text: z.string(), url: z.string().nullable(), commands: z.array(z.string()) }))
    .describe('Steps only this run can know of, such as a pairing to approve.'),
  flyctlVersion: z.string().nullable(),
});

export type RunReport = z.infer<typeof runReport>;
