import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { cwd } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { type CauseCode, causeTable, type EvidenceSource, Failure } from './causes.ts';
import { install } from './chapters/install.ts';
import { openConfigDir, removeConfigDir, stopAgent } from './flyctl/config-dir.ts';
import { readInputs } from './inputs.ts';
import { chapter, type Journey } from './journey.ts';
import { Awaited } from './report/awaited.ts';
import { type Console, openConsole } from './report/console.ts';
import { beginReport, type RunReport, reportedFix } from './report/report.ts';
import { collectSecrets } from './secrets/collect.ts';
import { isLongLine } from './secrets/forms.ts';
import { Silence } from './secrets/silence.ts';
import { secretsInvalid } from './secrets/sync.ts';
import { SecretValue } from './secrets/value.ts';
import type { Clock } from './watch/watch.ts';

type Env = Readonly<Record<string, string | undefined>>;

const clock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await pause(ms, undefined, { signal }).catch(() => {});
  },
};

/**
 * One run of the action: reads the inputs, lets the story happen, and reports it, whatever happened.
 *
 * @param cancelled aborts with the Failure `cancelled`
 * @returns the exit code of the step
 */
export async function run(env: Env, cancelled: AbortSignal): Promise<number> {
  const startedAt = clock.now();
  const actions = env.GITHUB_ACTIONS === 'true';
  const silence = new Silence((text) => {
    if (actions) process.stdout.write(`::add-mask::${escapeData(text)}\n`);
  });
  const secrets = await collectSecrets({
    secrets: env.INPUT_SECRETS ?? '',
    include: null,
    exclude: null,
    env,
  });
  silence.add(secrets.unspeakable);
  silence.add(tokens(env));
  const console = openConsole({
    write: (text) => process.stdout.write(text),
    now: clock.now,
    actions,
    colour: actions || (process.stdout.isTTY === true && !env.NO_COLOR),
    debug: env.RUNNER_DEBUG === '1',
    redact: silence.redact,
  });
  const report = beginReport('deploy', startedAt);
  let failOn: 'failed' | 'degraded' = 'failed';
  let summaryWanted = true;
  let folder: string | null = null;
  let limit: AbortSignal = cancelled;
  try {
    const inputs = readInputs(env);
    report.operation = inputs.operation;
    report.dryRun = inputs.dryRun;
    report.app = inputs.app;
    failOn = inputs.failOn;
    summaryWanted = inputs.summary;
    const chosen = await collectSecrets({
      secrets: inputs.secrets,
      include: inputs.secretsInclude,
      exclude: inputs.secretsExclude,
      env,
    });
    silence.add(chosen.unspeakable);
    if (chosen.findings.length > 0 && !inputs.ignored.includes('secrets'))
      throw secretsInvalid(chosen.findings);
    if (inputs.ignored.length > 0) {
      console.notice(`operation: ${inputs.operation} does not read ${inputs.ignored.join(', ')}.`);
    }
    const dirs = openConfigDir(env.RUNNER_TEMP || tmpdir());
    folder = dirs.root;
    remember(env, dirs.root);
    limit = withLimit(cancelled, inputs.timeoutMs);
    const journey: Journey = {
      inputs,
      env,
      workspace: env.GITHUB_WORKSPACE || cwd(),
      folder: dirs.root,
      secrets: chosen,
      silence,
      console,
      clock,
      awaited: new Awaited(),
      signal: limit,
      report,
    };
    const flyctl = await chapter(journey, 'Install flyctl', (end) => install(journey, dirs, end));
    try {
      // The story is most of the code, and flyctl is found or installed without it.
      const { tellStory } = await import('./opening.ts');
      await tellStory(journey, flyctl);
    } finally {
      await flyctl.stop();
      await stopAgent(flyctl, dirs);
    }
  } catch (error) {
    conclude(report, endOf(error, cancelled, limit), console);
  } finally {
    if (folder !== null) for (const trouble of await removeConfigDir(folder)) console.warning(trouble);
  }
  report.duration = Math.round(clock.now() - startedAt) / 1000;
  // The pages are written at the end of every run, and by nothing before it.
  try {
    const { tell } = await import('./report/ending.ts');
    tell({ report, env, console, silence, summaryWanted });
  } catch (error) {
    console.warning(`This run could not be reported in full: ${asFailure(error).evidence}`);
  }
  const red = report.verdict === 'failed' || report.verdict === 'cancelled';
  return red || (report.verdict === 'degraded' && failOn === 'degraded') ? 1 : 0;
}

