import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Played, play } from './play.ts';
import { type Scenario, scenarioSchema } from './scenario.ts';

const run = z.object({ file: z.string(), version: z.string(), args: z.string() });

const label = z.object({
  file: z.string(),
  discord_expected: z.boolean(),
  expect: z.object({
    verdict: z.enum(['healthy', 'degraded', 'failed']),
    cause: z.string(),
    cause_alt: z.array(z.string()).default([]),
    deadline_only: z.boolean(),
  }),
});

/** A recorded run of a gateway and what a careful operator concludes from it. */
export type RecordingLabel = z.infer<typeof label> & z.infer<typeof run>;

export function readLabels(): readonly RecordingLabel[] {
  const lines = (name: string) =>
    readFileSync(fileURLToPath(new URL(`recordings/${name}.jsonl`, import.meta.url)), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const runs = new Map(lines('runs').map((line) => [line.file, run.parse(line)]));
  return lines('labels').map((line) => ({ ...label.parse(line), ...run.parse(runs.get(line.file)) }));
}

export interface RecordingResult {
  readonly label: RecordingLabel;
  readonly verdict: string;
  readonly cause: string;
  /** Both as labelled; a label that only a deadline can decide is right when the verdict is not a false green. */
  readonly right: boolean;
  readonly seconds: number;
}

/** A new app whose gateway boots as this recording did. Its start script keeps the config's lint from knowing better. */
export function recordingScenario(
  { file, args, discord_expected: discord }: RecordingLabel,
  speed: number,
): Scenario {
  const recording = file.replace(/\.log$/, '');
  const port = /--port[= ](\d+)/.exec(args)?.[1] ?? '3000';
  return {
    ...scenarioSchema.parse({
      title: recording,
      speed,
      files: {
        'fly.toml': `app = "recorded"
primary_region = "iad"

[build]
  image = "ghcr.io/openclaw/openclaw:${file.split('/')[0]}"

[env]
  NODE_ENV = "production"
  OPENCLAW_STATE_DIR = "/data"

[processes]
  app = "/app/start.sh"

[http_service]
  internal_port = ${port}
  force_https = true
  auto_stop_machines = "off"
  auto_start_machines = true
  min_machines_running = 1
  processes = ["app"]

[[vm]]
  size = "shared-cpu-2x"
  memory = "2048mb"

[mounts]
  source = "data"
  destination = "/data"
`,
      },
      inputs: { 'expect-discord': String(discord), summary: 'false' },
      platform: { boots: [{ recording }] },
      runs: [{ title: recording, expect: { verdict: 'healthy', cause: 'healthy' } }],
    }),
    name: recording,
  };
}

/** Boots one recording behind the bundle and the embedded platform. */
export async function playRecording(
  one: RecordingLabel,
  options: { readonly speed: number; readonly flyctl?: string | undefined; readonly signal?: AbortSignal },
): Promise<RecordingResult & { readonly played: Played }> {
  const [played] = await play(recordingScenario(one, options.speed), options);
  if (played === undefined) throw new Error(`${one.file} was not played`);
  const { verdict = 'none', cause = 'none' } = played.end.outputs;
  const { expect } = one;
  const right = expect.deadline_only
    ? verdict !== 'healthy' || expect.verdict === 'healthy' || expect.cause === 'silent'
    : verdict === expect.verdict && [expect.cause, ...expect.cause_alt].includes(cause);
  return { label: one, verdict, cause, right, seconds: played.end.durationMs / 1000, played };
}

/** Boots every recording and prints the truth table. @returns whether every one came out right */
export async function rehearseRecordings(wishes: {
  readonly flyctl: string | undefined;
  readonly speed: number | undefined;
  readonly parallel: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
}): Promise<boolean> {
  const waiting = [...readLabels()];
  const results: RecordingResult[] = [];
  const work = async () => {
    for (let one = waiting.shift(); one && !wishes.signal.aborted; one = waiting.shift()) {
      const result = await playRecording(one, {
        speed: wishes.speed ?? 20,
        flyctl: wishes.flyctl,
        signal: wishes.signal,
      });
      if (wishes.signal.aborted) return;
      results.push(result);
      const { verdict, cause, seconds, right } = result;
      if (wishes.json)
        console.log(
          JSON.stringify({ file: one.file, verdict, cause, seconds: Number(seconds.toFixed(2)), right }),
        );
      else console.log(row(result));
    }
  };
  await Promise.all(Array.from({ length: wishes.parallel }, work));
  if (!wishes.json) console.log(truthTable(results));
  return results.length > 0 && results.every(({ right }) => right);
}

function row({ label: { file, expect }, verdict, cause, seconds, right }: RecordingResult): string {
  const wanted = right
    ? ''
    : `   expected ${expect.verdict}, ${[expect.cause, ...expect.cause_alt].join(' or ')}`;
  return `${right ? '✓' : '✗'} ${file.padEnd(62)} ${verdict.padEnd(9)} ${cause.padEnd(22)} ${seconds.toFixed(1).padStart(5)} s${wanted}`;
}

function truthTable(results: readonly RecordingResult[]): string {
  const decided = results.filter(({ label: { expect } }) => !expect.deadline_only);
  const names = ['healthy', 'degraded', 'failed'];
  const count = (is: string, said: string) =>
    results.filter((one) => one.label.expect.verdict === is && one.verdict === said).length;
  const lines = [
    '',
    `${'label'.padEnd(10)} ${names.map((name) => `said ${name}`.padStart(14)).join('')}`,
    ...names.map(
      (is) => `${is.padEnd(10)} ${names.map((said) => String(count(is, said)).padStart(14)).join('')}`,
    ),
    '',
    `verdict and cause right: ${decided.filter(({ right }) => right).length} of ${decided.length} that the log decides`,
    `decided by a deadline only: ${results.length - decided.length}, of them without a false green: ${results.filter((one) => one.label.expect.deadline_only && one.right).length}`,
  ];
  return lines.join('\n');
}
