/** Files that a machine sees: those of its volumes below their mounts, and those that go with each boot. */
import { matchesGlob } from 'node:path/posix';
import { z } from 'zod';
import type { App, Machine } from './world.ts';

const mountsSchema = z.array(z.looseObject({ volume: z.string(), path: z.string() })).catch([]);

const filesSchema = z
  .array(
    z.looseObject({
      guest_path: z.string(),
      raw_value: z.string().optional(),
      secret_name: z.string().optional(),
    }),
  )
  .catch([]);

function mounts(app: App, machine: Machine) {
  return mountsSchema.parse(machine.config.mounts).flatMap(({ volume, path }) => {
    const found = app.volumes.get(volume);
    return found === undefined ? [] : [{ volume: found, path: path.replace(/\/$/, '') }];
  });
}

/** The volume a machine has first, by id. */
export function firstVolume(app: App, machine: Machine): string | null {
  return mounts(app, machine)[0]?.volume.id ?? null;
}

function place(app: App, machine: Machine, path: string): { files: Map<string, string>; key: string } {
  const mount = mounts(app, machine).find((candidate) => path.startsWith(`${candidate.path}/`));
  return mount === undefined
    ? { files: machine.rootFiles, key: path }
    : { files: mount.volume.files, key: path.slice(mount.path.length + 1) };
}

export function allFiles(app: App, machine: Machine): Map<string, string> {
  const files = new Map(machine.rootFiles);
  for (const { volume, path } of mounts(app, machine)) {
    for (const [name, text] of volume.files) files.set(`${path}/${name}`, text);
  }
  return files;
}

export function readFile(app: App, machine: Machine, path: string): string | null {
  const { files, key } = place(app, machine, path);
  return files.get(key) ?? null;
}

/** `null` removes. */
export function writeFile(app: App, machine: Machine, path: string, text: string | null): void {
  const { files, key } = place(app, machine, path);
  if (text === null) files.delete(key);
  else files.set(key, text);
}

/** Paths that a shell pattern stands for. */
export function globFiles(app: App, machine: Machine, pattern: string): string[] {
  return [...allFiles(app, machine).keys()].filter((path) => matchesGlob(path, pattern)).sort();
}

/** A new boot: the root file system is the image's again, with the files that the machine config ships. */
export function freshDisk(app: App, machine: Machine): void {
  machine.rootFiles.clear();
  for (const { guest_path, raw_value, secret_name } of filesSchema.parse(machine.config.files)) {
    const encoded = raw_value ?? (secret_name === undefined ? undefined : machine.secrets[secret_name]);
    if (encoded !== undefined) {
      writeFile(app, machine, guest_path, Buffer.from(encoded, 'base64').toString('utf8'));
    }
  }
}
