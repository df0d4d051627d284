import { type CauseCode, Failure, type Fix, type FixContext } from '../causes.ts';
import { visibleLines } from '../report/visible.ts';
import type { Completed, Flyctl } from './process.ts';

/** A lease that stands in the way. */
export interface HeldLease {
  readonly machineId: string;
  /** `null` when the API did not say. */
  readonly owner: string | null;
  /** Milliseconds since the epoch, by Fly's clock. */
  readonly expiresAt: number | null;
}

/** A flyctl command that did not come to a good end. */
export class FlyctlFailure extends Failure {
  /** The words of the command without names and flags, e.g. `machine list`. */
  readonly command: string;
  readonly exitCode: number | null;
  /** Everything flyctl wrote to standard error, secret values taken out, otherwise as it came: hostile text. */
  readonly raw: string;
  /** It may go away by itself: a 5xx, a 429, a reset, a deadline. */
  readonly passing: boolean;
  /** The request that failed never reached the API. */
  readonly unsent: boolean;
  readonly lease: HeldLease | null;
  /** The end of a build's output, cleaned; empty for everything else. */
  readonly lastLines: readonly string[];

  constructor(
    code: CauseCode,
    message: string,
    more: {
      readonly evidence: string | null;
      readonly fix: Fix | null;
      readonly command: string;
      readonly exitCode: number | null;
      readonly raw: string;
      readonly passing: boolean;
      readonly unsent?: boolean;
      readonly lease?: HeldLease | null;
      readonly lastLines?: readonly string[];
    },
  ) {
    super(code, message, more);
    this.name = 'FlyctlFailure';
    this.command = more.command;
    this.exitCode = more.exitCode;
    this.raw = more.raw;
    this.passing = more.passing;
    this.unsent = more.unsent ?? false;
    this.lease = more.lease ?? null;
    this.lastLines = more.lastLines ?? [];
  }
}

interface Explanation {
  readonly code: CauseCode;
  readonly pattern: RegExp;
  /** Only for commands that match. */
  readonly command?: RegExp;
  /** What it means, as one sentence without the full stop. */
  readonly meaning: string;
  readonly fix?: (context: FixContext, found: RegExpExecArray) => Fix;
  /** Also looked for in what flyctl wrote before its last error. */
  readonly anywhere?: boolean;
  readonly passing?: boolean;
  /** Nothing can have reached the API. */
  readonly unsent?: boolean;
}

function fix(text: string, ...commands: string[]): Fix {
  return { text, commands, lines: null };
}

const flyStatus = fix('Look at https://status.fly.io; run the job again when Fly is well.');

const app = (context: FixContext) => context.app ?? 'APP';

/**
 * What flyctl's error texts mean, in the order in which they are tried: a general text that often wraps a special
 * one stands below it. Matched against the cleaned error (see `cleaned`), and where a text may stand elsewhere,
 * against the rest of what flyctl wrote as well. Texts made by flyctl were recorded with 0.4.87; those of the servers
 * are known from public logs only, so the patterns leave room.
 */
