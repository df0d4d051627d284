import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { Failure } from '../causes.ts';
import { formatReference, type ImageReference } from './reference.ts';
import { type Answer, type RequestSettings, request, said, unreachable } from './request.ts';

/** An image as its registry has it now. */
export interface FoundImage {
  /**
   * Digest of the linux/amd64 image, which is what runs: Fly's machines are amd64, and whether Fly records the digest
   * of an index or of the image that it chose from it is not known, so nothing is left to choose.
   */
  readonly digest: string;
  /** Digest of the index that the tag names; `null` where the tag names the image itself. */
  readonly index: string | null;
  /** Digest of the image's own config, with its labels and its platform; `null` where the index told the platform. */
  readonly config: string | null;
}

export interface Registry {
  /**
   * What a reference means.
   *
   * @throws Failure `image-missing` when it is certain that nothing can be pulled; Unreachable when nobody can say
   */
  find(reference: ImageReference): Promise<FoundImage>;
  /**
   * Labels of the image, such as `org.opencontainers.image.version`.
   *
   * @throws Failure `image-missing` where it is an image for another platform; Unreachable
   */
  labels(reference: ImageReference, image: FoundImage): Promise<Readonly<Record<string, string>>>;
}

const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const imageTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

const digest = z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/));
const manifestReply = z.looseObject({
  mediaType: z.nullish(z.string()),
  manifests: z.nullish(
    z.array(
      z.looseObject({
        digest,
        mediaType: z.nullish(z.string()),
        platform: z.nullish(
          z.looseObject({ os: z.nullish(z.string()), architecture: z.nullish(z.string()) }),
        ),
      }),
    ),
  ),
  config: z.nullish(z.looseObject({ digest })),
});
const configReply = z.looseObject({
  architecture: z.nullish(z.string()),
  os: z.nullish(z.string()),
  config: z.nullish(z.looseObject({ Labels: z.nullish(z.record(z.string(), z.string())) })),
});
const tokenReply = z.looseObject({ token: z.nullish(z.string()), access_token: z.nullish(z.string()) });

export interface RegistrySettings extends RequestSettings {
  /** Base of a registry's API by its host name. */
  readonly base: (host: string) => string;
}

/** An index may stand in an index; what goes on for longer is none that Fly could pull. */
const deepest = 3;

