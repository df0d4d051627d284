import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

const noteSchema = z.object({
  /** Executable and version of flyctl. */
  path: z.string(),
  version: z.string(),
  app: z.string(),
  machinesBefore: z.readonly(z.array(z.string())),
  releaseBefore: z.number(),
  reached: z.enum(['config', 'image', 'releasing', 'machines']),
  machineIds: z.readonly(z.array(z.string())),
  createdIds: z.readonly(z.array(z.string())),
});

/** A deploy that is under way, as the post step finds it after a killed main step. No secret is in it. */
export type DeployNote = Readonly<z.infer<typeof noteSchema>>;

const fileOf = (root: string) => join(root, 'deploy.json');

/** @param root `FlyctlDirs.root` */
export function noteDeploy(root: string, note: DeployNote): void {
  try {
    writeFileSync(fileOf(root), JSON.stringify(note), { mode: 0o600 });
  } catch {
    // The note serves only a post step after a killed main step; a run must not fail for want of it.
  }
}

export function forgetDeploy(root: string): void {
  rmSync(fileOf(root), { force: true });
}

/** `null`: none was under way. */
export function readDeployNote(root: string): DeployNote | null {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(fileOf(root), 'utf8')));
  } catch {
    return null;
  }
}
