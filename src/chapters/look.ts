import type { AppConfig } from '../app/config.ts';
import { type ConfigSource, findConfig } from '../app/config-source.ts';
import { isPublic } from '../app/mode.ts';
import { lookAtFly, type Present } from '../app/present.ts';
import { Failure } from '../causes.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Machine } from '../flyctl/schemas.ts';
import type { Conclude, Journey } from '../journey.ts';
import { imageVersion } from '../upstream/reference.ts';
import { annotated } from './annotations.ts';

/**
 * The config file of the repository, and the app: that of the input, else the one that the file names.
 *
 * @throws Failure `inputs-invalid` where neither names one
 */
export async function findApp(
  journey: Journey,
): Promise<{ readonly app: string; readonly source: ConfigSource | null }> {
  const { inputs, report, workspace } = journey;
  const source = await findConfig(workspace, inputs.config, inputs.mode === 'private' ? 'private' : 'public');
  const app = inputs.app ?? (source === null ? null : (await readAnnotated(journey, source)).app);
  if (app === null || app === '') {
    throw new Failure(
      'inputs-invalid',
      source === null
        ? 'app: the repository has no Fly config, so the name of the app has to be given as the input app'
        : `app: ${source.file} names no app, so it has to be given as the input app`,
    );
  }
  report.app = app;
  return { app, source };
}

/** What reads configs is loaded where one is read: Fly can be asked without it where the app is an input. */
async function readAnnotated(journey: Journey, source: ConfigSource): Promise<AppConfig> {
  const { readConfig } = await import('../app/config.ts');
  return annotated(journey, () => readConfig(source));
}

/** What runs now, for the operations that deploy nothing. */
export async function lookAround(
  journey: Journey,
  flyctl: Flyctl,
  conclude: Conclude,
): Promise<{ app: string; config: AppConfig | null; present: Present }> {
  const { inputs, report } = journey;
  const { app, source } = await findApp(journey);
  const present = await lookAtFly(flyctl, app, journey.signal);
  if (present.status === null) {
    throw new Failure(
      'app-missing',
      `There is no app ${app} that this token can see, so there is nothing to ${inputs.operation}.`,
    );
  }
  describe(journey, app, present);
  report.mode = present.addresses.some(isPublic) ? 'public' : 'private';
  if (report.mode === 'private') report.url = null;
  report.access = report.mode === 'public' ? 'public' : present.addresses.length > 0 ? 'flycast' : 'console';
  report.version.to = report.version.from;
  const config = source === null ? null : await readAnnotated(journey, source);
  conclude(
    `${present.machines.length === 1 ? '1 machine' : `${present.machines.length} machines`}, ${report.version.from ?? 'version unknown'}`,
  );
  return { app, config, present };
}

/** The app's page on fly.io. */
export function dashboardOf(app: string): string {
  return `https://fly.io/apps/${app}`;
}

/** What the report knows of the app before anything is touched. */
export function describe({ report }: Journey, app: string, present: Present): void {
  const [machine] = present.machines;
  if (present.status !== null) report.dashboardUrl = dashboardOf(app);
  report.org = present.status?.org || null;
  report.url = present.status?.appUrl || null;
  report.addresses.before = present.addresses.map(({ type, address }) => ({ type, address }));
  report.addresses.after = report.addresses.before;
  report.machines = present.machines.map(({ id, region, state, memoryMb, image }) => ({
    id,
    region,
    state,
    memoryMb,
    image,
  }));
  if (machine === undefined) return;
  report.image.from = machine.image;
  report.version.from = runningVersion(machine);
  report.memoryMb.from = machine.memoryMb;
  report.release = machine.releaseVersion;
  const volume = present.volumes.find(({ id }) => id === machine.volumes[0]?.id);
  report.volume = volume ? { id: volume.id, name: volume.name, sizeGb: volume.sizeGb } : null;
  report.region = machine.region;
}

/** The OpenClaw version of a machine's image, from its tag or label. */
export function runningVersion(machine: Pick<Machine, 'imageRef' | 'imageLabels'>): string | null {
  return imageVersion(machine.imageRef) ?? machine.imageLabels['org.opencontainers.image.version'] ?? null;
}
