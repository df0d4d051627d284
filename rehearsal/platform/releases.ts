import { type Fly, iso } from './fly.ts';
import type { App, Json, Release } from './world.ts';

export function newRelease(
  fly: Fly,
  app: App,
  release: { image: string; strategy?: string; definition: Json | null; status?: string; createdAt?: number },
): Release {
  const made: Release = {
    id: `rel_${fly.ids.hex(14)}`,
    version: (app.releases.at(-1)?.version ?? 0) + 1,
    status: release.status ?? 'pending',
    strategy: release.strategy ?? 'ROLLING',
    image: release.image,
    definition: release.definition,
    createdAt: release.createdAt ?? fly.clock.now(),
    metadata: null,
  };
  app.releases.push(made);
  return made;
}

/** As uiex says it. */
export function uiexRelease(release: Release) {
  return {
    id: release.id,
    version: release.version,
    stable: true,
    in_progress: release.status === 'running',
    status: release.status,
    strategy: release.strategy,
    user: 'dev@example.com',
    created_at: iso(release.createdAt),
    image_ref: release.image,
  };
}

/** As GraphQL says it. */
export function graphqlRelease(release: Release) {
  return {
    id: release.id,
    version: release.version,
    description: 'Release',
    reason: '',
    status: release.status,
    imageRef: release.image,
    stable: true,
    inProgress: release.status === 'running',
    evaluationId: '',
    user: { id: 'user_1', email: 'dev@example.com', name: 'Dev' },
    createdAt: iso(release.createdAt),
  };
}
