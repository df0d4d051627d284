import type { CollectedSecrets, SecretFinding, SecretsRequest } from './collect.ts';
import { environmentName } from './encode.ts';
import { isNegated, nameFilter } from './names.ts';
import { isPresentable } from './presentable.ts';
import { SecretValue } from './value.ts';

const objectRule = `Give \${{ toJSON(secrets) }}, an object of names and strings, or a list of names.`;

/** Reads `secrets` as a JSON object of strings, of which the filter chooses. */
export function readJsonObject(text: string, request: SecretsRequest): CollectedSecrets {
  const findings: SecretFinding[] = [];
  const wrong = (name: string | null, message: string) => findings.push({ name, message });
  const values = new Map<string, SecretValue>();
  const leftOut: string[] = [];
  const notices: string[] = [];
  const found = (unspeakable: readonly string[]): CollectedSecrets => ({
    form: 'json',
    values,
    leftOut,
    absent: [],
    findings,
    notices,
    unspeakable: unspeakable.map((value) => new SecretValue(value)),
  });

  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // What the parser says of it quotes the text.
    wrong(null, `secrets: it begins like JSON, but is none. ${objectRule}`);
    return found(textsOfBrokenJson(text));
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    wrong(null, `secrets: the JSON is ${kindOf(parsed)}. ${objectRule}`);
    return found(textsIn(parsed));
  }

  for (const which of ['include', 'exclude'] as const) {
    const other = which === 'include' ? 'exclude' : 'include';
    for (const glob of (request[which] ?? []).filter(isNegated)) {
      wrong(
        null,
        `secrets-${which}: "${glob}" would mean all other names. Write it without ! in secrets-${other}.`,
      );
    }
  }

  const entries = Object.entries(parsed);
  const isWanted = nameFilter(request.include, request.exclude);
  const keys = topLevelKeys(text);
  for (const [index, [name, value]] of entries.entries()) {
    const valid = environmentName.test(name);
    const shown = isPresentable(name) ? name : null;
    const label = `secrets: ${shown ?? `entry ${index + 1} of the JSON object`}`;
    if (!valid) {
      wrong(
        null,
        `${label} has a name that no environment variable can have: letters, digits and underscores, no digit first.`,
      );
    }
    if (keys.indexOf(name) !== keys.lastIndexOf(name)) {
      wrong(shown, `${label} is there twice. One of the two has to go.`);
    }
    if (typeof value !== 'string') {
      wrong(shown, `${label} is ${kindOf(value)}. Every value has to be a string.`);
    } else if (!isWanted(name)) {
      if (valid) leftOut.push(name);
    } else if (value === '') {
      wrong(shown, `${label} is empty. Give it a value, or leave it out of the object.`);
    } else if (valid) {
      values.set(name, new SecretValue(value));
    }
  }
  if (entries.length === 0) wrong(null, `secrets: the JSON object is empty. ${objectRule}`);
  else if (values.size === 0 && findings.length === 0) {
    notices.push(
      'None of the names in the JSON object is chosen by secrets-include: no secret is sent to Fly.',
    );
  }
  return found(entries.flatMap(([, value]) => textsIn(value)));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean' ? 'true or false' : `a ${typeof value}`;
}

/** Every text in a value, at any depth, and numbers long enough to be an id or a code. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  if (typeof value === 'string') return [value];
  return String(value).length < 6 ? [] : [String(value)];
}

function textsOfBrokenJson(text: string): string[] {
  const quoted = [...text.matchAll(/"([^"\\\r\n]*)"/g)].flatMap(([, inner]) => inner ?? []);
  return [...quoted, ...text.split(/[\r\n]+/)].filter((part) => part.length >= 6 && !isPresentable(part));
}

/** Keys of a valid JSON object in their order, those that occur twice as well: JSON.parse keeps only the last. */
function topLevelKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let last = '';
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') {
      const start = at++;
      while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
      last = json.slice(start, at + 1);
    } else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === ':' && depth === 1) keys.push(JSON.parse(last) as string);
  }
  return keys;
}
