import * as z from 'zod/mini';
import { Failure, someWorkflow } from './causes.ts';

/** What the workflow asked for, checked and typed. Times in milliseconds, sizes in MB, as the names say. */
export interface Inputs {
  readonly token: string;
  readonly app: string | null;
  readonly operation: Operation;
  readonly mode: 'auto' | 'public' | 'private';
  readonly privateAccess: 'flycast' | 'none';
  readonly org: string;
  readonly region: string;
  readonly config: string | null;
  readonly source: 'auto' | 'workspace' | 'image' | 'upstream';
  readonly version: string;
  readonly repository: string;
  readonly image: string;
  readonly minAgeMs: number;
  readonly ignoreVersions: readonly string[];
  readonly buildArgs: readonly string[];
  readonly redeploy: 'always' | 'if-changed';
  readonly secrets: string;
  readonly secretsInclude: readonly string[] | null;
  readonly secretsExclude: readonly string[] | null;
  readonly pruneSecrets: readonly string[];
  readonly generateGatewayToken: boolean;
  readonly openclawConfig: string | null;
  readonly vmMemoryMb: number | null;
  readonly command: string | null;
  readonly expectDiscord: 'auto' | boolean;
  readonly listenTimeoutMs: number;
  readonly discordTimeoutMs: number;
  readonly stableForMs: number;
  readonly timeoutMs: number;
  readonly failOn: 'failed' | 'degraded';
  readonly healLock: boolean;
  readonly snapshot: 'auto' | 'always' | 'never' | 'best-effort';
  readonly rollbackOnFailure: 'false' | 'true' | 'with-volume';
  readonly flyctlVersion: string;
  readonly summary: boolean;
  readonly dryRun: boolean;
  readonly githubToken: string;
  /** Inputs that the workflow set and this operation does not read: said once, never an error. */
  readonly ignored: readonly string[];
}

export const operations = ['deploy', 'verify', 'restart', 'rollback', 'release-lock'] as const;
export type Operation = (typeof operations)[number];

