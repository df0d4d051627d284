import { visibleLines } from './visible.ts';

/**
 * Markdown in which other people's text stays text: no markup, no HTML, no link, image or mention comes of it,
 * and no table cell, code span or block ends where they say.
 */

const flat = (text: string) => visibleLines(text).join(' ').trim();
const cut = (text: string, limit: number) =>
  text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
const longestTicks = (text: string) => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));

/** A code span. Cut at `limit` UTF-16 units. */
export function code(text: string, limit = 400): string {
  const content = cut(flat(text), limit);
  if (content === '') return '–';
  const fence = '`'.repeat(longestTicks(content) + 1);
  const pad = /^`|`$|^ .* $/.test(content) ? ' ' : '';
  return `${fence}${pad}${content}${pad}${fence}`;
}

/** A code span for a table cell, where a bar would end the cell even behind a backslash. */
export function cell(text: string | null, limit = 160): string {
  return code((text ?? '').replaceAll('|', '│').replaceAll('\\', '∖'), limit);
}

/** A sentence. What stands between backticks in it becomes code, all else is plain words. */
export function prose(text: string, limit = 1000): string {
  return cut(flat(text), limit)
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? code(part) : words(part)))
    .join('');
}

/** A sentence for a table cell. */
export function proseCell(text: string | null): string {
  return prose((text ?? '').replaceAll('|', '│'), 300);
}

function words(text: string): string {
  return (
    text
      .replace(/[\\`*_{}[\]()#+!|<>~$]|^[-=]|(?<=^\d+)\.(?=\s)/g, '\\$&')
      .replaceAll('&', '&amp;')
      // Unseen, so that neither mentions nor addresses nor URLs are recognized.
      .replaceAll('@', '@\u2060')
      .replace(/:(?=\/\/)/g, ':\u2060')
      .replace(/www(?=\.)/gi, '$&\u2060')
  );
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
