import { CommandError } from '../failure-report.ts';
import { configOf, listActiveMachines, type Machine } from '../machines.ts';
import type { Session } from '../session.ts';

interface Secret {
  name: string;
  digest?: string;
  updated_at?: string;
}

/** `secrets list`. */
export async function listSecrets(session: Session): Promise<void> {
  const { api, directory } = session;
  const app = await session.app();
  const version = directory.secretsVersion(app);
  const query = version === undefined ? '' : `?version=${version}`;
  const { secrets } = ((await api.flaps('GET', `/apps/${app}/secrets${query}`)) ?? {}) as {
    secrets?: Secret[];
  };
  const machines = await machinesIfReadable(session, app);
  const status = await deployment(session, app, machines);
  const listed = (secrets ?? []).map((secret) => ({
    name: secret.name,
    digest: secret.digest ?? '',
    status: status(secret),
  }));
  if (session.flags.on('json')) {
    session.json(listed);
    return;
  }
  const { table } = await import('../table.ts');
  const marks: Record<string, string> = { Staged: '* ', Partial: '! ' };
  const rows = listed.map((secret) => [
    `${marks[secret.status] ?? ''}${secret.name}`,
    secret.digest,
    secret.status,
  ]);
  session.out(`${table(['Name', 'Digest', 'Status'], rows)}\n`);
  const waiting = listed.filter((secret) => secret.status === 'Staged').length;
  if (waiting > 0) {
    const words = waiting === 1 ? 'is 1 secret' : `are ${waiting} secrets`;
    session.out(`There ${words} not deployed. Deploy with \`fly secrets deploy\` to make them available.\n`);
  }
}

async function machinesIfReadable(session: Session, app: string): Promise<Machine[]> {
  try {
    return await listActiveMachines(session.api, app);
  } catch (error) {
    if (!(error instanceof CommandError) || error.details.cancelled) throw error;
    return [];
  }
}

/** A secret is deployed where the machine's release is no older than the secret's last change. */
async function deployment(
  session: Session,
  app: string,
  machines: readonly Machine[],
): Promise<(secret: Secret) => string> {
  const versions = machines.map((machine) => configOf(machine).metadata?.fly_release_version);
  const created = new Map<string, number>();
  if (versions.some((version) => version)) {
    const reply = await session.api.uiex('GET', `/apps/${app}/releases?limit=20`);
    const releases = reply.status === 200 ? (JSON.parse(reply.body).releases ?? []) : [];
    for (const { version, created_at: at } of releases as { version: number; created_at: string }[]) {
      created.set(String(version), Date.parse(at));
    }
  }
  return ({ updated_at: at = '' }) => {
    if (machines.length === 0) return 'Staged';
    const changed = Date.parse(at);
    if (Number.isNaN(changed)) return 'Unknown';
    const having = versions.filter(
      (version) => (created.get(version ?? '') ?? Number.NEGATIVE_INFINITY) >= changed,
    ).length;
    if (having === 0) return 'Staged';
    return having === versions.length ? 'Deployed' : 'Partial';
  };
}
