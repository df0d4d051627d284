/**
 * What `flyctl secrets import` makes of its standard input (v0.4.87), written from its rules as a test's second
 * opinion: it shares nothing with the encoder.
 */
export function parseImport(input: string): Record<string, string> {
  const values: Record<string, string> = {};
  let open: { name: string; content: string } | null = null;
  for (const line of scan(input)) {
    if (open) {
      if (line.endsWith('"""')) {
        values[open.name] = open.content + line.slice(0, -3);
        open = null;
      } else open.content += `${line}\n`;
      continue;
    }
    if (line.startsWith('#') || trimSpace(line) === '') continue;
    const equals = line.indexOf('=');
    if (equals < 0) throw new Error(`Secrets must be provided as NAME=VALUE pairs (${line} is invalid)`);
    const name = trimSpace(line.slice(0, equals));
    let value = line.slice(equals + 1).replace(/^ +/, '');
    const hash = value.indexOf('#');
    if (hash >= 0 && count(value.slice(0, hash), '"') % 2 === 0)
      value = value.slice(0, hash).replace(/ +$/, '');
    if (value.startsWith('"""') && value.endsWith('"""') && value.length >= 6) {
      values[name] = value.slice(3, -3);
    } else if (value.startsWith('"""')) {
      open = { name, content: `${value.slice(3)}\n` };
    } else {
      values[name] = unquoted(value);
    }
  }
  if (Object.keys(values).length === 0) throw new Error('requires at least one SECRET=VALUE pair');
  return values;
}

/** Go's bufio.Scanner: a line that does not fit its 64 KiB ends everything, and nobody asks it why it ended. */
function* scan(input: string): Generator<string> {
  const lines = input.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    if (Buffer.byteLength(line) >= 64 * 1024) return;
    yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

function unquoted(value: string): string {
  for (const quote of ['"', "'"]) {
    if (value.startsWith(quote) && value.endsWith(quote)) {
      if (value.length === 1) throw new Error('slice bounds out of range [1:0]');
      return value.slice(1, -1);
    }
  }
  return value;
}

/** Go's idea of white space; unlike JavaScript's it has no byte order mark, but U+0085. */
function trimSpace(text: string): string {
  const space = '[\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
  return text.replace(new RegExp(`^${space}|${space}$`, 'g'), '');
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
