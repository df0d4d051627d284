import { type ImageContent, type StoredImage, storeImage } from './content.ts';
import type { UpstreamState } from './schema.ts';
import type { Reply } from './world.ts';

export interface RegistryQuestion {
  readonly path: string;
  readonly url: URL;
  readonly authorization: string | null;
}

/** What the registry stands on besides the scenario. */
export interface RegistryGround {
  /** Its own address. */
  readonly base: string;
  /** Images that were taken away by others, by reference. */
  readonly isForgotten: (reference: string) => boolean;
  /** Tags that were asked for, by repository: what no scenario names is found again by its digest. */
  readonly asked: Map<string, Set<string>>;
}

/** A registry that wants the anonymous token, as ghcr.io does, and serves what the rehearsal says. */
export function answerRegistry(
  state: UpstreamState,
  { path, url, authorization }: RegistryQuestion,
  ground: RegistryGround,
): Reply {
  if (path.startsWith('/token?')) return json(200, { token: `anonymous ${url.searchParams.get('scope')}` });
  const found = /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)$/.exec(path);
  if (found === null) return refusal(404, 'NAME_UNKNOWN');
  const [, repository = '', kind, name = ''] = found;
  if (authorization !== `Bearer anonymous repository:${repository}:pull`) {
    const challenge = `Bearer realm="${ground.base}/token",service="registry",scope="repository:${repository}:pull"`;
    return { ...refusal(401, 'UNAUTHORIZED'), headers: { 'www-authenticate': challenge } };
  }
  const blob = name.startsWith('sha256:')
    ? imagesOf(state, repository, ground)
        .flatMap(({ blobs }) => blobs)
        .find(({ digest }) => digest === name)
    : taggedImage(state, repository, name, ground)?.top;
  if (blob === undefined) return refusal(404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN');
  return {
    status: 200,
    headers: { 'content-type': blob.type, 'docker-content-digest': blob.digest },
    body: blob.text,
  };
}

function taggedImage(
  state: UpstreamState,
  repository: string,
  tag: string,
  { isForgotten, asked }: RegistryGround,
): StoredImage | null {
  const reference = `ghcr.io/${repository}:${tag}`;
  if (isForgotten(reference) || tag === 'missing' || tag === 'nope') return null;
  const content = state.images[reference];
  if (content === null) return null;
  asked.set(repository, (asked.get(repository) ?? new Set()).add(tag));
  return storedImage(reference, content);
}

/** What lies under a reference that a scenario describes, or does not. */
export function storedImage(reference: string, content: Partial<ImageContent> | undefined): StoredImage {
  const salt = `${reference} ${content?.salt ?? ''}`;
  return storeImage({ platforms: ['amd64', 'arm64'], index: true, labels: {}, ...content, salt });
}

function imagesOf(state: UpstreamState, repository: string, ground: RegistryGround): readonly StoredImage[] {
  const prefix = `ghcr.io/${repository}:`;
  const named = Object.keys(state.images).filter((reference) => reference.startsWith(prefix));
  const tags = new Set([
    ...named.map((reference) => reference.slice(prefix.length)),
    ...(ground.asked.get(repository) ?? []),
  ]);
  return [...tags].flatMap((tag) => taggedImage(state, repository, tag, ground) ?? []);
}

function json(status: number, value: unknown): Reply {
  return { status, body: JSON.stringify(value) };
}

function refusal(status: number, code: string): Reply {
  return json(status, { errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] });
}
