import { CommandError, Panic } from './failure-report.ts';

/** Go's bufio.Scanner gives up on a line this long, and nobody looks whether it did. */
const LINE_LIMIT = 64 * 1024;

/**
 * The parser of `secrets import`, with its losses: comments are cut at a `#` however it is quoted with ', an
 * unclosed `"""` and a line of 64 KiB drop what follows without a word, and a lone quote character crashes it.
 * @returns name to value; the last of two equal names wins
 * @throws CommandError with the whole offending line for a line without `=`
 * @throws Panic for a value that is one quote character
 */
export function parseSecretLines(text: string): Map<string, string> {
  const secrets = new Map<string, string>();
  let open: { name: string; value: string } | undefined;
  for (const line of scannedLines(text)) {
    if (open) {
      if (line.endsWith('"""')) {
        secrets.set(open.name, open.value + line.slice(0, -3));
        open = undefined;
      } else open.value += `${line}\n`;
      continue;
    }
    if (line.startsWith('#') || goTrimSpace(line) === '') continue;
    const split = line.indexOf('=');
    if (split < 0)
      throw new CommandError(`Secrets must be provided as NAME=VALUE pairs (${line} is invalid)`);
    const name = goTrimSpace(line.slice(0, split));
    const value = withoutComment(line.slice(split + 1).replace(/^ +/, ''));
    if (value.startsWith('"""')) {
      if (value.length >= 6 && value.endsWith('"""')) secrets.set(name, value.slice(3, -3));
      else open = { name, value: `${value.slice(3)}\n` };
    } else secrets.set(name, unquoted(value));
  }
  return secrets;
}

function* scannedLines(text: string): Generator<string> {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    if (Buffer.byteLength(line) >= LINE_LIMIT) return;
    yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

function withoutComment(value: string): string {
  const hash = value.indexOf('#');
  if (hash < 0) return value;
  const before = value.slice(0, hash);
  const quotes = before.split('"').length - 1;
  return quotes % 2 === 0 ? before.replace(/ +$/, '') : value;
}

function unquoted(value: string): string {
  for (const quote of ['"', "'"]) {
    if (value.startsWith(quote) && value.endsWith(quote)) {
      if (value.length === 1) throw new Panic(PARSER_PANIC);
      return value.slice(1, -1);
    }
  }
  return value;
}

/** Go's notion of space is Unicode's; JavaScript's adds the byte order mark, which Go keeps. */
function goTrimSpace(text: string): string {
  const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
  return text.replace(new RegExp(`^${space}+|${space}+$`, 'g'), '');
}

const PARSER_PANIC = `runtime error: slice bounds out of range [1:0]
goroutine 1 [running]:
github.com/superfly/flyctl/internal/command/secrets.parseSecrets
	/src/internal/command/secrets/parser.go:58 +0xa9d
main.main()
	/src/main.go:26 +0x18
`;
