/**
 * What a GitHub runner takes for a command in a step's output, after the runner's own source: ActionCommand has the
 * two ways of writing one, ActionCommandManager the stretches without commands.
 */

/** All that a runner registers. */
const known = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'internal-set-repo-path',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
];

export interface WorkflowCommand {
  /** In small letters, as nobody looks at the case. */
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** `text`: shown as it is; `mark`: begins or ends a stretch without commands. */
export type LineRead = { readonly kind: 'text' | 'mark' } | ({ readonly kind: 'command' } & WorkflowCommand);

/** Characters that a comparison by the rules of a language, which is .NET's default, does not see. */
const overlooked = /[\0\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g;

/** Reads a step's output line by line, without line ends. */
export class CommandReader {
  readonly #registered = new Set(known);
  #stop: string | null = null;

  /** Commands are not heard just now. */
  get stopped(): boolean {
    return this.#stop !== null;
  }

  read(line: string): LineRead {
    if (!line.includes(':') && !line.includes('#')) return { kind: 'text' };
    const command = this.#parse(line) ?? this.#parse(line.replace(overlooked, ''));
    if (command === null) return { kind: 'text' };
    if (this.#stop !== null) {
      if (command.name !== this.#stop) return { kind: 'text' };
      this.#registered.delete(this.#stop);
      this.#stop = null;
      return { kind: 'mark' };
    }
    if (command.name !== 'stop-commands') return { kind: 'command', ...command };
    this.#stop = command.data.toLowerCase();
    this.#registered.add(this.#stop);
    return { kind: 'mark' };
  }

  #parse(line: string): WorkflowCommand | null {
    for (const found of [written(line), writtenInOldWay(line)]) {
      if (found === null) continue;
      const [name = '', ...rest] = found.info.split(' ');
      if (!this.#registered.has(name.toLowerCase())) continue;
      const properties: Record<string, string> = {};
      for (const pair of rest.join(' ').trim().split(found.separator)) {
        const [key, ...value] = pair.split('=');
        if (key && value.length > 0) properties[key] = unescapeProperty(value.join('='));
      }
      return { name: name.toLowerCase(), properties, data: unescapeData(found.data) };
    }
    return null;
  }
}

interface Written {
  readonly info: string;
  readonly data: string;
  readonly separator: string;
}

/** `::name key=value,key=value::data`, at the start of a line but for white space. */
function written(line: string): Written | null {
  const trimmed = line.trimStart();
  if (!trimmed.startsWith('::')) return null;
  const end = trimmed.indexOf('::', 2);
  return end < 0 ? null : { info: trimmed.slice(2, end), data: trimmed.slice(end + 2), separator: ',' };
}

/** `##[name key=value;key=value]data`, anywhere in a line. */
function writtenInOldWay(line: string): Written | null {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  return end < 0 ? null : { info: line.slice(start + 3, end), data: line.slice(end + 1), separator: ';' };
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}
