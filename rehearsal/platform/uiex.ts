/** uiex (`/api/v1/…`): organizations, builds, releases; and the log of an app, which lives beside it. */
import { z } from 'zod';
import { type Fly, findApp, Refusal } from './fly.ts';
import { logPage } from './logs.ts';
import { organizationOf } from './machines-api.ts';
import { newRelease, uiexRelease } from './releases.ts';
import { type Answer, type Asking, ok } from './request.ts';
import type { Release } from './world.ts';

const record = z.record(z.string(), z.unknown());

const releaseBody = z.object({
  app_name: z.string(),
  definition: record.nullish(),
  image: z.string().default(''),
  strategy: z.string().optional(),
});

const patchBody = z.object({ status: z.string(), metadata: record.nullish() });

/** `null`: no such endpoint. */
export function answerUiex(fly: Fly, asking: Asking): Answer | null {
  const [api, version, collection, id, action] = asking.path.split('/').slice(1);
  if (api !== 'api' || version !== 'v1') return null;
  if (asking.token === null) throw new Refusal(401, 'unauthorized');
  switch (`${asking.method} ${collection}`) {
    case 'GET apps':
      return answerOfApp(fly, asking, id ?? '', action);
    case 'GET organizations': {
      const organization = organizationOf(fly);
      if (id !== organization.slug || asking.token === 'foreign') throw new Refusal(404, 'not found');
      return ok({
        organization: {
          id: organization.id,
          internal_numeric_id: organization.number,
          slug: organization.slug,
          raw_slug: organization.slug,
          paid_plan: organization.paidPlan,
          personal: true,
          billing_status: 'CURRENT',
          provisions_beta_extensions: false,
          name: organization.name,
          billable: true,
          remote_builder_image: '',
        },
      });
    }
    case 'POST builds':
      if (id === 'depot_builder') return answerBuilder(fly);
      return id === 'finish'
        ? ok({ id: 1, status: 'completed', wallclock_time_ms: 10 })
        : ok({ id: 1, status: 'started', wallclock_time_ms: 0 });
    case 'POST releases': {
      const wish = releaseBody.parse(asking.body);
      const made = newRelease(fly, findApp(fly, wish.app_name), {
        image: wish.image,
        strategy: wish.strategy,
        definition: wish.definition ?? null,
      });
      return { status: 201, body: { release: uiexRelease(made) } };
    }
    case 'PATCH releases': {
      const { status, metadata } = patchBody.parse(asking.body);
      const release = findRelease(fly, id ?? '');
      release.status = status;
      release.metadata = metadata ?? null;
      return ok(uiexRelease(release));
    }
    default:
      return null;
  }
}

function answerBuilder({ settings: { builder, buildFailure } }: Fly): Answer {
  if (!builder) throw new Refusal(422, 'the embedded platform builds nothing for a real flyctl');
  const rehearsal = buildFailure === null ? {} : { rehearsal: { failure: buildFailure } };
  return ok({ id: 1, status: 'started', ...rehearsal });
}

function findRelease(fly: Fly, id: string): Release {
  for (const app of fly.world.apps.values()) {
    const release = app.releases.find((candidate) => candidate.id === id);
    if (release !== undefined) return release;
  }
  throw new Refusal(404, 'not found');
}

function answerOfApp(fly: Fly, asking: Asking, name: string, what: string | undefined): Answer | null {
  if (what === 'releases') {
    const limit = Number(asking.query.get('limit') ?? 20);
    return ok({ releases: findApp(fly, name).releases.toReversed().slice(0, limit).map(uiexRelease) });
  }
  if (what !== 'logs') return null;
  if (asking.token === 'deploy-no-logs' || asking.token === 'foreign') throw new Refusal(401, 'unauthorized');
  const app = fly.world.apps.get(name);
  if (app === undefined) throw new Refusal(404, 'not found');
  return ok(
    logPage(app, fly.settings.logPageSize, {
      token: asking.query.get('next_token') ?? '',
      machine: asking.query.get('instance') ?? '',
      region: asking.query.get('region') ?? '',
    }),
  );
}
