import { CommandReader, type WorkflowCommand } from './workflow-command.ts';

/**
 * Shows a job log as GitHub's page shows it to people: groups as titles with their lines set in, annotations in
 * words, masked values as stars, and nothing of the commands themselves. (The page shows the marks around a stretch
 * without commands as well.)
 */
export class JobLog {
  readonly #write: (text: string) => void;
  readonly #commands = new CommandReader();
  /** Longest first, so that no part of a value stays in sight. */
  #masks: readonly string[] = [];
  #rest = '';
  #inset = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** @param text the next piece of the log, cut anywhere */
  add(text: string): void {
    // A carriage return may be half of a line end.
    const all = this.#rest + text;
    const whole = all.endsWith('\r') ? all.slice(0, -1) : all;
    const lines = whole.split(/\r\n|[\r\n]/);
    this.#rest = (lines.pop() ?? '') + all.slice(whole.length);
    for (const line of lines) this.#line(line);
  }

  /** Shows what has no line end yet. */
  end(): void {
    const last = this.#rest.replace(/\r$/, '');
    if (this.#rest !== '') this.#line(last);
    this.#rest = '';
  }

  #line(line: string): void {
    const read = this.#commands.read(line);
    if (read.kind === 'text') this.#say(line);
    else if (read.kind === 'command') this.#command(read, line);
  }

  #command({ name, properties, data }: WorkflowCommand, line: string): void {
    switch (name) {
      case 'add-mask':
        if (data !== '') this.#masks = [...this.#masks, data].sort((a, b) => b.length - a.length);
        return;
      case 'debug':
        return;
      case 'group':
        this.#say(`▾ ${data}`);
        this.#inset = '    ';
        return;
      case 'endgroup':
        this.#inset = '';
        return;
      case 'error':
      case 'warning':
      case 'notice': {
        const { title, file, line: row } = properties;
        const place = file && [file, row].filter(Boolean).join(':');
        const head = [`${name[0]?.toUpperCase()}${name.slice(1)}`, title, place];
        this.#say(`${head.filter(Boolean).join(', ')}:`);
        for (const part of data.split('\n')) this.#say(`  ${part}`);
        return;
      }
      default:
        // Nothing that the action says on purpose: it had better be seen.
        this.#say(`(took effect) ${line}`);
    }
  }

  #say(line: string): void {
    const shown = this.#masks.reduce((text, mask) => text.replaceAll(mask, '***'), line);
    this.#write(`${this.#inset}${shown}\n`);
  }
}
