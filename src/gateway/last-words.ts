import { readLine } from './line.ts';

/** What Fly's init and the kernel say stands in the same log, and says nothing of the reason. */
const ofMachine = /^ ?(?:INFO|WARN|ERROR) |^\[ *\d+\.\d+\] /;
/** What follows on the message of an error. */
const ofStack = /^\s+at |^\s*[}\])]|^Node\.js v|^----- |^ *\d+: 0x/;

/** The line before an end that tells most of it: the last error, else the last thing said. `null`: nothing was. */
export function lastWords(lines: readonly string[]): string | null {
  const said = lines.filter((line) => line.trim() !== '' && !ofMachine.test(line) && !ofStack.test(line));
  const error = said.findLast((line) =>
    /\b[A-Za-z]*(?:Error|Exception)\b|\b(?:FATAL|fatal|panic)\b/.test(line),
  );
  const line = error ?? said.at(-1);
  if (line === undefined) return null;
  const { subsystem, message } = readLine(line);
  return (subsystem === '' ? message : `[${subsystem}] ${message}`).trim();
}
