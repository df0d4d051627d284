import { posix } from 'node:path';
import { Failure } from '../causes.ts';
import { localPort } from '../report/next-steps.ts';
import { splitCommand } from './command.ts';
import type { AppConfig } from './config.ts';
import { holdsCredential, isCredential } from './credentials.ts';
import type { Finding } from './finding.ts';
import { type Json5Document, Json5Error, parseJson5 } from './json5.ts';
import type { Path, Place } from './places.ts';
import { type RuleId, rules } from './rules.ts';
import { stateDirectory } from './state-directory.ts';

/** Files for the machine, and the start command that puts a gateway config in place before the gateway starts. */
export interface BootConfig {
  readonly files: readonly { readonly guestPath: string; readonly text: string }[];
  /** The user's start command with the step before it; the gateway takes the place of the shell, so signals reach it. */
  wrap(command: string): string;
  /** For the list of overrides: `puts the config of … in place`. */
  readonly purpose: string;
}

/** What the checks of a gateway config need to know. */
export interface OpenclawContext {
  /** Origins of the pages people open the Control UI from, see `controlUiOrigins`. */
  readonly origins: readonly string[];
  /** OpenClaw version that will run, e.g. `2026.9.6`; `null` where it is not known. */
  readonly version: string | null;
  /** `--bind` of the start command, which wins over the config. */
  readonly bindFlag: string | null;
}

/**
 * Checks the file of the input `openclaw-config`.
 *
 * @param file as the user named it
 */
export function checkOpenclawConfig(
  file: string,
  text: string,
  context: OpenclawContext,
): readonly Finding[] {
  let document: Json5Document;
  try {
    document = parseJson5(text);
  } catch (error) {
    if (!(error instanceof Json5Error)) throw error;
    return [
      finding(file, 'openclaw-config-error', 'error', error.place, `JSON5 error: ${error.message}`, null),
    ];
  }
  const { value, places } = document;
  if (!isTable(value)) {
    const message = 'the gateway config has to be an object: { … }';
    return [finding(file, 'openclaw-config-error', 'error', { line: 1, column: 1 }, message, null)];
  }
  const findings: Finding[] = [];
  const found = (
    rule: RuleId,
    severity: Finding['severity'],
    path: Path,
    message: string,
    lines: string | null,
  ) => {
    const missing = path.length === 0;
    findings.push({ ...finding(file, rule, severity, places.of(path), message, lines), missing });
  };

  for (const secret of credentialsIn(value, [])) {
    const name = environmentName(secret);
    const dotted = secret.join('.');
    const key = String(secret.at(-1));
    const written = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    found(
      'openclaw-config-secret',
      'error',
      secret,
      `${dotted} holds a credential`,
      `${written}: "\${${name}}",`,
    );
  }

  // What is said in a comment, or in the middle of a longer text, is shipped as well.
  for (const [index, line] of text.split('\n').entries()) {
    if (!holdsCredential(line) || findings.some((one) => one.line === index + 1)) continue;
    const place = { line: index + 1, column: 1 };
    findings.push(
      finding(file, 'openclaw-config-secret', 'error', place, 'this line holds a credential', null),
    );
  }

  const [included] = includesIn(value, []);
  if (included !== undefined) {
    found('openclaw-config-include', 'warning', included, `${included.join('.')} names another file`, null);
  }
  const gateway = isTable(value.gateway) ? value.gateway : {};
  // What comes from another file, or from a variable, is not known.
  const isWhole = value.$include === undefined && gateway.$include === undefined;
  if (gateway.mode !== 'local' && !isVariable(gateway.mode) && (isWhole || gateway.mode !== undefined)) {
    const message = gateway.mode === undefined ? 'gateway.mode is missing' : 'gateway.mode is not "local"';
    found('openclaw-config-mode', 'error', ['gateway', 'mode'], message, 'gateway: { mode: "local" },');
  }
  if (gateway.bind === 'loopback' && context.bindFlag === null) {
    const message = 'gateway.bind is "loopback" and the start command does not say otherwise';
    found('openclaw-config-bind', 'warning', ['gateway', 'bind'], message, 'bind: "lan",');
  }
  const missing =
    isWhole || gateway.controlUi !== undefined ? missingOrigins(gateway.controlUi, context.origins) : [];
  if (missing.length > 0) {
    const controlUi = isTable(gateway.controlUi) ? gateway.controlUi : {};
    const none = !Array.isArray(controlUi.allowedOrigins) || controlUi.allowedOrigins.length === 0;
    const fatal = none && refusesWithoutOrigins(context.version);
    found(
      'openclaw-config-origins',
      fatal ? 'error' : 'warning',
      ['gateway', 'controlUi', 'allowedOrigins'],
      `gateway.controlUi.allowedOrigins has not ${missing.join(', ')}` +
        (fatal ? `, and OpenClaw ${context.version} does not start without origins` : ''),
      `controlUi: { allowedOrigins: ${JSON.stringify(context.origins)} },`,
    );
  }
  return findings;
}

