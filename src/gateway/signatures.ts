import type { CauseCode } from '../causes.ts';

/**
 * What a line of that row is good for.
 *
 * - `starting`: the gateway prints its start; nothing is proven, but silence afterwards means something.
 * - `address`: names the address that the gateway binds to, or that it is none of loopback.
 * - `listening`, `ready`: the port is open.
 * - `refusal`: the start has failed. Counts once the process has exited, or at the deadline.
 * - `degraded`: the gateway runs on, but the operator must be told. `recovered` takes it back.
 * - `notice`: worth a warning, nothing more.
 * - `detail`: the next line of a refusal, which names the key or the reason.
 * - `last-words`: says how a process ended. Proves nothing, since the gateway could print it; it lends the words
 *   to an exit event that says the same.
 * - `discord-login`, `discord-token-good`, `discord-awaiting`, `discord-off`: how the channel is doing.
 * - `discord-starting`: the channel is started, so it has a token; nothing else is known of it.
 * - `discord-trouble`: a connection that fails. One that stood is opened again without a word.
 */
export type SignatureKind =
  | 'starting'
  | 'address'
  | 'listening'
  | 'ready'
  | 'refusal'
  | 'degraded'
  | 'recovered'
  | 'notice'
  | 'detail'
  | 'last-words'
  | 'discord-login'
  | 'discord-token-good'
  | 'discord-awaiting'
  | 'discord-off'
  | 'discord-starting'
  | 'discord-trouble';

/** One row: how a line looks, who says it, and what follows from it. */
export interface Signature {
  readonly name: string;
  readonly kind: SignatureKind;
  /**
   * Subsystems that say it, as the pretty console shows them; `''`: lines without one. For a refusal also the
   * wrappers count in which a gateway puts its reason, see `refusalWrappers`.
   */
  readonly from: readonly string[];
  /** Anchored at the start of the message: text quoted further on in a line must not match. */
  readonly pattern: RegExp;
  readonly cause: CauseCode | null;
  /** Only the reason inside a wrapper counts: the bare text could be anybody's. */
  readonly wrapped?: true;
  /** The reason stands in the lines after it, which a page of the log may bring later. */
  readonly reasonFollows?: true;
  /** One line is enough; without it the state may mend itself, and time decides. */
  readonly conclusive: boolean;
  /** Versions in which it was seen, in a recording or in the source ("2026." left out). */
  readonly seen: readonly string[];
  readonly meaning: string;
}

/**
 * What stands around the reason when a start fails. A later version that words its wrapper differently still
 * fails the deploy by its exit; only the cause would be `exited`.
 */
export const refusalWrappers: readonly { readonly from: string; readonly pattern: RegExp }[] = [
  { from: '', pattern: /^Gateway failed to start: (?:Error: )?/ },
  { from: 'openclaw', pattern: /^Reason: (?:Error: )?/ },
  {
    from: 'openclaw',
    pattern:
      /^(?:Uncaught exception|Unhandled promise rejection|FATAL unhandled rejection|CONFIGURATION ERROR - requires fix|CLI failed|Failed to start CLI): (?:Error: )?/,
  },
  // After a restart inside the process (configuration reload) the gateway stays alive without its port.
  { from: 'gateway', pattern: /^startup failed: (?:Error: )?/ },
];

const discordAccount = String.raw`(?:\[[^\]]{1,64}\] )?`;
const discord = (rest: string) => new RegExp(`^${discordAccount}${rest}`);
/** Where a close code stands: any other number of four digits is a time or an id. */
const closed = (codes: string) => String.raw`\b(?:code|error|closed?)\b\W{1,3}${codes}\b`;
/** What the channel itself asks for at its start; a message may ask for more, and who wrote it is let down alone. */
const ownRequest = String.raw`failed to (?:deploy|(?:fetch|resolve) (?:the )?(?:bot|application|discord|gateway))\b`;
const noNetwork =
  '(?:fetch failed|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|timed? ?out|aborted)';

/** Parts of the gateway that keep state; what a tool of an agent may not write is another matter. */
const stores = ['gateway', 'config', 'cron', 'canvas', 'state', 'sessions', 'tasks/registry', 'heartbeat'];
const storeFailed = String.raw`[^:]{0,120}\bfailed\b[^:]{0,120}: .*`;
const full = String.raw`(?:\bENOSPC\b|\bdatabase or disk is full\b)`;
const unwritable = String.raw`(?:\b(?:EACCES|EROFS|EPERM): |\bENOENT: no such file or directory, mkdir\b|\battempt to write a readonly database\b)`;

