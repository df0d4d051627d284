import type { Api } from './api.ts';
import { CommandError, wrapped } from './failure-report.ts';
import type { Session } from './session.ts';

/** An image that a machine can be given. */
export interface DeployableImage {
  ref: string;
  digest?: string;
  /** Bytes. */
  size: number;
  /** Number of the build that was reported, 0 when reporting it failed. */
  buildId: number;
}

/** How a build or a look-up ended, for the report of it. */
interface Attempt {
  strategies: { error: string; note: string; result: 'success' | 'failed'; strategy: string }[];
  image?: { id: string; size_bytes: number; tag: string };
  builderType?: string;
  logs: string;
}

const IMAGE =
  'query ($appName: String!, $imageRef: String!) { app(name: $appName) { id image(ref: $imageRef) { id digest ref compressedSize: compressedSizeFull manifest } } }';

/** @throws CommandError when the organization cannot be read, as every look-up of an image begins with it */
export async function checkOrganization(api: Api, slug: string): Promise<void> {
  const reply = await api.uiex('GET', `/organizations/${slug}`);
  if (reply.status !== 200)
    throw new CommandError(`failed to get organization ${slug} (status ${reply.status}): ${reply.body}`);
}

/**
 * Looks an image up in its registry.
 * @param builder what the report of the look-up names as the builder, `depot.dev` for a deploy
 */
export async function resolveImage(
  session: Session,
  app: string,
  ref: string,
  builder: string,
): Promise<DeployableImage> {
  const { clock } = session.surroundings;
  const strategies = ['Local Image Reference', 'Remote Image Reference'];
  const buildId = await reportStart(session, app, builder, strategies);
  const start = clock.now();
  session.err(`Searching for image '${ref}' remotely...\n`);
  const local = {
    error: '',
    note: 'local docker daemon not available, skipping',
    result: 'failed',
    strategy: 'Local Image Reference',
  } as const;
  let image: { id: string; digest?: string; ref?: string; compressedSize?: string } | null;
  try {
    const { app: found } = await session.api.graphql(IMAGE, { appName: app, imageRef: ref });
    image = (found as { image?: typeof image } | null)?.image ?? null;
  } catch (error) {
    const failed = {
      error: String((error as Error).message),
      note: '',
      result: 'failed',
      strategy: 'Remote Image Reference',
    } as const;
    await reportEnd(session, app, buildId, start, { strategies: [local, failed], logs: failed.error });
    throw error;
  }
  if (!image) {
    const failed = {
      error: '',
      note: 'no image found and no error occurred',
      result: 'failed',
      strategy: 'Remote Image Reference',
    } as const;
    await reportEnd(session, app, buildId, start, {
      strategies: [local, failed],
      logs: 'no strategies resulted in an image',
    });
    throw new CommandError(`could not find image "${ref}"`);
  }
  const size = Number(image.compressedSize ?? 0);
  const tag = image.ref ?? ref;
  session.err(`image found: ${image.id}\n`);
  const remote = { error: '', note: '', result: 'success', strategy: 'Remote Image Reference' } as const;
  const final = { id: image.id, size_bytes: size, tag };
  const reported = await reportEnd(session, app, buildId, start, {
    strategies: [local, remote],
    image: final,
    logs: '',
  });
  return { ref: tag, digest: image.digest, size, buildId: reported };
}

/** @returns the build's number, 0 when the API would not have the report */
export async function reportStart(
  session: Session,
  app: string,
  builder: string,
  strategies: string[],
): Promise<number> {
  try {
    const reply = await session.api.uiex('POST', '/builds', {
      app_name: app,
      builder_type: builder,
      strategies_available: strategies,
    });
    if (reply.status === 200) return (JSON.parse(reply.body) as { id: number }).id;
    throw new CommandError(
      `ensure depot builder failed, please try again (status ${reply.status}): ${reply.body}`,
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    session.log('WARN', `failed to create build in graphql: ${error.message}\n`);
    return 0;
  }
}

export async function reportEnd(
  session: Session,
  app: string,
  buildId: number,
  start: number,
  attempt: Attempt,
): Promise<number> {
  if (buildId === 0) return 0;
  const ms = Math.round(session.surroundings.clock.now() - start);
  const body = {
    build_id: buildId,
    app_name: app,
    machine_id: '',
    status: attempt.image ? 'completed' : 'failed',
    strategies_attempted: attempt.strategies,
    builder_meta: {
      builder_type: attempt.builderType ?? '',
      buildkit_enabled: false,
      docker_version: '',
      platform: '',
      remote_app_name: '',
      remote_machine_id: '',
    },
    final_image: attempt.image ?? { id: '', size_bytes: 0, tag: '' },
    timings: {
      build_and_push_ms: ms,
      build_ms: ms,
      builder_init_ms: -1,
      context_build_ms: -1,
      image_build_ms: -1,
      push_ms: -1,
    },
    logs: attempt.logs,
  };
  try {
    const reply = await session.api.uiex('POST', '/builds/finish', body);
    if (reply.status === 200) return (JSON.parse(reply.body) as { id: number }).id;
    throw new CommandError(
      `ensure depot builder failed, please try again (status ${reply.status}): ${reply.body}`,
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    session.log('WARN', `failed to finish build in graphql: ${error.message}\n`);
    return 0;
  }
}

/** Prefix of every failure to get an image for a deploy. */
export function imageFailure(error: unknown): unknown {
  return wrapped('failed to fetch an image or build from source', error);
}
