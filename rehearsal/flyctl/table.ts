interface TableOptions {
  /** Printed bold above. */
  title?: string;
  /** Columns set to the right, by index. */
  right?: readonly number[];
}

/** Rows under capital headers, as the CLI's tables have them. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const { title, right = [] } = options;
  const all = [headers.map((header) => header.toUpperCase()), ...rows];
  const widths = headers.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))));
  const lines = all.map((row, line) => {
    const cells = widths.map((most, column) => {
      const cell = row[column] ?? '';
      const pad = ' '.repeat(most - width(cell));
      return right.includes(column) && line > 0 ? ` ${pad}${cell} ` : ` ${cell}${pad} `;
    });
    return `${cells.join('│')}\n`;
  });
  return `${heading(title)}${lines.join('')}`;
}

/** One object as a column of names and a column of values. */
export function verticalTable(title: string, fields: readonly (readonly [string, string])[]): string {
  const widest = Math.max(...fields.map(([name]) => width(name)));
  const longest = Math.max(...fields.map(([, value]) => width(value)));
  const lines = fields.map(
    ([name, value]) =>
      ` ${name}${' '.repeat(widest - width(name))} │ ${value}${' '.repeat(longest - width(value))} \n`,
  );
  return `${heading(title)}${lines.join('')}\n`;
}

/** Rows with a rule below the headers, as the listen-address warning has them. */
export function ruledTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const [head = '', ...body] = table(headers, rows).split(/(?<=\n)/);
  const rule =
    head.trimEnd().length > 0 ? head.replace(/\n$/, '').replace(/[^│]/gu, '─').replaceAll('│', '┼') : '';
  return `${head}${rule}\n${body.join('')}`;
}

function heading(title: string | undefined): string {
  return title === undefined ? '' : `\u001b[1m${title}\u001b[0m\n`;
}

function width(text: string): number {
  return [...text].length;
}
