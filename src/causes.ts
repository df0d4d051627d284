/**
 * Every cause a run can end with. One code here is one row in docs/causes.md; no code exists outside this list.
 * The first block is what the gateway itself says, the second what the platform, the CLI or the inputs say.
 */
export const causeCodes = [
  'healthy',
  'port-in-use',
  'gateway-lock',
  'out-of-memory',
  'killed',
  'config-invalid',
  'config-missing',
  'auth-missing',
  'allowed-origins',
  'bind-loopback',
  'bad-argument',
  'state-unwritable',
  'state-full',
  'state-newer',
  'node-version',
  'module-missing',
  'migrations-failed',
  'restart-breaker',
  'discord-auth',
  'discord-intents',
  'discord-plugin-missing',
  'discord-untrusted',
  'discord-suppressed',
  'discord-no-token',
  'discord-unreachable',
  'silent',

  'exited',
  'crash-loop',
  'timeout',
  'discord-timeout',
  'port-mismatch',
  'public-address',
  'private-unreachable',
  'unverified',
  'superseded',
  'model-key-missing',
  'config-lint',
  'secrets-invalid',
  'inputs-invalid',
  'token-invalid',
  'token-rights',
  'app-missing',
  'name-taken',
  'region-unknown',
  'plan-required',
  'capacity',
  'volume-mismatch',
  'image-missing',
  'build-failed',
  'lease-held',
  'rate-limited',
  'upstream-unreachable',
  'fly-api',
  'flyctl-install',
  'flyctl-version',
  'snapshot-failed',
  'up-to-date',
  'dry-run',
  'cancelled',
  'internal',
] as const;

export type CauseCode = (typeof causeCodes)[number];

/** Who gave a piece of evidence. `action`: nobody else, this action reckoned it. */
export const evidenceSources = [
  'gateway',
  'machine',
  'probe',
  'url',
  'flyctl',
  'config',
  'inputs',
  'github',
  'registry',
  'action',
] as const;

export type EvidenceSource = (typeof evidenceSources)[number];

/** What can be pasted to mend it. */
export interface Fix {
  /** One plain sentence: what to do. */
  readonly text: string;
  /** Shell commands, each on its own line. */
  readonly commands: readonly string[];
  /** Lines for a file, e.g. fly.toml or the workflow. */
  readonly lines: {
    readonly file: string;
    readonly language: 'toml' | 'yaml' | 'json5';
    readonly text: string;
  } | null;
}

/** What a fix may name. Everything is optional: a fix says as much as is known. */
export interface FixContext {
  readonly app?: string | undefined;
  readonly machineId?: string | undefined;
  readonly region?: string | undefined;
  readonly org?: string | undefined;
  readonly memoryMb?: number | undefined;
  /** Port the gateway was told to use, and the service's internal_port. */
  readonly gatewayPort?: number | undefined;
  readonly internalPort?: number | undefined;
  readonly stateDir?: string | undefined;
  readonly url?: string | undefined;
  /** OpenClaw version that runs, e.g. `2026.9.6`, where it is known. */
  readonly version?: string | undefined;
  /** The decisive line, cleaned: some fixes repeat a key or a version from it. */
  readonly evidence?: string | undefined;
  readonly exitCode?: number | null | undefined;
  /** Public addresses that a private app has. */
  readonly addresses?: readonly string[] | undefined;
  /** The machine stays up, so that commands can run in it. */
  readonly up?: boolean | undefined;
  /** The token may not read the logs. */
  readonly unread?: boolean | undefined;
  /** Names of the secrets that the workflow sends: their values are changed in GitHub, not on Fly. */
  readonly sent?: ReadonlySet<string> | undefined;
  /** The process command of the gateway as the user wrote it, its process group, and whether it is the input `command`. */
  readonly command?: { readonly text: string; readonly group: string; readonly input: boolean } | undefined;
  /** The memory is that of the input `vm-memory`. */
  readonly memoryInput?: boolean | undefined;
  /** The file that the input `openclaw-config` names. */
  readonly openclawConfig?: string | undefined;
  /** The Fly config as the user names it. */
  readonly configFile?: string | undefined;
  /** How the service stands in the Fly config. */
  readonly service?: 'http_service' | 'services' | undefined;
  /** The volume with the state. */
  readonly volume?:
    | { readonly id: string; readonly name: string; readonly sizeGb: number | null }
    | undefined;
  readonly listenTimeoutMs?: number | undefined;
  /** A Discord token is among the secrets of the app, or in its config. */
  readonly hasDiscordToken?: boolean | undefined;
}