/** Anonymous reading, by the OCI distribution specification 1.1. */
export function openRegistry(settings: RegistrySettings): Registry {
  const tokens = new Map<string, string>();

  async function ask(reference: ImageReference, path: string, accept: string): Promise<Answer> {
    const { registry, repository } = reference;
    const url = `${settings.base(registry)}/v2/${repository}/${path}`;
    const asked = (token: string | undefined) =>
      request(
        registry,
        url,
        { accept, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        settings,
      );
    const first = await asked(tokens.get(repository));
    if (first.status !== 401) return first;
    const token = await anonymousToken(reference, first, settings);
    if (token === null) return first;
    tokens.set(repository, token);
    return asked(token);
  }

  async function manifest(reference: ImageReference, name: string) {
    const answer = await ask(reference, `manifests/${name}`, [...indexTypes, ...imageTypes].join(', '));
    refuse(reference, answer);
    const own = `sha256:${createHash('sha256').update(answer.body).digest('hex')}`;
    // What was asked for by its digest, or is announced with one, must be that: the sum is made here.
    const promised = name.startsWith('sha256:') ? name : answer.headers.get('docker-content-digest');
    if (promised?.startsWith('sha256:') && promised !== own) {
      throw unreachable(reference.registry, `it sent something else than ${promised}`, false);
    }
    const parsed = manifestReply.safeParse(json(answer));
    const type = answer.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
    if (!parsed.success) throw unreachable(reference.registry, 'its answer is no image manifest', false);
    const { mediaType, manifests, config } = parsed.data;
    const isIndex = manifests != null || indexTypes.includes(mediaType ?? type);
    return { digest: own, manifests: isIndex ? (manifests ?? []) : null, config: config?.digest ?? null };
  }

  async function find(reference: ImageReference, name: string, depth: number): Promise<FoundImage> {
    const top = await manifest(reference, name);
    if (top.manifests === null) return { digest: top.digest, index: null, config: top.config };
    const platforms = top.manifests.map(({ platform }) => ({
      os: platform?.os ?? '',
      architecture: platform?.architecture ?? '',
    }));
    const amd64 = platforms.findIndex(({ os, architecture }) => os === 'linux' && architecture === 'amd64');
    // An index need not say the platforms: then what stands in it does.
    const chosen = top.manifests[amd64] ?? top.manifests.find(({ platform }) => platform == null);
    if (chosen !== undefined && amd64 !== -1 && !indexTypes.includes(chosen.mediaType ?? '')) {
      return { digest: chosen.digest, index: top.digest, config: null };
    }
    if (chosen !== undefined && depth < deepest) {
      return { ...(await find(reference, chosen.digest, depth + 1)), index: top.digest };
    }
    // Attestations stand in an index as platform unknown/unknown.
    const names = platforms
      .filter(({ os }) => os !== '' && os !== 'unknown')
      .map(({ os, architecture }) => `${os}/${architecture}`);
    throw otherPlatform(reference, names);
  }

  return {
    find: (reference) => find(reference, reference.digest ?? reference.tag ?? 'latest', 0),

    async labels(reference, image) {
      const name = image.config ?? (await manifest(reference, image.digest)).config;
      if (name === null) return {};
      const answer = await ask(reference, `blobs/${name}`, 'application/octet-stream, application/json');
      refuse(reference, answer);
      const parsed = configReply.safeParse(json(answer));
      if (!parsed.success) return {};
      const { os, architecture, config } = parsed.data;
      if (architecture && (architecture !== 'amd64' || (os ?? 'linux') !== 'linux')) {
        throw otherPlatform(reference, [`${os ?? 'linux'}/${architecture}`]);
      }
      return config?.Labels ?? {};
    },
  };
}

/** An unreadable body is no manifest and no token. */
function json(answer: Answer): unknown {
  try {
    return JSON.parse(Buffer.from(answer.body).toString());
  } catch {
    return null;
  }
}

/** A registry that wants a token names the place that gives one to everybody, in its challenge (RFC 6750). */
async function anonymousToken(
  { registry, repository }: ImageReference,
  challenge: Answer,
  settings: RegistrySettings,
): Promise<string | null> {
  const header = challenge.headers.get('www-authenticate') ?? '';
  if (!/^bearer\s/i.test(header)) return null;
  const fields = new Map(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const realm = fields.get('realm') ?? '';
  const base = settings.base(registry);
  if (!URL.canParse(realm)) return null;
  const url = new URL(realm);
  // Nothing is given away to it, but plain HTTP would let others choose what is deployed.
  if (url.protocol !== 'https:' && url.origin !== new URL(base).origin) return null;
  const service = fields.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', fields.get('scope') ?? `repository:${repository}:pull`);
  const answer = await request(registry, url.href, { accept: 'application/json' }, settings);
  const parsed = answer.status === 200 ? tokenReply.safeParse(json(answer)) : null;
  return parsed?.success ? (parsed.data.token ?? parsed.data.access_token ?? null) : null;
}

/** @throws Failure `image-missing`; Unreachable */
function refuse(reference: ImageReference, answer: Answer): void {
  const { status } = answer;
  if (status === 200) return;
  const asked = formatReference(reference);
  const evidence = `${reference.registry}: HTTP ${status}${said(answer)}`;
  const missing = (message: string, fix: string) =>
    new Failure('image-missing', message, { evidence, fix: { text: fix, commands: [], lines: null } });
  if (status === 404) {
    throw missing(
      `There is no image ${asked}: ${reference.registry} does not know it.`,
      reference.digest === null
        ? 'Check `version` and `image`. A new release gets its image some time after it is published.'
        : 'Check the digest: it may have been removed from the registry.',
    );
  }
  if (status === 401 || status === 403) {
    throw missing(
      `${asked} cannot be pulled without a login, or there is no such repository.`,
      'Make the image public, or push it to registry.fly.io: Fly pulls from nowhere else that needs a login.',
    );
  }
  throw unreachable(reference.registry, `HTTP ${status}${said(answer)}`, false);
}

function otherPlatform(reference: ImageReference, platforms: readonly string[]): Failure {
  const has = platforms.length === 0 ? 'none at all' : platforms.join(', ');
  return new Failure(
    'image-missing',
    `${formatReference(reference)} has no image for linux/amd64, the only platform of Fly's machines.`,
    {
      evidence: `${formatReference(reference)}: ${has}`,
      fix: {
        text: 'Choose a version that was built for linux/amd64, or build it with `--platform linux/amd64`.',
        commands: [],
        lines: null,
      },
    },
  );
}
