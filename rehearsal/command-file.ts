/**
 * Reads a command file as the runner does: `NAME=value` lines, and `NAME<<DELIMITER` blocks for values of
 * several lines. A later value replaces an earlier one.
 *
 * @throws Error on a line that is neither, as the runner fails the step
 */
export function readCommandFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    if (line === '') continue;
    const block = /^([^=]*?)<<(.+)$/.exec(line);
    if (block) {
      const [, name = '', delimiter = ''] = block;
      const end = lines.indexOf(delimiter, i + 1);
      if (end < 0) throw new Error(`The value of ${name} is not closed by ${delimiter}`);
      values[name] = lines.slice(i + 1, end).join('\n');
      i = end;
      continue;
    }
    const equals = line.indexOf('=');
    if (equals <= 0) throw new Error(`Neither NAME=value nor NAME<<DELIMITER: ${line}`);
    values[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return values;
}