/** A run that cannot go on, with the one cause. Thrown anywhere, caught once by the story. */
export class Failure extends Error {
  readonly code: CauseCode;
  /** The line, reply or finding that shows it, cleaned and without secrets. */
  readonly evidence: string | null;
  /** Who gave the evidence; `null`: whoever usually does with this cause. */
  readonly source: EvidenceSource | null;
  /** Replaces the table's fix where the place of failure knows better. */
  readonly fix: Fix | null;
  constructor(
    code: CauseCode,
    message: string,
    more: {
      evidence?: string | null;
      source?: EvidenceSource | null;
      fix?: Fix | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'Failure';
    this.code = code;
    this.evidence = more.evidence ?? null;
    this.source = more.source ?? null;
    this.fix = more.fix ?? null;
  }
}

/** One row of docs/causes.md. */
export interface CauseRow {
  /** A few words, fit for a heading. */
  readonly title: string;
  /** One plain sentence: what is the matter. */
  readonly meaning: string;
  /** The verdicts a run with this cause can end with. */
  readonly verdict: readonly ('healthy' | 'degraded' | 'failed' | 'skipped' | 'cancelled')[];
  readonly fix: (context: FixContext) => Fix;
}

type FileLines = NonNullable<Fix['lines']>;

function fix(text: string, commands: readonly string[] = [], lines: FileLines | null = null): Fix {
  return { text, commands, lines };
}

function toml({ configFile = 'fly.toml' }: FixContext, text: string): FileLines {
  const file = configFile.endsWith('.toml') ? configFile : `${configFile} (here as TOML)`;
  return { file, language: 'toml', text };
}

/** What stands for the workflow of the run in a fix: who tells the fix knows its name. */
export const someWorkflow = '.github/workflows/deploy.yml';
const workflow = (text: string): FileLines => ({
  file: someWorkflow,
  language: 'yaml',
  text,
});
const openclawConfig = (text: string): FileLines => ({ file: 'openclaw.json', language: 'json5', text });

const appOf = (context: FixContext) => context.app ?? 'APP';
const machineOf = (context: FixContext) => context.machineId ?? 'MACHINE';
const stateOf = (context: FixContext) => context.stateDir ?? '/data';
const logs = (context: FixContext) =>
  `fly logs -a ${appOf(context)}${context.machineId ? ` --machine ${context.machineId}` : ''} --no-tail`;
const status = (context: FixContext) =>
  context.machineId
    ? `fly machine status ${context.machineId} -a ${appOf(context)}`
    : `fly status -a ${appOf(context)}`;
const restart = (context: FixContext) => `fly machine restart ${machineOf(context)} -a ${appOf(context)}`;
const inside = (context: FixContext, command: string) =>
  `fly ssh console -a ${appOf(context)}${context.machineId ? ` --machine ${context.machineId}` : ''} -C "${command}"`;

/** What the workflow sends again with each run has to be changed where it comes from. */
function setSecret(context: FixContext, name: string): string {
  return context.sent?.has(name)
    ? `gh secret set ${name}`
    : `fly secrets set ${name}=VALUE -a ${appOf(context)}`;
}

/** What follows on `setSecret`. */
const thenAgain = (context: FixContext, name: string) =>
  context.sent?.has(name) ? ' in GitHub; then run the job again' : '';

/**
 * Commands that need a machine that is up. One whose gateway has ended is started without it: the next deploy gives
 * it its own command back (flyctl recording 398).
 */
function insideAtRest(context: FixContext, ...commands: readonly string[]): string[] {
  const ready = context.up
    ? []
    : [`fly machine update ${machineOf(context)} -C "sleep 900" -y -a ${appOf(context)}`];
  return [...ready, ...commands.map((command) => inside(context, command))];
}

/** What makes the gateway run again after `insideAtRest`. */
const upAgain = (context: FixContext) => (context.up ? '' : '; then run the job again');

/** The user's own command with the flag, or the command of the guide with the port that is known. */
function gatewayCommand(context: FixContext, flag?: readonly [name: string, value?: string]): FileLines {
  const port = context.internalPort ?? context.gatewayPort ?? 3000;
  const { text, group, input } = context.command ?? { text: '', group: 'app', input: false };
  const own = flag !== undefined && /\bgateway\b/.test(text) ? withFlag(text, ...flag) : null;
  const command = own ?? `node dist/index.js gateway --allow-unconfigured --port ${port} --bind lan`;
  return input
    ? workflow(`with:\n  command: ${JSON.stringify(command)}`)
    : toml(context, `[processes]\n  ${group} = ${JSON.stringify(command)}`);
}

function withFlag(command: string, name: string, value?: string): string {
  const said = value === undefined ? name : `${name} ${value}`;
  const there = new RegExp(`(?<=\\s)${name}(?:[= ]+[^\\s-]\\S*)?(?=\\s|$)`);
  return there.test(command) ? command.replace(there, said) : `${command} ${said}`;
}

/**
 * Memory to set, in MB: 2048 is what the gateway needs (its start peaks at 1.4 GB, 2026.1.29); where that was
 * not enough, twice as much.
 */
function memoryToSet(memoryMb: number | undefined): number {
  if (memoryMb === undefined || memoryMb < 2048) return 2048;
  return 2 ** (Math.floor(Math.log2(memoryMb)) + 1);
}

function moreMemory(context: FixContext): Fix {
  const memory = memoryToSet(context.memoryMb);
  const present = context.memoryMb === undefined ? 'too little memory' : `${context.memoryMb} MB`;
  const ofHeap = /heap/i.test(context.evidence ?? '');
  // The heap has a limit of its own: more memory alone does not raise one that NODE_OPTIONS sets.
  const heap = ofHeap ? `\n\n[env]\n  NODE_OPTIONS = "--max-old-space-size=${memory * 0.75}"` : '';
  return fix(
    `The machine has ${present}; give it ${memory} MB${ofHeap ? ` and let the heap use three quarters of it${context.memoryInput ? ` (NODE_OPTIONS=--max-old-space-size=${memory * 0.75} in [env] of ${context.configFile ?? 'fly.toml'})` : ''}` : ''}.`,
    [`fly machine update ${machineOf(context)} --vm-memory ${memory} -y -a ${appOf(context)}`],
    context.memoryInput
      ? workflow(`with:\n  vm-memory: ${memory}mb`)
      : toml(context, `[[vm]]\n  memory = "${memory}mb"${heap}`),
  );
}

/** Twice as long as it was, in minutes; an hour is the most. */
const moreMinutes = (ms: number | undefined) =>
  Math.min(60, Math.max(1, Math.ceil(((ms ?? 300_000) * 2) / 60_000)));

const readableLogs = (context: FixContext) =>
  fix('The token may not read the logs, so nobody saw why: read them yourself, or use a token that may.', [
    logs(context),
    `fly tokens create org -o ${context.org ?? 'ORG'} -x 8760h`,
    'gh secret set FLY_API_TOKEN',
  ]);

const retryLater = (context: FixContext) =>
  fix('Look at https://status.fly.io; run the job again when Fly is well.', [status(context)]);

/** Every cause, once: what it is called, what it means, what to do. */
export const causeTable: Readonly<Record<CauseCode, CauseRow>> = {
  healthy: {
    title: 'Healthy',
    meaning:
      'The gateway listens, can be reached, stays up, and is logged in to Discord if that is expected.',
    verdict: ['healthy'],
    fix: () => fix('Nothing to do.'),
  },
  'port-in-use': {
    title: 'Port in use',
    meaning: 'Another process already holds the port of the gateway.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Let one process only use the port: take a second start of the gateway out of the image or the command, or give the gateway another port and internal_port.',
        [logs(context)],
        gatewayCommand(context),
      ),
  },
  'gateway-lock': {
    title: 'Gateway lock',
    meaning: 'Another gateway owns the state directory, or a lock file of a former one says so.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Look whether another machine runs a gateway on this state: then stop it. If none does, the lock is stale: run the action once with `operation: release-lock`, which removes it.',
        [`fly machine list -a ${appOf(context)}`],
        workflow('with:\n  operation: release-lock'),
      ),
  },
  'out-of-memory': {
    title: 'Out of memory',
    meaning: 'The gateway needed more memory than it was given: its heap limit or the machine was full.',
    verdict: ['failed'],
    fix: moreMemory,
  },
  killed: {
    title: 'Killed',
    meaning: 'The process was ended by SIGKILL, and nothing says that memory ran out.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Find who killed it: a stop by hand, a stop timeout, or memory after all. The events of the machine name oom_killed.',
        [status(context), logs(context)],
      ),
  },
  'config-invalid': {
    title: 'Invalid config',
    meaning:
      'The config of the gateway is not readable JSON5, or has keys or values that it does not accept.',
    verdict: ['failed', 'degraded'],
    fix: (context) =>
      context.openclawConfig === undefined
        ? fix(
            `Correct what the log names in openclaw.json, or let the doctor repair the file${upAgain(context)}.`,
            insideAtRest(context, 'node /app/dist/index.js doctor --fix'),
          )
        : fix(`Correct what the log names in ${context.openclawConfig}, and deploy again.`, [logs(context)]),
  },
  'config-missing': {
    title: 'No config',
    meaning: 'There is no config, or none with gateway.mode, and the command does not allow a start without.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Pass --allow-unconfigured in the process command, or set gateway.mode to "local" in the config.',
        [],
        gatewayCommand(context, ['--allow-unconfigured']),
      ),
  },
  'auth-missing': {
    title: 'No gateway token',
    meaning:
      'The gateway has no token: it refuses to start, or runs with one that it made up and nobody knows.',
    verdict: ['failed', 'degraded'],
    fix: (context) =>
      fix(
        `Set the secret OPENCLAW_GATEWAY_TOKEN${thenAgain(context, 'OPENCLAW_GATEWAY_TOKEN')}; an empty value counts as missing.`,
        [
          context.sent?.has('OPENCLAW_GATEWAY_TOKEN')
            ? 'openssl rand -hex 32 | gh secret set OPENCLAW_GATEWAY_TOKEN'
            : `fly secrets set OPENCLAW_GATEWAY_TOKEN=$(openssl rand -hex 32) -a ${appOf(context)}`,
        ],
      ),
  },
  'allowed-origins': {
    title: 'No allowed origins',
    meaning:
      'The gateway is bound to the network and its config does not name the origins the Control UI may come from.',
    verdict: ['failed'],
    fix: (context) => {
      const origin = context.url ?? `https://${appOf(context)}.fly.dev`;
      return fix(
        `Name ${origin} as an allowed origin of the Control UI in the config of the gateway.`,
        [],
        openclawConfig(`{ gateway: { controlUi: { allowedOrigins: ["${origin.replace(/\/+$/, '')}"] } } }`),
      );
    },
  },
  'bind-loopback': {
    title: 'Loopback only',
    meaning: 'The gateway runs but listens on loopback only, where Fly cannot reach it.',
    verdict: ['failed'],
    fix: (context) =>
      fix('Pass --bind lan in the process command.', [], gatewayCommand(context, ['--bind', 'lan'])),
  },
  'bad-argument': {
    title: 'Bad argument',
    meaning: 'A flag in the process command has a value that the gateway does not know.',
    verdict: ['failed'],
    fix: (context) =>
      fix('Correct the flag that the log names in the process command.', [], gatewayCommand(context)),
  },
  'state-unwritable': {
    title: 'State not writable',
    meaning: 'The gateway cannot write to its state directory: no permission, or it is read-only.',
    verdict: ['failed', 'degraded'],
    fix: (context) =>
      fix(
        `Mount a volume on ${stateOf(context)}, and give it to the user that runs the gateway${upAgain(context)}.`,
        insideAtRest(context, `ls -ld ${stateOf(context)}`, `chown -R node ${stateOf(context)}`),
        toml(
          context,
          `[mounts]\n  source = "${context.volume?.name ?? 'openclaw_data'}"\n  destination = "${stateOf(context)}"`,
        ),
      ),
  },
  'state-full': {
    title: 'State full',
    meaning: 'The volume with the state of the gateway is full.',
    verdict: ['failed', 'degraded'],
    fix: (context) =>
      fix('Extend the volume, or free space on it.', [
        `fly volumes list -a ${appOf(context)}`,
        `fly volumes extend ${context.volume?.id ?? 'VOLUME'} --size ${context.volume?.sizeGb ? 2 * context.volume.sizeGb : 10} -a ${appOf(context)}`,
      ]),
  },
  'state-newer': {
    title: 'State of a newer version',
    meaning:
      'The config or the databases were last written by a newer OpenClaw than the one that runs: this is a downgrade.',
    verdict: ['failed', 'degraded'],
    fix: (context) => {
      const newer = /(\d{4}\.\d+\.\d+(?:-[\w.]+)?)(?=\D*$)|newer OpenClaw \((\S+)\)|by version (\S+),/.exec(
        context.evidence ?? '',
      );
      const version = newer?.[2] ?? newer?.[3] ?? newer?.[1] ?? 'VERSION';
      return fix(
        'Deploy that version or a newer one. Only for a downgrade on purpose, restore a snapshot of the volume from before, or set OPENCLAW_ALLOW_OLDER_BINARY_DESTRUCTIVE_ACTIONS=1.',
        [],
        workflow(`with:\n  version: "${version}"`),
      );
    },
  },
  'node-version': {
    title: 'Wrong Node version',
    meaning: 'The Node in the image is not one that this OpenClaw runs on.',
    verdict: ['failed'],
    fix: () => fix('Build on a base image with the Node that the log asks for, e.g. FROM node:24-bookworm.'),
  },
  'module-missing': {
    title: 'Module missing',
    meaning: 'A file that the command names, or that the gateway needs, is not in the image.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Correct the path in the process command, or build the image again (pnpm build must have run in it).',
        [],
        gatewayCommand(context),
      ),
  },
  'migrations-failed': {
    title: 'Migrations failed',
    meaning: 'The migrations that a start makes did not complete.',
    verdict: ['failed', 'degraded'],
    fix: (context) =>
      fix(`Read the lines above it in the log, then let the doctor repair the state${upAgain(context)}.`, [
        logs(context),
        ...insideAtRest(context, 'node /app/dist/index.js doctor --fix'),
        ...(context.up ? [restart(context)] : []),
      ]),
  },
  'restart-breaker': {
    title: 'Restart breaker',
    meaning: 'The gateway saw several boots that did not end cleanly and therefore starts no channels.',
    verdict: ['failed', 'degraded'],
    fix: (context) =>
      fix('Find what ended the boots before; then restart once five minutes have passed.', [
        status(context),
        logs(context),
        restart(context),
      ]),
  },
  'discord-auth': {
    title: 'Discord refuses the token',
    meaning: 'Discord does not accept the bot token.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        `Make a new token at https://discord.com/developers/applications (Bot, Reset Token) and set it as DISCORD_BOT_TOKEN${thenAgain(context, 'DISCORD_BOT_TOKEN')}.`,
        [setSecret(context, 'DISCORD_BOT_TOKEN')],
      ),
  },
  'discord-intents': {
    title: 'Discord intents missing',
    meaning: 'Discord closed the connection because privileged intents are not enabled for the bot.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Enable Message Content Intent (and Server Members Intent) at https://discord.com/developers/applications, Bot, Privileged Gateway Intents; then restart.',
        [restart(context)],
      ),
  },
  'discord-plugin-missing': {
    title: 'Discord plugin missing',
    meaning: 'Discord is set up, but its plugin is not in the image.',
    verdict: ['failed', 'degraded'],
    fix: () =>
      fix(
        'Build an image that has the plugin: with this build argument, or with @openclaw/discord installed by a Dockerfile of your own.',
        [],
        workflow(
          'with:\n  source: upstream # a Dockerfile of your own: workspace\n  build-args: |\n    OPENCLAW_EXTENSIONS=discord',
        ),
      ),
  },
  'discord-untrusted': {
    title: 'Discord plugin not enabled',
    meaning: 'The Discord plugin is installed but the config does not trust or enable it.',
    verdict: ['failed'],
    fix: () =>
      fix(
        'Enable the plugin in the config of the gateway; where plugins.allow or plugins.deny is set, let discord through there.',
        [],
        openclawConfig('{ plugins: { entries: { discord: { enabled: true } } } }'),
      ),
  },
  'discord-suppressed': {
    title: 'Discord not started',
    meaning: 'Only the bot token is given, and this version starts no channel for that alone.',
    verdict: ['failed'],
    fix: () =>
      fix(
        'Add channels.discord to the config of the gateway, or pass --ambient-channels in the process command.',
        [],
        openclawConfig('{ channels: { discord: { enabled: true } } }'),
      ),
  },
  'discord-no-token': {
    title: 'No Discord token',
    meaning: 'Discord is set up without a bot token.',
    verdict: ['failed', 'degraded'],
    fix: (context) =>
      fix(`Set the secret DISCORD_BOT_TOKEN${thenAgain(context, 'DISCORD_BOT_TOKEN')}.`, [
        setSecret(context, 'DISCORD_BOT_TOKEN'),
      ]),
  },
  'discord-unreachable': {
    title: 'Discord not reached',
    meaning: 'The machine finds no way to Discord over the network.',
    verdict: ['failed'],
    fix: (context) =>
      fix('Look at https://discordstatus.com and at the outgoing network of the machine, then try again.', [
        inside(
          context,
          `node -e 'fetch(\\"https://discord.com/api/v10/gateway\\").then((r)=>console.log(r.status),console.log)'`,
        ),
        restart(context),
      ]),
  },
  silent: {
    title: 'Silent gateway',
    meaning: 'The gateway runs, but its log level hides every line that would prove that it listens.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Use a token that may run commands in the machine, so that it can be asked; or raise the log level to info.',
        [`fly tokens create deploy -a ${appOf(context)} -x 8760h`],
        openclawConfig('{ logging: { level: "info", consoleLevel: "info" } }'),
      ),
  },
  exited: {
    title: 'Exited',
    meaning: 'The gateway ended, for a reason that this action does not know.',
    verdict: ['failed'],
    fix: (context) => {
      const code = context.exitCode ?? null;
      if (context.unread) return readableLogs(context);
      return fix(
        `Read the last lines before the exit${code === null ? '' : ` with code ${code}`}; start the machine again once the reason is gone.`,
        [logs(context), status(context)],
      );
    },
  },
  'crash-loop': {
    title: 'Crash loop',
    meaning: 'The gateway dies the same death again and again, for a reason that this action does not know.',
    verdict: ['failed'],
    fix: (context) =>
      context.unread
        ? readableLogs(context)
        : fix(
            'Read the last lines before each exit; run the version that worked before until the reason is found.',
            [logs(context), status(context), `fly releases -a ${appOf(context)} --image`],
          ),
  },
  timeout: {
    title: 'No sign of listening in time',
    meaning: 'The gateway did not come up within the time allowed.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Look at what was seen and what was not; if the gateway is only slow, allow more time.',
        [logs(context), status(context)],
        workflow(`with:\n  listen-timeout: ${moreMinutes(context.listenTimeoutMs)}m`),
      ),
  },
  'discord-timeout': {
    title: 'No Discord login in time',
    meaning: 'The gateway listens, but nothing says that it logged in to Discord.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Check that DISCORD_BOT_TOKEN is set, that channels.discord is in the config, and that the image has the Discord plugin; without Discord set expect-discord: false.',
        [`fly secrets list -a ${appOf(context)}`, logs(context)],
        workflow('with:\n  expect-discord: false'),
      ),
  },
  'port-mismatch': {
    title: 'Port mismatch',
    meaning: 'The gateway listens on another port than the one Fly sends traffic to.',
    verdict: ['failed'],
    fix: (context) => {
      const port = context.gatewayPort ?? 3000;
      return fix(
        `Let internal_port of the service be ${port}, the port of the gateway.`,
        [],
        toml(
          context,
          `${context.service === 'services' ? '[[services]]' : '[http_service]'}\n  internal_port = ${port}`,
        ),
      );
    },
  },
  'public-address': {
    title: 'Public address',
    meaning: 'The app is to be private, but it has an address that the whole internet reaches.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Release the public addresses; a deploy with `mode: private` does that too.',
        context.addresses && context.addresses.length > 0
          ? context.addresses.map((address) => `fly ips release ${address} -a ${appOf(context)}`)
          : [`fly ips list -a ${appOf(context)}`, `fly ips release ADDRESS -a ${appOf(context)}`],
      ),
  },
  'private-unreachable': {
    title: 'Private and out of reach',
    meaning: 'The app has neither a public nor a private way in, other than the ssh console.',
    verdict: ['failed', 'degraded'],
    fix: (context) =>
      fix('Give the app a private address and keep its service; then open it through a proxy.', [
        `fly ips allocate-v6 --private -a ${appOf(context)}`,
        `fly proxy 3000:80 ${appOf(context)}.flycast -a ${appOf(context)}`,
      ]),
  },
  unverified: {
    title: 'Not verified',
    meaning:
      'The machine runs, but neither logs nor a look inside nor the URL could say whether the gateway works.',
    verdict: ['degraded'],
    fix: (context) =>
      fix('Use a token that may read logs and run commands in the machine, then let verify look again.', [
        `fly tokens create org -o ${context.org ?? 'ORG'} -x 8760h`,
        'gh secret set FLY_API_TOKEN',
      ]),
  },
  superseded: {
    title: 'Superseded',
    meaning: 'Another release came to the machine while this one was being watched.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Look who deployed; let deployments wait for each other with a concurrency group.',
        [`fly releases -a ${appOf(context)}`],
        workflow(`concurrency:\n  group: fly-${appOf(context)}\n  cancel-in-progress: false`),
      ),
  },
  'model-key-missing': {
    title: 'No model key',
    meaning: 'The gateway runs, but has no key for the provider of its model: it cannot answer.',
    verdict: ['degraded'],
    fix: (context) => {
      const provider = /provider "([\w-]+)"/.exec(context.evidence ?? '')?.[1]?.toUpperCase() ?? 'ANTHROPIC';
      const name = `${provider.replaceAll('-', '_')}_API_KEY`;
      return fix(`Set the key of the model provider as a secret${thenAgain(context, name)}.`, [
        setSecret(context, name),
      ]);
    },
  },
  'config-lint': {
    title: 'Config findings',
    meaning: 'The Fly config has mistakes that would keep the gateway from working.',
    verdict: ['failed', 'degraded'],
    fix: () => fix('Write the lines that the findings propose into fly.toml.'),
  },
  'secrets-invalid': {
    title: 'Invalid secrets',
    meaning: 'The secrets could not be read, or one of them cannot be sent to Fly.',
    verdict: ['failed'],
    fix: () =>
      fix(
        'Correct the secret that the message names: `secrets` takes names, one a line, or a JSON object.',
        [],
        workflow('with:\n  secrets: |\n    OPENCLAW_GATEWAY_TOKEN\n    DISCORD_BOT_TOKEN'),
      ),
  },
  'inputs-invalid': {
    title: 'Invalid inputs',
    meaning: 'One or more inputs of the action have a value that is not allowed.',
    verdict: ['failed'],
    fix: () => fix('Correct the inputs that the message names in the workflow.'),
  },
  'token-invalid': {
    title: 'Invalid Fly token',
    meaning: 'There is no Fly token, or Fly does not accept it.',
    verdict: ['failed'],
    fix: (context) =>
      fix('Make a deploy token and store it as the repository secret FLY_API_TOKEN.', [
        `fly tokens create deploy -a ${appOf(context)} -x 8760h`,
        'gh secret set FLY_API_TOKEN',
      ]),
  },
  'token-rights': {
    title: 'Fly token without the right',
    meaning: 'The Fly token is valid but may not do what this run needs.',
    verdict: ['failed'],
    fix: (context) =>
      fix('Use a token for this app, or one of the organization where an app is to be created.', [
        `fly tokens create org -o ${context.org ?? 'ORG'} -x 8760h`,
        'gh secret set FLY_API_TOKEN',
      ]),
  },
  'app-missing': {
    title: 'No such app',
    meaning: 'The app does not exist, or the token cannot see it.',
    verdict: ['failed'],
    fix: (context) =>
      fix('Check the name of the app, or create it.', [
        `fly apps create ${appOf(context)} --org ${context.org ?? 'ORG'}`,
      ]),
  },
  'name-taken': {
    title: 'Name taken',
    meaning: 'The name of the app belongs to somebody else: names are unique across all of Fly.io.',
    verdict: ['failed'],
    fix: () => fix('Choose another name, as `app` in fly.toml or in the workflow.'),
  },
  'region-unknown': {
    title: 'Unknown region',
    meaning: 'Fly has no region of that name, or not for this organization.',
    verdict: ['failed'],
    fix: () =>
      fix('Choose one of the regions that Fly has, as `region` or `primary_region`.', [
        'fly platform regions',
      ]),
  },
  'plan-required': {
    title: 'Plan or payment needed',
    meaning: 'The organization needs a payment method or another plan for this.',
    verdict: ['failed'],
    fix: () =>
      fix('Add a payment method or change the plan at https://fly.io/dashboard, or choose another region.'),
  },
  capacity: {
    title: 'No capacity',
    meaning: 'Fly has no room for such a machine or volume in the region just now.',
    verdict: ['failed'],
    fix: () => fix('Try again later, or use another region or a smaller machine.', ['fly platform regions']),
  },
  'volume-mismatch': {
    title: 'Volume mismatch',
    meaning: 'The volumes of the app do not fit the mounts of its config or its machines.',
    verdict: ['failed'],
    fix: (context) =>
      fix('Compare the volumes with [mounts] in fly.toml: name, region and what they are attached to.', [
        `fly volumes list -a ${appOf(context)}`,
        `fly machine list -a ${appOf(context)}`,
      ]),
  },
  'image-missing': {
    title: 'No such image',
    meaning: 'The image or version does not exist, or cannot be pulled without a login.',
    verdict: ['failed'],
    fix: () => fix('Check `version` and `image`, and that the image is public.'),
  },
  'build-failed': {
    title: 'Build failed',
    meaning: 'The image could not be built.',
    verdict: ['failed'],
    fix: () =>
      fix(
        'Read the end of the build log; use a ready image instead if you need no change of your own.',
        [],
        workflow('with:\n  source: image'),
      ),
  },
  'lease-held': {
    title: 'Machine is leased',
    meaning: 'Another deployment holds the lease of the machine.',
    verdict: ['failed'],
    fix: (context) =>
      fix('Wait for the other deployment, or clear the lease if there is none.', [
        `fly machine leases view ${machineOf(context)} -a ${appOf(context)}`,
        `fly machine leases clear ${machineOf(context)} -a ${appOf(context)}`,
      ]),
  },
  'rate-limited': {
    title: 'Rate limited',
    meaning: 'Fly, GitHub or the registry limits how often it may be asked.',
    verdict: ['failed'],
    fix: () => fix('Wait a few minutes, then run the job again; let fewer jobs use the same token at once.'),
  },
  'upstream-unreachable': {
    title: 'Upstream not reachable',
    meaning:
      'GitHub, the registry or the git server of OpenClaw did not answer, so nobody knows what to deploy.',
    verdict: ['failed'],
    fix: () =>
      fix('Run the job again in a while; a version that is named by its digest needs fewer questions.'),
  },
  'fly-api': {
    title: 'Fly API trouble',
    meaning: 'The API of Fly did not answer, or answered with an error.',
    verdict: ['failed'],
    fix: retryLater,
  },
  'flyctl-install': {
    title: 'flyctl not installed',
    meaning: 'The download of flyctl failed, or what came is not what its checksum promises.',
    verdict: ['failed'],
    fix: () =>
      fix(
        'Run the job again. If the checksum is wrong again, report it and do not work around it; if the runner reaches neither GitHub nor Fly, bring a flyctl of your own.',
        [],
        workflow('with:\n  flyctl-version: preinstalled'),
      ),
  },
  'flyctl-version': {
    title: 'flyctl version',
    meaning: 'This version of flyctl does not know a command or flag that is needed.',
    verdict: ['failed'],
    fix: () =>
      fix(
        'Leave `flyctl-version` out of the workflow, so that the version this action was tested with is used.',
      ),
  },
  'snapshot-failed': {
    title: 'Snapshot failed',
    meaning: 'The snapshot before the change could not be made, so nothing was deployed.',
    verdict: ['failed'],
    fix: (context) =>
      fix(
        'Look at the volume; to deploy without a way back, let the snapshot be optional.',
        [`fly volumes list -a ${appOf(context)}`],
        workflow('with:\n  snapshot: best-effort'),
      ),
  },
  'up-to-date': {
    title: 'Up to date',
    meaning: 'The version that is wanted runs already.',
    verdict: ['skipped'],
    fix: () =>
      fix('Nothing to do; to deploy it once more say so.', [], workflow('with:\n  redeploy: always')),
  },
  'dry-run': {
    title: 'Dry run',
    meaning: 'The plan was printed and nothing was changed.',
    verdict: ['skipped'],
    fix: () =>
      fix('Run it without `dry-run` to carry the plan out.', [], workflow('with:\n  dry-run: false')),
  },
  cancelled: {
    title: 'Cancelled',
    meaning: 'The run was cancelled before it came to a verdict.',
    verdict: ['cancelled'],
    fix: (context) =>
      fix(
        'Let verify say what runs now; run the job again to finish.',
        [status(context)],
        workflow('with:\n  operation: verify'),
      ),
  },
  internal: {
    title: 'Error in this action',
    meaning: 'This action made a mistake of its own.',
    verdict: ['failed'],
    fix: () => fix('Run the job again; if it happens again, report it with the job log.'),
  },
};
