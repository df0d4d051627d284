import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { goJson } from './flyctl/go-json.ts';
import type { ActionEnd } from './runner.ts';

/** Where a value could come to light, by name. */
export type Sinks = ReadonlyMap<string, string>;

/** Shorter texts stand everywhere by chance. */
const least = 6;

/**
 * Looks for secret values wherever a run can have left them: without the blanks around them, each of their lines,
 * as base64, in a JSON string (as Go writes one too: flyctl's log files) and in a URL.
 *
 * @returns one sentence for each, which does not hold the value
 */
export function leaks(values: Iterable<string>, sinks: Sinks): readonly string[] {
  const found: string[] = [];
  for (const [number, value] of [...new Set(values)].entries()) {
    for (const [text, form] of forms(value)) {
      for (const [sink, content] of sinks) {
        if (content.includes(text)) found.push(`${sink} holds secret ${number + 1} (${form})`);
      }
    }
  }
  return found;
}

/** Each text that would give a value away, with what it is called. */
function forms(value: string): ReadonlyMap<string, string> {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim());
  const digits = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
  const all: readonly [text: string, form: string][] = [
    [value.trim(), 'raw'],
    ...lines.map((line, i): [string, string] => [line, `line ${i + 1}`]),
    [digits(value), 'base64'],
    [digits(value.trim()), 'base64 of it trimmed'],
    ...[value.trim(), ...lines].flatMap((text): [string, string][] => [
      [JSON.stringify(text).slice(1, -1), 'JSON'],
      [goJson(text).slice(1, -1), 'JSON of Go'],
      [encodeURIComponent(text.toWellFormed()), 'URL'],
    ]),
  ];
  return new Map(all.filter(([text]) => text.length >= least).toReversed());
}

/** All that a run said, wrote down or handed to another process. */
export function sinksOf(end: Pick<ActionEnd, 'log' | 'spawned' | 'folder'>): Sinks {
  const files = readdirSync(end.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map([
    // The runner keeps the lines that tell it what to hide to itself.
    ['the job log', end.log.replace(/^::add-mask::.*$/gm, '')],
    ...end.spawned.map((args, i): [string, string] => [`process ${i + 1}`, args.join('\0')]),
    ...files.map((path): [string, string] => [
      relative(end.folder, path).replaceAll(sep, '/'),
      readFileSync(path, 'utf8'),
    ]),
  ]);
}

/** The values that the inputs and the environment of a step give to the action as secrets. */
export function secretsOf(
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const { secrets = '', 'fly-api-token': token = '', 'github-token': github = '' } = inputs;
  const named = Object.entries(env).filter(([name]) => new RegExp(`\\b${name}\\b`).test(secrets));
  return [token, github, ...named.map(([, value]) => value), ...fromJson(secrets)].filter(
    (value) => value.trim().length >= least,
  );
}

function fromJson(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return [];
    return Object.values(value).filter((item) => typeof item === 'string');
  } catch {
    return [];
  }
}
