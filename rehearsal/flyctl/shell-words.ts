/**
 * Splits a command line into words as Go's google/shlex does: quotes and backslashes, and comments behind `#`.
 * @returns undefined when a quote is left open
 */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (quote === "'") {
      if (char === "'") quote = '';
      else word += char;
    } else if (quote === '"') {
      if (char === '"') quote = '';
      else if (char === '\\') {
        index += 1;
        if (index >= text.length) return undefined;
        word += text.charAt(index);
      } else word += char;
    } else if (char === '\\') {
      index += 1;
      if (index >= text.length) return undefined;
      word = (word ?? '') + text.charAt(index);
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '#' && word === undefined) {
      while (index + 1 < text.length && text.charAt(index + 1) !== '\n') index += 1;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
