import { type AppConfig, readConfig } from '../../src/app/config.ts';
import * as yaml from '../../src/app/config-yaml.ts';

/** What OpenClaw's guide for Fly tells people to write, in words of our own. */
export const publicToml = `app = "harbour-bot"
primary_region = "ams"

[build]
  dockerfile = "Dockerfile"

[env]
  NODE_ENV = "production"
  OPENCLAW_PREFER_PNPM = "1"
  OPENCLAW_STATE_DIR = "/data"
  NODE_OPTIONS = "--max-old-space-size=1536"

[processes]
  app = "node dist/index.js gateway --allow-unconfigured --port 3000 --bind lan"

[http_service]
  internal_port = 3000
  force_https = true
  auto_stop_machines = false
  auto_start_machines = true
  min_machines_running = 1
  processes = ["app"]

[[vm]]
  size = "shared-cpu-2x"
  memory = "2048mb"

[mounts]
  source = "harbour_data"
  destination = "/data"
`;

/** The guide's private template: the same without a service. */
export const privateToml = publicToml.replace(/\[http_service\][^[]*\["app"\]\n\n/, '');

/** A longer file: checks, a stop signal, a restart policy. */
export const checkedToml = `${publicToml}
[[http_service.checks]]
  interval = "30s"
  timeout = "5s"
  grace_period = "90s"
  method = "GET"
  path = "/healthz"

[[restart]]
  policy = "always"
`.replace('primary_region', 'kill_signal = "SIGTERM"\nkill_timeout = "300s"\nprimary_region');

export function read(text: string, file = 'fly.toml', directory = '/work'): AppConfig {
  const source = { file, directory, text, generated: false };
  if (/\.ya?ml$/.test(file)) return readConfig({ ...source, format: 'yaml', yaml });
  return readConfig({ ...source, format: file.endsWith('.json') ? 'json' : 'toml' });
}
