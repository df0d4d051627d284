import { createHash } from 'node:crypto';

/** Bytes of a registry with their media type, found by digest. */
export interface Blob {
  readonly digest: string;
  readonly type: string;
  readonly text: string;
}

/** An image as a registry keeps it: an index, an image for each platform, and their configs. */
export interface StoredImage {
  /** What a tag points to. */
  readonly top: Blob;
  /** The image that runs on Fly; `null` where there is none for linux/amd64. */
  readonly amd64: Blob | null;
  readonly blobs: readonly Blob[];
}

export interface ImageContent {
  /** Architectures, e.g. `amd64`. One alone and `index: false`: the tag points to the image itself. */
  readonly platforms: readonly string[];
  readonly index: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Makes images differ that have all else in common. */
  readonly salt: string;
}

function blob(type: string, value: unknown): Blob {
  const text = JSON.stringify(value);
  return { digest: `sha256:${createHash('sha256').update(text).digest('hex')}`, type, text };
}

const oci = 'application/vnd.oci.image';

/** The same content always has the same digests. */
export function storeImage({ platforms, index, labels, salt }: ImageContent): StoredImage {
  const images = platforms.map((architecture) => {
    const config = blob(`${oci}.config.v1+json`, {
      architecture,
      os: 'linux',
      config: { Labels: { ...labels, salt } },
    });
    const size = config.text.length;
    const manifest = blob(`${oci}.manifest.v1+json`, {
      schemaVersion: 2,
      mediaType: `${oci}.manifest.v1+json`,
      config: { mediaType: config.type, digest: config.digest, size },
      layers: [],
    });
    return { architecture, config, manifest };
  });
  const amd64 = images.find(({ architecture }) => architecture === 'amd64')?.manifest ?? null;
  const parts = images.flatMap(({ config, manifest }) => [config, manifest]);
  const [only] = images;
  if (!index && only !== undefined) return { top: only.manifest, amd64, blobs: parts };
  const top = blob(`${oci}.index.v1+json`, {
    schemaVersion: 2,
    mediaType: `${oci}.index.v1+json`,
    manifests: [
      ...images.map(({ architecture, manifest }) => ({
        mediaType: manifest.type,
        digest: manifest.digest,
        size: manifest.text.length,
        platform: { os: 'linux', architecture },
      })),
      // docker buildx puts the attestation of each image beside it, for a platform that nobody has.
      ...images.map(({ manifest }) => ({
        mediaType: manifest.type,
        digest: blob('', `attestation of ${manifest.digest}`).digest,
        size: 1,
        platform: { os: 'unknown', architecture: 'unknown' },
      })),
    ],
  });
  return { top, amd64, blobs: [...parts, top] };
}
