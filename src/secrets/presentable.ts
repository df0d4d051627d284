import { environmentName } from './encode.ts';

/**
 * Whether a text that stands where a name belongs may be repeated to the reader. People put values there, so what
 * is no name, or looks more like a token than like one (long, with digits, not in words), is not.
 */
export function isPresentable(text: string): boolean {
  if (!environmentName.test(text) || text.length > 100) return false;
  return text.length < 20 || !/\d/.test(text) || (/_/.test(text) && !/[a-z]/.test(text));
}
