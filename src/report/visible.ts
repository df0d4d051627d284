/**
 * Text from machines, registries and CLIs, made fit to be shown: what a terminal or a runner would act on
 * becomes something a person can see. Nothing is dropped but colours and cursor moves.
 */

/** CSI sequences that only colour, move or erase. Anything else that starts with ESC stays, as visible text. */
const colourOrCursor = /(?:\x1b\[|\x9b)(?:\d{1,4}(?:[;:]\d{0,4}){0,15})?[A-HJKSTfhlmnsu]/g;
/** Everything that some reader of the log takes for the end of a line. */
const lineEnd = /\r\n|[\n\r\v\f\x85\u2028\u2029]/;
const control = /[\x00-\x08\x0e-\x1f\x7f-\x9f]/g;
/** Characters that show nothing, or turn the direction of what follows. */
const unseen =
  /[\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
/** Joiners where no script and no emoji needs them. */
const strayJoiner = /(?<![\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d]/gu;

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '␡' : escaped(character);
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** The lines of a text, each without control characters. A trailing line end does not make another line. */
export function visibleLines(text: string): string[] {
  const lines = text
    .toWellFormed()
    .replace(colourOrCursor, '')
    .split(lineEnd)
    .map((line) => line.replace(control, picture).replace(unseen, escaped).replace(strayJoiner, escaped));
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * One line in which the runner's own rules find no command, wherever it is printed later (a user may well
 * `echo` an output): a command at the start (`::error::`) or anywhere (`##[error]`) is broken by a space.
 */
export function defused(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1: ').replace(/#(?=#\[)/g, '# ');
}

/** A text as one line that is safe to print, cut at `limit` UTF-16 units. */
export function oneLine(text: string, limit = 500): string {
  // A line of megabytes is not worth more than its start.
  const line = defused(
    visibleLines(text.slice(0, 2 * limit))
      .join(' ')
      .trim(),
  );
  const whole = line.length <= limit && text.length <= 2 * limit;
  return whole ? line : `${line.slice(0, limit - 1).toWellFormed()}…`;
}
