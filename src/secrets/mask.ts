import { base64, isLongLine, jsonEscaped, linesOf, uriEscaped } from './forms.ts';
import type { SecretValue } from './value.ts';

/**
 * Tells the runner what to hide, before anything else is printed: every value, each of its lines of six characters
 * or more, and those lines without the blanks around them.
 *
 * @param setSecret prints the runner's command, e.g. that of @actions/core
 */
export function maskSecrets(values: Iterable<SecretValue>, setSecret: (text: string) => void): void {
  const masks = new Set<string>();
  for (const value of values) for (const mask of masksOf(value.reveal())) masks.add(mask);
  for (const mask of masks) setSecret(mask);
}

function masksOf(value: string): string[] {
  // The runner warns of a mask of blanks, and does without it.
  if (value.trim() === '') return [];
  const lines = linesOf(value);
  const long = lines.flatMap((line) => [line, line.trim()]).filter(isLongLine);
  if (lines.length === 1) return [value, ...long];
  // The runner splits what it is given and masks each line, the short ones too: `{` would be hidden everywhere, and
  // every output with it dropped. Then it gets such forms of the whole as have no line ends.
  const whole = lines.every((line) => line === '' || isLongLine(line))
    ? [value]
    : [base64(value), jsonEscaped(value), uriEscaped(value)];
  return [...whole, ...long];
}