/** The masks come before anything else is said; an input that is a token is hidden even where it is not a secret. */
function tokens(env: Env): SecretValue[] {
  return [
    'INPUT_FLY-API-TOKEN',
    'INPUT_GITHUB-TOKEN',
    'FLY_API_TOKEN',
    'FLY_ACCESS_TOKEN',
    'GITHUB_TOKEN',
  ].flatMap((name) => {
    const token = (env[name] ?? '').trim();
    // One of Fly is a list behind a scheme, as `fly tokens create` prints it; flyctl takes that apart.
    const parts = token.replace(/^(?:FlyV1|Bearer)\s+/i, '').split(',');
    return [...new Set([token, ...parts.filter(isLongLine)])].map((text) => new SecretValue(text));
  });
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** What the post step has to look after if this process is killed. */
function remember(env: Env, folder: string): void {
  if (!env.GITHUB_STATE) return;
  try {
    appendFileSync(env.GITHUB_STATE, `folder=${folder}\n`);
  } catch {
    // Only the post step of a killed run would miss it.
  }
}

function withLimit(cancelled: AbortSignal, timeoutMs: number): AbortSignal {
  const limit = new AbortController();
  setTimeout(
    () =>
      limit.abort(
        new Failure('timeout', `The run took longer than the input timeout allows (${timeoutMs / 1000} s).`),
      ),
    timeoutMs,
  ).unref();
  return AbortSignal.any([cancelled, limit.signal]);
}

/** What a person or the clock stopped failed for that reason, however flyctl put it. */
function endOf(error: unknown, cancelled: AbortSignal, limit: AbortSignal): unknown {
  if (cancelled.aborted) return cancelled.reason;
  return limit.aborted && error instanceof Failure && error.code === 'cancelled' ? limit.reason : error;
}

/** Turns what ended the run early into a verdict. */
function conclude(report: RunReport, error: unknown, console: Console): void {
  const failure = asFailure(error);
  report.verdict = failure.code === 'cancelled' ? 'cancelled' : 'failed';
  report.cause = failure.code;
  report.meaning = inWords(failure) || causeTable[failure.code].meaning;
  const context = {
    app: report.app ?? undefined,
    evidence: failure.evidence ?? undefined,
    org: report.org ?? undefined,
  };
  report.fix = reportedFix(failure.fix ?? causeTable[failure.code].fix(context));
  report.evidence =
    failure.evidence === null
      ? null
      : { text: failure.evidence, source: sourceOf(failure), at: null, machine: null };
  const { raw, command, lastLines } = failure as { raw?: unknown; command?: unknown; lastLines?: unknown };
  if (Array.isArray(lastLines)) report.buildLines = lastLines.map(String);
  // The chapter of a deploy has shown all that it said.
  if (typeof raw === 'string' && raw.trim() !== '' && command !== 'deploy')
    console.raw('What flyctl said', raw);
  if (report.buildLines.length > 0) console.raw('The end of the build', report.buildLines.join('\n'));
}

/** The message as a sentence of its own; which call of flyctl it was stands behind what it means. */
function inWords({ message, ...more }: Failure): string {
  const { command } = more as { command?: unknown };
  const [, meaning = ''] = message.split(`flyctl ${command}: `);
  const text = meaning === '' ? message : `${meaning} (flyctl ${command})`;
  const ended = /[.!?)]$/.test(text) && meaning === '' ? text : `${text}.`;
  return `${ended.charAt(0).toUpperCase()}${ended.slice(1)}`;
}

/** Who gives the evidence of a failure that does not name anybody, and is not flyctl's. */
const usualSource: Partial<Record<CauseCode, EvidenceSource>> = {
  'config-lint': 'config',
  'inputs-invalid': 'inputs',
  'secrets-invalid': 'inputs',
  'image-missing': 'registry',
  'state-newer': 'action',
  internal: 'action',
};

function sourceOf({ source, name, code }: Failure): EvidenceSource {
  return source ?? (name === 'FlyctlFailure' ? null : usualSource[code]) ?? 'flyctl';
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Failure(
    'internal',
    'This action failed in a way it does not know. That is a defect of the action.',
    {
      evidence: message,
      cause: error,
    },
  );
}
