import { type CompactApp, getCompactApp } from '../compact-app.ts';
import { CommandError, within } from '../failure-report.ts';
import { machineJson } from '../machine-shape.ts';
import {
  configOf,
  isLaunchMachine,
  listActiveMachines,
  type Machine,
  processGroup,
  shortImage,
} from '../machines.ts';
import type { Session } from '../session.ts';

const CURRENT_RELEASE =
  'query ($appName: String!) { app(name:$appName) { currentRelease:currentReleaseUnprocessed { version } } }';

/** `status`. */
export async function showStatus(session: Session): Promise<void> {
  const { flags, api } = session;
  if (flags.on('watch') && flags.on('json'))
    throw new CommandError('--watch and --json are not supported together');
  const name = await session.app();
  const app = await within('failed to get app', getCompactApp(api, name));
  const machines = (await listActiveMachines(api, name)).toSorted((a, b) => (a.id > b.id ? -1 : 1));
  if (flags.on('json')) await printJson(session, name, app, machines);
  else await printText(session, app, machines);
}

async function printJson(
  session: Session,
  name: string,
  app: CompactApp,
  machines: Machine[],
): Promise<void> {
  const { app: current } = await session.api.graphql(CURRENT_RELEASE, { appName: name });
  const release = (current as { currentRelease?: { version?: number } | null } | null)?.currentRelease;
  const organization = app.organization ?? {};
  session.json({
    AppURL: app.appUrl ?? '',
    Deployed: app.deployed ?? false,
    Hostname: app.hostname ?? '',
    ID: app.id ?? '',
    Machines: machines.filter(isLaunchMachine).map(machineJson),
    Name: app.name ?? '',
    ...(app.network ? { Network: app.network } : {}),
    Organization: {
      ID: organization.id ?? '',
      InternalNumericID: organization.internalNumericId ?? '',
      Name: organization.name ?? '',
      Slug: organization.slug ?? '',
      RawSlug: organization.rawSlug ?? '',
      PaidPlan: organization.paidPlan ?? false,
    },
    PlatformVersion: app.platformVersion ?? '',
    Status: app.status ?? '',
    Version: release?.version ?? 0,
  });
}

async function printText(session: Session, app: CompactApp, machines: Machine[]): Promise<void> {
  const { askForNewerImages } = await import('../latest-image.ts');
  const { table, verticalTable } = await import('../table.ts');
  await askForNewerImages(session.api, machines);
  const managed = machines.filter(isLaunchMachine);
  const release = (machine: Machine) => Number(configOf(machine).metadata?.fly_release_version ?? 0);
  const newest = managed.toSorted((a, b) => release(b) - release(a))[0];
  session.out(
    verticalTable('App', [
      ['Name', app.name ?? ''],
      ['Owner', String(app.organization?.slug ?? '')],
      ['Hostname', app.hostname ?? ''],
      ['Image', newest ? shortImage(newest) : '-'],
    ]),
  );
  if (managed.length > 0) {
    const rows = managed.map((machine) => [
      `${processGroup(machine) || '<default>'}${(configOf(machine).standbys ?? []).length > 0 ? '†' : ''}`,
      machine.id,
      configOf(machine).metadata?.fly_release_version ?? '',
      machine.region ?? '',
      machine.state ?? '',
      configOf(machine).metadata?.role ?? '',
      checksSummary(machine),
      machine.updated_at ?? '',
    ]);
    const headers = ['Process', 'ID', 'Version', 'Region', 'State', 'Role', 'Checks', 'Last Updated'];
    session.out(`${table(headers, rows.sort(), { title: 'Machines' })}\n`);
  }
  if (managed.length < machines.length) {
    session.out("Found machines that aren't part of Fly Launch, run fly machines list to see them.\n");
  }
}

function checksSummary({ checks }: Machine): string {
  const all = checks ?? [];
  if (all.length === 0) return '';
  const count = (status: string) => all.filter((check) => check.status === status).length;
  const parts = [
    [count('passing'), 'passing'],
    [count('warning'), 'warning'],
    [count('critical'), 'critical'],
  ].filter(([number]) => number !== 0);
  return `${all.length} total, ${parts.map(([number, word]) => `${number} ${word}`).join(', ')}`;
}
