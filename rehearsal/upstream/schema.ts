/** What upstream is like in a rehearsal, as data: releases, images and trouble. Unknown keys are errors. */
import { z } from 'zod';

const labels = z.record(z.string(), z.string());

const imageSchema = z.strictObject({
  platforms: z.array(z.string()).default(['amd64', 'arm64']),
  /** `false`: the tag points to the image itself. */
  index: z.boolean().default(true),
  labels: labels.default({}),
  /** Images of another salt are other images. */
  salt: z.string().default(''),
});

const releaseSchema = z.strictObject({
  tag: z.string(),
  /** Age in hours at the time of the question. */
  age: z.number().nonnegative().default(240),
  prerelease: z.boolean().default(false),
  draft: z.boolean().default(false),
});

/** Requests that go wrong, in the order of the list; the first that fits answers. */
const troubleSchema = z.strictObject({
  server: z.enum(['releases', 'registry', 'git']),
  /** Part of the path. */
  path: z.string().optional(),
  /** How often; without it: for ever. */
  times: z.int().positive().optional(),
  status: z.int().min(100).max(599).optional(),
  headers: labels.optional(),
  body: z.string().optional(),
  /** Reset the connection. */
  reset: z.boolean().optional(),
});

export const upstreamSchema = z.strictObject({
  /** Newest first, as GitHub lists them. */
  releases: z
    .array(z.union([z.string().transform((tag) => releaseSchema.parse({ tag })), releaseSchema]))
    .default([]),
  /** So many prereleases stand in the list before those. */
  prereleases: z.int().nonnegative().default(0),
  /**
   * Images by reference, e.g. `ghcr.io/openclaw/openclaw:main`; `null`: there is none. A tag that is not named here
   * has an image for both platforms, so that scenarios that are about something else need say nothing.
   */
  images: z.record(z.string(), imageSchema.nullable()).default({}),
  trouble: z.array(troubleSchema).default([]),
  /** Commits of a repository, by name of branch or tag: files of a tree. Without it there is no git server. */
  git: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

export type UpstreamState = z.infer<typeof upstreamSchema>;
