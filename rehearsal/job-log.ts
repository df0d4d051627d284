/**
 * Shows a job log as GitHub's page shows it to people: groups as titles with their lines set in, annotations in
 * words, and nothing of the commands themselves.
 */
export class JobLog {
  readonly #write: (text: string) => void;
  #rest = '';
  #inset = '';
  /** While commands are stopped: the token that starts them again. */
  #stopped: string | null = null;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** @param text the next piece of the log, cut anywhere */
  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** Shows what has no line end yet. */
  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }

  #line(line: string): void {
    if (this.#stopped !== null) {
      if (line === `::${this.#stopped}::`) this.#stopped = null;
      else this.#say(line);
      return;
    }
    const command = /^\s*::([a-z-]+)(?: ([^:]*))?::(.*)$/s.exec(line);
    if (!command) {
      this.#say(line);
      return;
    }
    const [, name = '', properties = '', data = ''] = command;
    const text = unescaped(data);
    switch (name) {
      case 'add-mask':
        return;
      case 'stop-commands':
        this.#stopped = data;
        return;
      case 'group':
        this.#say(`▾ ${text}`);
        this.#inset = '    ';
        return;
      case 'endgroup':
        this.#inset = '';
        return;
      case 'error':
      case 'warning':
      case 'notice': {
        const title = unescaped(/(?:^|,)title=([^,]*)/.exec(properties)?.[1] ?? '');
        const file = /(?:^|,)file=([^,]*)/.exec(properties)?.[1];
        const row = /(?:^|,)line=(\d+)/.exec(properties)?.[1];
        const head = [
          `${name[0]?.toUpperCase()}${name.slice(1)}`,
          title,
          file && [file, row].filter(Boolean).join(':'),
        ];
        this.#say(`${head.filter(Boolean).join(', ')}:`);
        for (const part of text.split('\n')) this.#say(`  ${part}`);
        return;
      }
      default:
        this.#say(line);
    }
  }

  #say(line: string): void {
    this.#write(`${this.#inset}${line}\n`);
  }
}

function unescaped(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}
