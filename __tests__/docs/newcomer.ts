/**
 * A newcomer with a machine of their own: bash, git, `fly` and `gh`, an account at Fly and one at GitHub, with the
 * embedded platform in Fly's place and a folder in GitHub's. They do what a page says, to the letter.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { installStandIn } from '../../rehearsal/flyctl/install.ts';
import { readiness } from '../../rehearsal/inside.ts';
import type { ExecHook } from '../../rehearsal/platform/exec.ts';
import type { Platform } from '../../rehearsal/platform/options.ts';
import { startPlatform } from '../../rehearsal/platform/platform.ts';
import type { Boot, Seed } from '../../rehearsal/platform/scenario.ts';
import { type ActionEnd, openRunner, runAction } from '../../rehearsal/runner.ts';
import { upstreamSchema } from '../../rehearsal/upstream/schema.ts';
import { startUpstream, type UpstreamWorld } from '../../rehearsal/upstream/world.ts';
import { type Github, installGh } from '../workflows/gh.ts';
import { readWorkflow } from '../workflows/workflow-files.ts';
import { type JobEnd, runWorkflow } from '../workflows/workflow-runner.ts';
import type { Block, Page } from './pages.ts';

const speed = 20;

export interface ShellEnd {
  readonly ok: boolean;
  readonly log: string;
}

export interface DeployEnd {
  readonly action: ActionEnd;
  readonly jobs: Readonly<Record<string, JobEnd>>;
}

export interface Newcomer {
  readonly platform: Platform;
  readonly github: Github;
  /** Types commands into one's own shell, in the folder where the last ones ended. */
  type(commands: string): Promise<ShellEnd>;
  /** Saves a file in that folder. */
  save(path: string, text: string): void;
  /** GitHub runs a workflow on a push of these files. */
  push(files: Readonly<Record<string, string>>, workflow: string): Promise<DeployEnd>;
  /** What is on the branch main of a repository at GitHub. */
  pushed(repository: string): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** What somebody does with their shell on a machine of the gateway. */
const onTheMachine: readonly ExecHook[] = [
  {
    marker: 'printenv OPENCLAW_GATEWAY_TOKEN',
    answer: ({ env }) => ({ exitCode: 0, stdout: `${env.OPENCLAW_GATEWAY_TOKEN}\n`, stderr: '' }),
  },
  {
    marker: 'node /app/dist/index.js devices',
    answer: () => ({ exitCode: 0, stdout: 'as the gateway answers\n', stderr: '' }),
  },
];

/** What the stand-in for flyctl leaves to a person: logging in, tokens, and a console. */
const fly = `#!/bin/sh
case "$1 $2" in
  "auth login") ;;
  "tokens create") echo "$3-token" ;;
  "ssh console") exec flyctl machine exec "$(flyctl machine list -q -a "$4")" "$6" -a "$4" ;;
  *) exec flyctl "$@" ;;
esac
`;

/** The scripts of this repository, wherever one stands. */
const npm = `#!/bin/sh
[ "$1 $2 $3" = "run diagnose --" ] || exit 2
shift 3
exec '${process.execPath}' --disable-warning=ExperimentalWarning '${resolve('src/diagnose.ts')}' "$@"
`;

