import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installStandIn } from '../rehearsal/flyctl/install.ts';
import type { Platform } from '../rehearsal/platform/options.ts';

/** What somebody gets who runs `flyctl deploy` by hand, with its own waits: its exit code, and after how long. */
export interface PlainDeploy {
  readonly exitCode: number | null;
  readonly ms: number;
  /** `performance.now()` at its end. */
  readonly endedAt: number;
}

/** @param speed the CLI's own waits are shortened by it, as the platform's clock is */
export async function plainDeploy(
  platform: Platform,
  toml: string,
  app: string,
  speed: number,
): Promise<PlainDeploy> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
  try {
    const flyctl = installStandIn(join(folder, 'bin'));
    for (const name of ['config', 'app']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'app', 'fly.toml'), toml);
    const env = {
      PATH: process.env.PATH ?? '',
      ...platform.env,
      FLY_CONFIG_DIR: join(folder, 'config'),
      CI: 'true',
      FLYCTL_STANDIN_SPEED: String(speed),
    };
    const run = (args: readonly string[]) =>
      new Promise<number | null>((resolve, reject) => {
        const child = spawn(flyctl, [...args], { cwd: join(folder, 'app'), env, stdio: 'ignore' });
        child.once('error', reject);
        child.once('exit', resolve);
      });
    if (!platform.world.apps.has(app)) await run(['apps', 'create', app, '--org', 'personal']);
    const began = performance.now();
    const exitCode = await run([
      'deploy',
      '-a',
      app,
      '--remote-only',
      '--dns-checks=false',
      '--deploy-retries',
      '0',
    ]);
    const endedAt = performance.now();
    return { exitCode, ms: endedAt - began, endedAt };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
