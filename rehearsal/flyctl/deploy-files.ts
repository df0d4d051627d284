import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandError } from './failure-report.ts';
import type { Definition } from './fly-toml.ts';
import type { MachineFile } from './machine-config.ts';
import type { Session } from './session.ts';

/** Files that --file-literal, --file-local and --file-secret ask for. */
export function filesOfFlags(session: Session): MachineFile[] {
  const { flags } = session;
  const files: MachineFile[] = [];
  const each = (flag: string, make: (path: string, value: string) => MachineFile) => {
    for (const pair of flags.list(flag)) {
      const split = pair.indexOf('=');
      if (split < 0) throw new CommandError(`failed to read ${flag}: invalid ${flag} argument ${pair}`);
      const path = pair.slice(0, split);
      if (!path.startsWith('/'))
        throw new CommandError(`failed to read ${flag}: guest path ${path} must be absolute`);
      files.push(make(path, pair.slice(split + 1)));
    }
  };
  each('file-local', (path, value) => ({
    guest_path: path,
    raw_value: value === '' ? '' : contentOf(session, value, 'failed to read file-local: '),
  }));
  each('file-literal', (path, value) => ({
    guest_path: path,
    raw_value: Buffer.from(value).toString('base64'),
  }));
  each('file-secret', (path, value) => ({ guest_path: path, secret_name: value }));
  return files;
}

/** The [[files]] of the config with their content; one of `flagged` takes the place of one with the same path. */
export function mergedFiles(
  session: Session,
  { files = [] }: Definition,
  flagged: readonly MachineFile[],
): MachineFile[] {
  const merged = new Map<string, MachineFile>();
  for (const { guest_path: path = '', local_path: local, secret_name: secret, raw_value: raw } of files) {
    if (local) merged.set(path, { guest_path: path, raw_value: contentOf(session, local, '') });
    else if (secret) merged.set(path, { guest_path: path, secret_name: secret });
    else
      merged.set(path, { guest_path: path, ...(raw && { raw_value: Buffer.from(raw).toString('base64') }) });
  }
  for (const file of flagged) {
    if (file.raw_value === '' || file.secret_name === '') merged.delete(file.guest_path);
    else merged.set(file.guest_path, file);
  }
  return [...merged.values()];
}

function contentOf(session: Session, path: string, prefix: string): string {
  try {
    return readFileSync(resolve(session.cwd, path)).toString('base64');
  } catch {
    throw new CommandError(`${prefix}could not read file ${path}: open ${path}: no such file or directory`);
  }
}
