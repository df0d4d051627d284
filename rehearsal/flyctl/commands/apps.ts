import { appJson } from '../app-json.ts';
import { CommandError } from '../failure-report.ts';
import type { JsonObject } from '../go-json.ts';
import { listOrganizationsOf, type Organization } from '../organizations.ts';
import type { Session } from '../session.ts';

const APP =
  'query ($appName: String!) { app(name: $appName) { id internalNumericId name hostname deployed status version appUrl platformVersion currentRelease { evaluationId status inProgress version } config { definition } organization { id internalNumericId slug paidPlan rawSlug name } secrets { name digest createdAt } ipAddresses { nodes { id address type region createdAt } } sharedIpAddress cnameTarget } }';

/** How long a new app may stay unknown to the Machines API, in milliseconds. */
const SETTLING = 60_000;

/** `apps create NAME`. */
export async function createApp(session: Session): Promise<void> {
  const { flags, args } = session;
  const named = args[0] ?? '';
  const flagged = flags.text('name');
  if (named && flagged && named !== flagged) {
    throw new CommandError(`two app names specified ${named} and ${flagged}, only one may be specified`);
  }
  const organization = await chosenOrganization(session);
  const name = named || flagged;
  if (!name && !flags.on('generate-name'))
    throw new CommandError('name argument or flag must be specified when not running interactively');
  const body = { name, org_slug: organization.slug ?? '', network: flags.text('network'), app_role_id: '' };
  const created = (await session.api.flaps('POST', '/apps?wait=true', { body })) as { name?: string };
  const app = created?.name ?? name;
  await untilKnown(session, app);
  if (!flags.on('json')) {
    session.out(`New app created: ${app}\n`);
    return;
  }
  const { app: full } = await session.api.graphql(APP, { appName: app });
  session.json(appJson((full ?? {}) as JsonObject));
}

async function chosenOrganization(session: Session): Promise<Organization> {
  const { env } = session.surroundings;
  const slug = session.flags.text('org') || env.FLY_ORG || env.FLY_ORGANIZATION || '';
  const organizations = await listOrganizationsOf(session.api);
  if (slug) {
    const found = organizations.find(
      (organization) => organization.slug === slug || organization.rawSlug === slug,
    );
    if (!found) throw new CommandError(`organization ${slug} not found`);
    return found;
  }
  const [only, ...others] = organizations;
  if (only && others.length === 0 && only.type === 'PERSONAL') {
    session.err(`automatically selected personal organization: ${only.name}\n`);
    return only;
  }
  throw new CommandError('org slug must be specified when not running interactively');
}

async function untilKnown(session: Session, app: string): Promise<void> {
  const { clock } = session.surroundings;
  const start = clock.now();
  for (let pause = 100; ; pause = Math.min(pause * 2, 500)) {
    try {
      await session.api.flaps('GET', `/apps/${app}`);
      return;
    } catch (error) {
      const passing =
        error instanceof CommandError && (error.details.status === 404 || error.details.status === 401);
      if (!passing || clock.now() - start > SETTLING) throw error;
      await session.sleep(pause);
    }
  }
}
