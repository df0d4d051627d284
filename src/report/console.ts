import { clockFace, elapsed } from './elapsed.ts';
import { defused, visibleLines } from './visible.ts';

/** Where an annotation belongs. `file` is relative to the repository's root, line and column count from 1. */
export interface Place {
  readonly file?: string | null;
  readonly line?: number | null;
  readonly column?: number | null;
  readonly title?: string;
}

export interface ConsoleOptions {
  /** The one way out for all text. May throw: what cannot be written is not worth a verdict. */
  readonly write: (text: string) => void;
  /** Milliseconds; only differences are used. */
  readonly now: () => number;
  /** A GitHub runner reads this output (GITHUB_ACTIONS is `true`); else a person at a terminal does. */
  readonly actions: boolean;
  readonly colour: boolean;
  /** Somebody wants the debug log. */
  readonly debug?: boolean;
  /** Takes secret values out of a text. */
  readonly redact: (text: string) => string;
  /** Names the end of a stretch without commands; must not be guessable. */
  readonly token?: () => string;
}

/** Says the result of a chapter in one line, and whether it came to a good end. */
export type Conclude = (result: string, outcome?: 'done' | 'failed') => void;

/** The job log. Nothing that is given to it can act as a workflow command, wherever it came from. */
export interface Console {
  /**
   * One chapter of the run and its result in one line, outside the group. `group` folds what the body says;
   * `open` leaves it in sight and folds the gateway's log lines only.
   * @param body calls `conclude` with the result; without it the chapter is just `done`. What it throws goes on.
   */
  chapter<T>(title: string, body: (conclude: Conclude) => Promise<T>, form?: 'group' | 'open'): Promise<T>;
  /** A change worth a line, with the time since the run began. */
  phase(text: string): void;
  /** To be called often; says what is awaited once nothing was said for 30 s. */
  tick(awaited: string): void;
  /** The same for whoever knows less: the words of a `tick` within the last 15 s are better. */
  idle(awaited: string): void;
  /** For whoever asked the runner for a debug log (RUNNER_DEBUG). */
  debug(text: string): void;
  /** Log lines of the machine, kept apart from what this action says. */
  machineLines(lines: readonly string[]): void;
  /** The line that decided, outside any group. */
  decisive(line: string): void;
  error(message: string, place?: Place): void;
  warning(message: string, place?: Place): void;
  notice(message: string, place?: Place): void;
  /** The message of the verdict: always an annotation, whatever came before. `warning` where the job stays green. */
  fail(message: string, title: string, kind?: 'error' | 'warning'): void;
  /** Somebody else's text in full, such as what flyctl said, in a group of its own. */
  raw(title: string, text: string): void;
  /** Says what is still held back, and how many annotations the runner would not have shown. */
  close(): void;
}

type Kind = 'error' | 'warning' | 'notice';

/** The runner drops what comes after the tenth of a kind in a step. One error and one warning are kept for the verdict. */
const annotationLimit: Record<Kind, number> = { error: 9, warning: 9, notice: 10 };
const silence = 30_000;
/** Loops tick every ten seconds at least. */
const tickHolds = 15_000;
/** In UTF-16 units; longer lines are wrapped, since browsers choke on a line of megabytes. */
const longestLine = 1000;
const heldLines = 500;

const styles = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const;

