import type { AppConfig } from '../app/config.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { AppStatus, Machine } from '../flyctl/schemas.ts';
import type { Journey } from '../journey.ts';
import type { RunReport } from '../report/report.ts';
import type { Resolution } from '../upstream/choice.ts';
import { compareUrl } from '../upstream/compare.ts';
import {
  carriedOn,
  type FailedVersion,
  failedVersionsName,
  howToTryAgain,
  isHowToTryAgain,
  readFailedVersions,
  sayFailedVersion,
} from '../upstream/failed-versions.ts';
import { upstreamHosts } from '../upstream/hosts.ts';
import { wayBack } from '../upstream/migrations.ts';
import { resolveSource } from '../upstream/resolve.ts';
import { commitOf } from '../upstream/skip.ts';
import type { Wish } from '../upstream/source.ts';
import { openUpstream } from '../upstream/upstream.ts';
import { type Impression, impressionOf } from './impression.ts';
import { runningVersion } from './look.ts';

/** What is deployed, and what failed on this app before. */
export interface ChosenSource extends Resolution {
  readonly failedVersions: readonly FailedVersion[];
  /** Of what runs and stays; `null` where something is deployed. */
  readonly impression: Impression | null;
}

/** What is on Fly, as far as the choice hangs on it. */
export interface Running {
  readonly app: string;
  /** `null`: there is no such app yet. */
  readonly status: Pick<AppStatus, 'machines' | 'appUrl'> | null;
}

/**
 * Asks GitHub, the registry or git what the wish means today, says what was decided and why, and fills in what the
 * report has to say of the way from the running version to this one. What runs already has to be up as well: else it is
 * deployed again, so that the watch says what is wrong with it.
 */
export async function chooseWhatToDeploy(
  journey: Journey,
  flyctl: Flyctl,
  wish: Wish,
  config: AppConfig,
  { app, status }: Running,
): Promise<ChosenSource> {
  const { inputs, env, console, clock, folder, signal, report } = journey;
  const machines = status?.machines ?? [];
  const [machine] = machines;
  const running = machine === undefined ? null : runningVersion(machine);
  const failedVersions = rememberedFailures(config, machine);
  const resolution = await resolveSource({
    wish,
    inputs,
    event: env.GITHUB_EVENT_NAME ?? '',
    rerun: Number(env.GITHUB_RUN_ATTEMPT ?? '1') > 1,
    machines,
    running,
    failed: failedVersions,
    now: clock.now(),
    upstream: openUpstream({
      hosts: upstreamHosts(env, inputs.githubToken),
      env,
      folder,
      signal,
      wallClock: () => clock.now(),
      onRetry: (line) => console.phase(line),
    }),
  });
  for (const notice of resolution.notices) console.phase(notice);
  for (const warning of resolution.warnings) {
    console.warning(warning);
    report.warnings.push(warning);
  }
  const impression =
    status === null || resolution.upToDate === null
      ? null
      : await impressionOf(journey, flyctl, app, config, status);
  const doubt = impression?.doubt ?? null;
  const again = doubt !== null && !resolution.held;
  if (again) console.phase(`Not skipped: ${doubt}.`);
  const upToDate = again ? null : resolution.upToDate;
  const chosen = { ...resolution, upToDate, impression: again ? null : impression, failedVersions };
  const kept = upToDate === null ? carriedOn(failedVersions, resolution.label) : failedVersions;
  tellFailedVersions(report, kept);
  if (wish.kind === 'workspace' || machine === undefined || upToDate !== null) return chosen;
  const from = { version: running, commit: commitOf(machine) };
  report.compareUrl = compareUrl(inputs.repository, from, resolution);
  const back = wayBack(resolution.version, running);
  if (back.kind === 'refused' || back.kind === 'blind') {
    const text = `Should this be undone later: ${back.text}`;
    console.phase(text);
    report.warnings.push(text);
    report.imageLeadsBack = back.kind !== 'refused';
  }
  return chosen;
}

/** Lists what a schedule will pass over, and says how to try it again all the same; in place of what was listed before. */
export function tellFailedVersions(report: RunReport, failed: readonly FailedVersion[]): void {
  report.failedVersions = failed.map(sayFailedVersion);
  report.nextSteps = report.nextSteps.filter(({ text }) => !isHowToTryAgain(text));
  if (failed.length > 0) report.nextSteps.push({ text: howToTryAgain(failed), url: null, commands: [] });
}

/** The memory is in the environment of the machine; a person may have written some into the config besides. */
function rememberedFailures(config: AppConfig, machine: Machine | undefined): readonly FailedVersion[] {
  const written = config.env.get(failedVersionsName)?.value ?? '';
  return readFailedVersions({
    [failedVersionsName]: `${written} ${machine?.env[failedVersionsName] ?? ''}`,
  });
}