const explanations: readonly Explanation[] = [
  {
    code: 'fly-api',
    pattern: /ContentLength=\d+ with Body length 0/,
    meaning: 'the second try of flyctl went out without its content, so nothing reached the API',
    passing: true,
    unsent: true,
  },
  {
    code: 'secrets-invalid',
    pattern: /Failed to parse secrets|could not parse secrets|requires at least one SECRET=VALUE pair/,
    meaning: 'flyctl could not read the secrets it was given',
  },
  {
    code: 'flyctl-version',
    pattern:
      /unknown (?:shorthand )?flag|unknown command|accepts (?:between |at most )?\d.* arg|requires at least \d+ arg|flag needs an argument|invalid argument .* for .* flag/,
    meaning: 'this version of flyctl does not know the command as it was given',
    fix: () =>
      fix(
        'Leave `flyctl-version` out of the workflow, so that the version this action was tested with is used.',
      ),
  },
  {
    code: 'token-invalid',
    pattern: /no access token available/,
    meaning: 'there is no Fly token',
    fix: (context) =>
      fix(
        'Make a deploy token and store it as the repository secret FLY_API_TOKEN; pass it as `fly-api-token`.',
        `fly tokens create deploy -a ${app(context)} -x 8760h`,
        'gh secret set FLY_API_TOKEN',
      ),
  },
  {
    code: 'token-rights',
    command: /^logs/,
    pattern: /\b40[13]\b|unauthorized|forbidden|not authorized/i,
    meaning: 'the token may not read the logs of the app',
    fix: (context) =>
      fix(
        'Use a token that may read logs.',
        `fly tokens create org -o ${context.org ?? 'ORG'} -x 8760h`,
        'gh secret set FLY_API_TOKEN',
      ),
  },
  {
    code: 'token-rights',
    command: /^machine exec/,
    pattern: /\b40[13]\b|unauthorized|forbidden|not authorized/i,
    meaning: 'the token may not run commands in the machine',
  },
  {
    code: 'token-rights',
    command: /^apps create/,
    pattern: /organization \S+ not found|not authorized|forbidden|\b403\b/i,
    meaning: 'the token cannot create apps in that organization, or there is no such organization',
    fix: (context) =>
      fix(
        'A deploy token belongs to one app and cannot create others: create the app once by hand, then make a token for it.',
        `fly apps create ${app(context)} --org ${context.org ?? 'ORG'}`,
        `fly tokens create deploy -a ${app(context)} -x 8760h`,
        'gh secret set FLY_API_TOKEN',
      ),
  },
  {
    code: 'token-rights',
    pattern: /\bnot authorized\b|forbidden|\bstatus(?: code)?:? 403\b|error 403\b|permission_denied/i,
    meaning: 'the token is valid but may not do this',
    fix: (context) =>
      fix(
        'Use a token made for this app.',
        `fly tokens create deploy -a ${app(context)} -x 8760h`,
        'gh secret set FLY_API_TOKEN',
      ),
  },
  {
    code: 'token-invalid',
    pattern:
      /\bunauthorized\b(?!: authentication required)|\bstatus(?: code)?:? 401\b|error 401\b|must be authenticated|(?:token|macaroon)\S* (?:is |has |was )*(?:invalid|expired|revoked|malformed)|(?:invalid|expired|malformed) (?:\w+ )?token/i,
    meaning: 'Fly does not accept the token: it is wrong, expired or revoked',
    fix: (context) =>
      fix(
        'Make a new token and store it as the repository secret FLY_API_TOKEN.',
        `fly tokens create deploy -a ${app(context)} -x 8760h`,
        'gh secret set FLY_API_TOKEN',
      ),
  },
  {
    code: 'rate-limited',
    pattern: /rate limit|too many requests|\bstatus(?: code)?:? 429\b|error 429\b|^429\b/i,
    meaning: 'Fly limits how often it may be asked',
    fix: () => fix('Wait a few minutes, then run the job again; let fewer jobs use the same token at once.'),
    passing: true,
  },
  {
    code: 'lease-held',
    pattern: /lease currently held|lease\b.{0,60}\bheld\b|already (?:has|holds) a lease|lease_conflict/i,
    meaning: 'another process holds the lease of the machine',
  },
  {
    code: 'name-taken',
    pattern: /name (?:has already been|is already) taken|name_taken/i,
    meaning: 'the name of the app is taken, perhaps in an organization you cannot see',
    fix: () =>
      fix(
        'App names are unique across all of Fly.io: choose another one, as `app` in fly.toml or in the workflow.',
      ),
  },
  {
    code: 'plan-required',
    pattern:
      /requires an organization with|requires? (?:a|an) (?:paid|higher|Launch|\S+) plan|payment method|credit card|billing|trial has ended|upgrade your plan/i,
    meaning: 'the plan of the organization does not allow this',
    fix: () =>
      fix(
        'Add a payment method or change the plan of the organization at https://fly.io/dashboard, or choose another region.',
      ),
  },
  {
    code: 'region-unknown',
    pattern: /region (\S+) (?:was )?not found|(?:invalid|unknown) region|region code must be specified/i,
    meaning: 'Fly has no such region',
    fix: () =>
      fix('Choose one of the regions that Fly has, as `primary_region` in fly.toml.', 'fly platform regions'),
  },
  {
    code: 'capacity',
    pattern:
      /insufficient (?:resources|capacity)|insufficient_capacity|no capacity|over capacity|could not reserve|Try choosing a different region/i,
    meaning: 'Fly has no room for this just now',
    fix: (context) =>
      fix(
        `Try again later, take a smaller machine, or move to another region${context.region ? ` than ${context.region}` : ''}; a volume stays in its region.`,
        'fly platform regions',
      ),
  },
  {
    code: 'image-missing',
    pattern:
      /could not find image "?([^"\s]+)"?|manifest unknown|image not found|pull access denied|unauthorized: authentication required/i,
    meaning: 'Fly cannot find the image, or may not pull it',
    fix: () => fix('Check the name and tag of the image, and that it can be pulled without a login.'),
  },
  {
    code: 'snapshot-failed',
    pattern: /snapshot not found|failed to snapshot/i,
    meaning: 'the snapshot could not be made or found',
  },
  {
    code: 'volume-mismatch',
    pattern:
      /needs volumes with name '([\w-]+)'|requires an unattached '([\w-]+)' volume|needs an unattached volume named '([\w-]+)'/,
    meaning: 'the app needs a free volume in the region of its machine',
    fix: (context, found) =>
      fix(
        'Create the volume the config mounts, in the region of the machine.',
        `fly volumes create ${found[1] ?? found[2] ?? found[3] ?? 'data'} -a ${app(context)} -r ${context.region ?? 'REGION'} -s 1 -y`,
      ),
  },
  {
    code: 'volume-mismatch',
    pattern:
      /can't update the attached volume|volume mounted but app config does not specify|(?:already|currently) attached to (?:a )?machine/,
    meaning: 'the volume of the machine and the mount of the config do not fit each other',
    anywhere: true,
    fix: (context) =>
      fix(
        'Give the mount in fly.toml the name of the volume that the machine has.',
        `fly volumes list -a ${app(context)}`,
      ),
  },
  {
    code: 'volume-mismatch',
    pattern: /volume (?:\S+ )?not found/,
    meaning: 'there is no such volume',
    fix: (context) =>
      fix('Look which volumes the app has, and in which region.', `fly volumes list -a ${app(context)}`),
  },
  {
    code: 'config-lint',
    pattern:
      /App configuration is not valid|failed loading app config|config file not found|cannot unmarshal|strict validation failed|missing an app name|could not read file|failed to read file-|failed parsing environment|invalid duration|invalid app configuration/i,
    meaning: 'flyctl does not accept the app configuration',
  },
  {
    code: 'inputs-invalid',
    pattern: /invalid memory size|invalid number of CPUs|invalid CPU kind|memory size for config is too/,
    meaning: 'Fly has no machine of that size',
    fix: () =>
      fix('Choose a size that Fly has, as `vm-memory` or in `[[vm]]` of fly.toml.', 'fly platform vm-sizes'),
  },
  {
    code: 'app-missing',
    pattern: /no machines available to deploy|could not create a fly\.toml from any machines/,
    meaning: 'the app has never been deployed',
    fix: () => fix('Run the action with `operation: deploy` first.'),
  },
  {
    code: 'app-missing',
    pattern: /Could not find App|\bapp not found|the app name \S+ could not be found/i,
    meaning: 'there is no such app, or the token may not see it',
    fix: (context) =>
      fix(
        'Check the name, and that the token belongs to this app.',
        `fly status -a ${app(context)}`,
        'fly apps list',
      ),
  },
  {
    code: 'app-missing',
    command: /^logs/,
    pattern: /\b404\b/,
    meaning: 'there is no such app, or the token may not see it',
  },
  {
    code: 'crash-loop',
    pattern: /the app appears to be crashing/,
    meaning: 'the machine crashed again and again while flyctl watched it',
  },
  {
    code: 'exited',
    pattern: /release command failed/,
    meaning: 'the release command of the config failed',
  },
  {
    code: 'timeout',
    pattern: /timeout reached waiting for (?:health checks|machine's state)|did not (?:reach|stop)/,
    meaning: 'the machine did not reach the state flyctl waited for',
  },
  {
    code: 'fly-api',
    pattern: /is on an unreachable host/,
    meaning: 'the host of the volume cannot be reached, and the machine cannot move without it',
    fix: (context) =>
      fix(
        'Wait until Fly has the host back (https://status.fly.io), or restore the latest snapshot into a new volume.',
        `fly volumes list -a ${app(context)}`,
      ),
  },
  {
    code: 'fly-api',
    pattern: /machine \S+ was not found in app|machine not found/,
    meaning: 'there is no such machine (any more)',
    fix: (context) => fix('Look which machines the app has.', `fly machine list -a ${app(context)}`),
  },
  {
    code: 'fly-api',
    pattern: /machine not running|currently started, either stop/,
    meaning: 'the machine is not in the state that this needs',
    fix: (context) => fix('Look how the machine is doing.', `fly machine list -a ${app(context)}`),
  },
  {
    code: 'fly-api',
    pattern: /Invalid IP address|IP address not found/,
    meaning: 'the app has no such address',
    fix: (context) => fix('Look which addresses the app has.', `fly ips list -a ${app(context)}`),
  },
  {
    code: 'fly-api',
    pattern: /command timed out/,
    meaning: 'the command inside the machine did not end in time',
  },
  {
    code: 'fly-api',
    pattern:
      /connection (?:refused|reset)|no such host|i\/o timeout|handshake timeout|unexpected EOF|: EOF$|unexpected end of JSON|broken pipe|network is unreachable|Client\.Timeout|deadline[ _]exceeded|request canceled|\bstatus(?: code)?:? 5\d\d\b|error 5\d\d\b|^5\d\d\b|internal server error|bad gateway|service unavailable|gateway time-?out/im,
    meaning: 'the API of Fly cannot be reached, or answers with errors',
    fix: () => flyStatus,
    passing: true,
  },
  {
    code: 'build-failed',
    pattern: /failed to fetch an image or build from source|failed to solve|error building/i,
    meaning: 'the image could not be built',
    fix: () =>
      fix(
        'Read the last lines of the build; build the image on your own machine to see it at work.',
        'docker build .',
      ),
  },
  {
    code: 'flyctl-version',
    pattern: /must be specified when not running interactively|prompt: non interactive/,
    meaning: 'flyctl wants to ask a question that nobody can answer here',
  },
];

