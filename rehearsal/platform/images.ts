import { createHash } from 'node:crypto';
import type { Fly } from './fly.ts';
import type { ImageRef } from './world.ts';

/** The digest that was given for a reference, else one made from it. */
function digestOf(ref: string, entry: { readonly digest?: string } | null): string {
  return entry?.digest ?? `sha256:${createHash('sha256').update(ref).digest('hex')}`;
}

/** Splits `ghcr.io/openclaw/openclaw:1.2@sha256:…`; without a host it is Docker Hub. */
function parts(ref: string): { registry: string; repository: string; tag: string; digest: string | null } {
  const [named = '', digest = null] = ref.split('@');
  const slash = named.indexOf('/');
  const host = slash === -1 ? '' : named.slice(0, slash);
  const hosted = /[.:]/.test(host) || host === 'localhost';
  const path = hosted ? named.slice(slash + 1) : named;
  const colon = path.lastIndexOf(':');
  return {
    registry: hosted ? host : 'registry-1.docker.io',
    repository: colon === -1 ? path : path.slice(0, colon),
    tag: colon === -1 ? (digest === null ? 'latest' : '') : path.slice(colon + 1),
    digest,
  };
}

/** What the registry has under a reference; `null`: nothing. */
export function lookUpImage(fly: Fly, ref: string): ImageRef | null {
  const { registry, repository, tag, digest } = parts(ref);
  const tagged = digest === null ? ref : fly.imageNames.get(digest);
  if (fly.world.forgottenImages.has(ref) || fly.world.forgottenImages.has(tagged ?? ref)) return null;
  const known = fly.settings.images;
  let entry: { readonly digest?: string; readonly labels?: Readonly<Record<string, string>> } | null = null;
  if (known !== null) {
    if (ref in known) entry = known[ref] ?? null;
    else if (digest !== null) {
      const byDigest = Object.entries(known).find(([name, value]) => digestOf(name, value) === digest);
      if (byDigest === undefined || fly.world.forgottenImages.has(byDigest[0])) return null;
      entry = byDigest[1];
    } else return null;
  } else if (tag === 'nope' || tag === 'missing') return null;
  const own = digest ?? digestOf(ref, entry);
  if (digest === null) fly.imageNames.set(own, ref);
  return { registry, repository, tag, digest: own, labels: entry?.labels ?? null };
}
