type Severity = 'error' | 'warning' | 'notice';

interface Rule {
  /** Worst first. */
  readonly severities: readonly [Severity, ...Severity[]];
  readonly when: string;
  readonly why: string;
  readonly fix: string;
}

/**
 * Every rule the checks know, in the words of docs/configuration.md (a test compares the two).
 * Errors stop the run before anything is touched, warnings annotate the file, notices are listed only.
 */
export const rules = {
  'toml-error': {
    severities: ['error'],
    when: 'the file does not parse (TOML, JSON or YAML)',
    why: 'Nothing can be read from it; flyctl would stop too.',
    fix: 'Correct the line and column that are named.',
  },
  'flyctl-refuses': {
    severities: ['error'],
    when: 'a value has the wrong type or is not allowed (a `[restart]` table, a policy that does not exist, …)',
    why: 'flyctl refuses the file: "App configuration is not valid".',
    fix: 'Write the value as the finding shows it.',
  },
  'service-without-processes': {
    severities: ['error'],
    when: '`[processes]` is there, and a service names none of them',
    why: 'flyctl refuses the file: a service has to say which process group it leads to.',
    fix: '`processes = ["app"]` in the service',
  },
  'port-mismatch': {
    severities: ['error', 'warning'],
    when: "`internal_port` is not the gateway's port (`--port`, else OPENCLAW_GATEWAY_PORT, else 18789)",
    why: "Fly's proxy knocks where nobody listens: the URL answers with an error.",
    fix: 'Give `internal_port` and `--port` the same number.',
  },
  'bind-loopback': {
    severities: ['error', 'warning'],
    when: '`--bind` is loopback or no value of the gateway (error), or is missing (warning)',
    why: "Fly's proxy cannot reach a gateway that listens on 127.0.0.1 only.",
    fix: '`--bind lan`',
  },
  'allow-unconfigured-missing': {
    severities: ['warning'],
    when: 'the gateway command has no `--allow-unconfigured`, and no config comes with the deploy',
    why: 'The first start on an empty volume ends with "Missing config".',
    fix: 'Add `--allow-unconfigured`, or give the input `openclaw-config`.',
  },
  'memory-too-small': {
    severities: ['error', 'warning'],
    when: '512 MB or less (error), below 2048 MB or no `[[vm]]` (warning); `memory_mb` wins over `memory`',
    why: 'The gateway needs about 700 MB when idle and up to 1.4 GB at a cold start; it gets killed.',
    fix: '`memory = "2048mb"`',
  },
  'heap-over-memory': {
    severities: ['error'],
    when: '`--max-old-space-size` is the memory of the machine or more',
    why: 'Node grows past the memory of the machine and is killed without a word.',
    fix: 'A limit of about three quarters of the memory: 1536 for 2048 MB',
  },
  'no-mount': {
    severities: ['error'],
    when: "the gateway's process group has no `[mounts]`",
    why: 'Config, sessions and logins are lost with every deploy and restart.',
    fix: '`[mounts]` with `source` and `destination = "/data"`',
  },
  'state-not-on-volume': {
    severities: ['error'],
    when: 'the state directory (`OPENCLAW_STATE_DIR`, or the `*_STATE_DIR` of a fork) is not inside the mount',
    why: 'The volume stays empty, and the state is lost with every deploy.',
    fix: '`OPENCLAW_STATE_DIR = "/data"` in `[env]`',
  },
  'secret-in-env': {
    severities: ['error'],
    when: 'a credential stands in `[env]`, in `[build.args]` or in a start command',
    why: 'The file is in git, and the machine config is readable by the whole organization.',
    fix: 'Take it out, make it a repository secret and name it in the input `secrets`.',
  },
  'auto-stop-on': {
    severities: ['warning'],
    when: '`auto_stop_machines` is true, "stop" or "suspend"',
    why: 'Channels hold outgoing connections only: the proxy sees no traffic and stops the gateway.',
    fix: '`auto_stop_machines = "off"`',
  },
  'min-machines-zero': {
    severities: ['warning'],
    when: '`min_machines_running = 0`',
    why: 'Fly may let no machine run at all.',
    fix: '`min_machines_running = 1`',
  },
  'check-grace-too-short': {
    severities: ['warning'],
    when: 'a health check has a `grace_period` under 30 s',
    why: 'The gateway needs up to 23 s to listen, longer on small machines: the check fails a good boot.',
    fix: '`grace_period = "60s"`',
  },
  'check-on-dead-path': {
    severities: ['warning'],
    when: 'an HTTP check asks for a path that says nothing about the health of the gateway (by version)',
    why: 'The web page answers 200 there even if the gateway is in trouble.',
    fix: '`path = "/healthz"`',
  },
  'kill-timeout-short': {
    severities: ['warning'],
    when: '`kill_timeout` is below 10 s',
    why: 'The gateway is killed while it stops; three unclean boots within 300 s silence its channels.',
    fix: 'Leave it out (this action sets it), or `kill_timeout = "300s"`.',
  },
  'kill-signal-unclean': {
    severities: ['warning'],
    when: '`kill_signal` is neither SIGTERM nor SIGINT',
    why: 'Only these two make the gateway stop cleanly.',
    fix: 'Leave it out (this action sets it), or `kill_signal = "SIGTERM"`.',
  },
  'restart-never': {
    severities: ['warning'],
    when: 'the restart policy of the gateway is never',
    why: 'A gateway that crashes stays down until the next deploy.',
    fix: '`policy = "on-failure"` with `retries = 10`, or `policy = "always"`',
  },
  'restart-on-failure': {
    severities: ['notice'],
    when: 'the restart policy of the gateway is on-failure',
    why: 'A gateway that ends with exit code 0 stays stopped (some versions do so when a lock or port is taken).',
    fix: '`policy = "always"` if it should come back in any case',
  },
  'several-groups-one-volume': {
    severities: ['warning'],
    when: 'more than one process group mounts the same volume name',
    why: 'Each group gets a volume of its own: they do not share state.',
    fix: '`processes = ["app"]` in `[mounts]`, with the gateway\'s group only',
  },
  'private-with-service': {
    severities: ['warning'],
    when: 'the file is named private, but has a service open to the public ports',
    why: 'A `fly deploy` by hand gives a new app public addresses for it.',
    fix: 'Take the service out, or keep port 80 without `force_https` for Flycast.',
  },
  'unknown-key': {
    severities: ['warning', 'notice'],
    when: 'flyctl knows no such key: a likely slip (warning), or anything else (notice)',
    why: 'flyctl ignores it without a word.',
    fix: 'The key that was probably meant',
  },
  'volume-region': {
    severities: ['error', 'warning'],
    when: 'the volume is in another region than `primary_region`; an error where no machine holds it',
    why: 'A machine can only use a volume of its own region: a new one cannot be made.',
    fix: "`primary_region` of the volume's region",
  },
  'several-machines': {
    severities: ['warning'],
    when: "more than one machine runs in the gateway's process group",
    why: 'Two gateways with the same tokens answer twice, and each has a state of its own.',
    fix: '`fly scale count 1`',
  },
  'model-key-missing': {
    severities: ['warning'],
    when: 'no API key of a model provider is among the secrets and `[env]`',
    why: 'The gateway starts, but cannot answer, unless it was logged in to a provider by hand.',
    fix: 'ANTHROPIC_API_KEY, OPENAI_API_KEY or another in the input `secrets`',
  },
  'openclaw-config-error': {
    severities: ['error'],
    when: 'the file of the input `openclaw-config` does not parse as JSON5',
    why: 'The gateway refuses to start with it.',
    fix: 'Correct the line and column that are named.',
  },
  'openclaw-config-secret': {
    severities: ['error'],
    when: 'a credential stands in the file of `openclaw-config`',
    why: 'The file is in git, and what the machine is given is readable by the whole organization.',
    fix: 'The name of an environment variable in the file (the finding shows how), and its value as a secret',
  },
  'openclaw-config-mode': {
    severities: ['error'],
    when: '`gateway.mode` is missing or not "local"',
    why: 'The gateway does not start: "Gateway start blocked".',
    fix: '`gateway: { mode: "local" }`',
  },
  'openclaw-config-include': {
    severities: ['warning'],
    when: '`$include` in the file of `openclaw-config` names another file',
    why: 'Only the one file is shipped: the gateway does not start where the other is not on the machine.',
    fix: 'What the other file holds, in place of `$include`',
  },
  'openclaw-config-bind': {
    severities: ['warning'],
    when: '`gateway.bind` is loopback and the start command does not say `--bind lan`',
    why: "Fly's proxy cannot reach a gateway that listens on 127.0.0.1 only.",
    fix: '`gateway: { bind: "lan" }`',
  },
  'openclaw-config-origins': {
    severities: ['error', 'warning'],
    when: "`gateway.controlUi.allowedOrigins` has not the app's URL; an error for versions that refuse to start so",
    why: 'The Control UI refuses connections from a page of another origin.',
    fix: "`gateway: { controlUi: { allowedOrigins: [the app's URL] } }`",
  },
  'public-address': {
    severities: ['error'],
    when: 'a private app has a public address after the deploy',
    why: 'Whoever scans the internet finds the gateway there.',
    fix: '`fly ips release ADDRESS`',
  },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof rules;
