import { Failure } from '../causes.ts';
import { Choice, type Found, named, type Resolution, type SourceQuestion, versionOf } from './choice.ts';
import { builtTag } from './skip.ts';
import type { Wish } from './source.ts';
import { withoutV } from './version.ts';

type UpstreamWish = Extract<Wish, { kind: 'upstream' }>;

interface Commit {
  /** Full. */
  readonly commit: string;
}

/** A commit of upstream's repository, built with its own Dockerfile. */
export class CommitChoice extends Choice<Commit> {
  readonly #wish: UpstreamWish;

  constructor(question: SourceQuestion, wish: UpstreamWish) {
    super(question);
    this.#wish = wish;
  }

  async resolve(): Promise<Resolution> {
    const { repository, wanted } = this.#wish;
    const found = wanted === 'release' ? await this.newestRelease(repository) : await this.#named(wanted);
    const { thing, label, version, reason } = found;
    if (thing === null) {
      throw new Failure(
        'inputs-invalid',
        `version: ${version} runs, and ${repository} has no such tag (any more).`,
      );
    }
    const { commit } = thing;
    const held = wanted === 'release' ? null : this.heldBack(label, commit);
    const name = named(label, commit);
    return {
      held: held !== null,
      upToDate: held ?? this.upToDate({ kind: 'commit', commit }, `${name} of ${repository}`, null),
      version,
      name,
      label,
      commit,
      notices: this.notices,
      warnings: [],
      obtain: async () => {
        const { folder, ...checkout } = await this.question.upstream.checkOut(repository, commit);
        const built = version ?? versionOf(packageVersion(checkout.packageJson));
        return {
          kind: 'build',
          context: folder,
          dockerfilePath: checkout.dockerfilePath,
          dockerfile: checkout.dockerfile,
          flags: buildFlags(commit, built, this.question.now),
          version: built,
          name,
          reason,
          identity: { version: label, identity: commit },
        };
      },
    };
  }

  protected override async ask(tag: string): Promise<Commit | 'missing'> {
    const refs = [...new Set([tag, `v${withoutV(tag)}`])].map((name) => `refs/tags/${name}`);
    return (await this.question.upstream.commit(this.#wish.repository, refs)) ?? 'missing';
  }

  protected override identityOf({ commit }: Commit): string {
    return commit;
  }

  async #named(wanted: Exclude<UpstreamWish['wanted'], 'release'>): Promise<Found<Commit>> {
    const { repository, reason } = this.#wish;
    if ('commit' in wanted) {
      return { version: null, label: wanted.commit.slice(0, 12), reason, thing: wanted };
    }
    const thing = await this.question.upstream.commit(repository, wanted.refs);
    if (thing === null) {
      const { version } = this.question.inputs;
      throw new Failure(
        'inputs-invalid',
        `version: ${repository} has no tag and no branch "${version}". A commit needs all its 40 digits.`,
      );
    }
    const label = withoutV(thing.ref.replace(/^refs\/(?:tags|heads)\//, ''));
    return { version: versionOf(label), label, reason, thing };
  }
}

/** The tag names the commit for later runs, as Fly may not hand labels back; the labels are for everybody else. */
function buildFlags(commit: string, version: string | null, now: number): readonly string[] {
  const labels = [`org.opencontainers.image.revision=${commit}`];
  if (version !== null) labels.push(`org.opencontainers.image.version=${version}`);
  return ['--image-label', builtTag(commit, now), ...labels.flatMap((label) => ['--label', label])];
}

function packageVersion(text: string | null): string | null {
  try {
    const { version } = JSON.parse(text ?? '') as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
