import { parseVersion, withoutV } from './version.ts';

/** A reference to an image, taken apart. */
export interface ImageReference {
  /** As written, without tag and digest, e.g. `ghcr.io/openclaw/openclaw`. */
  readonly name: string;
  /** Host that serves it, e.g. `ghcr.io`; Docker Hub is `registry-1.docker.io`. */
  readonly registry: string;
  /** Path at that host, e.g. `openclaw/openclaw`. */
  readonly repository: string;
  readonly tag: string | null;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string | null;
}

const dockerHub = 'registry-1.docker.io';

/** Reads `name[:tag][@digest]` by the rules of the docker CLI; `null` for what is no reference. */
export function parseReference(text: string): ImageReference | null {
  const [named = '', digest = null, ...more] = text.split('@');
  if (more.length > 0 || (digest !== null && !/^sha256:[0-9a-f]{64}$/.test(digest))) return null;
  // A colon before the last slash belongs to the port of the host.
  const found = /^(.*?)(?::([\w][\w.-]{0,127}))?$/.exec(named);
  const [, name = '', tag = null] = found ?? [];
  const [first = '', ...path] = name.split('/');
  const hosted = path.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const repository = hosted ? path.join('/') : path.length === 0 ? `library/${name}` : name;
  if (!/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(repository)) return null;
  if (hosted && !/^[\w.-]+(?::\d{1,5})?$/.test(first)) return null;
  const registry = hosted && !/^(?:index\.)?docker\.io$/.test(first) ? first : dockerHub;
  return { name, registry, repository, tag, digest };
}

/** The reference as it is handed on. The tag stays beside a digest, for people; the digest is what counts. */
export function formatReference({ name, tag, digest }: ImageReference): string {
  return `${name}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

/** The OpenClaw version in an image reference, e.g. `2026.9.6`; `null` where its tag is no version. */
export function imageVersion(reference: string): string | null {
  const tag = parseReference(reference)?.tag ?? null;
  return tag !== null && parseVersion(tag) !== null ? withoutV(tag) : null;
}
