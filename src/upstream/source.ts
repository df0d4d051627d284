import { existsSync, readFileSync } from 'node:fs';
import { basename, join, posix, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AppConfig } from '../app/config.ts';
import { Failure } from '../causes.ts';
import { type Inputs, inputDefaults } from '../inputs.ts';
import type { FailedVersion } from './failed-versions.ts';
import { type ImageReference, parseReference } from './reference.ts';
import { withoutV } from './version.ts';

/** What this run deploys. */
export type Deployable = {
  /** OpenClaw version, e.g. `2026.9.6`, where it is known. */
  readonly version: string | null;
  /** What people call it where it has no version, e.g. `main (3f1c9a7d2b4e)`. */
  readonly name: string | null;
  /** Why it is this one, in one clause. */
  readonly reason: string;
  /** What the memory of failures would call it; `null` for what nobody could choose again. */
  readonly identity: FailedVersion | null;
} & (
  | {
      readonly kind: 'image';
      /** With tag or digest, as it is handed to flyctl. */
      readonly reference: string;
    }
  | {
      readonly kind: 'build';
      /** Absolute path of the build context. */
      readonly context: string;
      /** Absolute path of a Dockerfile that counts in place of the config's; `null`: the config's own. */
      readonly dockerfilePath: string | null;
      /** Text of the Dockerfile; `null` where it is not a file here. */
      readonly dockerfile: string | null;
      /** Flags of `flyctl deploy` that tell later runs what the image was built from. */
      readonly flags: readonly string[];
    }
);

/** What is wanted, before anybody was asked what there is. */
export type Wish = {
  readonly reason: string;
  /** What the workflow set and this wish does not read, one sentence each. */
  readonly notes: readonly string[];
} & (
  | {
      readonly kind: 'workspace';
      readonly context: string;
      /** Absolute; `null`: the one that the config names. */
      readonly dockerfilePath: string | null;
      readonly dockerfile: string | null;
    }
  | {
      readonly kind: 'image';
      readonly image: ImageReference;
      /** The tag is that of the newest stable release of this repository; `null`: the reference says all. */
      readonly releasesOf: string | null;
    }
  | {
      readonly kind: 'upstream';
      readonly repository: string;
      /** A release, a full commit, or the full names of what may be meant. */
      readonly wanted: 'release' | { readonly commit: string } | { readonly refs: readonly string[] };
    }
);

/**
 * Decides what is wanted, from the input `source` or from what is there.
 *
 * @throws Failure `inputs-invalid` where the input asks for what is not there
 */
export function chooseSource(inputs: Inputs, config: AppConfig, workspace: string): Wish {
  const { name, path, isThere } = dockerfileOf(config, workspace);
  if (inputs.source === 'upstream') return upstreamWish(inputs);
  if (inputs.source === 'image') return imageWish(inputs, 'the input source says image');
  if (isThere) {
    const why = inputs.source === 'auto' ? `the repository has a ${name}` : 'the input source says workspace';
    return {
      kind: 'workspace',
      context: workspace,
      dockerfilePath: config.build.dockerfile === null && !isOf(workspace, path) ? path : null,
      dockerfile: path === null ? null : readFileSync(path, 'utf8'),
      reason: why,
      notes: unread(inputs, 'the Dockerfile of the repository decides', [
        'version',
        'min-age',
        'ignore-versions',
      ]),
    };
  }
  if (config.build.image !== null) {
    const why = `${config.source.file} names the image`;
    const notes = unread(inputs, why, ['version', 'min-age', 'ignore-versions', 'build-args']);
    return {
      kind: 'image',
      image: readImage(config.source.file, config.build.image),
      releasesOf: null,
      reason: why,
      notes,
    };
  }
  if (inputs.source === 'workspace') {
    throw new Failure(
      'inputs-invalid',
      `source: "workspace" needs a Dockerfile in the checked-out repository (looked for ${name}). Is actions/checkout run before this step?`,
    );
  }
  // The guide's config names "Dockerfile" also where there is none; who names another one means it.
  if (config.build.dockerfile !== null && posix.normalize(name) !== 'Dockerfile') {
    throw new Failure(
      'inputs-invalid',
      `source: ${config.source.file} names the Dockerfile "${name}", and there is no such file beside it. Correct the path under [build] (with forward slashes), or say source: image.`,
    );
  }
  return imageWish(inputs, 'there is no Dockerfile, and the config names no image');
}