type Environment = Readonly<Record<string, string | undefined>>;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`, `1m30s`, `1.5s`, `800ms` in milliseconds; `null` for anything else. */
export function parseDuration(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? Number.NaN);
  }
  return total;
}

/** `2048mb`, `2gb`, `2048` (MB, as in fly.toml) in MB; `null` for anything else. */
export function parseMegabytes(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*(mb|mib|gb|gib)?$/i.exec(text);
  if (!found) return null;
  const size = Number(found[1]) * (/^g/i.test(found[2] ?? '') ? 1024 : 1);
  return Number.isInteger(size) ? size : null;
}

const text = z.string();

const turned = <T>(turn: (text: string) => T) => z.pipe(text, z.transform(turn));

/** A text that `read` understands: it gives `null` for anything else, which is then not what is `allowed`. */
const readable = <T>(read: (text: string) => T | null, allowed: string) =>
  z.pipe(
    text,
    z.transform((given: string, context) => {
      const value = read(given);
      if (value !== null) return value;
      context.issues.push({ code: 'custom', message: allowed, input: given });
      return z.NEVER;
    }),
  );

const duration = (least: string, most: string) => {
  const [min, max] = [parseDuration(least) ?? 0, parseDuration(most) ?? Number.POSITIVE_INFINITY];
  return readable((given) => {
    const ms = parseDuration(given);
    return ms === null || ms < min || ms > max ? null : ms;
  }, `a duration from ${least} to ${most}, such as 90s, 5m or 1m30s`);
};

const truth = readable((given) => {
  if (/^(?:true|True|TRUE)$/.test(given)) return true;
  return /^(?:false|False|FALSE)$/.test(given) ? false : null;
}, 'true or false');

const oneOf = <const T extends readonly string[]>(values: T) =>
  readable(
    (given): T[number] | null => (values.includes(given) ? given : null),
    `one of ${values.join(', ')}`,
  );

const memory = readable((given) => {
  const size = parseMegabytes(given);
  return size === null || size < 256 || size > 131_072 || size % 256 !== 0 ? null : size;
}, 'a size such as 2048mb or 2gb, in steps of 256 MB');

const matching = (pattern: RegExp, allowed: string) => text.check(z.regex(pattern, allowed));

const empty = z.literal('');

const nothing = z.pipe(
  empty,
  z.transform(() => null),
);

const orNull = <T extends z.ZodMiniType>(schema: T) => z.union([nothing, schema]);

const lines = turned((given) =>
  given
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#')),
);

/** Names of globs are written one a line or separated by commas. */
const globs = turned((given) =>
  given
    .split(/[\r\n,]+/)
    .map((glob) => glob.trim())
    .filter((glob) => glob !== '' && !glob.startsWith('#')),
);

const appName = matching(
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  'an app name of Fly: lower-case letters, digits and dashes, at most 63',
);

/** One row an input: its default, how it is read, and the operations that read it (all, where none is named). */
const table = {
  'fly-api-token': { fallback: '', schema: text },
  app: { fallback: '', schema: orNull(appName) },
  operation: { fallback: 'deploy', schema: oneOf(operations) },
  mode: { fallback: 'auto', schema: oneOf(['auto', 'public', 'private']) },
  'private-access': { fallback: 'flycast', schema: oneOf(['flycast', 'none']) },
  org: {
    fallback: 'personal',
    schema: matching(/^[a-z0-9][a-z0-9-]*$/, 'the slug of an organization'),
    for: ['deploy'],
  },
  region: {
    fallback: 'iad',
    schema: matching(/^[a-z]{3}$/, 'a region of Fly: three lower-case letters, such as iad'),
    for: ['deploy'],
  },
  config: { fallback: '', schema: orNull(text) },
  source: { fallback: 'auto', schema: oneOf(['auto', 'workspace', 'upstream', 'image']), for: ['deploy'] },
  version: {
    fallback: 'latest',
    schema: matching(/^[\w][\w.:+-]{0,127}$/, 'latest, main, a tag, a commit or a digest'),
    for: ['deploy', 'rollback'],
  },
  repository: {
    fallback: 'openclaw/openclaw',
    schema: matching(/^[\w.-]+\/[\w.-]+$/, 'owner/name of a GitHub repository'),
    for: ['deploy'],
  },
  image: {
    fallback: 'ghcr.io/openclaw/openclaw',
    schema: matching(/^[a-z0-9][\w.:/-]*[\w]$/, 'an image without tag, such as ghcr.io/openclaw/openclaw'),
    for: ['deploy'],
  },
  'min-age': { fallback: '0s', schema: duration('0s', '8760h'), for: ['deploy'] },
  'ignore-versions': { fallback: '', schema: globs, for: ['deploy'] },
  'build-args': { fallback: '', schema: lines, for: ['deploy'] },
  redeploy: {
    fallback: '',
    schema: z.union([empty, oneOf(['always', 'if-changed'])]),
    for: ['deploy'],
  },
  secrets: { fallback: '', schema: text, for: ['deploy', 'restart'] },
  'secrets-include': { fallback: '', schema: globs, for: ['deploy', 'restart'] },
  'secrets-exclude': { fallback: '', schema: globs, for: ['deploy', 'restart'] },
  'prune-secrets': { fallback: '', schema: globs, for: ['deploy', 'restart'] },
  'generate-gateway-token': { fallback: 'true', schema: truth, for: ['deploy'] },
  'openclaw-config': { fallback: '', schema: orNull(text), for: ['deploy'] },
  'vm-memory': {
    fallback: '',
    schema: orNull(memory),
    for: ['deploy', 'rollback'],
  },
  command: { fallback: '', schema: orNull(text), for: ['deploy', 'rollback'] },
  'expect-discord': { fallback: 'auto', schema: z.union([z.literal('auto', { error: 'auto' }), truth]) },
  'listen-timeout': { fallback: '5m', schema: duration('1s', '60m') },
  'discord-timeout': { fallback: '3m', schema: duration('1s', '60m') },
  'stable-for': { fallback: '8s', schema: duration('0s', '10m') },
  timeout: { fallback: '30m', schema: duration('1s', '6h') },
  'fail-on': { fallback: 'failed', schema: oneOf(['failed', 'degraded']) },
  'heal-lock': { fallback: 'false', schema: truth, for: ['deploy', 'restart'] },
  snapshot: {
    fallback: 'auto',
    schema: oneOf(['auto', 'always', 'never', 'best-effort']),
    for: ['deploy', 'rollback'],
  },
  'rollback-on-failure': {
    fallback: '',
    schema: z.union([empty, oneOf(['false', 'true', 'with-volume'])]),
    for: ['deploy'],
  },
  'flyctl-version': {
    fallback: '',
    schema: matching(
      /^(?:|latest|preinstalled|v?\d+\.\d+\.\d+)$/,
      'latest, preinstalled, or a version such as 0.4.105',
    ),
  },
  summary: { fallback: 'true', schema: truth },
  'dry-run': { fallback: 'false', schema: truth },
  'github-token': { fallback: '', schema: text, for: ['deploy'] },
} as const satisfies Record<string, { fallback: string; schema: z.ZodMiniType; for?: readonly Operation[] }>;

/** Inputs whose value is never repeated in an error: it is, or may be, a secret. */
const unspeakable = new Set(['fly-api-token', 'github-token', 'secrets', 'build-args']);

/** Every input of action.yml, with its default. */
export const inputDefaults: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(table).map(([name, row]) => [name, row.fallback]),
);

type Row = keyof typeof table;

/**
 * Reads `INPUT_*` as the runner sets it. All bad inputs are reported in one error, before anything is touched.
 *
 * @throws Failure `inputs-invalid`, naming each input, its value and what is allowed; `token-invalid` without a token
 */
export function readInputs(env: Environment): Inputs {
  const problems: string[] = [];
  const wrong: { name: string; shown: string; instead: string; allowed: string }[] = [];
  const given = (name: string) => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
  const read = <N extends Row>(name: N): z.output<(typeof table)[N]['schema']> => {
    const text = given(name) || table[name].fallback;
    const parsed = table[name].schema.safeParse(text);
    if (parsed.success) return parsed.data as z.output<(typeof table)[N]['schema']>;
    const allowed = [...new Set(parsed.error.issues.flatMap(messages))].join(', or ');
    const shown = unspeakable.has(name) ? 'the value given' : `"${shorten(text)}"`;
    problems.push(`${name}: ${shown} is not ${allowed}`);
    wrong.push({ name, shown, instead: table[name].fallback, allowed });
    return undefined as z.output<(typeof table)[N]['schema']>;
  };

  const operation = read('operation');
  const scheduled = env.GITHUB_EVENT_NAME === 'schedule';
  const inputs: Inputs = {
    token: read('fly-api-token') || (env.FLY_API_TOKEN ?? '').trim(),
    app: read('app'),
    operation,
    mode: read('mode'),
    privateAccess: read('private-access'),
    org: read('org'),
    region: read('region'),
    config: read('config'),
    source: read('source'),
    version: read('version'),
    repository: read('repository'),
    image: read('image'),
    minAgeMs: read('min-age'),
    ignoreVersions: read('ignore-versions'),
    buildArgs: read('build-args'),
    redeploy: read('redeploy') || (scheduled ? 'if-changed' : 'always'),
    secrets: read('secrets'),
    secretsInclude: given('secrets-include') ? read('secrets-include') : null,
    secretsExclude: given('secrets-exclude') ? read('secrets-exclude') : null,
    pruneSecrets: read('prune-secrets'),
    generateGatewayToken: read('generate-gateway-token'),
    openclawConfig: read('openclaw-config'),
    vmMemoryMb: read('vm-memory'),
    command: read('command'),
    expectDiscord: read('expect-discord'),
    listenTimeoutMs: read('listen-timeout'),
    discordTimeoutMs: read('discord-timeout'),
    stableForMs: read('stable-for'),
    timeoutMs: read('timeout'),
    failOn: read('fail-on'),
    healLock: read('heal-lock'),
    snapshot: read('snapshot'),
    rollbackOnFailure: read('rollback-on-failure') || (scheduled ? 'true' : 'false'),
    flyctlVersion: read('flyctl-version'),
    summary: read('summary'),
    dryRun: read('dry-run'),
    githubToken: read('github-token'),
    ignored: Object.entries(table)
      .filter(([name, row]) => 'for' in row && differs(name, given(name)) && !reads(row.for, operation))
      .map(([name]) => name),
  };
  for (const pair of inputs.buildArgs ?? []) {
    if (!/^[A-Za-z_]\w*=/.test(pair)) problems.push('build-args: a line is not NAME=VALUE');
  }
  if (problems.length > 0) {
    const count = problems.length === 1 ? 'One input is' : `${problems.length} inputs are`;
    throw new Failure('inputs-invalid', `${count} not right: ${problems.join('; ')}`, {
      evidence: wrong.map(({ name, shown }) => `${name}: ${shown}`).join(', ') || problems.join('; '),
      fix: {
        text:
          wrong.length === 0
            ? 'Correct the inputs that the message names in the workflow.'
            : 'Write a value that is allowed, or leave the input out of the workflow.',
        commands: [],
        lines:
          wrong.length === 0
            ? null
            : {
                file: someWorkflow,
                language: 'yaml',
                text: ['with:', ...wrong.map(lineInstead)].join('\n'),
              },
      },
    });
  }
  if (inputs.token === '') {
    throw new Failure(
      'token-invalid',
      'No Fly token: set the input fly-api-token, or FLY_API_TOKEN in the environment of the step. Pull requests from forks and runs of Dependabot get no secrets, and those of an environment need `environment:` in the job',
    );
  }
  return inputs;
}

/** A default that the workflow spelled out is not a wish for this operation. */
function differs(name: string, text: string): boolean {
  return text !== '' && text !== inputDefaults[name] && name !== 'github-token';
}

function reads(readers: readonly Operation[], operation: Operation): boolean {
  return readers.includes(operation);
}

function messages(issue: z.core.$ZodIssue): string[] {
  return issue.code === 'invalid_union'
    ? issue.errors
        .flat()
        .flatMap(messages)
        .filter((text) => !text.startsWith('Invalid input'))
    : [issue.message];
}

/** The line to write in the workflow, with what is allowed beside it. */
function lineInstead({ name, instead, allowed }: { name: string; instead: string; allowed: string }): string {
  return instead === '' ? `  # ${name}: ${allowed}` : `  ${name}: ${instead} # ${allowed}`;
}

/** Newlines and length of a bad value must not wreck the one line that names it. */
function shorten(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
