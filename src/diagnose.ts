import { createReadStream } from 'node:fs';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { causeTable, type Fix } from './causes.ts';
import { type SavedLine, savedLog } from './gateway/saved-log.ts';
import { oneLine } from './report/visible.ts';
import type { ExitEvent, MachineEvent, MachineSnapshot } from './watch/facts.ts';
import { beginWatch, reduce, verdictOf, type WatchState } from './watch/reduce.ts';
import type { Verdict } from './watch/verdict.ts';

const usage = `Says what a saved log of an OpenClaw gateway amounts to.

  npm run diagnose -- [options] [FILE...]

FILE is the output of a gateway, of \`fly logs\`, or of \`fly logs --json\`; without one standard input is read.

  --expect-discord    the gateway is to be logged in to Discord
  --port N            port the gateway was told to use
  --internal-port N   internal_port of the Fly service; default: the port
  --exit-code N       the process has ended with this code
  --signal NAME       the process was ended by this signal, e.g. SIGKILL
  --alive             the process still ran when the log was saved
  --json              one line of JSON a file
  --help              this text
`;

/** What the caller knows beside the log. */
export interface Question {
  readonly expectDiscord: boolean;
  readonly port: number | null;
  readonly internalPort: number | null;
  /** How the process ended; `alive`: it did not; `null`: nobody says. */
  readonly end: { readonly exitCode: number | null; readonly signal: number | null } | 'alive' | null;
}

/** What a log amounts to, as one line of JSON. */
export interface Diagnosis {
  readonly file: string;
  readonly verdict: Verdict['verdict'];
  readonly cause: Verdict['cause'];
  readonly evidence: string | null;
  readonly fix: Fix | null;
  readonly listening: boolean;
  readonly reachable: boolean | null;
  readonly discord: Verdict['discord'];
}

/** An option that cannot be understood. The message names it, its value, and what is allowed. */
class UsageError extends Error {}

interface Command extends Question {
  readonly files: readonly string[];
  readonly json: boolean;
}