/**
 * What one run of flyctl that did not end well means. A text that no explanation knows is `fly-api` and may pass:
 * the error bodies of Fly's APIs are free text, so most server errors say neither their status nor their kind.
 */
export function explainFailure(run: {
  readonly flyctl: Pick<Flyctl, 'redact' | 'version'>;
  readonly args: readonly string[];
  readonly completed: Completed;
  readonly context: FixContext;
}): FlyctlFailure {
  const { completed, context, flyctl } = run;
  const command = commandWords(run.args);
  const raw = flyctl.redact(withoutOffendingLine(completed.stderr));
  const error = cleaned(errorBlock(raw));
  const base = {
    command,
    exitCode: completed.exitCode,
    raw,
    evidence: error.split('\n')[0]?.slice(0, 500) || null,
    fix: null,
    passing: false,
  };

  if (completed.cancelled) {
    const message = `flyctl ${command} was stopped because the run was cancelled`;
    return new FlyctlFailure('cancelled', message, base);
  }
  if (completed.timedOut) {
    const seconds = Math.round(completed.durationMs / 1000);
    return new FlyctlFailure('fly-api', `flyctl ${command} did not end within ${seconds} s`, {
      ...base,
      fix: flyStatus,
      passing: true,
    });
  }
  if (completed.exitCode === 3) {
    // A panic. Its stack stands on standard output, with values in it, and is not repeated.
    const code = command === 'secrets import' ? 'secrets-invalid' : 'flyctl-version';
    return new FlyctlFailure(code, `flyctl ${flyctl.version} crashed in ${command}`, base);
  }
  if (error === '' && (completed.exitCode === 127 || completed.exitCode === null)) {
    return new FlyctlFailure('cancelled', `flyctl ${command} was stopped from outside`, base);
  }

  const evidence = ({ code }: Explanation, line: string) => {
    if (code === 'config-lint') return configFinding(completed, flyctl.redact, error);
    return line === error ? base.evidence : line.slice(0, 500);
  };
  for (const explanation of explanations) {
    if (explanation.command && !explanation.command.test(command)) continue;
    const elsewhere = explanation.anywhere ? cleaned(raw).split('\n') : [];
    const line = [error, ...elsewhere].find((text) => explanation.pattern.test(text));
    const found = explanation.pattern.exec(line ?? '');
    if (line === undefined || found === null) continue;
    const lease = explanation.code === 'lease-held' ? heldLease(error, context) : null;
    const said = lease === null ? explanation.meaning : leaseSentence(lease);
    return new FlyctlFailure(explanation.code, `flyctl ${command}: ${said}`, {
      ...base,
      fix: lease === null ? (explanation.fix?.(context, found) ?? null) : leaseFix(lease, context),
      passing: explanation.passing ?? false,
      unsent: explanation.unsent ?? false,
      lease,
      evidence: evidence(explanation, line),
      lastLines: explanation.code === 'build-failed' ? lastBuildLines(raw) : [],
    });
  }
  const said = base.evidence ?? `it ended with exit code ${completed.exitCode} and no word why`;
  return new FlyctlFailure('fly-api', `flyctl ${command} failed: ${said}`, {
    ...base,
    fix: flyStatus,
    passing: true,
  });
}