export async function newcomer(options: {
  readonly boots: readonly Boot[];
  /** What they type when `gh` asks for a secret. */
  readonly typed: Readonly<Record<string, string>>;
  /** What they have at Fly already. */
  readonly seed?: Seed;
}): Promise<Newcomer> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-newcomer-'));
  const platform = await startPlatform({
    boots: options.boots,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    speed,
    publicBase: true,
    // A gateway that died stays dead for as long as the newcomer looks at it.
    restartDelay: 3600,
    tokens: { 'own-token': 'org', 'org-token': 'org', 'deploy-token': 'deploy' },
    exec: [readiness, ...onTheMachine],
  });
  const upstream = await startUpstream(upstreamSchema.parse({ releases: ['v2026.9.6'] }));
  const github = installGh(folder, { typed: { ...options.typed } });
  installStandIn(github.programs);
  for (const [name, script] of Object.entries({ fly, npm }))
    writeFileSync(join(github.programs, name), script, { mode: 0o755 });
  const home = join(folder, 'home');
  mkdirSync(home);
  let place = home;

  return {
    platform,
    github,
    async type(commands) {
      const script = `${commands}\npwd > '${folder}/place'\n`;
      const end = await shell(script, place, {
        ...platform.env,
        FLY_API_TOKEN: 'own-token',
        FLYCTL_STANDIN_SPEED: `${speed}`,
        HOME: home,
        PATH: [github.programs, dirname(process.execPath), process.env.PATH].join(delimiter),
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'Newcomer',
        GIT_AUTHOR_EMAIL: 'newcomer@example.com',
        GIT_COMMITTER_NAME: 'Newcomer',
        GIT_COMMITTER_EMAIL: 'newcomer@example.com',
      });
      if (end.ok) place = readFileSync(join(folder, 'place'), 'utf8').trim();
      return end;
    },
    save(path, text) {
      mkdirSync(dirname(join(place, path)), { recursive: true });
      writeFileSync(join(place, path), text);
    },
    push: (files, workflow) => deploy({ files, workflow, platform, upstream, github }),
    pushed(repository) {
      const git = (...args: readonly string[]) =>
        spawnSync('git', ['--git-dir', join(folder, `${repository}.git`), ...args], { encoding: 'utf8' })
          .stdout;
      const paths = git('ls-tree', '-r', '--name-only', 'main').split('\n').filter(Boolean);
      return Object.fromEntries(paths.map((path) => [path, git('show', `main:${path}`)]));
    },
    async close() {
      await platform.close();
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function shell(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<ShellEnd> {
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  return { ok: code === 0, log };
}

async function deploy(stage: {
  readonly files: Readonly<Record<string, string>>;
  readonly workflow: string;
  readonly platform: Platform;
  readonly upstream: UpstreamWorld;
  readonly github: Github;
}): Promise<DeployEnd> {
  const { FLY_API_TOKEN: _, ...surroundings } = stage.platform.env;
  const machine = openRunner(stage.files);
  const { secrets, variables } = stage.github.state();
  const ends: ActionEnd[] = [];
  try {
    const jobs = await runWorkflow(readWorkflow(stage.workflow), {
      event: 'push',
      secrets,
      vars: variables,
      action: async (step) => {
        const end = await runAction({
          machine,
          path: stage.github.programs,
          inputs: {
            'flyctl-version': 'preinstalled',
            'listen-timeout': `${300 / speed}s`,
            'discord-timeout': `${180 / speed}s`,
            'stable-for': `${8 / speed}s`,
            ...step.with,
          },
          env: { ...surroundings, ...stage.upstream.env, ...step.env, GITHUB_EVENT_NAME: step.event },
        });
        ends.push(end);
        return { ok: end.exitCode === 0, outputs: end.outputs };
      },
    });
    const [action] = ends;
    if (action === undefined) throw new Error('the workflow does not run this action');
    return { action, jobs };
  } finally {
    machine.close();
  }
}

/** The blocks below a heading, up to the next of its level. */
export function blocksUnder(page: Page, heading: string): readonly Block[] {
  const lines = page.text.split('\n');
  const begin = lines.indexOf(heading);
  if (begin === -1) throw new Error(`${page.path} has no heading ${heading}`);
  const hashes = heading.split(' ', 1)[0] ?? '';
  const inside = new Set(
    page.blocks.flatMap(({ line, text }) => text.split('\n').map((_, index) => line + index)),
  );
  const end = lines.findIndex(
    (line, index) => index > begin && line.startsWith(`${hashes} `) && !inside.has(index),
  );
  return page.blocks.filter(({ line }) => line > begin && (end === -1 || line <= end));
}

/** Where a page says that a block is to be saved; `null` where it says nothing. */
export function savedAs(page: Page, block: Block): string | null {
  const before = page.text.split('\n').slice(0, block.line - 1);
  const said = before.findLast((line) => line.trim() !== '') ?? '';
  return /(?:Save|Commit) this as `([^`]+)`/.exec(said)?.[1] ?? null;
}
