import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Node's compile cache halves the start; all installations share it. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/flyctl-stand-in', import.meta.url));

/**
 * Writes an executable `flyctl` that runs the stand-in: a shell script that becomes Node (so that signals reach
 * it), or `flyctl.cmd` on Windows.
 * @param directory made when missing
 * @returns the path of the executable
 */
export async function installStandIn(directory: string): Promise<string> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  await mkdir(directory, { recursive: true });
  if (process.platform === 'win32') {
    const file = join(directory, 'flyctl.cmd');
    await writeFile(
      file,
      `@set "NODE_COMPILE_CACHE=${compileCache}"\r\n@"${process.execPath}" "${main}" %*\r\n`,
    );
    return file;
  }
  const file = join(directory, 'flyctl');
  const script = `#!/bin/sh\nNODE_COMPILE_CACHE=${shellWord(compileCache)} exec ${shellWord(process.execPath)} ${shellWord(main)} "$@"\n`;
  await writeFile(file, script, { mode: 0o755 });
  return file;
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