/**
 * Whether the gateway's config settles how people get in, so that a token made up beside it would be one too many:
 * `trusted-proxy` refuses a token. One that leaves the token to OPENCLAW_GATEWAY_TOKEN does not.
 */
export function settlesAuth(text: string): boolean {
  let value: unknown;
  try {
    ({ value } = parseJson5(text));
  } catch {
    return false;
  }
  const gateway = isTable(value) && isTable(value.gateway) ? value.gateway : {};
  const auth = isTable(gateway.auth) ? gateway.auth : {};
  if (auth.mode !== undefined && auth.mode !== 'token') return true;
  const own = [auth.token, auth.password].filter((credential) => credential !== undefined);
  return own.some((credential) => credential !== '${OPENCLAW_GATEWAY_TOKEN}');
}

/** The pages a browser opens the Control UI from: the app's own URL, or those of a private app. */
export function controlUiOrigins(app: string, access: 'public' | 'flycast' | 'console'): readonly string[] {
  if (access === 'public') return [`https://${app}.fly.dev`];
  const local = [`http://localhost:${localPort}`, `http://127.0.0.1:${localPort}`];
  return access === 'flycast' ? [`http://${app}.flycast`, ...local] : local;
}

/**
 * Versions that refuse to start on `--bind lan` without allowed origins (recorded: 2026.2.26 to 2026.3.31, and
 * 2026.4.15 on Fly).
 */
function refusesWithoutOrigins(version: string | null): boolean {
  const day = releaseDay(version);
  return day !== null && ((day >= 20260226 && day <= 20260331) || day === 20260415);
}

/** Versions before know no `controlUi.allowedOrigins` and refuse a config with unknown keys. */
function knowsOrigins(version: string | null): boolean {
  const day = releaseDay(version);
  return day !== null && day >= 20260226;
}

function releaseDay(version: string | null): number | null {
  const found = /^v?(\d{4})\.(\d{1,2})\.(\d{1,2})(?:$|[-+])/.exec(version ?? '');
  return found ? Number(found[1]) * 10_000 + Number(found[2]) * 100 + Number(found[3]) : null;
}

/**
 * The file of `openclaw-config` becomes the gateway's config when it is another one than this put there last: what
 * people change in the Control UI is not lost at each boot. The config before is kept beside it.
 *
 * @throws Failure `inputs-invalid` where the config's place or the start command cannot be known
 */
export function bootWithConfig(
  config: AppConfig,
  command: string | null,
  file: string,
  text: string,
): BootConfig {
  const place = configPlace(config);
  const start = command ?? config.start?.command ?? null;
  if (start === null || !canWrap(start)) {
    throw new Failure(
      'inputs-invalid',
      start === null
        ? `openclaw-config: the config is put in place by the start command, and ${config.source.file} names none.`
        : 'openclaw-config: the config is put in place by the start command, and what this one starts with ' +
            "is not a program but an argument of the image's entrypoint.",
      { fix: commandFix(config) },
    );
  }
  if (place === null) {
    throw new Failure(
      'inputs-invalid',
      `openclaw-config: ${config.source.file} does not tell where the gateway's config is; set OPENCLAW_STATE_DIR, ` +
        'or, for a fork, its own name for OPENCLAW_CONFIG_PATH.',
      {
        fix: {
          text: `Say in ${config.source.file} where the state of the gateway is.`,
          commands: [],
          lines: {
            file: config.source.file,
            language: 'toml',
            text: '[env]\n  OPENCLAW_STATE_DIR = "/data"',
          },
        },
      },
    );
  }
  return boot(place, text, 'replace', `puts ${file} in place as ${place}`);
}