/** @throws UsageError */
function readCommand(argv: readonly string[]): Command | 'help' {
  const { values, positionals } = ((): ReturnType<typeof parse> => {
    try {
      return parse(argv);
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  })();
  if (values.help) return 'help';
  const ends = (['alive', 'exit-code', 'signal'] as const).filter((name) => values[name] !== undefined);
  if (ends.length > 1) {
    throw new UsageError(`--${ends.join(' and --')} contradict each other: give one of them`);
  }
  const port = portOption('port', values.port);
  return {
    files: positionals,
    json: values.json ?? false,
    expectDiscord: values['expect-discord'] ?? false,
    port,
    internalPort: portOption('internal-port', values['internal-port']) ?? port,
    end: values.alive ? 'alive' : endOption(values['exit-code'], values.signal),
  };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      'expect-discord': { type: 'boolean' },
      port: { type: 'string' },
      'internal-port': { type: 'string' },
      'exit-code': { type: 'string' },
      signal: { type: 'string' },
      alive: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function portOption(name: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const port = Number(value);
  if (!/^\d+$/.test(value) || port < 1 || port > 65_535)
    throw new UsageError(`--${name} ${value}: not a port; a number from 1 to 65535 is`);
  return port;
}

function endOption(code: string | undefined, signal: string | undefined): Question['end'] {
  if (code !== undefined) {
    if (!/^\d{1,3}$/.test(code) || Number(code) > 255)
      throw new UsageError(`--exit-code ${code}: not an exit code; a number from 0 to 255 is`);
    return { exitCode: Number(code), signal: null };
  }
  if (signal === undefined) return null;
  const name = signal.toUpperCase().replace(/^(?!SIG|\d)/, 'SIG');
  const number = /^\d+$/.test(name)
    ? Number(name)
    : (Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? 0);
  if (number < 1 || number > 64)
    throw new UsageError(
      `--signal ${signal}: not a signal; a name such as SIGKILL or a number from 1 to 64 is`,
    );
  return { exitCode: null, signal: number };
}

/** The clock of a replay. A log takes no time; then so much passes as any deadline needs. */
const stepMs = 1_000;
const patienceMs = 60_000;

/**
 * Judges a saved log with the reducer of the live watch: its lines become facts, the machine around them is made
 * up from what the caller knows, and then time passes.
 */
export async function diagnose(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  question: Question,
): Promise<{ readonly diagnosis: Diagnosis; readonly verdict: Verdict; readonly assumed: string | null }> {
  const log = savedLog(chunks);
  const boots = new Map<string, Boots>();
  let state = beginWatch(
    {
      app: 'APP',
      operation: 'deploy',
      baseline: [],
      ourReleaseVersion: null,
      expectDiscord: question.expectDiscord,
      throughProxy: true,
      internalPort: question.internalPort,
      gatewayPort: question.port,
      listenTimeoutMs: patienceMs,
      discordTimeoutMs: patienceMs,
      stableForMs: 8 * stepMs,
      timeoutMs: 10 * patienceMs,
    },
    0,
  );
  let last = 0;
  for await (const lines of log.lines) {
    for (const line of lines) {
      last = line.at;
      if (line.provider === 'app') bootsOf(boots, line.machineId).see(line);
      state = reduce(state, { kind: 'log', line }, 0);
    }
  }
  // Lines without an instance are few among those with one; alone they are the one machine there is.
  if (boots.size === 0) boots.set('', new Boots());
  if (boots.size > 1) boots.delete('');
  const machines = [...boots].map(([id, of]) => {
    const assumed = question.end === null ? of.assumedEnd(state, id, log.fromFly()) : null;
    return { assumed, snapshot: of.snapshot(id, question.end ?? assumed?.end ?? 'alive', last + 1) };
  });
  let verdict = passTime(
    state,
    machines.map(({ snapshot }) => snapshot),
  );
  // Saved early in a boot of many: that one says nothing yet, and those before it say all.
  if (question.end === null && nothingSaid.has(verdict.cause)) {
    const all = [...boots].map(([id, of]) => of.snapshot(id, 'alive', last + 1, 'every boot'));
    const looped = passTime(state, all);
    if (!nothingSaid.has(looped.cause)) verdict = looped;
  }
  const judged = withoutDeadline(verdict);
  const row = causeTable[judged.cause];
  return {
    verdict: judged,
    assumed: machines.find(({ assumed }) => assumed !== null)?.assumed?.words ?? null,
    diagnosis: {
      file,
      verdict: judged.verdict,
      cause: judged.cause,
      evidence: judged.evidence?.text ?? null,
      fix:
        judged.verdict === 'healthy'
          ? null
          : row.fix({ ...judged.context, machineId: judged.machineId || undefined }),
      listening: judged.listening,
      reachable: judged.reachable,
      discord: judged.discord,
    },
  };
}

function bootsOf(boots: Map<string, Boots>, machineId: string): Boots {
  const known = boots.get(machineId) ?? new Boots();
  boots.set(machineId, known);
  return known;
}

const nothingSaid: ReadonlySet<Verdict['cause']> = new Set(['timeout', 'silent']);

function passTime(begun: WatchState, machines: readonly MachineSnapshot[]): Verdict {
  let state = reduce(begun, { kind: 'feed', feed: 'probe', health: 'refused', detail: 'a saved log' }, 0);
  state = reduce(state, { kind: 'deploy-ended', ok: true, cause: null, detail: '' }, 0);
  for (let now = 0; ; now += stepMs) {
    state = reduce(state, { kind: 'machines', machines }, now);
    state = reduce(state, { kind: 'feed', feed: 'machines', health: 'working', detail: '' }, now);
    state = reduce(state, { kind: 'feed', feed: 'logs', health: 'working', detail: '' }, now);
    const verdict = verdictOf(state, now);
    if (verdict !== null) return verdict;
  }
}

/** A saved log has no Discord deadline: that it ends without a login only says that something must be looked at. */
function withoutDeadline(verdict: Verdict): Verdict {
  if (verdict.cause !== 'discord-timeout' || verdict.suspected === null) return verdict;
  return { ...verdict, verdict: 'degraded', cause: verdict.suspected };
}

/** The boots of one machine as its log shows them: Fly's init says when it starts and how its child ends. */
class Boots {
  private starts: number[] = [];
  private ends = new Map<number, { exitCode: number | null; signal: number | null }>();
  private asked: number[] = [];
  private first: number | null = null;

  see({ at, text }: SavedLine): void {
    this.first ??= at;
    if (text.length > 300) return;
    if (/^ ?(?:INFO )?Starting init \(commit: /.test(text)) this.starts.push(at);
    if (/^ ?(?:INFO )?Sending signal SIG[A-Z]+ to main child process\b/.test(text)) this.asked.push(at);
    const code = /^ ?(?:INFO )?Main child exited normally with code: (\d+)/.exec(text)?.[1];
    const signal = /^ ?(?:INFO )?Main child exited with signal .*'(SIG[A-Z0-9]+)'/.exec(text)?.[1];
    if (code !== undefined) this.ends.set(at, { exitCode: Number(code), signal: null });
    else if (signal !== undefined) {
      const known = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
      this.ends.set(at, { exitCode: null, signal: known ?? null });
    }
  }

  /** What the log itself says of the end, where the caller says nothing. */
  assumedEnd(
    state: WatchState,
    id: string,
    fromFly: boolean,
  ): { readonly end: Question['end']; readonly words: string } {
    const begin = this.starts.at(-1) ?? this.first ?? 0;
    const end = [...this.ends].findLast(([at]) => at > begin);
    if (fromFly && end) {
      return { end: end[1], words: 'how the process ended is taken from the line of init in the log' };
    }
    const findings = [...(state.machines.get(id)?.findings.values() ?? [])].flat();
    const refused = findings.some(
      (noted) => noted.signature.kind === 'refusal' && noted.signature.conclusive && noted.at >= begin,
    );
    const open = findings.some(
      ({ signature: { kind }, at }) => (kind === 'listening' || kind === 'ready') && at >= begin,
    );
    return refused && !open
      ? {
          end: { exitCode: null, signal: null },
          words:
            'nothing says how the process ended; the log says that its start has failed, so it is taken as ended',
        }
      : { end: 'alive', words: 'nothing says whether the process still runs; it is taken as running' };
  }

  /** The machine as Fly would show it: what lives is judged by its own boot, unless the caller asks for all. */
  snapshot(
    id: string,
    end: NonNullable<Question['end']>,
    at: number,
    counting: 'every boot' | 'what counts' = 'what counts',
  ): MachineSnapshot {
    const starts = this.starts.length > 0 ? this.starts : [-1];
    const own = end === 'alive' && counting === 'what counts';
    const counted = own ? starts.slice(-1) : starts;
    const events: MachineEvent[] = [{ type: 'launch', at: own ? (counted[0] ?? 0) - 0.6 : -2 }];
    counted.forEach((start, i) => {
      const next = counted[i + 1];
      events.push({ type: 'start', at: start - 0.5 });
      const said = [...this.ends].find(([time]) => time > start && (next === undefined || time < next));
      if (next !== undefined) {
        const ended = said?.[0] ?? next - 0.7;
        const asked = this.asked.some((time) => time > start && time < ended);
        const how = { exitCode: null, signal: null, ...said?.[1] };
        events.push(exitEvent(ended, how, { requestedStop: asked, restarting: true }));
      } else if (end !== 'alive') {
        events.push(exitEvent(at, end, { requestedStop: false, restarting: false }));
      }
    });
    return {
      id,
      instanceId: '1',
      state: end === 'alive' ? 'started' : 'stopped',
      region: '',
      createdAt: null,
      updatedAt: null,
      image: '',
      memoryMb: null,
      releaseVersion: null,
      events: events.reverse(),
      restartPolicy: null,
      checks: [],
      volumes: [],
    };
  }
}

function exitEvent(
  at: number,
  how: Pick<ExitEvent, 'exitCode' | 'signal'>,
  why: Pick<ExitEvent, 'requestedStop' | 'restarting'>,
): MachineEvent {
  const exit: ExitEvent = { at, ...how, oomKilled: false, ...why };
  return { type: 'exit', at, exit };
}

function words({ diagnosis, verdict, assumed }: Awaited<ReturnType<typeof diagnose>>): string {
  const { file, cause, evidence, fix, listening, reachable, discord } = diagnosis;
  const row = causeTable[cause];
  const answer = (value: boolean | null) => (value === null ? 'not known' : value ? 'yes' : 'no');
  const lines = [
    `${oneLine(file)}: ${diagnosis.verdict}: ${row.title} (${cause})`,
    `  ${row.meaning}`,
    ...(evidence === null ? [] : [`  Evidence: ${oneLine(evidence)}`]),
    `  Listening: ${answer(listening)}. Reachable: ${answer(reachable)}. Discord: ${discord}.`,
    ...(assumed === null ? [] : [`  Note: ${assumed} (--alive, --exit-code or --signal would say).`]),
    ...verdict.warnings.map(
      (warning) => `  Also: ${causeTable[warning.cause].title}: ${oneLine(warning.text)}`,
    ),
  ];
  if (fix !== null) {
    lines.push(`  Fix: ${fix.text}`, ...fix.commands.map((command) => `    $ ${command}`));
    if (fix.lines !== null) {
      lines.push(`    ${fix.lines.file}:`, ...fix.lines.text.split('\n').map((text) => `      ${text}`));
    }
  }
  return lines.join('\n');
}

/** @returns the exit code: 0 when every file was judged, whatever the verdict; 2 for bad usage or an unreadable file */
async function main(argv: readonly string[]): Promise<number> {
  const command = readCommand(argv);
  if (command === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const { files, json } = command;
  if (files.length === 0 && process.stdin.isTTY) {
    throw new UsageError('no FILE, and nothing on standard input');
  }
  let code = 0;
  for (const file of files.length === 0 ? ['-'] : files) {
    try {
      const chunks = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 18 });
      const found = await diagnose(file, chunks, command);
      process.stdout.write(`${json ? JSON.stringify(found.diagnosis) : words(found)}\n`);
    } catch (error) {
      process.stderr.write(`${oneLine(file)}: ${error instanceof Error ? error.message : String(error)}\n`);
      code = 2;
    }
  }
  return code;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  }
}
