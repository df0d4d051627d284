import type { Api } from './api.ts';
import { CommandError } from './failure-report.ts';
import { type AppConfig, configOfDefinition } from './fly-toml.ts';
import type { JsonObject } from './go-json.ts';
import { listActiveMachines } from './machines.ts';

const CURRENT_CONFIG =
  'query FlyctlConfigCurrentRelease ($appName: String!) { app(name: $appName) { currentReleaseUnprocessed { configDefinition } } }';

/**
 * The config of the app's latest release, failed ones included. The CLI can also guess one from running machines;
 * that is not rehearsed.
 */
export async function remoteConfig(api: Api, app: string): Promise<AppConfig> {
  const data = await api.namedGraphql('FlyctlConfigCurrentRelease', CURRENT_CONFIG, { appName: app });
  const release = (
    data.app as { currentReleaseUnprocessed?: { configDefinition?: JsonObject } | null } | null
  )?.currentReleaseUnprocessed;
  const definition = release?.configDefinition;
  if (definition && Object.keys(definition).length > 0) return configOfDefinition(definition);
  await listActiveMachines(api, app);
  throw new CommandError(
    'failed to grab app config from existing machines, error: could not create a fly.toml from any machines :-(\nNo machines configured for this app',
  );
}
