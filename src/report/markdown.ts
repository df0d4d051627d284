import { visibleLines } from './visible.ts';

/**
 * Markdown in which other people's text stays text: no markup, no HTML, no link, image or mention comes of it,
 * and no table cell, code span or block ends where they say.
 */

/** One line of at most `limit` UTF-16 units. What is far beyond it is not even looked at. */
function flat(text: string, limit: number): string {
  const line = visibleLines(text.slice(0, 2 * limit))
    .join(' ')
    .trim();
  const whole = line.length <= limit && text.length <= 2 * limit;
  return whole ? line : `${line.slice(0, limit - 1).toWellFormed()}…`;
}

const longestTicks = (text: string) => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));

/** A code span. Cut at `limit` UTF-16 units. */
export function code(text: string, limit = 400): string {
  const content = flat(text, limit);
  if (content === '') return '–';
  const fence = '`'.repeat(longestTicks(content) + 1);
  const pad = /^`|`$|^ .* $/.test(content) ? ' ' : '';
  return `${fence}${pad}${content}${pad}${fence}`;
}

/** A code span for a table cell, where a bar would end the cell even behind a backslash. */
export function cell(text: string | null, limit = 160): string {
  return code((text ?? '').replaceAll('|', '│').replaceAll('\\', '∖'), limit);
}

/** Pages that our own fixes send people to. Any other address in a sentence stays plain text. */
const known =
  /(https:\/\/(?:status\.fly\.io|fly\.io\/dashboard|discordstatus\.com|discord\.com\/developers\/applications))(?![\w/@:%?#-]|\.\w)/;

/** What a renderer makes a link or a mention of, addresses, people and issues, and is none in code. */
const linkable = /(\S*(?:@|:\/\/|www\.|#\d|GH-\d)\S*?)(?=[),.;:]*(?:\s|$))/i;

/**
 * A sentence. What stands between backticks in it becomes code, and so does any address; the few pages that our
 * own fixes name become links. All else is plain words.
 */
export function prose(text: string, limit = 1000): string {
  const parts = flat(text, limit)
    .split(/`([^`]+)`/)
    .flatMap((part, index) => (index % 2 === 1 ? [code(part)] : sentence(part)));
  // Two spans without a space between them would be read as one, or as none.
  return parts.reduce(
    (all, part) => `${all}${all.endsWith('`') && part.startsWith('`') ? ' ' : ''}${part}`,
    '',
  );
}

function sentence(text: string): string[] {
  return text
    .split(known)
    .flatMap((part, index) =>
      index % 2 === 1
        ? [`<${part}>`]
        : part.split(linkable).map((piece, place) => (place % 2 === 1 ? code(piece) : words(piece))),
    );
}

/** A sentence for a table cell. */
export function proseCell(text: string | null): string {
  return prose((text ?? '').replaceAll('|', '│'), 300);
}

function words(text: string): string {
  return text
    .replace(/[\\`*{}[\]#+!|<>~$]|(?<![a-z\d])_|_(?![a-z\d])|^[-=]|(?<=^\d+)[.)](?=\s|$)/gi, '\\$&')
    .replaceAll('&', '&amp;');
}

/** A block of code, line by line as it is. */
export function block(language: string, text: string): string {
  const content = visibleLines(text).join('\n');
  const fence = '`'.repeat(Math.max(3, longestTicks(content) + 1));
  return `${fence}${language}\n${content}\n${fence}`;
}

/** A link if the address is a plain https one, else the address as code. */
export function link(label: string, url: string): string {
  return /^https:\/\/[\w.-]+(?::\d+)?(?:\/[\w./@:#?=&%~+-]*)?$/.test(url)
    ? `[${prose(label)}](${url})`
    : `${prose(label)}: ${code(url)}`;
}

/** A table; the cells are markdown already. No rows, no table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A block that is closed until somebody opens it. The title is ours. */
export function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}
