import {
  base64,
  base64Within,
  goJsonEscaped,
  isLongLine,
  isSetting,
  jsonEscaped,
  leastLine,
  linesOf,
  queryEscaped,
  uriEscaped,
} from './forms.ts';
import { Needles } from './needles.ts';
import type { SecretValue } from './value.ts';

const redacted = '***';

/** Whole values shorter than this are no secrets, and a text without them could not be read. The masks have them. */
const leastValue = 4;

/**
 * Tells the runner what to hide, before anything else is printed: every value that is no mere setting, each of its
 * lines of six characters or more, and both without the blanks around them.
 *
 * @param setSecret prints the runner's command, e.g. that of @actions/core
 */
export function maskSecrets(values: Iterable<SecretValue>, setSecret: (text: string) => void): void {
  const masks = new Set<string>();
  for (const value of values) for (const mask of masksOf(value.reveal())) masks.add(mask);
  for (const mask of masks) setSecret(mask);
}

function masksOf(value: string): string[] {
  const trimmed = value.trim();
  if (isSetting(value)) return [];
  if (linesOf(trimmed).length === 1) return [value, trimmed];
  const lines = linesOf(value);
  const long = lines.filter(isLongLine).flatMap((line) => [line, line.trim()]);
  // The runner (2.336.0) masks each line of what it is given, trimmed, the short ones too: `{` would be hidden
  // everywhere, and every output with it dropped. Then it gets such forms of the whole as have no line ends.
  const whole = lines.every((line) => line.trim() === '' || isLongLine(line))
    ? [value]
    : [base64(value), jsonEscaped(value), uriEscaped(value)];
  return [...whole, ...long];
}

/**
 * Makes a function that takes the values out of a text that flyctl or a machine printed: whole values of four
 * characters or more, their lines of six or more, and both as base64, in JSON or in a URL.
 *
 * What is left of a value that was cut is taken out too, from 63 characters on. Still to be used before a text is
 * cleaned, which could change a value beyond recognition.
 */
export function redactor(values: Iterable<SecretValue>): (text: string) => string {
  const needles = new Needles([...values].flatMap((value) => formsOf(value.reveal())));
  return (text) => {
    let out = '';
    let kept = 0;
    for (const { from, to } of needles.in(text)) {
      out += text.slice(kept, from) + redacted;
      kept = to;
    }
    return kept === 0 ? text : out + text.slice(kept);
  };
}

/** What of a value is looked for. Blanks around it are no part of it, and its forms need not begin with one. */
function formsOf(value: string): string[] {
  if (isSetting(value)) return [];
  const whole = value.trim();
  const lines = linesOf(value)
    .map((line) => line.trim())
    .filter(isLongLine);
  const forms = lines.flatMap((line) => [line, jsonEscaped(line), goJsonEscaped(line), uriEscaped(line)]);
  if (whole.length < leastValue) return forms;
  for (const text of new Set([whole, value])) {
    const code = base64(text);
    const within = base64Within(text).filter((digits) => digits.length >= leastLine);
    forms.push(
      ...[code, ...within].flatMap((digits) => [digits, digits.replaceAll('+', '-').replaceAll('/', '_')]),
      uriEscaped(text),
      queryEscaped(text),
      jsonEscaped(text),
      goJsonEscaped(text),
    );
  }
  return [whole, ...forms];
}
