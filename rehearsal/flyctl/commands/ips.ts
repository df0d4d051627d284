import { isIP } from 'node:net';
import { addressJson } from '../app-json.ts';
import { EGRESS_ADDRESSES } from '../egress.ts';
import { CommandError } from '../failure-report.ts';
import type { JsonObject } from '../go-json.ts';
import { relativeTime } from '../relative-time.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

const ADDRESSES =
  'query ($appName: String!) { app(name: $appName) { ipAddresses { nodes { id address type region createdAt network { name organization { slug } } serviceName } } sharedIpAddress } }';
const ALLOCATE =
  'mutation($input: AllocateIPAddressInput!) { allocateIpAddress(input: $input) { ipAddress { id address type region createdAt } } }';
const ALLOCATE_SHARED =
  'mutation($input: AllocateIPAddressInput!) { allocateIpAddress(input: $input) { app { sharedIpAddress } } }';
const RELEASE =
  'mutation($input: ReleaseIPAddressInput!) { releaseIpAddress(input: $input) { clientMutationId } }';
const ORGANIZATION =
  'query($slug: String!) { organization(slug: $slug) { id internalNumericId slug name type } }';

const TYPES: Record<string, [string, string]> = {
  v4: ['v4', 'public ingress (dedicated, $2/mo)'],
  shared_v4: ['v4', 'public ingress (shared)'],
  v6: ['v6', 'public ingress (dedicated)'],
  private_v6: ['v6', 'private ingress'],
  egress_v4: ['v4', 'egress'],
  egress_v6: ['v6', 'egress'],
};

const HEADERS = ['Version', 'IP', 'Type', 'Region', 'Created At'];

/** `ips list`. */
export async function listAddresses(session: Session): Promise<void> {
  const name = await session.app();
  const { app } = await session.api.graphql(ADDRESSES, { appName: name });
  const { ipAddresses, sharedIpAddress } = (app ?? {}) as {
    ipAddresses?: { nodes?: JsonObject[] };
    sharedIpAddress?: string;
  };
  const { app: egressApp } = await session.api.graphql(EGRESS_ADDRESSES, { appName: name });
  const egress =
    (egressApp as { egressIpAddresses?: { nodes?: JsonObject[] } } | null)?.egressIpAddresses?.nodes ?? [];
  const addresses = (ipAddresses?.nodes ?? []).map(addressJson);
  if (sharedIpAddress) addresses.push(addressJson({ address: sharedIpAddress, type: 'shared_v4' }));
  for (const { id, ip, version, region, updatedAt } of egress) {
    addresses.push(
      addressJson({
        id,
        address: ip,
        type: version === 4 ? 'egress_v4' : 'egress_v6',
        region,
        createdAt: updatedAt,
      }),
    );
  }
  if (session.flags.on('json')) {
    session.json(addresses);
    return;
  }
  session.out(`${addressTable(session, addresses)}\n`);
  session.out(
    'Learn more about Fly.io public, private, shared and dedicated IP addresses in our docs: https://fly.io/docs/networking/services/\n',
  );
}

function addressTable({ surroundings }: Session, addresses: readonly JsonObject[]): string {
  const now = surroundings.clock.now();
  const rows = addresses.map(({ Address, Type, Region, CreatedAt }) => {
    const [version = '', words = ''] = TYPES[String(Type)] ?? [String(Type), String(Type)];
    return [version, String(Address), words, String(Region), relativeTime(String(CreatedAt), now)];
  });
  return table(HEADERS, rows);
}

/** `ips allocate-v4`: never looks whether one is there already. */
export async function allocateV4(session: Session): Promise<void> {
  const { flags } = session;
  const app = await session.app();
  const input = { appId: app, type: 'shared_v4', region: flags.text('region') };
  if (flags.on('shared')) {
    const { allocateIpAddress } = await session.api.graphql(ALLOCATE_SHARED, { input });
    const ip =
      (allocateIpAddress as { app?: { sharedIpAddress?: string } } | null)?.app?.sharedIpAddress ?? '';
    session.out(`${table(HEADERS.slice(0, 4), [['v4', ip, 'shared', 'global']])}\n`);
    return;
  }
  if (!flags.on('yes')) throw new CommandError('yes flag must be specified when not running interactively');
  await allocate(session, { ...input, type: 'v4' });
}

/** `ips allocate-v6 [--private]`. */
export async function allocateV6(session: Session): Promise<void> {
  const { flags, api } = session;
  const app = await session.app();
  const input: JsonObject = {
    appId: app,
    type: flags.on('private') ? 'private_v6' : 'v6',
    region: flags.text('region'),
  };
  const slug = flags.text('org');
  if (slug) {
    const { organization } = await api.graphql(ORGANIZATION, { slug });
    input.organizationId = (organization as JsonObject | null)?.id;
  }
  if (flags.text('network')) input.network = flags.text('network');
  await allocate(session, input);
}

async function allocate(session: Session, input: JsonObject): Promise<void> {
  const { allocateIpAddress } = await session.api.graphql(ALLOCATE, { input });
  const address = (allocateIpAddress as { ipAddress?: JsonObject } | null)?.ipAddress ?? {};
  session.out(`${addressTable(session, [addressJson(address)])}\n`);
}

/** `ips release ADDRESS...`: one by one; the first that fails ends it, with those before it gone. */
export async function releaseAddresses(session: Session): Promise<void> {
  const app = await session.app();
  for (const ip of session.args) {
    if (isIP(ip) === 0) throw new CommandError(`Invalid IP address: '${ip}'`);
    await session.api.graphql(RELEASE, { input: { appId: app, ipAddressId: null, ip } });
    session.out(`Released ${ip} from ${app}\n`);
  }
}
