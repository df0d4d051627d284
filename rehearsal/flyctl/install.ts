import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeProgram } from './program.ts';

/** Node's compile cache halves the start; all installations share it. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/flyctl-stand-in', import.meta.url));

/**
 * Writes an executable `flyctl` that runs the stand-in.
 * @param directory made when missing
 * @returns the path of the executable
 */
export function installStandIn(directory: string): string {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  return writeProgram(join(directory, 'flyctl'), main, { NODE_COMPILE_CACHE: compileCache });
}
