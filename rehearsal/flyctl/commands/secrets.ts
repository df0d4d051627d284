import { type CompactApp, getCompactApp } from '../compact-app.ts';
import { CommandError, within, wrapped } from '../failure-report.ts';
import { listActiveMachines } from '../machines.ts';
import { parseSecretLines } from '../secret-lines.ts';
import type { Session } from '../session.ts';

/** `secrets import`: NAME=VALUE lines from standard input. */
export async function importSecrets(session: Session): Promise<void> {
  const name = await session.app();
  const app = await getCompactApp(session.api, name);
  const input = await session.surroundings.stdin();
  let values: Map<string, string>;
  try {
    values = parseSecretLines(input.toString('utf8'));
  } catch (error) {
    throw wrapped('Failed to parse secrets from stdin', error);
  }
  if (values.size === 0) throw new CommandError('requires at least one SECRET=VALUE pair');
  await changeSecrets(session, app, name, values);
}

/** `secrets set NAME=VALUE...`: values on the command line, or one `NAME=-` from standard input. */
export async function setSecrets(session: Session): Promise<void> {
  const name = await session.app();
  const app = await getCompactApp(session.api, name);
  const values = new Map<string, string>();
  for (const pair of session.args) {
    const split = pair.indexOf('=');
    if (split < 0)
      throw new CommandError(`could not parse secrets: '${pair}': must be in the format NAME=VALUE`);
    const value = pair.slice(split + 1);
    values.set(
      pair.slice(0, split),
      value === '-' ? (await session.surroundings.stdin()).toString('utf8').trim() : value,
    );
  }
  await changeSecrets(session, app, name, values);
}

/** `secrets unset NAME...`: an unknown name is no error. */
export async function unsetSecrets(session: Session): Promise<void> {
  const name = await session.app();
  const app = await getCompactApp(session.api, name);
  await changeSecrets(session, app, name, new Map(session.args.map((secret) => [secret, null])));
}

async function changeSecrets(
  session: Session,
  app: CompactApp,
  name: string,
  values: ReadonlyMap<string, string | null>,
): Promise<void> {
  const { api, directory } = session;
  const sorted = Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
  const request = within(
    'failed to update app secrets',
    api.flaps('POST', `/apps/${name}/secrets`, { body: { values: sorted } }),
  );
  const reply = (await within('update secrets', request)) as { version?: number } | undefined;
  if (reply?.version) directory.noteSecretsVersion(name, reply.version);
  if (session.flags.on('stage')) {
    session.out(
      'Secrets have been staged, but not set on VMs. Deploy or update machines in this app for the secrets to take effect.\n',
    );
    return;
  }
  const machines = await listActiveMachines(api, name);
  if (!app.deployed && machines.length === 0) {
    session.out('Secrets are staged for the first deployment\n');
    return;
  }
  const { restartWithSecrets } = await import('../secrets-restart.ts');
  await restartWithSecrets(session, name);
}

/** `secrets deploy`: a restart of every machine, whether or not anything is staged. */
export async function deploySecrets(session: Session): Promise<void> {
  const name = await session.app();
  const app = await getCompactApp(session.api, name);
  const machines = await listActiveMachines(session.api, name);
  if (!app.deployed || machines.length === 0) {
    throw new CommandError('no machines available to deploy', {
      description:
        "'fly secrets deploy' will only work if the app has been deployed and there are machines available",
      suggestion: "Try 'fly deploy' first",
    });
  }
  await listActiveMachines(session.api, name);
  const { restartWithSecrets } = await import('../secrets-restart.ts');
  await restartWithSecrets(session, name);
}