const groups =
  /^(?:machine leases|volumes snapshots|agent|apps|auth|config|image|ips|machine|orgs|secrets|volumes) \S+/;

/** `['machine', 'list', '-a', 'my-app']` is `machine list`. */
function commandWords(args: readonly string[]): string {
  const words = args.join(' ');
  return groups.exec(words)?.[0] ?? args[0] ?? '';
}

/** flyctl's parser prints the line it could not read, value and all. */
function withoutOffendingLine(stderr: string): string {
  return stderr.replace(
    /(must be provided as NAME=VALUE pairs \()[\s\S]*(is invalid\))/g,
    (_, before: string, after: string) => `${before}a line ${after}`,
  );
}

/**
 * flyctl's own error with the explanation below it. Lines of the app that a failed smoke check prints behind it, and
 * output of a build before it, may look just the same.
 */
function errorBlock(stderr: string): string {
  const own = stderr.split(/^Check its logs: /m)[0] ?? '';
  const start = Math.max(own.lastIndexOf('\nError: ') + 1, own.startsWith('Error: ') ? 0 : -1);
  if (start === 0 && !own.startsWith('Error: ')) return '';
  return own.slice(start).replace(/^Error: /, '');
}

/** What people read: without colours, control characters, request and trace ids, and the text of GraphQL queries. */
export function cleaned(text: string): string {
  return visibleLines(withoutQuery(text).replace(/ ?\((?:Request|Trace) ID: [^)]*\)/g, ''))
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

