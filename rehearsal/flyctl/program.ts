import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Writes a program that runs a script with this Node: a shell script that becomes Node, so that signals reach it, or
 * an .exe on Windows.
 *
 * @param path without a suffix; its folder is made when missing
 * @param env what the script finds in its environment beside what it is started with
 * @returns the path of the executable
 */
export function writeProgram(
  path: string,
  script: string,
  env: Readonly<Record<string, string>> = {},
): string {
  mkdirSync(dirname(path), { recursive: true });
  const pairs = Object.entries(env);
  if (process.platform === 'win32') {
    const lines = [process.execPath, script, ...pairs.map(([name, value]) => `${name}=${value}`)];
    writeFileSync(`${path}.txt`, lines.join('\r\n'));
    copyFileSync(launcher(), `${path}.exe`);
    return `${path}.exe`;
  }
  // A shell that hands over to Node by its quoted path: a #! line cannot name a path with a space in it.
  const words = [process.execPath, script].map(shellWord).join(' ');
  const before = pairs.map(([name, value]) => `${name}=${shellWord(value)} `).join('');
  writeFileSync(path, `#!/bin/sh\n${before}exec ${words} "$@"\n`, { mode: 0o755 });
  return path;
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Compiled once for all, beside its final place, so that nobody meets it half done. */
function launcher(): string {
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  const compiled = join(cache, 'launcher.exe');
  if (existsSync(compiled)) return compiled;
  mkdirSync(cache, { recursive: true });
  const own = join(cache, `launcher-${process.pid}.exe`);
  const windows = process.env.SystemRoot ?? 'C:\\Windows';
  const compiler = join(windows, 'Microsoft.NET', 'Framework64', 'v4.0.30319', 'csc.exe');
  execFileSync(compiler, [
    '/nologo',
    `/out:${own}`,
    fileURLToPath(new URL('./launcher.cs', import.meta.url)),
  ]);
  try {
    renameSync(own, compiled);
  } catch (error) {
    // Another process was first, and its program is being started.
    if (!existsSync(compiled)) throw error;
  }
  return compiled;
}
