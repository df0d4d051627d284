/** Writes the tables of inputs and outputs into README.md, from action.yml. A test compares the two. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const file = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

interface Action {
  readonly inputs: Readonly<Record<string, { description: string; default?: string }>>;
  readonly outputs: Readonly<Record<string, { description: string }>>;
}

/** README.md as it should be, by what action.yml says now. */
export function readmeWithTables(): string {
  const action = parse(readFileSync(file('action.yml'), 'utf8')) as Action;
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const inputs = Object.entries(action.inputs).map(
    ([name, { description, default: value }]) =>
      `| \`${name}\` | ${value ? `\`${value}\`` : ''} | ${cell(description)} |`,
  );
  const outputs = Object.entries(action.outputs).map(
    ([name, { description }]) => `| \`${name}\` | ${cell(description)} |`,
  );
  return readFileSync(file('README.md'), 'utf8')
    .replace(/<!-- inputs -->[\s\S]*<!-- \/inputs -->/, () =>
      [
        '<!-- inputs -->',
        '| input | default | meaning |',
        '|---|---|---|',
        ...inputs,
        '<!-- /inputs -->',
      ].join('\n'),
    )
    .replace(/<!-- outputs -->[\s\S]*<!-- \/outputs -->/, () =>
      ['<!-- outputs -->', '| output | meaning |', '|---|---|', ...outputs, '<!-- /outputs -->'].join('\n'),
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file('README.md'), readmeWithTables());
