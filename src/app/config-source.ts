import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Failure } from '../causes.ts';

interface Source {
  /** Relative to the workspace, with forward slashes, as annotations need it. */
  readonly file: string;
  /** Absolute folder of the file: relative paths of `[build]` start there. */
  readonly directory: string;
  readonly text: string;
  /** Made by this run: there is nothing in the repository to point at. */
  readonly generated: boolean;
}

/** A config file of the user's, or the one generated for a repository that has none. */
export type ConfigSource =
  | (Source & { readonly format: 'toml' | 'json' })
  | (Source & {
      readonly format: 'yaml';
      /** Comes with the file, since it is the largest of the parsers, and few write YAML. */
      readonly yaml: typeof import('./config-yaml.ts');
    });

const defaultNames = ['fly.toml', 'fly.json', 'fly.yaml'];
const privateNames = defaultNames.map((name) => name.replace('fly.', 'fly.private.'));

/**
 * The config file of this run: the one the input `config` names, else `fly.toml`, `.json` or `.yaml`, else
 * `fly.private.toml`, `.json` or `.yaml`, which come first in private mode; `null` where there is none and one has to
 * be generated.
 *
 * @param input the input `config`, relative to the workspace: a file, or a folder that holds one (as `fly deploy -c`)
 * @throws Failure `inputs-invalid` when the input names nothing that is there
 */
export async function findConfig(
  workspace: string,
  input: string | null,
  mode: 'public' | 'private',
): Promise<ConfigSource | null> {
  if (input !== null) {
    const path = resolve(workspace, input);
    const found = isFile(path)
      ? path
      : defaultNames.map((name) => join(path, name)).find((candidate) => isFile(candidate));
    if (found) return openConfig(workspace, found);
    throw new Failure(
      'inputs-invalid',
      `config: "${input}" is not a file of the checked-out repository (a path from its root, such as fly.toml). ` +
        'Is actions/checkout run before this step?',
    );
  }
  // Who has a private config and no other means that one: what is private is not made public by a mode that is unsaid.
  const names = mode === 'private' ? [...privateNames, ...defaultNames] : [...defaultNames, ...privateNames];
  const found = names.map((name) => join(workspace, name)).find((candidate) => isFile(candidate));
  return found ? openConfig(workspace, found) : null;
}

async function openConfig(workspace: string, path: string): Promise<ConfigSource> {
  const inside = relative(workspace, path);
  const source = {
    file: (inside.startsWith('..') || isAbsolute(inside) ? path : inside).split(sep).join('/'),
    directory: dirname(path),
    text: readFileSync(path, 'utf8').replace(/^\uFEFF/, ''),
    generated: false,
  };
  if (!/\.ya?ml$/i.test(path)) return { ...source, format: /\.json$/i.test(path) ? 'json' : 'toml' };
  return { ...source, format: 'yaml', yaml: await import('./config-yaml.ts') };
}

/** Whether a path from the root of the workspace is a file there. */
export function hasFile(workspace: string, path: string): boolean {
  return isFile(resolve(workspace, path));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
