import { goJson, type Json, type JsonObject } from './go-json.ts';

/** A config as `config show` prints it: indented JSON with a blank line before each section. */
export function configAsJson(definition: JsonObject): string {
  return spaced(goJson(definition, 2));
}

/** The same as YAML, with the header that `config show --yaml` has. */
export function configAsYaml(definition: JsonObject, app: string, now: Date): string {
  return header('yaml', app, now) + spaced(yamlOf(definition, 0).replace(/\n$/, ''));
}

/** The same as TOML, which `config save` writes. */
export function configAsToml(definition: JsonObject, app: string, now: Date): string {
  return `${header('toml', app, now)}${tomlTable(definition, [], 0)}`;
}

function header(format: string, app: string, now: Date): string {
  const stamp = now.toISOString().replace(/\.\d+/, '');
  return `# fly.${format} app configuration file generated for ${app} on ${stamp}\n#\n# See https://fly.io/docs/reference/configuration/ for information about how to use this file.\n#\n\n`;
}

function spaced(text: string): string {
  let fresh = true;
  let result = '';
  for (const line of text.split('\n')) {
    if (/^\s*"?\w+"?:( [[{])?$/.test(line)) {
      if (!fresh) {
        result += '\n';
        fresh = true;
      }
    } else fresh = false;
    result += `${line}\n`;
  }
  return result;
}

function yamlOf(value: Json, depth: number): string {
  const indent = '  '.repeat(depth);
  if (Array.isArray(value)) {
    return value
      .map((item) =>
        isSection(item)
          ? `${indent}- ${yamlOf(item, depth + 1).trimStart()}`
          : `${indent}- ${yamlScalar(item)}\n`,
      )
      .join('');
  }
  return Object.entries(value as JsonObject)
    .map(([key, item = null]) => {
      if (Array.isArray(item))
        return item.length === 0 ? `${indent}${key}: []\n` : `${indent}${key}:\n${yamlOf(item, depth + 1)}`;
      if (isSection(item)) return `${indent}${key}:\n${yamlOf(item, depth + 1)}`;
      return `${indent}${key}: ${yamlScalar(item)}\n`;
    })
    .join('');
}

function yamlScalar(value: Json): string {
  if (typeof value !== 'string') return String(value);
  const plain =
    /^[\w/.][^:#\n"']*$/.test(value) &&
    !/^([\d.]+|true|false|null|yes|no|on|off|~)$/i.test(value) &&
    value.trim() === value;
  return plain ? value : JSON.stringify(value);
}

const isSection = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: Json | undefined): value is JsonObject[] =>
  Array.isArray(value) && value.length > 0 && value.every(isSection);

function tomlTable(table: JsonObject, path: readonly string[], depth: number): string {
  const inner = '  '.repeat(depth);
  let text = '';
  for (const [key, value] of Object.entries(table)) {
    if (value !== undefined && !isSection(value) && !isList(value))
      text += `${inner}${tomlKey(key)} = ${tomlValue(tomlForm(key, value))}\n`;
  }
  for (const [key, value] of Object.entries(table)) {
    const name = [...path, tomlKey(key)].join('.');
    if (isSection(value))
      text += `\n${inner}[${name}]\n${tomlTable(value, [...path, tomlKey(key)], depth + 1)}`;
    if (isList(value)) {
      for (const item of value)
        text += `\n${inner}[[${name}]]\n${tomlTable(item, [...path, tomlKey(key)], depth + 1)}`;
    }
  }
  return text;
}

/** TOML gets `auto_stop_machines` back as the word that a person would write. */
function tomlForm(key: string, value: Json): Json {
  if (key !== 'auto_stop_machines') return value;
  return value === false ? 'off' : value === true ? 'stop' : value;
}

function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : `'${key}'`;
}

function tomlValue(value: Json): string {
  if (typeof value === 'string')
    return /['\n\r\u0000-\u0008\u000b-\u001f\u007f]/.test(value) ? JSON.stringify(value) : `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(', ')}]`;
  return String(value);
}
