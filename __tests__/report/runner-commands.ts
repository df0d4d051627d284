/**
 * What a GitHub runner does with a step's output, as far as commands go. Stricter than the real one where that
 * can only find more: every character that anything takes for a line end ends a line, and characters that
 * show nothing (which a culture-aware comparison overlooks) do not hide a command.
 * After actions/runner: ActionCommand (two syntaxes) and ActionCommandManager (stop-commands).
 */
const known = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
];

interface RunnerCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

interface RunnerLog {
  /** What took effect, in order, stop-commands and its end left out. */
  readonly commands: readonly RunnerCommand[];
  /** What a person sees: every line that was not a command. */
  readonly shown: string;
  /** The output ended while commands were switched off. */
  readonly stopped: boolean;
}

const lineEnd = /\r\n|[\n\r\v\f\x85\u2028\u2029]/;
const overlooked = /[\0\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g;

const unescapeData = (text: string) =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
const unescapeProperty = (text: string) =>
  text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');

function split(line: string): { info: string; data: string; separator: string } | null {
  const trimmed = line.trimStart();
  const end = trimmed.indexOf('::', 2);
  if (trimmed.startsWith('::') && end >= 0)
    return { info: trimmed.slice(2, end), data: trimmed.slice(end + 2), separator: ',' };
  return null;
}

function splitLegacy(line: string): { info: string; data: string; separator: string } | null {
  const start = line.indexOf('##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return null;
  return { info: line.slice(start + 3, end), data: line.slice(end + 1), separator: ';' };
}

function parse(line: string, registered: ReadonlySet<string>): RunnerCommand | null {
  for (const found of [split(line), splitLegacy(line)]) {
    if (!found) continue;
    const [name = '', ...rest] = found.info.split(' ');
    if (!registered.has(name.toLowerCase())) continue;
    const properties: Record<string, string> = {};
    for (const pair of rest.join(' ').trim().split(found.separator)) {
      const [key, ...value] = pair.split('=');
      if (key && value.length > 0) properties[key] = unescapeProperty(value.join('='));
    }
    return { name: name.toLowerCase(), properties, data: unescapeData(found.data) };
  }
  return null;
}

/** The log and the effects of one step's output. */
export function runnerReads(output: string): RunnerLog {
  const registered = new Set(known);
  const commands: RunnerCommand[] = [];
  const shown: string[] = [];
  let stop: string | null = null;
  for (const line of output.split(lineEnd)) {
    const command = parse(line, registered) ?? parse(line.replace(overlooked, ''), registered);
    if (command && stop !== null && command.name === stop) {
      registered.delete(stop);
      stop = null;
    } else if (command && stop === null && command.name === 'stop-commands') {
      stop = command.data.toLowerCase();
      registered.add(stop);
    } else if (command && stop === null) {
      commands.push(command);
    } else shown.push(line);
  }
  return { commands, shown: shown.join('\n'), stopped: stop !== null };
}
