import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Recording } from '../../rehearsal/conformance/recording.ts';
import type { Send } from '../../rehearsal/flyctl/http.ts';
import { runStandIn } from '../../rehearsal/flyctl/stand-in.ts';
import { blanked } from './calls.ts';
import type { VirtualClock } from './virtual-clock.ts';

// The stand-in loads its parts when it needs them. Time that is not there while a part is read would jump ahead.
const parts = new URL('../../rehearsal/flyctl/', import.meta.url);
const files = readdirSync(parts, { recursive: true, encoding: 'utf8' });
const modules = files.filter((file) => file.endsWith('.ts') && file !== 'main.ts');
await Promise.all([
  ...modules.map((file) => import(new URL(file, parts).href)),
  import('smol-toml'),
  import('yaml'),
]);

/** What a run leaves for others to see, in a form that two runs can be compared by. */
export interface Showing {
  exit: number | 'SIGKILL';
  stdout: string;
  stderr: string;
  /** Files of the working directory after the run, as far as the recording tells of them. */
  after: Record<string, string | null>;
}

/** Where a run takes place. */
export interface Workplace {
  cwd: string;
  configDirectory: string;
  remove(): void;
}

/** What a run is made against. */
export interface Opposite {
  url: string;
  clock: VirtualClock;
  send: Send;
}

/** The usual environment of the recordings; URLs are added. */
const ENVIRONMENT = {
  FLY_API_TOKEN: 'test-token',
  FLY_SEND_METRICS: '0',
  FLY_TRACE_COLLECTOR_URL: '127.0.0.1',
  FLY_NO_UPDATE_CHECK: '1',
  FLY_NO_INCIDENTS_CHECK: '1',
  FLY_SYNTHETICS_AGENT: '0',
  CI: 'true',
  NO_COLOR: '1',
};

/** The environment that a recording was made with. */
export function environmentOf(
  recording: Pick<Recording, 'env'>,
  url: string,
  configDirectory: string,
): Record<string, string> {
  const env: Record<string, string | null> = {
    ...ENVIRONMENT,
    FLY_API_BASE_URL: url,
    FLY_FLAPS_BASE_URL: url,
    FLY_UIEX_BASE_URL: url,
    FLY_CONFIG_DIR: configDirectory,
    ...recording.env,
  };
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, value === '$U' ? url : value]));
}

/** A folder with the recording's files, and an empty config directory. */
export function workplaceOf(recording: Pick<Recording, 'files'>): Workplace {
  const root = mkdtempSync(join(tmpdir(), 'flyctl-'));
  const cwd = join(root, 'app');
  mkdirSync(cwd);
  for (const [path, text] of Object.entries(recording.files ?? {})) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  return {
    cwd,
    configDirectory: join(root, 'config'),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

const SIGNAL_TEXTS = {
  SIGINT: 'interrupt signal received',
  SIGTERM: 'terminated signal received',
  SIGKILL: '',
};

/**
 * Runs the stand-in in this process.
 * @param signal what ends it early, and when
 */
export async function run(
  { argv, env, stdin, after }: Pick<Recording, 'argv' | 'env' | 'stdin' | 'after'>,
  { cwd, configDirectory }: Workplace,
  { url, clock, send }: Opposite,
  signal?: { name: keyof typeof SIGNAL_TEXTS; comes: Promise<void> },
): Promise<Showing> {
  const interruption = new AbortController();
  let stdout = '';
  let stderr = '';
  let dead = false;
  const sent = signal?.comes ?? new Promise<void>(() => {});
  const killed = sent.then((): 'SIGKILL' | Promise<never> => {
    if (signal?.name === 'SIGKILL') return 'SIGKILL';
    interruption.abort(SIGNAL_TEXTS[signal?.name ?? 'SIGINT']);
    return new Promise<never>(() => {});
  });
  const running = runStandIn(argv, {
    env: environmentOf(env === undefined ? {} : { env }, url, configDirectory),
    cwd,
    stdout: (text) => {
      if (!dead) stdout += text;
    },
    stderr: (text) => {
      if (!dead) stderr += text;
    },
    stdin: async () => Buffer.from(stdin ?? ''),
    signal: interruption.signal,
    clock,
    send: async (call, abort) => {
      if (dead) throw new Error('the process is gone');
      return clock.during(send(call, abort));
    },
  });
  const exit = await Promise.race([running, killed]);
  dead = true;
  const place = (text: string) =>
    blanked(text.replaceAll(cwd, '/app').replaceAll(configDirectory, '/config'));
  const showing = {
    exit,
    stdout: place(stdout),
    stderr: place(stderr),
    after: Object.fromEntries(Object.keys(after ?? {}).map((file) => [file, contentOf(join(cwd, file))])),
  };
  if (exit === 'SIGKILL') {
    interruption.abort('killed');
    await running.catch(() => {});
  }
  return showing;
}

function contentOf(file: string): string | null {
  try {
    return blanked(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** What the recording shows, to be compared with what {@link run} does. */
export function recordedShowing({ exit, stdout, stderr, after = {} }: Recording): Showing {
  return {
    exit,
    stdout: blanked(stdout),
    stderr: blanked(stderr),
    after: Object.fromEntries(
      Object.entries(after).map(([file, text]) => [file, text === null ? null : blanked(text)]),
    ),
  };
}

/** After a signal the CLI ends lines here and there, as its goroutines come to die. */
export function withoutBlankLines<T extends Showing>(showing: T): T {
  return { ...showing, stderr: showing.stderr.replaceAll(/\n+/g, '\n') };
}
