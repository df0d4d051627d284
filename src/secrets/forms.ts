/** The least length of a line, without blanks around it, that is worth hiding: `{` and `1` stand everywhere. */
export const leastLine = 6;

/** Lines as a runner and a log have them: a CR ends one as well. */
export function linesOf(value: string): string[] {
  return value.split(/\r\n|[\r\n]/);
}

export function isLongLine(line: string): boolean {
  return line.trim().length >= leastLine;
}

/**
 * Whether a value is too common to be a secret: one or two characters, `true` or `false`. Such a value stands
 * everywhere, so that a mask of it would only make the log unreadable and GitHub drop the outputs. A real secret
 * of that kind is hidden by the runner all the same.
 */
export function isSetting(value: string): boolean {
  return /^(?:.{0,2}|true|false)$/is.test(value.trim());
}

export function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}

/** As the inside of a JSON string. */
export function jsonEscaped(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** As Go writes JSON: `<`, `>`, `&` and the two line separators of Unicode are escaped as well. */
export function goJsonEscaped(value: string): string {
  return jsonEscaped(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function uriEscaped(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** As Go writes a query, which leaves only letters, digits, `-`, `_`, `.` and `~` as they are. */
export function queryEscaped(value: string): string {
  return uriEscaped(value)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/**
 * What is left of a value in the base64 of a longer text, by where in a group of three bytes it began. The digits
 * at both ends that are shared with the neighbours are not part of it.
 */
export function base64Within(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((offset) => {
    const digits = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const shared = (bytes.length + offset) % 3 === 0 ? 0 : 1;
    return digits.slice(offset === 0 ? 0 : offset + 1, digits.length - shared);
  });
}
