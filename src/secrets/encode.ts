import type { SecretValue } from './value.ts';

/**
 * Why `flyctl secrets import` cannot carry a value. The rules are those of its parser (v0.4.14 and later); the one
 * about size is Linux's, on whose machine the value would have to be an environment variable.
 */
export type RefusalRule =
  | 'name'
  | 'nul'
  | 'surrogate'
  | 'too-large'
  | 'long-line'
  | 'windows-line-end'
  | 'closing-quotes'
  | 'comment';

/** One secret that cannot be sent. Holds no part of its value. */
export interface Refusal {
  readonly name: string;
  readonly rule: RefusalRule;
  /** Reads on after the name: `has …`, with the way out. */
  readonly reason: string;
}

export type Encoded =
  | {
      readonly ok: true /** For standard input; empty where there is nothing to send. */;
      readonly text: string;
    }
  | { readonly ok: false; readonly refused: readonly Refusal[] };

/** What POSIX calls a name, and what shells and GitHub accept for an environment variable. */
export const environmentName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** flyctl's scanner gives up, without a word, at a line that fills its buffer of 64 KiB with its line end. */
const longestLine = 64 * 1024 - 2;

/** MAX_ARG_STRLEN of Linux: `NAME=value` and its NUL. A longer one keeps every process of the machine from starting. */
const longestVariable = 128 * 1024;

const quotes = '"""';
const elsewhere = 'Store it base64-encoded, or keep it in a file on the volume.';

const reasons: Readonly<Record<RefusalRule, string>> = {
  name: 'is not the name of an environment variable: letters, digits and underscores, no digit first.',
  nul: 'has a NUL character in its value, which no environment variable can hold.',
  surrogate: 'has half a character (an unpaired surrogate) in its value. Store it again from the original.',
  'too-large': 'is too large for an environment variable: Linux takes 128 KiB for name and value together.',
  'long-line': `has a line of 64 KiB or more, where flyctl stops reading without a word. ${elsewhere}`,
  'windows-line-end':
    'has Windows line ends (CR LF), of which flyctl drops the CR. Store it again with plain LF line ends.',
  'closing-quotes': `has a line that ends with """, which flyctl takes for the end of the value. ${elsewhere}`,
  comment: `has a # after an odd number of double quotes in its first line, which flyctl takes for a comment. ${elsewhere}`,
};

/**
 * The lines that make `flyctl secrets import` store exactly these values, by name.
 * All or nothing: one value that cannot be carried refuses them all, so that no half of them is staged.
 */
export function encodeSecrets(values: ReadonlyMap<string, SecretValue>): Encoded {
  const refused: Refusal[] = [];
  const assignments: string[] = [];
  for (const [name, value] of values) {
    const refusal = refuseSecret(name, value);
    if (refusal) refused.push(refusal);
    else assignments.push(assignment(name, value.reveal()));
  }
  return refused.length > 0 ? { ok: false, refused } : { ok: true, text: assignments.join('') };
}

/** The first rule that keeps this secret from being sent, or `null`. */
export function refuseSecret(name: string, value: SecretValue): Refusal | null {
  const rule = brokenRule(name, value.reveal());
  return rule === null ? null : { name, rule, reason: reasons[rule] };
}

function brokenRule(name: string, value: string): RefusalRule | null {
  if (!environmentName.test(name)) return 'name';
  if (value.includes('\0')) return 'nul';
  if (!value.isWellFormed()) return 'surrogate';
  if (Buffer.byteLength(`${name}=${value}`) + 1 > longestVariable) return 'too-large';
  const lines = assignment(name, value).split('\n');
  if (lines.some((line) => Buffer.byteLength(line) > longestLine)) return 'long-line';
  const [first = '', ...rest] = value.split('\n');
  if (rest.length === 0) return null;
  const closed = [first, ...rest.slice(0, -1)];
  if (closed.some((line) => line.endsWith('\r'))) return 'windows-line-end';
  if (closed.some((line) => line.endsWith(quotes))) return 'closing-quotes';
  return commentsAfterOddQuotes(first) ? 'comment' : null;
}

function assignment(name: string, value: string): string {
  // Three double quotes are an odd number: they protect a # that an even number of others precedes. After an odd
  // number of others it is the other way round, and single quotes, which the parser does not count, leave it odd.
  const quote = commentsAfterOddQuotes(value) && !value.includes('\n') ? "'" : quotes;
  return `${name}=${quote}${value}${quote}\n`;
}

/** The parser cuts a line at its first # where the number of double quotes before it is even. */
function commentsAfterOddQuotes(line: string): boolean {
  const hash = line.indexOf('#');
  return hash >= 0 && line.slice(0, hash).split('"').length % 2 === 0;
}
