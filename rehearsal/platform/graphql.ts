/** GraphQL (`POST /graphql`): most queries are anonymous, so they are told apart by what they ask for. */
import { z } from 'zod';
import { allocate, release } from './addresses.ts';
import { type Fly, iso } from './fly.ts';
import { lookUpImage } from './images.ts';
import { organizationOf } from './machines-api.ts';
import { graphqlRelease } from './releases.ts';
import { type Answer, type Asking, ok } from './request.ts';
import type { Address, App } from './world.ts';

const bodySchema = z.object({
  query: z.string(),
  operationName: z.string().optional(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

/** What the client asked, in one line: the operation's name, or the query with white space folded. */
export function operationOf(body: unknown): string {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return '';
  const { query, operationName } = parsed.data;
  return operationName || query.replace(/\s+/g, ' ').trim();
}

class GraphqlError extends Error {
  readonly code: string;
  readonly path: readonly string[];
  constructor(message: string, code: string, path: readonly string[] = []) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

interface Query {
  readonly fly: Fly;
  readonly asking: Asking;
  /** White space taken out, so that one spelling fits all. */
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

type Row = readonly [test: RegExp, answer: (query: Query) => unknown];

const rows: readonly Row[] = [
  [/\{viewer\{/, viewer],
  [/\borganizations\(admin:/, organizations],
  [/\borganization\(slug:/, organization],
  [/platform\{requestRegion/, platform],
  [/\bapps\(type:"container"/, apps],
  [/allocateIpAddress\(/, allocateAddress],
  [/releaseIpAddress\(/, releaseAddress],
  [/latestImageDetails\(/, () => fail('Unknown repository', 'NOT_FOUND')],
  [/volume:volume\(id:/, volumesApp],
  [/gqlmachine:machine\(/, machine],
  [/image\(ref:\$imageRef\)/, image],
  [/\{app\(name:\$appName\)\{egressIpAddresses\{/, egress],
  [/releases:releasesUnprocessed\(/, releases],
  [/currentRelease:currentReleaseUnprocessed\{version\}/, currentVersion],
  [/currentReleaseUnprocessed\{/, currentRelease],
  [/\{app\(name:\$appName\)\{ipAddresses\{/, addresses],
  [/\b(\w+:)?app\(name:\$\w+\)\{/, wholeApp],
];

export function answerGraphql(fly: Fly, asking: Asking): Answer {
  if (asking.token === null) {
    return {
      status: 401,
      body: {
        errors: [
          { message: 'You must be authenticated to view this.', extensions: { code: 'UNAUTHORIZED' } },
        ],
      },
    };
  }
  const parsed = bodySchema.safeParse(asking.body);
  if (!parsed.success) return { status: 400, body: { errors: [{ message: 'no query' }] } };
  const text = parsed.data.query.replace(/\s+/g, '');
  try {
    const row = rows.find(([test]) => test.test(text));
    if (row === undefined) fail(`query not modelled: ${text}`, 'NOT_MODELLED');
    const data = row?.[1]({ fly, asking, text, variables: parsed.data.variables ?? {} });
    return ok({ data });
  } catch (error) {
    if (!(error instanceof GraphqlError)) throw error;
    return ok({
      data: null,
      errors: [{ message: error.message, path: error.path, extensions: { code: error.code } }],
    });
  }
}

function fail(message: string, code: string, path: readonly string[] = []): never {
  throw new GraphqlError(message, code, path);
}

const inputSchema = z.object({
  appId: z.string(),
  type: z.enum(['v4', 'v6', 'private_v6', 'shared_v4']).optional(),
  region: z.string().nullish(),
  ip: z.string().nullish(),
});

function findApp({ fly, asking }: Query, name: unknown): App {
  const app = fly.world.apps.get(String(name));
  if (app === undefined || asking.token === 'foreign') {
    fail(`Could not find App "${String(name)}"`, 'NOT_FOUND', ['app']);
  }
  return app;
}

function viewer({ asking }: Query) {
  if (asking.token !== 'org') fail('Not authorized to access this viewer', 'UNAUTHORIZED');
  return {
    viewer: {
      __typename: 'User',
      id: 'user_1',
      email: 'dev@example.com',
      name: 'Dev',
      enablePaidHobby: true,
    },
  };
}

function organizationNode(fly: Fly) {
  const organization = organizationOf(fly);
  return {
    id: organization.id,
    internalNumericId: String(organization.number),
    slug: organization.slug,
    rawSlug: organization.slug,
    name: organization.name,
    type: 'PERSONAL',
    paidPlan: organization.paidPlan,
    billable: true,
    viewerRole: 'admin',
    remoteBuilderImage: '',
    remoteBuilderApp: null,
    provisionsBetaExtensions: false,
    settings: null,
    limitedAccessTokens: { nodes: [] },
  };
}

function organizations({ fly, asking }: Query) {
  return { organizations: { nodes: asking.token === 'org' ? [organizationNode(fly)] : [] } };
}

function organization({ fly, asking, variables }: Query) {
  const slug = String(variables.slug ?? Object.values(variables)[0]);
  if (slug !== organizationOf(fly).slug || asking.token === 'foreign') {
    fail('Could not find Organization', 'NOT_FOUND', ['organization']);
  }
  return { organization: organizationNode(fly) };
}

function platform({ fly }: Query) {
  return {
    platform: {
      requestRegion: 'iad',
      vmSizes: [],
      regions: Object.entries(fly.settings.regions).map(([code, region]) => ({
        name: region.name,
        code,
        latitude: region.latitude,
        longitude: region.longitude,
        gatewayAvailable: true,
        requiresPaidPlan: region.paid,
        deprecated: false,
      })),
    },
  };
}

function apps({ fly, asking }: Query) {
  const nodes = asking.token === 'org' ? [...fly.world.apps.values()].map((app) => appNode(fly, app)) : [];
  return { apps: { pageInfo: { hasNextPage: false, endCursor: '' }, nodes } };
}

function addressNode(app: App, address: Address) {
  return {
    id: address.id,
    address: address.address,
    type: address.type,
    region: address.region,
    createdAt: iso(address.createdAt),
    serviceName: null,
    network: address.type === 'private_v6' ? { name: app.network, organization: { slug: app.org } } : null,
  };
}

function appNode(fly: Fly, app: App) {
  const latest = app.releases.at(-1);
  return {
    id: app.name,
    internalNumericId: app.number,
    name: app.name,
    hostname: `${app.name}.fly.dev`,
    cnameTarget: `${app.name}.fly.dev`,
    deployed: app.status === 'deployed',
    network: '',
    status: app.status,
    appUrl: app.status === 'deployed' ? fly.appUrl(app) : null,
    version: latest?.version ?? 0,
    platformVersion: 'machines',
    organization: organizationNode(fly),
    postgresAppRole: null,
    secrets: [],
    config: { definition: latest?.definition ?? {} },
    services: [],
    currentRelease: latest === undefined ? null : graphqlRelease(latest),
    ...addressNodes(app),
    imageDetails: null,
    machines: { nodes: [] },
  };
}

function addressNodes(app: App) {
  return {
    ipAddresses: {
      nodes: app.addresses
        .filter((address) => address.type !== 'shared_v4')
        .map((address) => addressNode(app, address)),
    },
    sharedIpAddress: app.addresses.find((address) => address.type === 'shared_v4')?.address ?? null,
  };
}

function allocateAddress(query: Query) {
  const { appId, type = 'v6', region } = inputSchema.parse(query.variables.input);
  const app = findApp(query, appId);
  const address = allocate(query.fly, app, type, region ?? '');
  if (type === 'shared_v4') return { allocateIpAddress: { app: { sharedIpAddress: address.address } } };
  const { id, createdAt } = address;
  return {
    allocateIpAddress: {
      ipAddress: { id, address: address.address, type, region: address.region, createdAt: iso(createdAt) },
    },
  };
}

function releaseAddress(query: Query) {
  const { appId, ip } = inputSchema.parse(query.variables.input);
  if (!release(findApp(query, appId), ip ?? '')) fail('IP address not found', 'NOT_FOUND');
  return { releaseIpAddress: { clientMutationId: null } };
}

function volumesApp({ fly, variables }: Query) {
  const id = String(variables.id);
  const app = [...fly.world.apps.values()].find((candidate) => candidate.volumes.has(id));
  return { volume: app === undefined ? null : { app: { name: app.name } } };
}

function machine({ fly, variables }: Query) {
  const id = String(Object.values(variables)[0]);
  const app = [...fly.world.apps.values()].find((candidate) => candidate.machines.has(id));
  if (app === undefined) fail('Could not find Machine', 'NOT_FOUND', ['gqlmachine']);
  const { name = '' } = app.machines.get(id) ?? {};
  return {
    gqlmachine: { id, name, app: { name: app.name, organization: organizationNode(fly) } },
  };
}

function image(query: Query) {
  const app = findApp(query, query.variables.appName);
  const ref = String(query.variables.imageRef);
  const found = lookUpImage(query.fly, ref);
  const digest = found?.digest ?? '';
  return {
    app: {
      id: app.name,
      image:
        found === null
          ? null
          : {
              id: `img_${digest.slice('sha256:'.length, 'sha256:'.length + 16)}`,
              digest,
              ref,
              compressedSize: '123456789',
              manifest: null,
            },
    },
  };
}

function egress(query: Query) {
  findApp(query, query.variables.appName);
  return { app: { machines: { nodes: [] }, egressIpAddresses: { nodes: [] } } };
}

function releases(query: Query) {
  const app = findApp(query, query.variables.appName);
  const limit = Number(query.variables.limit ?? 25);
  return { app: { releases: { nodes: app.releases.toReversed().slice(0, limit).map(graphqlRelease) } } };
}

function currentVersion(query: Query) {
  const latest = findApp(query, query.variables.appName).releases.at(-1);
  return { app: { currentRelease: latest === undefined ? null : graphqlRelease(latest) } };
}

/** The config of the newest release, failed or not. */
function currentRelease(query: Query) {
  const latest = findApp(query, query.variables.appName).releases.at(-1);
  return {
    app: {
      currentReleaseUnprocessed:
        latest === undefined
          ? null
          : {
              id: latest.id,
              version: latest.version,
              imageRef: latest.image,
              configDefinition: latest.definition,
            },
    },
  };
}

function addresses(query: Query) {
  return { app: addressNodes(findApp(query, query.variables.appName)) };
}

/** The whole app, under the name that the query gives it. */
function wholeApp(query: Query) {
  const alias = /(\w+):app\(name:/.exec(query.text)?.[1] ?? 'app';
  return { [alias]: appNode(query.fly, findApp(query, query.variables.appName)) };
}
