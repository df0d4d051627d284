import { getCompactApp } from '../compact-app.ts';
import { within } from '../failure-report.ts';
import { goJson } from '../go-json.ts';
import { askForNewerImages } from '../latest-image.ts';
import { listActiveMachines, type Machine } from '../machines.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

/** `image show`: one object a machine, null when there is none. */
export async function showImage(session: Session): Promise<void> {
  const name = await session.app();
  await within('failed to get app', getCompactApp(session.api, name));
  const machines = await listActiveMachines(session.api, name);
  await askForNewerImages(session.api, machines);
  const wanted = session.args[0];
  const images = machines.filter(({ id }) => !wanted || id === wanted).map(imageOf);
  if (session.flags.on('json')) {
    session.json(images.length === 0 ? null : wanted ? images[0] : images);
    return;
  }
  const rows = images.map((image) => [
    image.MachineID,
    image.Registry,
    image.Repository,
    image.Tag,
    image.Version,
    image.Digest,
    image.Labels,
  ]);
  const headers = ['Machine ID', 'Registry', 'Repository', 'Tag', 'Version', 'Digest', 'Labels'];
  session.out(`${table(headers, rows, { title: 'Image Details' })}\n`);
}

function imageOf({ id, image_ref: ref }: Machine) {
  const labels = ref?.labels
    ? Object.fromEntries(Object.entries(ref.labels).sort(([a], [b]) => (a < b ? -1 : 1)))
    : undefined;
  return {
    Digest: ref?.digest ?? '',
    Labels: labels && Object.keys(labels).length > 0 ? goJson(labels) : '',
    MachineID: id,
    Registry: ref?.registry ?? '',
    Repository: ref?.repository ?? '',
    Tag: ref?.tag ?? '',
    Version: ref?.labels?.['fly.version'] || 'N/A',
  };
}