/**
 * Everything that is known about what OpenClaw says. Of two refusals in one boot the row that stands higher
 * names the cause. A new version means a look at its recording: add it to `seen`, or add a row.
 */
export const signatures: readonly Signature[] = [
  // The start, and the address.
  {
    name: 'starting',
    kind: 'starting',
    from: ['gateway'],
    pattern:
      /^(?:loading configuration|resolving authentication|starting(?:\.\.\.| HTTP server)|agent model:)/,
    cause: null,
    conclusive: false,
    seen: ['1.29', '2.26', '3.13', '3.31', '4.12', '4.15', '5.12', '6.11', '7.1', '8.2', '9.6'],
    meaning: 'the gateway has begun to start and prints at level info',
  },
  {
    name: 'canvas-address',
    kind: 'address',
    from: ['canvas'],
    pattern: /^host mounted at https?:\/\//,
    cause: null,
    conclusive: false,
    seen: ['1.29', '2.26', '3.13', '3.31', '4.2', '4.12', '4.15'],
    meaning: 'the address the gateway is about to bind to',
  },
  {
    name: 'not-loopback',
    kind: 'address',
    from: ['gateway'],
    pattern: /^(?:[^A-Za-z[]{1,8})?Gateway is binding to a non-loopback address/,
    cause: null,
    conclusive: false,
    seen: ['2.26', '3.13', '3.31', '4.2', '4.12', '4.15', '4.26', '5.12', '6.11', '7.1', '8.2', '9.6'],
    meaning: 'the gateway is about to bind to an address that can be reached from outside',
  },
  {
    name: 'listening-on',
    kind: 'listening',
    from: ['gateway'],
    pattern: /^listening on wss?:\/\//,
    cause: null,
    conclusive: true,
    seen: ['1.29', '2.9', '2.26', '3.13', '3.31', '4.2'],
    meaning: 'the port is open; the line names the addresses',
  },
  {
    name: 'http-server-listening',
    kind: 'listening',
    from: ['gateway'],
    pattern: /^http server listening\b/,
    cause: null,
    conclusive: true,
    seen: ['4.26', '5.12', '6.11', '7.1', '8.2', '9.6'],
    meaning: 'the port is open; the line does not say where',
  },
  {
    name: 'ready',
    kind: 'ready',
    from: ['gateway'],
    pattern: /^ready(?:$|\.$| \()/,
    cause: null,
    conclusive: true,
    seen: ['4.9', '4.12', '4.15', '4.26', '5.12', '6.11', '7.1', '8.2', '9.6'],
    meaning: 'the start is over',
  },

  // Refusals: who else is there.
  {
    name: 'lock-timeout',
    kind: 'refusal',
    from: [''],
    pattern: /^gateway already running\b/,
    wrapped: true,
    cause: 'gateway-lock',
    conclusive: true,
    seen: ['1.29', '2.9', '3.13', '3.31', '4.2', '4.26', '5.12', '6.11', '7.1', '9.6'],
    meaning: 'another gateway holds the lock file, or the file says so',
  },
  {
    name: 'lock-lifecycle',
    kind: 'refusal',
    from: [''],
    pattern:
      /^Doctor could not enter maintenance\b.*(?:\bowns\b|[Cc]ontention|\bin use\b|\balready running\b)/,
    cause: 'gateway-lock',
    conclusive: true,
    seen: ['8.2', '9.6'],
    meaning: 'another gateway owns the state directory',
  },
  {
    name: 'lock-owner',
    kind: 'refusal',
    from: [''],
    pattern: /^Another gateway\b.{0,40} already owns this state directory/,
    cause: 'gateway-lock',
    conclusive: true,
    seen: ['8.2', '9.6'],
    meaning: 'the lock names a process that is alive',
  },
  {
    name: 'lock-migrations',
    kind: 'refusal',
    from: [''],
    pattern: /^OpenClaw startup migrations are already running\b/,
    wrapped: true,
    cause: 'gateway-lock',
    conclusive: true,
    seen: ['7.1', '9.6'],
    meaning: 'another gateway migrates the same state directory',
  },
  {
    name: 'port-taken',
    kind: 'refusal',
    from: [''],
    pattern:
      /^(?:another [\w -]{1,40} instance is already listening on |failed to bind gateway socket on .{0,200}\bEADDRINUSE\b|listen EADDRINUSE\b)/,
    wrapped: true,
    cause: 'port-in-use',
    conclusive: true,
    seen: ['1.29', '2.9', '3.13', '3.31', '4.2', '4.12', '4.26', '5.12', '7.1', '9.6'],
    meaning: 'another process holds the port',
  },

  // Refusals: what is missing or wrong in the set-up.
  {
    name: 'auth-not-configured',
    kind: 'refusal',
    from: [''],
    pattern:
      /^(?:Gateway auth is set to \w+, but|gateway auth mode is (?:token|password), but) no \w+ (?:is|was) configured\b/,
    cause: 'auth-missing',
    conclusive: true,
    seen: ['1.29', '2.9', '3.31', '4.2', '4.26', '7.1', '8.2'],
    meaning: 'no token',
  },
  {
    name: 'auth-refused-bind',
    kind: 'refusal',
    from: [''],
    pattern: /^[Rr]efusing to bind gateway to \S+ without auth\b/,
    cause: 'auth-missing',
    conclusive: true,
    seen: ['2.9', '4.2', '4.26', '6.11', '7.1', '8.2', '9.6'],
    meaning: 'no token, and the network could reach it',
  },
  {
    name: 'allowed-origins',
    kind: 'refusal',
    from: [''],
    pattern: /^non-loopback Control UI requires gateway\.controlUi\.allowedOrigins\b/,
    wrapped: true,
    cause: 'allowed-origins',
    conclusive: true,
    seen: ['2.26', '3.13', '3.31', '4.26', '7.1', '8.2', '9.6'],
    meaning: 'bound to the network, and no origins are named',
  },
  {
    name: 'config-missing',
    kind: 'refusal',
    from: [''],
    pattern: /^Missing config\. /,
    cause: 'config-missing',
    conclusive: true,
    seen: ['1.29', '2.9', '3.13', '4.2', '4.26', '5.12', '7.1', '8.2', '9.6'],
    meaning: 'no config file, and the flag that allows that is missing',
  },
  {
    name: 'start-blocked',
    kind: 'refusal',
    from: [''],
    pattern: /^Gateway start blocked: /,
    cause: 'config-missing',
    conclusive: true,
    seen: ['1.29', '2.9', '3.13', '4.2', '4.12', '5.12', '9.6'],
    meaning: 'gateway.mode is not in the config',
  },
  {
    name: 'config-refused',
    kind: 'refusal',
    from: [''],
    pattern: /^Invalid config at /,
    wrapped: true,
    cause: 'config-invalid',
    conclusive: true,
    seen: ['2.9', '4.2', '4.26', '5.12', '6.11', '7.1', '8.2', '9.6'],
    meaning: 'keys or values that this version does not accept; the reason follows',
  },
  {
    name: 'config-invalid',
    kind: 'refusal',
    from: [''],
    pattern: /^Config invalid$/,
    cause: 'config-invalid',
    conclusive: true,
    seen: ['1.29', '2.9', '2.26', '3.13', '3.31', '4.2', '4.26'],
    meaning: 'keys or values that this version does not accept; file and problem follow',
  },
  {
    name: 'config-contradictory',
    kind: 'refusal',
    from: [''],
    pattern:
      /^(?:gateway\.bind=\w+ requires |gateway bind=\w+ .{1,120}; refusing (?:\w+ )?fallback\b|gateway auth mode(?: is |=)trusted-proxy\b|tailscale \S{1,40} requires gateway )/,
    wrapped: true,
    cause: 'config-invalid',
    conclusive: true,
    seen: ['4.15', '6.11'],
    meaning: 'settings that are valid one by one and do not go together',
  },
  {
    name: 'config-unreadable',
    kind: 'refusal',
    from: [''],
    pattern: /^Failed to read config at .*\bSyntaxError\b/,
    cause: 'config-invalid',
    conclusive: true,
    seen: ['1.29', '3.13'],
    meaning: 'not JSON5',
  },
  {
    name: 'bad-argument',
    kind: 'refusal',
    from: [''],
    pattern:
      /^(?:Invalid (?:--[a-z-]+|port)\b|error: (?:unknown (?:option|command)|option '.{1,80}' argument|too many arguments)\b|OpenClaw (?:does not recognize option|does not know the command|could not parse this command|[\w -]{1,40} has no command)\b|Unknown command: openclaw |Too many arguments for this command\b|Missing required (?:argument|option) )/,
    cause: 'bad-argument',
    conclusive: true,
    seen: ['1.29', '3.13', '3.31', '4.26', '5.12', '6.11', '7.1', '8.2', '9.6'],
    meaning: 'a flag with a value that the gateway does not know',
  },

  {
    name: 'bind-refused',
    kind: 'refusal',
    from: [''],
    pattern: /^failed to bind gateway socket on /,
    wrapped: true,
    cause: 'bad-argument',
    conclusive: true,
    seen: ['3.31', '4.15', '6.11'],
    meaning: 'an address or a port that the system does not give; who holds it has a row of its own',
  },

  // Refusals: the state directory.
  {
    name: 'newer-database',
    kind: 'refusal',
    from: ['', 'gateway'],
    pattern:
      /^(?:(?:Gateway )?refused startup because \d+ OpenClaw database schema\(s\) are newer than this build\b|requires a newer OpenClaw build\b|OpenClaw (?:state |agent )?database \S{1,400} uses newer schema version \d+; this (?:OpenClaw )?build supports \d+)/,
    cause: 'state-newer',
    conclusive: true,
    seen: ['7.1', '7.35', '8.2', '9.5'],
    meaning: 'the databases were written by a newer version',
  },
  {
    name: 'older-binary',
    kind: 'refusal',
    from: [''],
    pattern: /^Refusing to .{1,120} because this OpenClaw binary \(.{1,40}\) is older\b/,
    cause: 'state-newer',
    conclusive: true,
    seen: ['7.1', '8.2', '9.6'],
    meaning: 'the state was written by a newer version',
  },
  {
    name: 'state-full',
    kind: 'refusal',
    from: [''],
    pattern: /^.{0,200}?(?:\bENOSPC\b|\bdatabase or disk is full\b)/,
    wrapped: true,
    cause: 'state-full',
    conclusive: true,
    seen: ['7.1', '8.2', '9.6'],
    meaning: 'no space left in the state directory',
  },
  {
    name: 'state-unwritable',
    kind: 'refusal',
    from: [''],
    pattern:
      /^(?!listen )(?:.{0,200}?\b(?:EACCES|EROFS|EPERM)\b|(?:.{1,200}? \| )?ENOENT: no such file or directory, mkdir\b|.{0,200}?(?:attempt to write a readonly database|unable to open database file))/,
    wrapped: true,
    cause: 'state-unwritable',
    conclusive: true,
    seen: ['6.11', '7.1', '9.6'],
    meaning: 'the state directory cannot be written',
  },
  {
    name: 'plugin-not-installed',
    kind: 'refusal',
    from: [''],
    pattern:
      /^(?:OpenClaw plugin verification failed; .{0,200}?)?- Failed to install missing configured plugin "discord"/,
    cause: 'discord-plugin-missing',
    conclusive: true,
    seen: ['8.2'],
    meaning: 'Discord is set up, and the start ends because its plugin can be neither found nor fetched',
  },
  {
    name: 'migrations-refused',
    kind: 'refusal',
    from: [''],
    pattern: /^OpenClaw .{1,200}; refusing to report the gateway ready\b/,
    reasonFollows: true,
    cause: 'migrations-failed',
    conclusive: true,
    seen: ['7.1', '8.2', '9.6'],
    meaning: 'a start-up migration, or the check of the plugins, did not complete',
  },
  {
    name: 'maintenance-required',
    kind: 'refusal',
    from: [''],
    pattern: /^.{0,600}?\bgateway\.maintenance_required\b/,
    wrapped: true,
    cause: 'migrations-failed',
    conclusive: true,
    seen: ['9.6'],
    meaning: 'the state needs the doctor; no reason that has a row of its own',
  },

  // Refusals: the image.
  {
    name: 'node-version',
    kind: 'refusal',
    from: [''],
    pattern:
      /^(?:openclaw requires Node\b|OpenClaw requires SQLite \d|openclaw: Node\.js v?[\d.]+\+? is required\b|Node v?\d+\.\d+\.\d+: .{1,200}\buse \d)/,
    cause: 'node-version',
    conclusive: true,
    seen: ['1.29', '2.9', '4.2', '4.12', '5.12', '8.2', '9.6'],
    meaning: 'a Node that this version does not run on',
  },
  {
    name: 'module-missing',
    kind: 'refusal',
    from: [''],
    pattern:
      /^(?:Error(?: \[ERR_MODULE_NOT_FOUND\])?: Cannot find (?:module|package) |Error: .{1,120}\bERR_MODULE_NOT_FOUND\b)/,
    cause: 'module-missing',
    conclusive: true,
    seen: ['1.29', '5.12', '9.6'],
    meaning: 'Node cannot find the file to run, or one that it needs',
  },
  {
    name: 'command-missing',
    kind: 'refusal',
    from: [''],
    pattern: /^(?: ?ERROR )?(?:Error: )?failed to spawn command: /,
    cause: 'module-missing',
    conclusive: true,
    seen: [],
    meaning: "Fly's init cannot start the command: there is no such program in the image",
  },
  {
    name: 'heap-limit',
    kind: 'refusal',
    from: [''],
    pattern: /^FATAL ERROR: .{0,120}\b(?:heap out of memory|[Aa]llocation failed)\b/,
    cause: 'out-of-memory',
    conclusive: true,
    seen: ['1.29', '5.12', '6.11', '7.1', '9.6'],
    meaning: 'V8 reached its heap limit',
  },
  {
    name: 'port-busy',
    kind: 'refusal',
    from: [''],
    pattern: /^Port \d+ is already in use\b/,
    cause: 'port-in-use',
    conclusive: true,
    seen: ['1.29', '3.13', '3.31', '5.12', '6.11', '9.6'],
    meaning: 'follows a refusal and names who holds the port',
  },
  {
    name: 'refused-otherwise',
    kind: 'refusal',
    from: [''],
    pattern: /^\S/,
    wrapped: true,
    cause: null,
    conclusive: false,
    seen: ['1.29', '6.11', '9.6'],
    meaning: 'the start has failed for a reason that has no row here',
  },
  {
    name: 'config-problem',
    kind: 'detail',
    from: [''],
    pattern:
      /^ *(?:- )?(?:<root>|[\w.-]+\.json5?:\d+ — [\w.[\]"$-]+|[a-z][\w.[\]"$-]*): (?:[Uu]nrecognized |[Uu]nknown |[Ii]nvalid |JSON5 parse failed|[A-Z].*\b(?:expected|required|must)\b)/,
    cause: 'config-invalid',
    conclusive: false,
    seen: ['1.29', '2.26', '3.13', '3.31', '5.12', '6.11', '7.1', '9.6'],
    meaning: 'which key of the config, and what is wrong with it',
  },

  // How a process ended, in the words of somebody near it.
  {
    name: 'shell-killed',
    kind: 'last-words',
    from: [''],
    pattern: /^(?:\S{1,40}: line \d+: +\d+ Killed\b|Killed$)/,
    cause: 'killed',
    conclusive: false,
    seen: ['1.29', '5.12', '9.6'],
    meaning: 'a shell says that SIGKILL ended its child',
  },
  {
    name: 'kernel-oom',
    kind: 'last-words',
    from: [''],
    pattern:
      /^(?:\[ *\d+\.\d+\] ?)?(?:Out of memory: Killed process \d+|Process appears to have been OOM killed)/,
    cause: 'out-of-memory',
    conclusive: false,
    seen: [],
    meaning: "the kernel's and init's words for a kill for memory, as they stand in Fly's logs",
  },

  // It runs, but.
  {
    name: 'token-invented',
    kind: 'degraded',
    from: ['gateway'],
    pattern: /^[Aa]uth token was missing\. Generated /,
    cause: 'auth-missing',
    conclusive: true,
    seen: ['2.26', '3.13', '3.31', '4.2', '4.26', '5.12', '7.1', '8.2', '9.6'],
    meaning: 'no token was given and the gateway made one up',
  },
  {
    name: 'breaker-tripped',
    kind: 'degraded',
    from: ['gateway'],
    pattern: /^restart-loop breaker tripped\b/,
    cause: 'restart-breaker',
    conclusive: true,
    seen: ['7.1', '8.2', '9.6'],
    meaning: 'too many boots ended badly: no channel is started',
  },
  {
    name: 'breaker-recovered',
    kind: 'recovered',
    from: ['gateway'],
    pattern: /^restart-loop breaker recovered\b/,
    cause: 'restart-breaker',
    conclusive: true,
    seen: ['7.1', '8.2'],
    meaning: 'channels are started again',
  },
  {
    name: 'store-full',
    kind: 'degraded',
    from: stores,
    pattern: new RegExp(`^${storeFailed}${full}`),
    cause: 'state-full',
    conclusive: true,
    seen: ['1.29', '5.12'],
    meaning: 'a store of the gateway finds the state directory full',
  },
  {
    // Said by the start command that this action makes for `openclaw-config`, whatever the version.
    name: 'deployed-config-not-put',
    kind: 'degraded',
    from: ['deploy'],
    pattern: /^cannot (?:read|write|keep a copy of) .+ stays as it is$/,
    cause: 'state-unwritable',
    conclusive: true,
    seen: [],
    meaning: 'the config of the deploy could not be put in place; the gateway runs with the one it had',
  },
  {
    name: 'store-unwritable',
    kind: 'degraded',
    from: stores,
    pattern: new RegExp(`^${storeFailed}${unwritable}`),
    cause: 'state-unwritable',
    conclusive: true,
    seen: ['1.29', '4.26', '5.12'],
    meaning: 'a store of the gateway cannot write to the state directory',
  },
  {
    name: 'registry-not-restored',
    kind: 'degraded',
    from: ['tasks/registry'],
    pattern: /^Failed to restore task registry\b/,
    cause: 'state-unwritable',
    conclusive: true,
    seen: ['3.31', '4.15', '5.12'],
    meaning:
      'a store in the state directory cannot be opened; whether for space or for rights the console does not say',
  },
  {
    name: 'config-not-kept-full',
    kind: 'degraded',
    from: [''],
    pattern: new RegExp(`^Config ${storeFailed}${full}`),
    cause: 'state-full',
    conclusive: true,
    seen: ['5.12', '6.11', '8.2'],
    meaning: 'what is noted about the config does not fit the state directory',
  },
  {
    name: 'config-not-kept',
    kind: 'degraded',
    from: [''],
    pattern: new RegExp(`^Config ${storeFailed}${unwritable}`),
    cause: 'state-unwritable',
    conclusive: true,
    seen: ['5.12', '6.11', '7.1', '8.2'],
    meaning: 'what is noted about the config cannot be written',
  },
  {
    name: 'written-by-newer',
    kind: 'degraded',
    from: ['', 'config', 'gateway'],
    pattern:
      /^(?:Config was last written by a newer OpenClaw \(|Your OpenClaw config was written by version \S+, but this command is running )/,
    cause: 'state-newer',
    conclusive: true,
    seen: ['1.29', '2.9', '4.2', '4.12', '5.12', '7.1', '8.2'],
    meaning: 'a downgrade that this version only warns about',
  },
  {
    name: 'config-restored',
    kind: 'degraded',
    from: ['', 'config', 'gateway'],
    pattern: /^(?:Config auto-restored|(?:invalid config was )?restored\b.{0,40}) from last-known-good\b/,
    cause: 'config-invalid',
    conclusive: true,
    seen: ['4.26', '5.7', '6.33', '7.1', '9.2'],
    meaning: 'the config was refused, and the gateway has put an earlier one in its place',
  },
  {
    name: 'migration-warnings',
    kind: 'degraded',
    from: ['state-migrations'],
    pattern: /^Startup migration warnings; continuing with degraded state/,
    cause: 'migrations-failed',
    conclusive: true,
    seen: ['9.6'],
    meaning: 'a start-up migration did not complete, and the gateway runs on',
  },
  {
    name: 'model-key-missing',
    kind: 'degraded',
    from: ['gateway', 'heartbeat', 'agent', 'agents', 'agent/embedded', 'model-fallback', ''],
    pattern: /^(?:Error: |error: |[\w -]{1,40} failed: (?:Error: )?)?No API key found for (?:provider )?"/,
    cause: 'model-key-missing',
    conclusive: true,
    seen: ['4.26', '7.1', '8.2', '9.6'],
    meaning: 'the model has no key',
  },
  {
    name: 'origins-seeded',
    kind: 'notice',
    from: ['gateway'],
    pattern: /^seeded gateway\.controlUi\.allowedOrigins\b/,
    cause: 'allowed-origins',
    conclusive: false,
    seen: ['4.15', '4.26', '5.12', '6.11', '7.1', '8.2', '9.6'],
    meaning: 'the Control UI works from localhost only until an origin is named',
  },

  // Discord.
  {
    name: 'discord-logged-in',
    kind: 'discord-login',
    from: ['discord'],
    pattern: discord(String.raw`logged in to discord as \S`),
    cause: null,
    conclusive: true,
    seen: ['1.29', '2.9', '3.13', '4.2', '4.26', '6.11', '7.1', '9.6'],
    meaning: 'up to 3.13 printed before the handshake ends, since 4.2 after it',
  },
  {
    name: 'discord-logged-in-nameless',
    kind: 'discord-login',
    from: ['discord'],
    pattern: discord('logged in to discord$'),
    cause: null,
    conclusive: false,
    seen: ['1.29', '3.13'],
    meaning: 'as above, but Discord did not say who the bot is; 3.13 prints it without a network too',
  },
  {
    name: 'discord-probe',
    kind: 'discord-token-good',
    from: ['discord'],
    pattern: discord('Discord bot probe resolved @'),
    cause: null,
    conclusive: true,
    seen: ['6.11', '7.1', '9.6'],
    meaning: 'Discord took the token and named the bot',
  },
  {
    name: 'discord-provider',
    kind: 'discord-token-good',
    from: ['discord'],
    pattern: discord(String.raw`starting provider \(@`),
    cause: null,
    conclusive: true,
    seen: ['1.29', '3.13', '4.12'],
    meaning: 'Discord took the token and named the bot',
  },
  {
    name: 'discord-starting',
    kind: 'discord-starting',
    from: ['discord'],
    pattern: discord('starting provider$'),
    cause: null,
    conclusive: false,
    seen: ['1.29', '3.13', '3.31', '4.26', '6.11', '7.1', '8.2', '9.6'],
    meaning: 'a token is given, and the channel is about to use it',
  },
  {
    name: 'discord-awaiting-named',
    kind: 'discord-awaiting',
    from: ['discord'],
    pattern: discord(String.raw`client initialized as \S+ \(.{1,64}\); awaiting gateway readiness`),
    cause: null,
    conclusive: true,
    seen: ['4.2', '4.12', '4.26'],
    meaning: 'Discord took the token and named the bot; the handshake has begun',
  },
  {
    name: 'discord-awaiting',
    kind: 'discord-awaiting',
    from: ['discord'],
    pattern: discord('client initialized\\b.*; awaiting gateway readiness'),
    cause: null,
    conclusive: false,
    seen: ['4.2', '4.26', '6.11', '7.1', '9.6'],
    meaning: 'the handshake with Discord has begun',
  },
  {
    name: 'discord-intents',
    kind: 'discord-off',
    from: ['discord'],
    pattern: discord(
      String.raw`(?:gateway\b|channel exited:|WebSocket\b).*(?:${closed('401[34]')}|\bdisallowed.intents?\b)`,
    ),
    cause: 'discord-intents',
    conclusive: true,
    seen: ['1.29', '3.13', '4.2', '4.26', '6.11', '7.1', '9.6'],
    meaning: 'closed because of missing privileged intents',
  },
  {
    name: 'discord-closed-auth',
    kind: 'discord-off',
    from: ['discord'],
    pattern: discord(String.raw`(?:gateway\b|channel exited:|WebSocket\b).*${closed('4004')}`),
    cause: 'discord-auth',
    conclusive: true,
    seen: ['1.29', '3.13', '4.2', '4.26', '6.11', '7.1', '9.6'],
    meaning: 'closed because the token is wrong',
  },
  {
    name: 'discord-401',
    kind: 'discord-off',
    from: ['discord'],
    pattern: discord(
      String.raw`(?:(?:native )?(?:slash )?commands? deploy\b|${ownRequest}|channel exited:|startup\b).*\b401\b`,
    ),
    cause: 'discord-auth',
    conclusive: true,
    seen: ['6.11', '7.1', '9.6'],
    meaning: 'a request to Discord was refused as unauthorized',
  },
  {
    name: 'discord-no-token',
    kind: 'discord-off',
    from: ['discord', 'channels', 'gateway'],
    pattern: discord('(?:channel (?:exited|startup failed): )?(?:Error: )?Discord bot token missing\\b'),
    cause: 'discord-no-token',
    conclusive: true,
    seen: ['2.9', '4.2', '4.26', '6.11', '7.1', '9.6'],
    meaning: 'set up without a token',
  },
  {
    name: 'discord-plugin-missing',
    kind: 'discord-off',
    from: ['gateway'],
    pattern: /^configured channel warning: channels\.discord\b.*(?:no channel plugin|is not loadable)/,
    cause: 'discord-plugin-missing',
    conclusive: true,
    seen: ['7.1', '8.2', '9.6'],
    meaning: 'set up, and the plugin is not there',
  },
  {
    name: 'discord-plugin-broken',
    kind: 'discord-off',
    from: ['gateway', 'plugins'],
    pattern: /^(?:\[plugins\] )?discord failed (?:to load|during register)\b/,
    cause: 'discord-plugin-missing',
    conclusive: false,
    seen: ['2.9', '3.31', '4.2', '4.26', '5.28', '7.1', '9.2'],
    meaning: 'the plugin is there, and cannot be loaded: mostly a package of its own is missing in the image',
  },
  {
    name: 'discord-untrusted',
    kind: 'discord-off',
    from: ['gateway'],
    pattern: /^configured channel warning: channels\.discord\b/,
    cause: 'discord-untrusted',
    conclusive: true,
    seen: ['7.1', '8.2', '9.6'],
    meaning: 'the plugin is there, and the config does not let it run',
  },
  {
    name: 'discord-suppressed',
    kind: 'discord-off',
    from: ['gateway'],
    pattern: /^suppressed ambient channel auto-configuration\b[^.]*\bdiscord\b/,
    cause: 'discord-suppressed',
    conclusive: true,
    seen: ['8.2', '9.6'],
    meaning: 'a token alone does not start the channel',
  },
  {
    name: 'discord-no-way',
    kind: 'discord-trouble',
    from: ['discord'],
    pattern: discord(`(?:${ownRequest}|gateway error:).*${noNetwork}`),
    cause: 'discord-unreachable',
    conclusive: false,
    seen: ['3.13', '4.2', '4.26', '6.11', '7.1', '9.6'],
    meaning: 'no network way to Discord; it is tried again',
  },
  {
    name: 'discord-no-way-unhandled',
    kind: 'discord-off',
    from: ['openclaw'],
    pattern:
      /^(?:Non-fatal u|U)nhandled rejection \(continuing\): Error: Failed to get gateway information from Discord: (?!.*\b401\b)/,
    cause: 'discord-unreachable',
    conclusive: false,
    seen: ['3.13'],
    meaning: 'no network way to Discord; no later attempt follows',
  },
  {
    name: 'discord-not-ready',
    kind: 'discord-off',
    from: ['discord'],
    pattern: discord(
      String.raw`(?:channel exited: )?(?:discord )?gateway (?:READY wait timed out|was not ready|(?:opened but )?did not reach READY)\b`,
    ),
    cause: 'discord-unreachable',
    conclusive: false,
    seen: ['4.2', '4.26', '6.11', '7.1', '9.6'],
    meaning: 'the handshake with Discord does not come to an end',
  },
  {
    name: 'discord-unresolved',
    kind: 'discord-off',
    from: ['discord'],
    pattern: discord('(?:channel exited: )?Failed to resolve Discord (?:application id|bot identity)\\b'),
    cause: 'discord-auth',
    conclusive: false,
    seen: ['1.29', '2.9', '3.13', '4.2', '4.26', '6.11', '7.1', '9.6'],
    meaning: 'Discord did not say whose token it is: refused, or (1.29) not reached',
  },
  {
    name: 'discord-exited',
    kind: 'discord-off',
    from: ['discord'],
    pattern: discord('(?:channel exited: |giving up after \\d|gateway (?:fatal|reconnect-exhausted): )'),
    cause: 'discord-unreachable',
    conclusive: false,
    seen: ['1.29', '2.9', '4.2', '4.12', '7.1'],
    meaning: 'the channel ended, for a reason that has no row here',
  },
];
