/**
 * Installs the real flyctl with the action's own installer, verified, and prints where it is; on a runner it is the
 * output `path` too. For rehearsals with the real CLI:
 *
 *     npm run rehearse -- --flyctl "$(node scripts/run.mjs scripts/install-flyctl.ts)"
 */
import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { installFlyctl } from '../src/flyctl/install.ts';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const { path, version, source, verified } = await installFlyctl({
  wanted: process.argv[2] ?? '',
  platform: process.platform,
  arch: process.arch,
  temp: process.env.RUNNER_TEMP ?? tmpdir(),
  // Never the one that happens to be on this machine.
  path: '',
  addPath: () => {},
  readVersion: () => Promise.reject(new Error('there is nothing to be asked on an empty PATH')),
  log: { info: (line) => console.error(line), warning: (line) => console.error(line) },
  signal: stop.signal,
});
console.error(`flyctl ${version} (${source}, ${verified})`);
console.log(path);
if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `path=${path}\n`);