/**
 * The Dockerfile of a build of the workspace, by flyctl's rules: one that the config names is looked for beside it,
 * any other at the root, where flyctl runs. One beside the config that nobody names counts after that.
 */
function dockerfileOf(
  { build, source }: AppConfig,
  workspace: string,
): { readonly name: string; readonly path: string | null; readonly isThere: boolean } {
  const named = build.dockerfile;
  if (named !== null && /^https?:/.test(named)) return { name: named, path: null, isThere: true };
  const places =
    named === null
      ? [workspace, source.directory].flatMap((folder) =>
          ['Dockerfile', 'dockerfile'].map((name) => join(folder, name)),
        )
      : [join(source.directory, named)];
  const path = places.find((place) => existsSync(place)) ?? null;
  return { name: named ?? 'Dockerfile', path, isThere: path !== null };
}

/** What stands in a folder flyctl finds by itself, when it runs there. */
function isOf(folder: string, path: string | null): boolean {
  return path !== null && relative(folder, path) === basename(path);
}

/** Whether both want the same, for whatever reason. */
export function isSameWish(a: Wish, b: Wish): boolean {
  return isDeepStrictEqual({ ...a, reason: '', notes: [] }, { ...b, reason: '', notes: [] });
}

function upstreamWish(inputs: Inputs): Wish {
  const { version, repository } = inputs;
  if (version.startsWith('sha256:')) {
    throw new Failure(
      'inputs-invalid',
      `version: "${version}" is the digest of an image; source: upstream builds a tag, a branch or a commit. Use source: image for it.`,
    );
  }
  const base = { kind: 'upstream', repository, reason: 'the input source says upstream' } as const;
  if (version === 'latest') return { ...base, wanted: 'release', notes: [] };
  const notes = unread(inputs, 'version names one', ['min-age', 'ignore-versions']);
  if (/^[0-9a-f]{40}$/.test(version)) return { ...base, wanted: { commit: version }, notes };
  const tags = [...new Set([version, `v${withoutV(version)}`])].map((tag) => `refs/tags/${tag}`);
  return { ...base, wanted: { refs: [...tags, `refs/heads/${version}`] }, notes };
}

function imageWish(inputs: Inputs, reason: string): Wish {
  const image = readImage('image', inputs.image);
  const { version } = inputs;
  const given = image.tag ?? image.digest;
  if (given !== null && version !== 'latest') {
    throw new Failure(
      'inputs-invalid',
      `image: "${inputs.image}" says ${given} and version says ${version}: give the image without a tag, and the tag as version.`,
    );
  }
  // The releases of OpenClaw say nothing about the tags of somebody else's image, unless its repository is named too.
  const own = inputs.image !== inputDefaults.image && inputs.repository === inputDefaults.repository;
  if (version === 'latest' && given === null && !own) {
    return {
      kind: 'image',
      image,
      releasesOf: inputs.repository,
      reason,
      notes: unread(inputs, 'an image is deployed as it is', ['build-args']),
    };
  }
  const notes = unread(inputs, 'the image is named', ['min-age', 'ignore-versions', 'build-args']);
  const digest = version.startsWith('sha256:') ? version : image.digest;
  if (digest !== null && !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new Failure(
      'inputs-invalid',
      `version: "${version}" is no whole digest: sha256: and 64 hexadecimal digits.`,
    );
  }
  const tag = image.tag ?? (digest === null ? withoutV(version) : null);
  return { kind: 'image', image: { ...image, tag, digest }, releasesOf: null, reason, notes };
}

function readImage(where: string, text: string): ImageReference {
  const image = parseReference(text);
  if (image !== null) return image;
  throw new Failure(
    'inputs-invalid',
    `${where}: "${text.slice(0, 200)}" is no reference to an image, such as ghcr.io/openclaw/openclaw:2026.9.6.`,
  );
}

const wishes = {
  version: (inputs: Inputs) => inputs.version !== 'latest',
  'min-age': (inputs: Inputs) => inputs.minAgeMs > 0,
  'ignore-versions': (inputs: Inputs) => inputs.ignoreVersions.length > 0,
  'build-args': (inputs: Inputs) => inputs.buildArgs.length > 0,
};

function unread(inputs: Inputs, why: string, names: readonly (keyof typeof wishes)[]): readonly string[] {
  const set = names.filter((name) => wishes[name](inputs));
  return set.length === 0 ? [] : [`${set.join(', ')}: not read, since ${why}.`];
}
