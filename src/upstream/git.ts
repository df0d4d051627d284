import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Failure } from '../causes.ts';
import { signalTree } from '../flyctl/process.ts';
import { visibleLines } from '../report/visible.ts';
import { type Unreachable, unreachable } from './request.ts';

/** A branch or tag and the commit it names. */
export interface NamedCommit {
  /** Full name, e.g. `refs/tags/v2026.9.6`. */
  readonly ref: string;
  readonly commit: string;
}

export interface GitSettings {
  /** Base of the repositories, e.g. `https://github.com`. */
  readonly base: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A private folder that is gone after the run. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Git must not ask, must not take a configured login along, and must give up by itself where nothing comes any more. */
const quiet = [
  ['credential.helper', ''],
  ['core.askPass', ''],
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '30'],
  ['init.defaultBranch', 'main'],
  ['advice.detachedHead', 'false'],
  ['protocol.version', '2'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/**
 * The commit that one of these names means, the first that there is; an annotated tag stands for its commit.
 *
 * @param names full names such as `refs/tags/v2026.9.6`
 * @returns `null` where there is none of them
 * @throws Failure `inputs-invalid` where the repository cannot be read; Unreachable
 */
export async function namedCommit(
  repository: string,
  names: readonly string[],
  settings: GitSettings,
): Promise<NamedCommit | null> {
  const patterns = names.flatMap((name) => [name, `${name}^{}`]);
  const args = ['ls-remote', addressOf(repository, settings), ...patterns];
  const { exitCode, stdout, stderr } = await git(repository, args, settings.folder, settings);
  if (exitCode !== 0) throw explained(repository, stderr);
  const found = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [, commit, ref] = /^([0-9a-f]{40})\t(\S+)$/.exec(line.trim()) ?? [];
    if (commit !== undefined && ref !== undefined) found.set(ref, commit);
  }
  for (const ref of names) {
    const commit = found.get(`${ref}^{}`) ?? found.get(ref);
    if (commit !== undefined) return { ref, commit };
  }
  return null;
}

/** A checked-out commit. */
export interface Checkout {
  /** Absolute path. */
  readonly folder: string;
  /** Absolute path of its Dockerfile. */
  readonly dockerfilePath: string;
  readonly dockerfile: string;
  /** Text of its package.json; `null` where it has none. */
  readonly packageJson: string | null;
}

/**
 * Fetches exactly one commit, without its history, and checks it out.
 *
 * @throws Failure `inputs-invalid` where there is no such commit, or no Dockerfile in it; Unreachable
 */
export async function checkOutCommit(
  repository: string,
  commit: string,
  settings: GitSettings,
): Promise<Checkout> {
  const folder = mkdtempSync(join(settings.folder, 'upstream-'));
  const steps = [
    ['init', '--quiet', '--template=', '.'],
    ['fetch', '--quiet', '--no-tags', '--depth=1', addressOf(repository, settings), commit],
    ['checkout', '--quiet', '--detach', 'FETCH_HEAD'],
  ];
  for (const step of steps) {
    const { exitCode, stderr } = await git(repository, step, folder, settings);
    if (exitCode !== 0) throw explained(repository, stderr, commit);
  }
  const { stdout } = await git(repository, ['rev-parse', 'HEAD'], folder, settings);
  if (stdout.trim() !== commit) {
    throw unreachable('github.com', `it sent ${stdout.trim().slice(0, 40)} in place of ${commit}`, false);
  }
  const dockerfilePath = join(folder, 'Dockerfile');
  if (!existsSync(dockerfilePath)) {
    throw new Failure(
      'inputs-invalid',
      `repository: ${repository} has no Dockerfile at ${commit.slice(0, 12)}.`,
    );
  }
  const packagePath = join(folder, 'package.json');
  return {
    folder,
    dockerfilePath,
    dockerfile: readFileSync(dockerfilePath, 'utf8'),
    packageJson: existsSync(packagePath) ? readFileSync(packagePath, 'utf8') : null,
  };
}

function addressOf(repository: string, { base }: GitSettings): string {
  return `${base}/${repository}.git`;
}

/** Runs git to its end, or ends it and all it started when the run is cancelled: @actions/exec could not. */
async function git(repository: string, args: readonly string[], cwd: string, settings: GitSettings) {
  const { env, signal } = settings;
  // A header with a login may be configured for the host: the empty one for this very address takes it back.
  const anonymous = ['-c', `http.${addressOf(repository, settings)}.extraHeader=`];
  signal.throwIfAborted();
  const child = spawn('git', [...quiet, ...anonymous, ...args], {
    cwd,
    env: gitEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const end = () => signalTree(child, 'SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  try {
    const [[exitCode], stdout, stderr] = await Promise.all([
      once(child, 'close'),
      text(child.stdout),
      text(child.stderr),
    ]);
    signal.throwIfAborted();
    return { exitCode: exitCode as number | null, stdout, stderr };
  } catch (error) {
    signal.throwIfAborted();
    throw new Failure(
      'build-failed',
      'git could not be started, and source: upstream needs it on the runner.',
      {
        evidence: error instanceof Error ? error.message.slice(0, 300) : null,
        cause: error,
      },
    );
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** What git needs of the runner's environment; secrets of the step and a repository that GIT_DIR names stay out. */
function gitEnvironment(env: GitSettings['env']): Record<string, string> {
  const passed =
    /^(?:PATH|Path|HOME|USERPROFILE|SystemRoot|COMSPEC|TEMP|TMP|TMPDIR|LANG|(?:https?|no|all)_proxy|SSL_CERT_(?:FILE|DIR)|GIT_SSL_\w+)$/i;
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passed.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: '0', GCM_INTERACTIVE: 'never', LC_ALL: 'C' };
}

function explained(repository: string, stderr: string, commit?: string): Failure | Unreachable {
  const [line = 'git failed'] = visibleLines(stderr).filter((text) => /fatal|error/i.test(text));
  const evidence = line.slice(0, 300);
  if (/not found|could not read Username|Authentication failed|access denied|HTTP 40[134]/i.test(stderr)) {
    return new Failure(
      'inputs-invalid',
      `repository: "${repository}" cannot be read without a login, or is not there.`,
      { evidence },
    );
  }
  if (commit !== undefined && /not our ref|couldn't find remote ref|unadvertised object/i.test(stderr)) {
    return new Failure('inputs-invalid', `version: ${repository} has no commit ${commit}.`, { evidence });
  }
  return unreachable('github.com', evidence, false);
}
