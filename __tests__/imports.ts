import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** One import of a file, types aside. */
export interface Import {
  /** A file of this repository from its root, else the name of a package. */
  readonly target: string;
  /** Loaded when the run comes to it, rather than with the file. */
  readonly lazy: boolean;
}

/** @param file from the root of the repository, with forward slashes */
export function importsOf(file: string): readonly Import[] {
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (type )?([^;]*?)from '([^']+)'|(?<!typeof )\bimport\('([^']+)'\)/gm,
  );
  return [...statements].flatMap(([, type, names = 'value', eager, lazy]) => {
    const each = /\{([\s\S]*)\}/.exec(names)?.[1]?.split(',') ?? [];
    const onlyTypes = each.length > 0 && each.every((name) => /^\s*(?:type |$)/.test(name));
    if (type !== undefined || onlyTypes) return [];
    const name = eager ?? lazy ?? '';
    const target = name.startsWith('.') ? posix.join(posix.dirname(file), name) : name;
    return [{ target, lazy: lazy !== undefined }];
  });
}
