/**
 * Stands in for GitHub's CLI in tests: the few commands that the workflows and the guide use, on a file in GitHub's
 * place. Started as a program that finds the file in GH_STATE. What it does not know is an error.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeProgram } from '../../rehearsal/flyctl/program.ts';

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly comments: string[];
}

/** What GitHub has. */
export interface GithubState {
  readonly secrets: Record<string, string>;
  readonly variables: Record<string, string>;
  readonly issues: Issue[];
  /** By tag. */
  readonly releases: Record<string, { draft: boolean }>;
  /** Tags, and the commits they name. */
  readonly tags: Record<string, string>;
  /** How a commit stands to main. */
  readonly relation: string;
  /** Whether releases are immutable, and so attested. */
  readonly immutable: boolean;
  /** What a person types when a secret is asked for. */
  readonly typed: Record<string, string>;
}

const nothing: GithubState = {
  secrets: {},
  variables: {},
  issues: [],
  releases: {},
  tags: {},
  relation: 'identical',
  immutable: true,
  typed: {},
};

/** A `gh` in a folder of its own, and what it knows. */
export interface Github {
  /** Folder to put on PATH. */
  readonly programs: string;
  state(): GithubState;
  become(change: Partial<GithubState>): void;
}

export function installGh(folder: string, state: Partial<GithubState> = {}): Github {
  const [programs, file] = [join(folder, 'programs'), join(folder, 'github.json')];
  writeProgram(join(programs, 'gh'), fileURLToPath(import.meta.url), {
    GH_STATE: file,
    NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/gh', import.meta.url)),
  });
  const read = (): GithubState => JSON.parse(readFileSync(file, 'utf8'));
  const write = (change: Partial<GithubState>) =>
    writeFileSync(file, JSON.stringify({ ...nothing, ...change }, null, 2));
  write(state);
  return { programs, state: read, become: (change) => write({ ...read(), ...change }) };
}

class Refused extends Error {}

/** @returns what `gh` prints */
function run(state: GithubState, argv: readonly string[]): unknown {
  const flag = (...names: string[]) => argv[argv.findIndex((word) => names.includes(word)) + 1] ?? '';
  const [noun = '', verb = '', name = ''] = argv;
  switch (noun === 'api' ? noun : `${noun} ${verb}`) {
    case 'secret set':
      // As gh does: what is piped in, without the line end; else what is typed.
      state.secrets[name] = readFileSync(0, 'utf8').replace(/[\r\n]+$/, '') || typed(state, name);
      return '';
    case 'repo create':
      create(name);
      return '';
    case 'run watch':
      return '';
    case 'variable set':
      state.variables[name] = flag('--body', '-b');
      return '';
    case 'issue list':
      return state.issues.map(({ number, title }) => ({ number, title }));
    case 'issue create':
      state.issues.push({
        number: state.issues.length + 1,
        title: flag('--title'),
        comments: [readFileSync(flag('--body-file'), 'utf8')],
      });
      return '';
    case 'issue comment':
      issue(state, Number(name)).comments.push(readFileSync(flag('--body-file'), 'utf8'));
      return '';
    case 'release view':
      return { isDraft: release(state, name).draft };
    case 'release create':
      if (state.tags[name] === undefined) throw new Refused(`tag ${name} does not exist`);
      state.releases[name] = { draft: argv.includes('--draft') };
      return '';
    case 'release edit':
      if (argv.includes('--draft=false')) release(state, name).draft = false;
      return '';
    case 'release verify':
      if (!state.immutable || release(state, name).draft) throw new Refused('no attestations found');
      return '';
    case 'api':
      return api(state, argv);
    default:
      throw new Refused(`unknown command "${noun} ${verb}"`);
  }
}

/** A bare repository beside the file with what GitHub knows, and a clone where one stands. */
function create(name: string): void {
  const bare = join(process.env.GH_STATE ?? '', '..', `${name}.git`);
  for (const args of [
    ['init', '--quiet', '--bare', '--initial-branch=main', bare],
    ['clone', '--quiet', bare, name],
  ])
    if (spawnSync('git', args, { stdio: 'inherit' }).status !== 0) throw new Refused(`git ${args[0]} failed`);
}

function typed(state: GithubState, name: string): string {
  const value = state.typed[name];
  if (value === undefined) throw new Refused(`nobody knows what to type for ${name}`);
  return value;
}

function issue(state: GithubState, number: number): Issue {
  const found = state.issues.find((one) => one.number === number);
  if (found === undefined) throw new Refused(`no issue ${number}`);
  return found;
}

function release(state: GithubState, tag: string): { draft: boolean } {
  const found = state.releases[tag];
  if (found === undefined) throw new Refused('release not found');
  return found;
}

function api(state: GithubState, argv: readonly string[]): unknown {
  const path = argv.find((word) => word.startsWith('repos/'))?.replace(/^repos\/[^/]+\/[^/]+\//, '') ?? '';
  const fields = Object.fromEntries(
    argv.flatMap((word, at) => (/^-[fF]$/.test(word) ? [(argv[at + 1] ?? '').split(/=(.*)/s)] : [])),
  );
  const tag = (ref: string) => ref.replace(/^refs\/tags\//, '');
  if (/^compare\/main\.\.\.[0-9a-f]{40}$/.test(path)) return { status: state.relation };
  const [, prefix] = /^git\/matching-refs\/tags\/(.+)$/.exec(path) ?? [];
  if (prefix !== undefined) {
    const names = Object.keys(state.tags).filter((name) => name.startsWith(prefix));
    return names.sort().map((name) => ({ ref: `refs/tags/${name}` }));
  }
  const [, one] = /^git\/refs?\/tags\/(.+)$/.exec(path) ?? [];
  if (one !== undefined) {
    if (state.tags[one] === undefined) throw new Refused('Not Found (HTTP 404)');
    if (argv.includes('PATCH')) {
      if (fields.force !== 'true') throw new Refused('Update is not a fast forward (HTTP 422)');
      state.tags[one] = fields.sha;
    }
    return { ref: `refs/tags/${one}`, object: { sha: state.tags[one] } };
  }
  if (path === 'git/refs') {
    state.tags[tag(fields.ref)] = fields.sha;
    return {};
  }
  throw new Refused(`no such path: ${path}`);
}

function print(answer: unknown, argv: readonly string[]): void {
  if (answer === '' || argv.includes('--silent')) return;
  const filter = argv[argv.indexOf('--jq') + 1];
  const text = JSON.stringify(answer);
  if (!argv.includes('--jq') || filter === undefined) {
    console.log(text);
    return;
  }
  const { stdout, status } = spawnSync('jq', ['-r', filter], { input: text, encoding: 'utf8' });
  if (status !== 0) throw new Refused(`jq does not take ${filter}`);
  process.stdout.write(stdout);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , ...argv] = process.argv;
  const file = process.env.GH_STATE ?? '';
  const state: GithubState = JSON.parse(readFileSync(file, 'utf8'));
  try {
    print(run(state, argv), argv);
    writeFileSync(file, JSON.stringify(state, null, 2));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
