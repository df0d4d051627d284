import { isAsBefore } from './reached.ts';
import type { NextStep, RunReport } from './report.ts';

/** Where `fly proxy` is to listen: any free port would do, but the Control UI allows this one. */
export const localPort = 3000;

/** What to do next, the likeliest first, with the names and ids of this very run. */
export function nextSteps(report: RunReport): NextStep[] {
  if (report.dryRun) return [{ text: 'Run it again without `dry-run` to do this.', url: null, commands: [] }];
  if (!report.app) return [...report.nextSteps];
  return [...wayIn(report), ...report.nextSteps, ...wayToSee(report), ...wayBack(report)];
}

function wayIn(report: RunReport): NextStep[] {
  const { app, url } = report;
  if (report.verdict === 'failed' || report.verdict === 'cancelled') return [];
  if (report.access === 'public' && url) return [{ text: 'Open the gateway', url, commands: [] }];
  if (report.access === 'flycast')
    return [
      {
        text: `Open the gateway from your own machine: keep this running and go to \`http://localhost:${localPort}\`.`,
        url: null,
        commands: [`fly proxy ${localPort}:80 ${app}.flycast --app ${app}`],
      },
    ];
  if (report.access === 'console')
    return [
      {
        text: 'There is no service: the ssh console is the way in.',
        url: null,
        commands: [`fly ssh console --app ${app}`],
      },
    ];
  return [];
}

function wayToSee(report: RunReport): NextStep[] {
  const { app, machines, verdict } = report;
  // Without a machine there is no log.
  if (machines.length === 0) return [];
  const machine = verdict === 'healthy' || verdict === 'skipped' ? undefined : machines[0];
  const look = machine ? [`fly machine status ${machine.id} --app ${app}`] : [];
  return [{ text: 'Look closer.', url: null, commands: [`fly logs --app ${app}`, ...look] }];
}

/** Where a rollback was thought about, it has said itself what is safe to do. */
function wayBack(report: RunReport): NextStep[] {
  const { app, image, snapshot, volume, version } = report;
  const steps: NextStep[] = [];
  // What another release brought is not this run's to undo.
  if (report.cause === 'superseded' || isAsBefore(report)) return steps;
  const replaced = image.from !== null && image.to !== null && image.from !== image.to;
  if (replaced && report.imageLeadsBack && report.rollback === null)
    steps.push({
      text: `Go back to ${version.from ? `OpenClaw ${version.from}` : 'the former image'}.`,
      url: null,
      commands: [`fly deploy --app ${app} --image ${image.from}`],
    });
  const told = report.nextSteps.some(({ commands }) =>
    commands.some((line) => line.includes(snapshot ?? '')),
  );
  if (snapshot && !told && !report.rollback?.withVolume) {
    const size = volume?.sizeGb ? ` --size ${volume.sizeGb}` : '';
    const region = report.region ? ` --region ${report.region}` : '';
    steps.push({
      text: 'Get the state as it was before this run, as a new volume; the present one stays as it is.',
      url: null,
      commands: [
        `fly volumes create ${volume?.name ?? 'NAME'} --snapshot-id ${snapshot}${region}${size} --app ${app}`,
      ],
    });
  }
  return steps;
}
