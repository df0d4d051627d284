import { ordinaryPatience } from '../flyctl/retry.ts';
import type { Release } from './choose.ts';
import type { Checkout, NamedCommit } from './git.ts';
import type { UpstreamHosts } from './hosts.ts';
import type { ImageReference } from './reference.ts';
import type { FoundImage, Registry } from './registry.ts';
import { type RequestSettings, upstreamPatience } from './request.ts';

/** What can be asked about upstream. Everything throws Unreachable where nobody can say. */
export interface Upstream {
  /** Newest first, a page at a time. */
  releases(repository: string): AsyncIterable<readonly Release[]>;
  /** @throws Failure `image-missing` */
  image(reference: ImageReference): Promise<FoundImage>;
  imageLabels(reference: ImageReference, image: FoundImage): Promise<Readonly<Record<string, string>>>;
  /** The first of these names that there is; `null`: none. */
  commit(repository: string, refs: readonly string[]): Promise<NamedCommit | null>;
  checkOut(repository: string, commit: string): Promise<Checkout>;
}

export interface UpstreamSettings extends Pick<RequestSettings, 'signal' | 'wallClock' | 'onRetry'> {
  readonly hosts: UpstreamHosts;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Private to the run: sources are checked out into it. */
  readonly folder: string;
}

/** Asks the real ones. Each of the three is loaded when it is first needed: most runs need one, many none. */
export function openUpstream(settings: UpstreamSettings): Upstream {
  const { hosts, env, folder, signal } = settings;
  const requests: RequestSettings = {
    fetch,
    patience: { ...ordinaryPatience, ...upstreamPatience },
    signal,
    wallClock: settings.wallClock,
    onRetry: settings.onRetry,
  };
  const git = { base: hosts.git, env, folder, signal };
  let opened: Promise<Registry> | null = null;
  const registry = () => {
    opened ??= import('./registry.ts').then(({ openRegistry }) =>
      openRegistry({ ...requests, base: hosts.registry }),
    );
    return opened;
  };
  return {
    async *releases(repository) {
      const { readReleases } = await import('./releases.ts');
      yield* readReleases(repository, { ...requests, api: hosts.api, token: hosts.token });
    },
    image: async (reference) => (await registry()).find(reference),
    imageLabels: async (reference, image) => (await registry()).labels(reference, image),
    async commit(repository, refs) {
      const { namedCommit } = await import('./git.ts');
      return namedCommit(repository, refs, git);
    },
    async checkOut(repository, commit) {
      const { checkOutCommit } = await import('./git.ts');
      return checkOutCommit(repository, commit, git);
    },
  };
}
