import { DEPLOY_TIMES, type DeploymentPlan, runDeployment } from './deployment.ts';
import { remoteConfig } from './remote-config.ts';
import type { Session } from './session.ts';

/** Restarts every machine under a new release, its config unchanged, so that it gets the secrets as they are now. */
export async function restartWithSecrets(session: Session, name: string): Promise<void> {
  const { api, flags } = session;
  const config = (await session.config()) ?? (await remoteConfig(api, name));
  const app = (await api.flaps('GET', `/apps/${name}`)) as DeploymentPlan['app'];
  const detached = flags.on('detach');
  await runDeployment(session, {
    app,
    config,
    buildId: 0,
    restartOnly: true,
    // --detach spares the waits but not the ten seconds of looking, here.
    smokeChecks: true,
    healthChecks: !detached,
    dnsChecks: !detached && flags.on('dns-checks', true),
    ...DEPLOY_TIMES,
    highAvailability: false,
    updateOnly: false,
    guest: {},
    volumeSize: 0,
    addresses: 'none',
    files: [],
  });
}
