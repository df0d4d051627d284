import { parse, stringify } from 'smol-toml';
import { isTable } from '../app/config-file.ts';
import type { Machine } from '../flyctl/schemas.ts';

/**
 * The config of a release names the files that it ships by their place on whatever computer deployed it, and not what
 * they held (flyctl recordings 423 and 426); the machine has that. So the text is written into the config: neither a
 * file that is not here keeps an earlier config from being deployed, nor does today's content get into it.
 *
 * @param text TOML, as `config show --toml` prints it; what does not parse is handed back
 */
export function withShippedFiles(text: string, shipped: Machine['files']): string {
  const contents = new Map(shipped.map(({ guestPath, base64 }) => [guestPath, textOf(base64)]));
  const data = parsed(text);
  if (data === null || !Array.isArray(data.files)) return text;
  let found = false;
  const files = data.files.map((file: unknown) => {
    if (!isTable(file) || typeof file.local_path !== 'string') return file;
    const content = contents.get(String(file.guest_path)) ?? '';
    // flyctl takes an empty text for no file.
    if (content === '') return file;
    found = true;
    const { local_path: _, ...rest } = file;
    return { ...rest, raw_value: content };
  });
  return found ? stringify({ ...data, files }) : text;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** `null` for bytes that are no text: a config cannot hold them. */
function textOf(base64: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    return null;
  }
}