/**
 * First boots: a small config with the allowed origins, put in place only where there is no config at all. `null`
 * where nothing is needed or nothing safe can be done: a version that is not known or does not know the key, a
 * gateway on loopback, a fork whose config has another name.
 */
export function bootWithOrigins(
  config: AppConfig,
  command: string | null,
  version: string | null,
  access: 'public' | 'flycast' | 'console',
  app: string,
): BootConfig | null {
  const start = command ?? config.start?.command ?? null;
  const place = configPlace(config);
  if (start === null || place === null || !canWrap(start) || !knowsOrigins(version)) return null;
  // Later versions allow localhost by themselves, which is all that the ssh console needs.
  if (access === 'console' && !refusesWithoutOrigins(version)) return null;
  // All of them, since the config stays when the app is made private, or public, one day.
  const origins = (['public', 'flycast'] as const).flatMap((each) => controlUiOrigins(app, each));
  const text = JSON.stringify(
    { gateway: { mode: 'local', controlUi: { allowedOrigins: origins } } },
    null,
    2,
  );
  return boot(
    place,
    `${text}\n`,
    'seed',
    `puts a first config with the allowed origins in place as ${place}`,
  );
}

/** Where the gateway looks for its config: OPENCLAW_CONFIG_PATH, else `openclaw.json` in the state directory. */
export function configPlace(config: AppConfig): string | null {
  for (const [name, { value }] of config.env) {
    if (/^[A-Za-z0-9_]+_CONFIG_PATH$/.test(name) && posix.isAbsolute(value)) return value;
  }
  const state = stateDirectory(config);
  if (state === null || !posix.isAbsolute(state.path)) return null;
  // A fork renames the file with the variable; what it is called is not known.
  const name = state.variable;
  return /^(?:OPENCLAW|CLAWDBOT|MOLTBOT)_/.test(name) ? posix.join(state.path, 'openclaw.json') : null;
}

/** Where the files of a `BootConfig` lie in the machine; a start command that names it is one of ours. */
export const bootFolder = '/etc/deploy-openclaw';

function boot(place: string, text: string, policy: 'replace' | 'seed', purpose: string): BootConfig {
  const script = `${bootFolder}/put-config.sh`;
  return {
    purpose,
    files: [
      { guestPath: `${bootFolder}/openclaw.json5`, text },
      { guestPath: script, text: putConfigScript(`${bootFolder}/openclaw.json5`, place, policy) },
    ],
    // flyctl splits the command into words and runs no shell, so the user's words stay as they are after the script.
    wrap: (command) => `sh -c 'sh ${script}; exec "$@"' sh ${command}`,
  };
}

/**
 * The script that puts a config in place. POSIX sh and its everyday tools only; whatever goes wrong, the gateway
 * starts with the config it has. The gateway's own backup is moved away first: seen with 2026.9.6, which restored it
 * over a config that was smaller than the last one it knew, or lacked `meta`.
 *
 * @param policy `replace`: when `from` differs from what was put there last; `seed`: where there is no config
 */
export function putConfigScript(from: string, to: string, policy: 'replace' | 'seed'): string {
  const directory = posix.dirname(to);
  const older = ['clawdbot.json', 'moltbot.json'].map((name) => quote(posix.join(directory, name)));
  const decide =
    policy === 'seed'
      ? `for old in "$to" ${older.join(' ')}; do
  [ -e "$old" ] && exit 0
done`
      : `[ -f "$to" ] && same "$from" "$to.deployed" && exit 0`;
  return `# Written by the deploy. The gateway starts after this, whatever happens here.
from=${quote(from)}
to=${quote(to)}
say() { echo "[deploy] $*"; }
# Where a later step gives up the rights of root, the gateway has to be able to read what is put here.
own() {
  [ "$(id -u)" = 0 ] || return 0
  made=$1
  set -- $(ls -dn "$(dirname "$made")")
  chown "$3:$4" "$made" || return 0
}
put() {
  # With this file there, the gateway takes a smaller config for an accident and brings the one before back.
  [ -f "$to.bak" ] && mv -f "$to.bak" "$to.bak.before-deploy"
  mv -f "$to.new" "$to"
}
same() { [ -f "$1" ] && [ -f "$2" ] && [ "$(cat "$1")" = "$(cat "$2")" ]; }
if [ ! -r "$from" ]; then
  say "cannot read $from: the gateway config stays as it is"
  exit 0
fi
${decide}
umask 077
[ -d ${quote(directory)} ] || { mkdir -p ${quote(directory)} && own ${quote(directory)}; }
if [ -f "$to" ] && ! same "$from" "$to"; then
  if ! cp -p "$to" "$to.before-deploy"; then
    say "cannot keep a copy of $to: it stays as it is"
    exit 0
  fi
fi
if cat "$from" > "$to.new" && own "$to.new" && put; then
  cat "$from" > "$to.deployed.new" && own "$to.deployed.new" && mv -f "$to.deployed.new" "$to.deployed"
  say "$to is the config of this deploy"
else
  rm -f "$to.new"
  say "cannot write $to: the gateway config stays as it is"
fi
`;
}

