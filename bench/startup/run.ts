/**
 * `node scripts/run.mjs bench/startup/run.ts [--runs N]`: from the start of the bundle to the start of the first flyctl,
 * beside `node -e 0` from start to end, in turn, at real time. Goal: a ratio of the medians of 3 or less.
 *
 * Both ways to a flyctl that need no network are measured: one that is on PATH, and a verified copy in the tool cache.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openRunner, runAction } from '../../rehearsal/runner.ts';
import { recordFile } from '../../src/flyctl/install-cache.ts';
import { assetName, knownSums, pinnedVersion, releaseTarget } from '../../src/flyctl/releases.ts';
import { median } from '../plain-deploy.ts';

if (process.platform === 'win32') throw new Error('the flyctl of this benchmark is a shell script');

const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const machine = openRunner({ 'fly.toml': 'app = "my-openclaw"\nprimary_region = "iad"\n' });
const at = (...names: readonly string[]) => join(machine.folder, ...names);
const started = at('started');

/** Writes down when it was started first, then refuses, so that the run ends there. */
const flyctl = `#!/bin/sh
[ -e '${started}' ] || date +%s%N >'${started}'
[ "$1" = version ] && echo '{"Version":"${pinnedVersion}"}' && exit 0
echo 'Error: no access token available. Please login with '"'flyctl auth login'" >&2
exit 1
`;

const asset = assetName(pinnedVersion, releaseTarget(process.platform, process.arch));
const record = recordFile({
  version: pinnedVersion,
  asset,
  archive: knownSums[pinnedVersion]?.archives[asset] ?? '',
  files: { flyctl: createHash('sha256').update(flyctl).digest('hex') },
  verified: 'pinned-sum',
});
const copy = at('tools', 'flyctl-verified', pinnedVersion, process.arch);
for (const folder of [at('bin'), at('no-bin'), copy]) mkdirSync(folder, { recursive: true });
for (const folder of [at('bin'), copy]) writeFileSync(join(folder, 'flyctl'), flyctl, { mode: 0o755 });
writeFileSync(join(copy, record.name), record.content);
writeFileSync(`${copy}.complete`, '');

/** Milliseconds from the start of node to its end. */
async function emptyNode(): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  return performance.now() - began;
}

/** Milliseconds from the start of the bundle to the start of the first flyctl. */
async function firstFlyctl(version: string, path: string): Promise<number> {
  rmSync(started, { force: true });
  const end = await runAction({
    machine,
    inputs: { 'fly-api-token': 'bench-token', 'flyctl-version': version, app: 'my-openclaw' },
    env: { RUNNER_TOOL_CACHE: at('tools') },
    path,
  });
  const began = performance.timeOrigin + end.endedAt - end.durationMs;
  try {
    return Number(readFileSync(started, 'utf8')) / 1e6 - began;
  } catch {
    throw new Error(`the action did not start flyctl:\n${end.log}`);
  }
}

const node: number[] = [];
const onPath: number[] = [];
const cached: number[] = [];
try {
  for (let run = 0; run < Number(values.runs); run += 1) {
    node.push(await emptyNode());
    onPath.push(await firstFlyctl('preinstalled', at('bin')));
    cached.push(await firstFlyctl(pinnedVersion, at('no-bin')));
  }
} finally {
  machine.close();
}

const row = (what: string, times: readonly number[]) =>
  `${what} ${median(times).toFixed(0)} ms, ratio ${(median(times) / median(node)).toFixed(2)}`;
console.log(`median of ${node.length}: node -e 0 ${median(node).toFixed(0)} ms`);
console.log(row('bundle to first flyctl, on PATH:', onPath));
console.log(row('bundle to first flyctl, in the tool cache:', cached));