const escapeData = (text: string) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string) => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** A log for a GitHub runner or for a plain terminal. */
export function openConsole(options: ConsoleOptions): Console {
  const { now, actions, redact } = options;
  const token = options.token ?? (() => crypto.randomUUID().replaceAll('-', ''));
  const began = now();
  const counted: Record<Kind, number> = { error: 0, warning: 0, notice: 0 };
  let lastWords = began;
  let inGroup = false;
  let held: string[] = [];
  let decided: string[] = [];
  let ticked = { words: '', at: Number.NEGATIVE_INFINITY };

  function write(text: string): void {
    lastWords = now();
    try {
      options.write(text);
    } catch {
      // A reader that went away must not end a deploy.
    }
  }

  // Redacted twice: a colour code in the middle of a value hides it from the first look.
  const lines = (text: string) => visibleLines(redact(visibleLines(redact(text)).join('\n')));
  const safe = (text: string) => lines(text).map(defused);
  const inline = (text: string) => safe(text).join(' ').trim();
  const style = (name: keyof typeof styles, text: string) =>
    options.colour ? `\x1b[${styles[name]}m${text}\x1b[0m` : text;

  function say(text: string): void {
    releaseHeld();
    write(`${text}\n`);
  }

  function command(name: string, data: string, properties: Record<string, string> = {}): void {
    const list = Object.entries(properties)
      .map(([key, value]) => `${key}=${escapeProperty(value)}`)
      .join(',');
    write(`::${name}${list && ` ${list}`}::${escapeData(data)}\n`);
  }

  /** One write, so that nothing of ours can fall between the two marks, where commands are not heard. */
  function quote(text: readonly string[]): void {
    const body = text
      .flatMap((entry) => lines(entry).flatMap(wrapped))
      .map((line) => `${style('dim', `| ${line}`)}\n`)
      .join('');
    const mark = token();
    write(actions ? `::stop-commands::${mark}\n${body}::${mark}::\n` : body);
  }

  function beat(awaited: string): void {
    if (now() - lastWords < silence) return;
    say(`${style('cyan', clockFace((now() - began) / 1000))} still waiting for ${inline(awaited)}`);
  }

  function group(title: string, body: () => void): void {
    if (actions && !inGroup) command('group', title);
    else write(`${style('bold', title)}\n`);
    body();
    if (actions && !inGroup) command('endgroup', '');
  }

  function releaseHeld(): void {
    if (held.length === 0) return;
    const text = held;
    held = [];
    group(text.length === 1 ? 'Gateway log, 1 line' : `Gateway log, ${text.length} lines`, () => quote(text));
  }

  function releaseDecided(): void {
    const text = decided;
    decided = [];
    for (const line of text) say(`${style('bold', 'Decisive line:')} ${line}`);
  }

  function annotation(kind: Kind, message: string, place: Place, always = false): void {
    const text = safe(message);
    if (!always) counted[kind] += 1;
    if (actions && (always || counted[kind] <= annotationLimit[kind])) {
      releaseHeld();
      const properties: Record<string, string> = {};
      if (place.file) properties.file = inline(place.file);
      if (place.line) properties.line = String(place.line);
      if (place.column) properties.col = String(place.column);
      if (place.title) properties.title = inline(place.title);
      command(kind, text.join('\n'), properties);
      return;
    }
    const where = [place.file && inline(place.file), place.line, place.column].filter(Boolean).join(':');
    const colour = { error: 'red', warning: 'yellow', notice: 'cyan' } as const;
    const head = style(colour[kind], `${kind[0]?.toUpperCase()}${kind.slice(1)}:`);
    const rest = text.slice(1).map((line) => `\n  ${line}`);
    say(`${head} ${where && `${where}: `}${text[0] ?? ''}${rest.join('')}`);
  }

  return {
    async chapter(title, body, form = 'group') {
      const name = inline(title);
      const start = now();
      const nested = inGroup;
      let result = 'done';
      let failed = false;
      releaseHeld();
      if (nested || form === 'open') say(style('bold', name));
      else if (actions) command('group', name);
      else say(style('bold', name));
      inGroup = nested || form === 'group';
      const end = (mark: string, words: string) => {
        releaseHeld();
        if (actions && inGroup && !nested) command('endgroup', '');
        inGroup = nested;
        say(`${mark} ${name}: ${words} (${elapsed((now() - start) / 1000)})`);
        if (!inGroup) releaseDecided();
      };
      try {
        const value = await body((text, outcome = 'done') => {
          result = inline(text);
          failed = outcome === 'failed';
        });
        end(failed ? style('red', '✗') : style('green', '✓'), result);
        return value;
      } catch (error) {
        end(style('red', '✗'), inline(error instanceof Error ? error.message : String(error)));
        throw error;
      }
    },
    phase(text) {
      say(`${style('cyan', clockFace((now() - began) / 1000))} ${inline(text)}`);
    },
    tick(awaited) {
      ticked = { words: awaited, at: now() };
      beat(awaited);
    },
    idle(awaited) {
      beat(now() - ticked.at < tickHolds ? ticked.words : awaited);
    },
    debug(text) {
      if (!options.debug) return;
      if (actions) command('debug', inline(text));
      else say(style('dim', inline(text)));
    },
    machineLines(text) {
      if (text.length === 0) return;
      if (!actions || inGroup) return quote(text);
      held.push(...text);
      if (held.length >= heldLines) releaseHeld();
    },
    decisive(line) {
      decided.push(inline(line));
      if (!inGroup) releaseDecided();
    },
    error: (message, place = {}) => annotation('error', message, place),
    warning: (message, place = {}) => annotation('warning', message, place),
    notice: (message, place = {}) => annotation('notice', message, place),
    fail: (message, title, kind = 'error') => annotation(kind, message, { title }, true),
    raw(title, text) {
      releaseHeld();
      group(inline(title), () => quote([text]));
    },
    close() {
      releaseHeld();
      releaseDecided();
      if (!actions) return;
      for (const kind of ['error', 'warning', 'notice'] as const) {
        const over = counted[kind] - annotationLimit[kind];
        if (over > 0)
          say(`${over} more ${over === 1 ? kind : `${kind}s`} above: the runner shows no more than 10.`);
      }
    },
  };
}

function wrapped(line: string): string[] {
  const safe = defused(line);
  if (safe.length <= longestLine) return [safe];
  const pieces: string[] = [];
  for (let start = 0; start < safe.length; ) {
    let end = Math.min(start + longestLine, safe.length);
    // Not between the halves of one character.
    if (end < safe.length && (safe.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    pieces.push(`${start > 0 ? '… ' : ''}${safe.slice(start, end)}`);
    start = end;
  }
  return pieces;
}
