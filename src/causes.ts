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
}

/** A run that cannot go on, with the one cause. Thrown anywhere, caught once by the story. */
export class Failure extends Error {
  readonly code: CauseCode;
  /** The line, reply or finding that shows it, cleaned and without secrets. */
  readonly evidence: string | null;
  /** Replaces the table's fix where the place of failure knows better. */
  readonly fix: Fix | null;
  constructor(
    code: CauseCode,
    message: string,
    more: { evidence?: string | null; fix?: Fix | null; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'Failure';
    this.code = code;
    this.evidence = more.evidence ?? null;
    this.fix = more.fix ?? null;
  }
}
