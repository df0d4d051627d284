import type { ConfigSource } from './config-source.ts';

/** What a generated config is made for. */
interface GenerateOptions {
  /** Absolute root of the workspace, where the file would be. */
  readonly directory: string;
  readonly app: string;
  /** Three letters, e.g. `iad`. */
  readonly region: string;
  readonly mode: 'public' | 'private';
  /** `flycast` where it is not said. */
  readonly privateAccess?: 'flycast' | 'none';
  /** Image to name in the file; without one, flyctl builds the Dockerfile of the folder it runs in. */
  readonly image?: string;
}

/**
 * The config of OpenClaw's guide for Fly, for a repository that has none: used for this deploy, and printed in the
 * summary to be committed. What the guide leaves to Fly's defaults (stop signal, restart policy) is written out.
 */
export function generateConfig(options: GenerateOptions): ConfigSource {
  const isPrivate = options.mode === 'private';
  return {
    file: isPrivate ? 'fly.private.toml' : 'fly.toml',
    directory: options.directory,
    format: 'toml',
    text: [head(options), build(options), body, service(options), machine]
      .filter((part) => part !== '')
      .join('\n'),
    generated: true,
  };
}

function head({ app, region, mode }: GenerateOptions): string {
  return `# OpenClaw gateway on Fly.io${mode === 'private' ? ', without a public address' : ''}
app = "${app}"
primary_region = "${region}"

# SIGTERM is the gateway's clean stop; Fly allows at most 300 s for it.
kill_signal = "SIGTERM"
kill_timeout = "300s"
`;
}

function build({ image }: GenerateOptions): string {
  return image === undefined
    ? ''
    : `[build]
  image = "${image}"
`;
}

const body = `[env]
  NODE_ENV = "production"
  OPENCLAW_PREFER_PNPM = "1"
  OPENCLAW_STATE_DIR = "/data" # on the volume, or it is lost with every deploy
  NODE_OPTIONS = "--max-old-space-size=1536" # below the memory of the machine

[processes]
  app = "node dist/index.js gateway --allow-unconfigured --port 3000 --bind lan"
`;

function service({ mode, privateAccess }: GenerateOptions): string {
  if (mode === 'public') {
    return `[http_service]
  internal_port = 3000 # the --port above
  force_https = true
  auto_stop_machines = "off" # channels hold outgoing connections only
  auto_start_machines = true
  min_machines_running = 1
  processes = ["app"]
`;
  }
  if (privateAccess === 'none') return '# No service: the ssh console is the way in.\n';
  return `# For the private address only: fly proxy 3000:80 <app>.flycast
[[services]]
  protocol = "tcp"
  internal_port = 3000 # the --port above
  auto_stop_machines = "off" # channels hold outgoing connections only
  auto_start_machines = true
  min_machines_running = 1
  processes = ["app"]

  [[services.ports]]
    port = 80
    handlers = ["http"]
`;
}

const machine = `[[vm]]
  size = "shared-cpu-2x"
  memory = "2048mb"

[mounts]
  source = "openclaw_data"
  destination = "/data"

# Fly's default, written out: a deploy drops the policy that a machine has. "always" would also start a gateway
# again that ended with exit code 0.
[[restart]]
  policy = "on-failure"
  retries = 10
  processes = ["app"]
`;
