/**
 * Commands run inside a machine. Nothing is ever run on this host: hooks answer for the scripts they know by a
 * marker, and a handful of plain commands is understood here, also several of them in `sh -c '…'`, joined by
 * `;`, `&&`, `||` or newlines: cat, ls, rm, echo, true, false, sleep, over the machine's files and /proc/net/tcp.
 */
import { globFiles, readFile, writeFile } from './disk.ts';
import type { Fly } from './fly.ts';
import { answerOf, envOf, listenersOf } from './machines.ts';
import type { App, Listener, Machine } from './world.ts';

/** A started machine, seen from inside. */
export interface Inside {
  readonly machineId: string;
  /** Who listens now. */
  readonly listeners: readonly Listener[];
  /** Environment as the process has it, secrets included. */
  readonly env: Readonly<Record<string, string>>;
  /** The text of a file; `/proc/net/tcp`, `/proc/net/tcp6` and `/proc/uptime` are among them. `null`: not there. */
  read(path: string): string | null;
  /** Paths that a shell pattern stands for. */
  glob(pattern: string): string[];
  /** `null` removes the file. */
  write(path: string, text: string | null): void;
  /** What `GET http://127.0.0.1:<port><path>` answers; `null`: connection refused. */
  get(port: number, path: string): { readonly status: number; readonly body: string } | null;
}

export interface ExecAnswer {
  readonly exitCode: number;
  /** 0: none. */
  readonly exitSignal?: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Seconds of the client's time until it answers. */
  readonly takes?: number;
}

/** Answers for commands that hold a marker. */
export interface ExecHook {
  readonly marker: string;
  answer(inside: Inside, command: string): ExecAnswer | Promise<ExecAnswer>;
}

export function insideOf(fly: Fly, app: App, machine: Machine): Inside {
  const listeners = listenersOf(fly, machine);
  return {
    machineId: machine.id,
    listeners,
    env: envOf(app, machine),
    read(path) {
      if (path === '/proc/net/tcp')
        return procNetTcp(listeners.filter(({ address }) => !address.includes(':')));
      if (path === '/proc/net/tcp6')
        return procNetTcp(listeners.filter(({ address }) => address.includes(':')));
      if (path === '/proc/uptime') {
        const seconds = ((fly.clock.now() - (machine.startedAt ?? fly.clock.now())) / 1000).toFixed(2);
        return `${seconds} ${seconds}\n`;
      }
      return readFile(app, machine, path);
    },
    glob: (pattern) => globFiles(app, machine, pattern),
    write: (path, text) => writeFile(app, machine, path, text),
    get: (port, path) => answerOf(fly, machine, port, path),
  };
}

/** An address as the kernel writes it: each 32 bits in the order of a little-endian machine. */
function kernelAddress(address: string): string {
  if (!address.includes(':')) {
    return address
      .split('.')
      .reverse()
      .map((byte) => Number(byte).toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase();
  }
  return address === '::1' ? `${'0'.repeat(24)}01000000` : '0'.repeat(32);
}

function procNetTcp(listeners: readonly Listener[]): string {
  const header =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  return (
    header +
    listeners
      .map(({ address, port }, index) => {
        const local = kernelAddress(address);
        const socket = port.toString(16).padStart(4, '0').toUpperCase();
        const nobody = `${'0'.repeat(local.length)}:0000`;
        return `${String(index).padStart(4)}: ${local}:${socket} ${nobody} 0A 00000000:00000000 00:00000000 00000000  1000        0 ${12_345 + index} 1 0000000000000000 100 0 0 10 0\n`;
      })
      .join('')
  );
}

/** Runs a command: a hook's answer, else that of the small shell. */
export async function runCommand(
  hooks: readonly ExecHook[],
  inside: Inside,
  command: string,
): Promise<ExecAnswer> {
  const hook = hooks.find((candidate) => command.includes(candidate.marker));
  if (hook !== undefined) return hook.answer(inside, command);
  const words = splitWords(command);
  if (words[0] === 'sh' && words[1] === '-c') return runScript(inside, words[2] ?? '');
  return runSimple(inside, words);
}

/** Splits a command line into words; quotes hold words together, nothing is expanded. */
function splitWords(command: string): string[] {
  const words: string[] = [];
  for (const [, single, double, bare] of command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)) {
    words.push(single ?? double ?? bare ?? '');
  }
  return words;
}

function runScript(inside: Inside, script: string): ExecAnswer {
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  let takes = 0;
  let joint = ';';
  for (const part of script.split(/(&&|\|\||;|\n)/)) {
    if (/^(?:&&|\|\||;|\n)$/.test(part)) {
      joint = part;
      continue;
    }
    const words = splitWords(part);
    if (words.length === 0) continue;
    if ((joint === '&&' && exitCode !== 0) || (joint === '||' && exitCode === 0)) continue;
    const silenced = words.includes('2>/dev/null');
    const answer = runSimple(
      inside,
      words.filter((word) => word !== '2>/dev/null'),
    );
    stdout += answer.stdout;
    stderr += silenced ? '' : answer.stderr;
    exitCode = answer.exitCode;
    takes += answer.takes ?? 0;
  }
  return { exitCode, stdout, stderr, takes };
}

function runSimple(inside: Inside, words: readonly string[]): ExecAnswer {
  const [name = '', ...args] = words;
  const paths = args.filter((arg) => !arg.startsWith('-'));
  const found = (path: string) => (inside.read(path) === null ? inside.glob(path) : [path]);
  const missing = (path: string) => `${name}: ${path}: No such file or directory\n`;
  switch (name) {
    case 'true':
      return { exitCode: 0, stdout: '', stderr: '' };
    case 'false':
      return { exitCode: 1, stdout: '', stderr: '' };
    case 'echo':
      return { exitCode: 0, stdout: `${args.join(' ')}\n`, stderr: '' };
    case 'sleep':
      return { exitCode: 0, stdout: '', stderr: '', takes: Number(args[0]) || 0 };
    case 'cat':
    case 'ls': {
      const lost = paths.filter((path) => found(path).length === 0);
      const there = paths.flatMap(found);
      const stdout =
        name === 'cat'
          ? there.map((path) => inside.read(path) ?? '').join('')
          : there.map((path) => `${path}\n`).join('');
      return { exitCode: lost.length > 0 ? 1 : 0, stdout, stderr: lost.map(missing).join('') };
    }
    case 'rm': {
      const lost = args.includes('-f') ? [] : paths.filter((path) => found(path).length === 0);
      for (const path of paths.flatMap(found)) inside.write(path, null);
      return { exitCode: lost.length > 0 ? 1 : 0, stdout: '', stderr: lost.map(missing).join('') };
    }
    default:
      return { exitCode: 127, stdout: '', stderr: `sh: 1: ${name}: not found\n` };
  }
}
