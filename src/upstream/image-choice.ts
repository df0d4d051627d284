import { Failure } from '../causes.ts';
import { Choice, named, type Resolution, type SourceQuestion, versionOf } from './choice.ts';
import { formatReference, type ImageReference } from './reference.ts';
import { Unreachable } from './request.ts';
import type { Wanted } from './skip.ts';
import type { Wish } from './source.ts';
import { withoutV } from './version.ts';

/** What a registry has under a tag or digest. */
interface TaggedImage {
  /** With the digest of what runs. */
  readonly reference: ImageReference;
  readonly digest: string;
  /** That digest, and that of the index it stands in. */
  readonly digests: readonly string[];
  /** `null` where they could tell nothing new: the index said the platform, and the tag the version. */
  readonly labels: (() => Promise<Readonly<Record<string, string>>>) | null;
}

type ImageWish = Extract<Wish, { kind: 'image' }>;

/** A published image, by the digest that its tag has today: what is looked at is what runs. */
export class ImageChoice extends Choice<TaggedImage> {
  readonly #wish: ImageWish;
  /** Why the registry could not be asked. */
  #doubt: Unreachable | null = null;

  constructor(question: SourceQuestion, wish: ImageWish) {
    super(question);
    this.#wish = wish;
  }

  async resolve(): Promise<Resolution> {
    const { image, releasesOf } = this.#wish;
    const found = releasesOf === null ? await this.#named() : await this.newestRelease(releasesOf);
    const { thing, label, reason } = found;
    const reference = thing?.reference ?? { ...image, tag: image.tag ?? found.version };
    const identity = thing?.digest ?? reference.digest;
    const held = releasesOf === null ? this.heldBack(label, identity) : null;
    const known = found.version ?? versionOf(reference.tag);
    const what = `${known ?? label} (${reference.name}${identity === null ? '' : ` at ${shortDigest(identity)}`})`;
    const upToDate = held ?? this.upToDate(wanted(reference, thing), what, this.#doubt);
    const labels = upToDate === null && thing?.labels ? await this.#labels(thing.labels, known) : {};
    const version = known ?? versionOf(labels['org.opencontainers.image.version'] ?? null);
    const revision = labels['org.opencontainers.image.revision'] ?? '';
    const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : null;
    const name = version ?? named(label, commit ?? identity);
    return {
      upToDate,
      held: held !== null,
      version,
      name,
      label,
      commit,
      notices: this.notices,
      warnings: this.#warnings(reference, upToDate),
      obtain: async () => ({
        kind: 'image',
        reference: formatReference(reference),
        version,
        name,
        reason,
        identity: identity === null ? null : { version: label, identity },
      }),
    };
  }

  async #named() {
    const { image, reason } = this.#wish;
    const found = await this.#find(image);
    const thing = found === 'unknown' ? null : found;
    return { version: null, label: image.tag ?? image.digest ?? 'latest', reason, thing };
  }

  protected override async ask(tag: string): Promise<TaggedImage | 'missing' | 'unknown'> {
    try {
      return await this.#find({ ...this.#wish.image, tag: withoutV(tag), digest: null });
    } catch (error) {
      if (error instanceof Failure && error.code === 'image-missing') return 'missing';
      throw error;
    }
  }

  protected override identityOf({ digest }: TaggedImage): string {
    return digest;
  }

  /** @throws Failure `image-missing` */
  async #find(image: ImageReference): Promise<TaggedImage | 'unknown'> {
    // Only Fly reads its own registry, with the token of the app.
    if (isFlys(image)) return 'unknown';
    const { upstream } = this.question;
    try {
      const found = await upstream.image(image);
      return {
        reference: { ...image, digest: found.digest },
        digest: found.digest,
        digests: [found.digest, ...(found.index === null ? [] : [found.index])],
        labels:
          found.config === null && versionOf(image.tag) !== null
            ? null
            : () => upstream.imageLabels(image, found),
      };
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.#doubt = error;
      return 'unknown';
    }
  }

  async #labels(
    read: () => Promise<Readonly<Record<string, string>>>,
    known: string | null,
  ): Promise<Readonly<Record<string, string>>> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (known === null) this.notices.push(`${error.message} Which version the image is stays unknown.`);
      return {};
    }
  }

  /**
   * Where the registry cannot say what a tag means, the tag is deployed as it is: Fly asks for itself, its answer is
   * as good, and the watch judges what comes of it. Better that than a push that fails for want of a digest.
   */
  #warnings(reference: ImageReference, upToDate: string | null): readonly string[] {
    if (this.#doubt === null) return [];
    const image = formatReference(reference);
    return [
      upToDate === null
        ? `${this.#doubt.message} ${image} is deployed as it is, without knowing what it means today.`
        : `${this.#doubt.message} That ${image} runs is judged by its name alone.`,
    ];
  }
}

function wanted(reference: ImageReference, thing: TaggedImage | null): Wanted {
  if (thing !== null) return { kind: 'digests', digests: thing.digests };
  const { digest, name, tag } = reference;
  if (digest !== null) return { kind: 'digests', digests: [digest] };
  // A tag that moves says nothing of what runs; a version is meant to stay, and Fly's own tags do.
  const stays = tag !== null && (versionOf(tag) !== null || isFlys(reference));
  return stays ? { kind: 'tag', name, tag } : { kind: 'digests', digests: [] };
}

/** As many digits as docker shows. */
function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

function isFlys({ registry }: ImageReference): boolean {
  return registry === 'registry.fly.io';
}
