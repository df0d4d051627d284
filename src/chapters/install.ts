import { appendFileSync } from 'node:fs';
import type { FlyctlDirs } from '../flyctl/config-dir.ts';
import { type InstalledFlyctl, installFlyctl } from '../flyctl/install.ts';
import { type Flyctl, type FlyctlSettings, openFlyctl } from '../flyctl/process.ts';
import { ordinaryPatience } from '../flyctl/retry.ts';
import type { Conclude, Journey } from '../journey.ts';
import { elapsed } from '../report/elapsed.ts';

const origin: Readonly<Record<InstalledFlyctl['source'], string>> = {
  cache: 'from the tool cache',
  download: 'downloaded',
  preinstalled: 'already there',
  path: 'already there',
};

const proof: Readonly<Record<InstalledFlyctl['verified'], string>> = {
  'pinned-sum': 'checksum verified',
  'release-sums': "verified by the release's own checksums",
  'known-hash': 'checksum known',
  'unverified (preinstalled)': 'unverified',
};

/** Part of a command, neither a flag nor what follows on one. */
const isWord = (part: string) => /^[a-z]+$/.test(part);

/** Finds or installs flyctl and makes the one way to run it. */
export async function install(journey: Journey, dirs: FlyctlDirs, conclude: Conclude): Promise<Flyctl> {
  const { awaited, inputs, env, console, silence, signal, report } = journey;
  const settings: Omit<FlyctlSettings, 'path' | 'version'> = {
    token: inputs.token,
    configDir: dirs.configDir,
    emptyDir: dirs.emptyDir,
    env,
    redact: silence.redact,
    debug: console.debug,
    begun: (args) => awaited.begin(['flyctl', ...args.slice(0, 2).filter(isWord)].join(' ')),
    patience: {
      ...ordinaryPatience,
      onRetry: (error, pauseMs) =>
        console.phase(
          `${error instanceof Error ? error.message : String(error)}: trying again in ${elapsed(pauseMs / 1000)}`,
        ),
    },
  };
  const installed = await installFlyctl({
    wanted: inputs.flyctlVersion,
    platform: process.platform,
    arch: process.arch,
    temp: env.RUNNER_TEMP || dirs.root,
    path: env.PATH ?? '',
    addPath: (folder) => {
      if (env.GITHUB_PATH) appendFileSync(env.GITHUB_PATH, `${folder}\n`);
    },
    readVersion: async (path) => {
      const asked = openFlyctl({ ...settings, path, version: 'unknown' });
      return (await asked.run(['version', '--json'], { deadlineMs: 15_000, signal })).stdout;
    },
    log: { info: (line) => console.phase(line), warning: (line) => console.warning(line) },
    signal,
  });
  report.flyctlVersion = installed.version;
  conclude(`flyctl ${installed.version}, ${origin[installed.source]}, ${proof[installed.verified]}`);
  return openFlyctl({ ...settings, path: installed.path, version: installed.version });
}
