import { splitCommand } from './command.ts';

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** Instructions of a Dockerfile, continuation lines joined; those of the stage that runs, the last, and of its bases. */
function lastStage(text: string): readonly Instruction[] {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\[ \t]*\n/g, ' ')
    .split('\n');
  const instructions = lines.flatMap((line) => {
    const found = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line);
    return found ? [{ name: (found[1] ?? '').toUpperCase(), rest: (found[2] ?? '').trim() }] : [];
  });
  return withBases(instructions);
}

/** The last stage, after the stage before that it is made from, if it is. */
function withBases(instructions: readonly Instruction[]): readonly Instruction[] {
  const from = instructions.findLastIndex(({ name }) => name === 'FROM');
  const own = instructions.slice(from + 1);
  const base = (instructions[from]?.rest ?? '').replace(/^(?:--\S+\s+)+/, '').split(/\s+/)[0] ?? '';
  const named = instructions.findLastIndex(
    ({ name, rest }, at) =>
      at < from && name === 'FROM' && /\sas\s+(\S+)$/i.exec(rest)?.[1]?.toLowerCase() === base.toLowerCase(),
  );
  if (named === -1) return own;
  const next = instructions.findIndex(({ name }, at) => at > named && name === 'FROM');
  return [...withBases(instructions.slice(0, next)), ...own];
}

/** The last `ENV` of the stage that runs whose name fits; `null` where there is none. */
export function dockerfileEnv(text: string, name: RegExp): string | null {
  let value: string | null = null;
  for (const instruction of lastStage(text)) {
    if (instruction.name !== 'ENV') continue;
    const old = /^([\w]+)\s+(?!=)(.*)$/.exec(instruction.rest);
    const pairs =
      old && !old[0].includes('=') ? [`${old[1]}=${old[2]}`] : (splitCommand(instruction.rest) ?? []);
    for (const pair of pairs) {
      const at = pair.indexOf('=');
      if (at > 0 && name.test(pair.slice(0, at))) value = pair.slice(at + 1);
    }
  }
  return value;
}

/** The command an image of this Dockerfile starts with, `ENTRYPOINT` and `CMD` together; `null` where it has none. */
export function dockerfileStart(text: string): string | null {
  let entrypoint: string | null = null;
  let command: string | null = null;
  for (const { name, rest } of lastStage(text)) {
    if (name === 'ENTRYPOINT') entrypoint = asLine(rest);
    if (name === 'CMD') command = asLine(rest);
  }
  return [entrypoint, command].filter((part) => part !== null).join(' ') || null;
}

function asLine(rest: string): string {
  if (!rest.startsWith('[')) return rest;
  try {
    const words: unknown = JSON.parse(rest);
    return Array.isArray(words) ? words.map((word) => quote(String(word))).join(' ') : rest;
  } catch {
    // Docker runs such a line through a shell too.
    return rest;
  }
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