/** Takes `failed to run query(…) { … }: ` out; the braces are counted, since what follows may hold some too. */
function withoutQuery(text: string): string {
  const start = /failed to run (?:query|mutation)\b[^{]*/.exec(text);
  if (start === null) return text;
  let depth = 0;
  for (let at = start.index + start[0].length; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return text.slice(0, start.index) + text.slice(at + 1).replace(/^:? /, '');
  }
  return text;
}

function heldLease(error: string, context: FixContext): HeldLease {
  const who = /held by (.+?)(?:, expires at (\S+?))?[\s,.;]*(?:\n|$)/.exec(error);
  const machineId = /machine(?: ID)? ([0-9a-f]{8,})\b|\bVM ([0-9a-f]{8,})\b/.exec(error);
  const expires = Date.parse(who?.[2] ?? '');
  return {
    machineId: machineId?.[1] ?? machineId?.[2] ?? context.machineId ?? '',
    owner: who?.[1] ?? null,
    expiresAt: Number.isNaN(expires) ? null : expires,
  };
}

function leaseSentence(lease: HeldLease): string {
  const machine = lease.machineId === '' ? 'the machine' : `machine ${lease.machineId}`;
  const until = lease.expiresAt === null ? '' : ` until ${new Date(lease.expiresAt).toISOString()}`;
  return `${machine} is leased to ${lease.owner ?? 'somebody else'}${until}`;
}

function leaseFix(lease: HeldLease, context: FixContext): Fix {
  return fix(
    'Wait for the other deploy or command to end. If none is running, clear the lease it left.',
    `fly machine leases clear ${lease.machineId || 'MACHINE'} -a ${app(context)}`,
  );
}

/** For a config that is not valid flyctl says why on standard output, below `Validating PATH`. */
function configFinding(completed: Completed, redact: (text: string) => string, error: string): string {
  if (!error.includes('App configuration is not valid')) return error.slice(0, 500);
  const [, said = ''] = completed.stdout.split(/^Validating .*$/m);
  const lines = cleaned(redact(said))
    .split('\n')
    .map((line) => line.replace(/^\s*✘/, ''));
  const findings = lines.filter((line) => line !== '' && line !== 'invalid app configuration');
  return (findings.length === 0 ? error : findings.join('\n')).slice(0, 500);
}

const buildLines = 20;

function lastBuildLines(raw: string): readonly string[] {
  const end = raw.lastIndexOf('\nError: ');
  const build = raw.slice(Math.max(0, raw.lastIndexOf('==> Building image')), end === -1 ? undefined : end);
  return cleaned(build.slice(-64 * 1024))
    .split('\n')
    .slice(-buildLines);
}
