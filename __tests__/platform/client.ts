/** Talks to a platform as flyctl does. */
import type { Platform, PlatformOptions } from '../../rehearsal/platform/options.ts';
import { startPlatform } from '../../rehearsal/platform/platform.ts';
import type { Boot, Seed } from '../../rehearsal/platform/scenario.ts';

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: replies are looked into field by field
  readonly body: any;
}

export interface Client {
  readonly platform: Platform;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  graphql(query: string, variables?: unknown): Promise<Reply>;
  /** The machine of the seed, as the API shows it. */
  machine(): Promise<Reply['body']>;
  /** Texts of the log, oldest first. */
  log(provider?: string): string[];
}

export const machineId = '148ed193b95948';
export const volumeId = 'vol_4qlk1n3yd2z0m8xr';
export const machinePath = `/v1/apps/my-app/machines/${machineId}`;

/** One app as a deploy left it: a machine with a volume, public addresses, one secret. */
export const deployed: Seed = {
  apps: [
    {
      name: 'my-app',
      secrets: { OPENCLAW_GATEWAY_TOKEN: 'first' },
      addresses: ['v6', 'shared_v4'],
      volumes: [{ id: volumeId, files: { 'openclaw.json': '{}' } }],
      machines: [{ id: machineId, volume: 'data' }],
    },
  ],
};

export const empty: Seed = { apps: [{ name: 'my-app' }] };

export const healthy: Boot = { recording: '2026.5.12/01-healthy-start' };

/** A platform whose time stands still unless `speed` is given. */
export async function open(options: PlatformOptions = {}): Promise<Client> {
  const platform = await startPlatform({ speed: 0, seed: deployed, ...options });
  const call: Client['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(platform.url + path, {
      method,
      headers: { authorization: 'Bearer test-token', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    try {
      return { status: response.status, body: JSON.parse(text) };
    } catch {
      return { status: response.status, body: text };
    }
  };
  return {
    platform,
    call,
    graphql: (query, variables = { appName: 'my-app' }) => call('POST', '/graphql', { query, variables }),
    machine: async () => (await call('GET', machinePath)).body,
    log: (provider) =>
      (platform.world.apps.get('my-app')?.log ?? [])
        .filter((line) => provider === undefined || line.provider === provider)
        .map((line) => line.text),
  };
}

/** The body of an update that changes nothing but what is given. */
export async function updateBody(client: Client, change: Record<string, unknown> = {}) {
  const { config, region } = await client.machine();
  return { config: { ...config, ...change }, region, skip_secrets: false };
}
