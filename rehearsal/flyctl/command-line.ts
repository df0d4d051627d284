import { readFileSync } from 'node:fs';
import { CommandError } from './failure-report.ts';
import { parseDuration } from './go-duration.ts';

interface FlagKind {
  name: string;
  shorthand: string;
  /** As the help has it: string, int, float, duration, strings, stringArray; empty for a switch. */
  type: string;
  /** The value of the flag given without one, where that is allowed though it is no switch. */
  bare?: string;
}

/** Flags the real CLI takes and its help hides. */
const HIDDEN: Record<string, FlagKind[]> = {
  logs: [{ name: 'instance', shorthand: 'i', type: 'string' }],
  deploy: [
    { name: 'builder-pool', shorthand: '', type: 'string' },
    { name: 'export-manifest', shorthand: '', type: 'string' },
    { name: 'from-manifest', shorthand: '', type: 'string' },
  ],
  'volumes-create': [{ name: 'fs-type', shorthand: '', type: 'string' }],
};

/** The help of a command (`machine list`; empty for the root), word for word. */
export function helpText(command: string): string {
  const file = command === '' ? 'flyctl' : command.replaceAll(' ', '-');
  return readFileSync(new URL(`./help/${file}.txt`, import.meta.url), 'utf8');
}

/** The part of the help that follows a wrong command line, with the blank line behind it. */
export function usageText(command: string): string {
  const help = helpText(command);
  return `${help.slice(help.indexOf('Usage:'))}\n`;
}

/** The flags a command knows are read off its help, so that the two cannot differ. */
function flagsOf(command: string): FlagKind[] {
  const flags: FlagKind[] = [...(HIDDEN[command.replaceAll(' ', '-')] ?? [])];
  const line =
    /^ {2,}(?:-(\w), )?--([\w-]+)(?:\[=([^\]]+)\])?(?: (string|int|float|duration|strings|stringArray))?(?:\[="([^"]*)"\])? {2,}/;
  for (const text of helpText(command).split('\n')) {
    const match = line.exec(text);
    if (!match) continue;
    const [, shorthand = '', name = '', , type = '', bare] = match;
    flags.push({ name, shorthand, type, bare });
  }
  return flags;
}

/** A command line taken apart. */
export class Flags {
  readonly #values: ReadonlyMap<string, string[]>;

  constructor(values: ReadonlyMap<string, string[]>) {
    this.#values = values;
  }

  given(name: string): boolean {
    return this.#values.has(name);
  }

  /** Last value given, else `otherwise`. */
  text(name: string, otherwise = ''): string {
    return this.#values.get(name)?.at(-1) ?? otherwise;
  }

  on(name: string, otherwise = false): boolean {
    const value = this.#values.get(name)?.at(-1);
    return value === undefined ? otherwise : TRUE.has(value);
  }

  number(name: string, otherwise = 0): number {
    const value = this.#values.get(name)?.at(-1);
    return value === undefined ? otherwise : Number(value);
  }

  /** Milliseconds. */
  duration(name: string, otherwise = 0): number {
    const value = this.#values.get(name)?.at(-1);
    return value === undefined ? otherwise : (parseDuration(value) ?? otherwise);
  }

  /** Every value given. */
  list(name: string): string[] {
    return this.#values.get(name) ?? [];
  }
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/**
 * Takes the words behind a command's name apart as pflag does.
 * @throws CommandError with the command's usage for an unknown flag, a missing or an ill-formed value
 */
export function parseWords(command: string, words: readonly string[]): { flags: Flags; args: string[] } {
  const kinds = flagsOf(command);
  const values = new Map<string, string[]>();
  const args: string[] = [];
  const wrong = (message: string) => new CommandError(message, { usage: usageText(command) });
  const set = (kind: FlagKind, value: string) => {
    const shown = kind.shorthand ? `-${kind.shorthand}, --${kind.name}` : `--${kind.name}`;
    const reason = refusal(kind.type, value);
    if (reason) throw wrong(`invalid argument "${value}" for "${shown}" flag: ${reason}`);
    const all = kind.type === 'strings' ? value.split(',') : [value];
    const kept = kind.type === 'strings' || kind.type === 'stringArray' ? (values.get(kind.name) ?? []) : [];
    values.set(kind.name, [...kept, ...all]);
  };

  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') {
      args.push(...words.slice(index + 1));
      break;
    }
    if (word.startsWith('--')) {
      const [name = '', ...rest] = word.slice(2).split('=');
      const kind = kinds.find((flag) => flag.name === name);
      if (!kind) throw wrong(`unknown flag: --${name}`);
      if (word.includes('=')) set(kind, rest.join('='));
      else if (kind.type === '') set(kind, 'true');
      else if (kind.bare !== undefined) set(kind, kind.bare);
      else {
        index += 1;
        const value = words[index];
        if (value === undefined) throw wrong(`flag needs an argument: --${name}`);
        set(kind, value);
      }
    } else if (word.startsWith('-') && word.length > 1) {
      for (let at = 1; at < word.length; at += 1) {
        const letter = word.charAt(at);
        const kind = kinds.find((flag) => flag.shorthand === letter);
        if (!kind) throw wrong(`unknown shorthand flag: '${letter}' in ${word}`);
        const rest = word.slice(at + 1);
        if (rest.startsWith('=')) {
          set(kind, rest.slice(1));
          break;
        }
        if (kind.type === '') {
          set(kind, 'true');
          continue;
        }
        if (rest !== '') {
          set(kind, rest);
          break;
        }
        index += 1;
        const value = words[index];
        if (value === undefined) throw wrong(`flag needs an argument: '${letter}' in ${word}`);
        set(kind, value);
      }
    } else args.push(word);
  }
  return { flags: new Flags(values), args };
}

function refusal(type: string, value: string): string | undefined {
  if (type === '') {
    return TRUE.has(value) || FALSE.has(value)
      ? undefined
      : `strconv.ParseBool: parsing "${value}": invalid syntax`;
  }
  if (type === 'int') {
    return /^[+-]?\d+$/.test(value) ? undefined : `strconv.ParseInt: parsing "${value}": invalid syntax`;
  }
  if (type === 'float') {
    return value !== '' && Number.isFinite(Number(value))
      ? undefined
      : `strconv.ParseFloat: parsing "${value}": invalid syntax`;
  }
  if (type === 'duration') {
    return parseDuration(value) === undefined ? `time: ${durationFault(value)} "${value}"` : undefined;
  }
  return undefined;
}

function durationFault(value: string): string {
  return /^[+-]?[\d.]+$/.test(value) ? 'missing unit in duration' : 'invalid duration';
}
