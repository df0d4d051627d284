import { posix } from 'node:path';

/**
 * Splits a start command as flyctl does (google/shlex): blanks separate, `'…'` is literal, a backslash takes the
 * next character outside single quotes, `#` at the start of a word begins a comment.
 *
 * @returns `null` where a quote or a backslash is left open: flyctl refuses such a command.
 */
export function splitCommand(command: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < command.length; at += 1) {
    const char = command[at] ?? '';
    if (quote === "'") {
      if (char === "'") quote = null;
      else word += char;
    } else if (char === '\\') {
      at += 1;
      if (at >= command.length) return null;
      word = (word ?? '') + command[at];
    } else if (quote === '"') {
      if (char === '"') quote = null;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/[ \t\r\n]/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === '#' && word === null) {
      const end = command.indexOf('\n', at);
      at = end === -1 ? command.length : end;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== null) return null;
  if (word !== null) words.push(word);
  return words;
}

/** What a start command tells the gateway. */
export interface GatewayCommand {
  /** `--port`, else what the words before say for `…_GATEWAY_PORT`; `null` where it is no plain number (`$PORT`). */
  readonly port: number | null;
  readonly portGiven: boolean;
  /** `--bind` as written; `null` where it is not given. */
  readonly bind: string | null;
  readonly allowUnconfigured: boolean;
  /** `--max-old-space-size` given to node in the command, in MB. */
  readonly heapMb: number | null;
  /** The command starts something beside the gateway too, so a port may belong to that. */
  readonly shared: boolean;
  /**
   * How the gateway's own command line is called on the machine, e.g. `node /app/dist/index.js`; `null` where the
   * words do not tell.
   */
  readonly program: string | null;
}

/**
 * Reads a start command that runs the gateway: `node dist/index.js gateway …`, `openclaw gateway run …`, also inside
 * `sh -c '…'`. `null` for a script or another program: what that starts is not known.
 */
export function readGatewayCommand(command: string): GatewayCommand | null {
  const words = splitCommand(command);
  return words && readAny(words);
}

function readAny(words: readonly string[]): GatewayCommand | null {
  const script = shellScript(words);
  if (script === null) return readWords(words, false);
  // The script ends by running the words after it and its own name: the gateway's command stands there.
  if (script.includes('"$@"')) return readAny(words.slice(words.indexOf(script) + 2));
  const inner = splitCommand(script);
  // One `&` starts something in the background; `&&` and `;` only come before the gateway.
  const shared = /(^|[^&>])&(?![&>])/.test(script) || /\|/.test(script);
  return inner && readWords(inner, shared);
}

/** The script of `sh -c SCRIPT`, `/bin/bash -lc SCRIPT`; `null` for anything else. */
function shellScript(words: readonly string[]): string | null {
  const at = words.findIndex((word) => /^(?:.*\/)?(?:ba|da|a|z)?sh$/.test(word));
  if (at === -1) return null;
  const options = words.slice(at + 1);
  const flag = options.findIndex((word) => !/^-[a-z]*[abd-z]$/.test(word));
  return /^-[a-z]*c$/.test(options[flag] ?? '') ? (options[flag + 1] ?? null) : null;
}

function readWords(words: readonly string[], shared: boolean): GatewayCommand | null {
  const start = words.lastIndexOf('gateway');
  if (start === -1) return null;
  const options = words.slice(start + 1);
  const port = option(options, '--port') ?? assigned(words.slice(0, start), /^\w+_GATEWAY_PORT$/);
  return {
    port: port !== null && /^\d+$/.test(port) ? Number(port) : null,
    portGiven: port !== null,
    bind: option(options, '--bind'),
    allowUnconfigured: options.some((word) => /^--(?:allow-unconfigured|dev)(?:=true)?$/.test(word)),
    heapMb: heapLimitMb(words.join(' ')),
    shared,
    program: programOf(words.slice(0, start)),
  };
}

/** A path that is not absolute is below /app, the working directory of OpenClaw's images. */
function programOf(words: readonly string[]): string | null {
  const named = words.findLast((word) => !word.startsWith('-')) ?? '';
  if (!/^[\w@./-]+$/.test(named)) return null;
  if (!/\.[cm]?js$/.test(named)) return named.includes('/') && !named.startsWith('/') ? null : named;
  return `node ${posix.resolve('/app', named)}`;
}

function option(words: readonly string[], name: string): string | null {
  for (const [index, word] of words.entries()) {
    if (word === name) return (words[index + 1] ?? '').replace(/;$/, '');
    if (word.startsWith(`${name}=`)) return word.slice(name.length + 1).replace(/;$/, '');
  }
  return null;
}

/** `env NAME=value …`, `export NAME=value;`, `NAME=value exec …`: the last that fits. */
function assigned(words: readonly string[], name: RegExp): string | null {
  const found = words.findLast((word) => /^\w+=/.test(word) && name.test(word.slice(0, word.indexOf('='))));
  return found === undefined ? null : found.slice(found.indexOf('=') + 1).replace(/;$/, '');
}

/** `--max-old-space-size=1536` anywhere in `text` (node takes the underscore form too), in MB. */
export function heapLimitMb(text: string): number | null {
  const found = [...text.matchAll(/--max[-_]old[-_]space[-_]size[= ](\d+)/g)].at(-1);
  return found ? Number(found[1]) : null;
}