/** A command whose first word is an argument for the image's entrypoint (\`gateway …\`) cannot follow a shell. */
function canWrap(command: string): boolean {
  const first = splitCommand(command)?.[0];
  return first !== undefined && first !== 'gateway' && !first.startsWith('-');
}

function commandFix(config: AppConfig) {
  return {
    text: 'Name the start command in the config, or in the input command.',
    commands: [],
    lines: {
      file: config.source.file,
      language: 'toml' as const,
      text:
        `[processes]\n  ${config.gatewayGroup} = ` +
        '"node dist/index.js gateway --allow-unconfigured --port 3000 --bind lan"',
    },
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function missingOrigins(controlUi: unknown, wanted: readonly string[]): readonly string[] {
  if (!isTable(controlUi)) return wanted;
  if (controlUi.dangerouslyAllowHostHeaderOriginFallback === true) return [];
  const allowed = Array.isArray(controlUi.allowedOrigins) ? controlUi.allowedOrigins.map(String) : [];
  if (allowed.includes('*') || allowed.some(isVariable)) return [];
  return wanted.filter((origin) => !allowed.some((one) => one.replace(/\/$/, '').toLowerCase() === origin));
}

/** `${NAME}`, which the gateway replaces. */
function isVariable(value: unknown): boolean {
  return typeof value === 'string' && /\$\{\w+\}/.test(value);
}

function includesIn(value: unknown, path: Path): Path[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => includesIn(item, [...path, index]));
  if (!isTable(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$include' ? [[...path, key]] : includesIn(item, [...path, key]),
  );
}

function credentialsIn(value: unknown, path: Path): Path[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => credentialsIn(item, [...path, index]));
  if (isTable(value)) {
    return Object.entries(value).flatMap(([key, item]) => credentialsIn(item, [...path, key]));
  }
  const name = path.findLast((part) => typeof part === 'string') ?? '';
  return typeof value === 'string' && isCredential(name, value) ? [path] : [];
}

const knownNames: Readonly<Record<string, string>> = {
  'gateway.auth.token': 'OPENCLAW_GATEWAY_TOKEN',
  'gateway.auth.password': 'OPENCLAW_GATEWAY_PASSWORD',
  'channels.discord.token': 'DISCORD_BOT_TOKEN',
  'channels.telegram.botToken': 'TELEGRAM_BOT_TOKEN',
  'channels.slack.botToken': 'SLACK_BOT_TOKEN',
  'channels.slack.appToken': 'SLACK_APP_TOKEN',
};

/** The environment variable to use instead: OpenClaw's own name where it has one, else one made of the path. */
function environmentName(path: Path): string {
  const words = path.filter((part) => typeof part === 'string');
  const known = knownNames[words.join('.')];
  if (known) return known;
  const key = words.at(-1) ?? 'SECRET';
  const snake = (word: string) =>
    word
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replace(/[^A-Za-z0-9]+/g, '_')
      .toUpperCase();
  if (words[0] === 'env') return snake(key);
  if (words[0] === 'models' && words[1] === 'providers' && words[2]) return snake(`${words[2]}_${key}`);
  return snake(words.slice(-2).join('_'));
}

function finding(
  file: string,
  rule: RuleId,
  severity: Finding['severity'],
  place: Place,
  message: string,
  lines: string | null,
): Finding {
  return {
    rule,
    severity,
    file,
    line: place.line,
    column: place.column,
    message,
    why: rules[rule].why,
    lines,
    missing: false,
  };
}
