import { releaseJson } from '../app-json.ts';
import { within } from '../failure-report.ts';
import type { JsonObject } from '../go-json.ts';
import type { Session } from '../session.ts';

const RELEASES =
  'query($appName: String!, $limit: Int!) { app(name: $appName) { releases: releasesUnprocessed(first: $limit) { nodes { id version description reason status imageRef stable user { id email name } createdAt } } } }';

/** `releases`: the last 25, newest first. */
export async function listReleases(session: Session): Promise<void> {
  const name = await session.app();
  const { app } = await within(
    `failed retrieving app releases ${name}`,
    session.api.graphql(RELEASES, { appName: name, limit: 25 }),
  );
  const nodes = (app as { releases?: { nodes?: JsonObject[] } } | null)?.releases?.nodes ?? [];
  const releases = nodes.toSorted((a, b) => Number(b.version) - Number(a.version));
  if (session.flags.on('json')) {
    session.json(releases.map(releaseJson));
    return;
  }
  const { table } = await import('../table.ts');
  const { relativeTime } = await import('../relative-time.ts');
  const image = session.flags.on('image');
  const now = session.surroundings.clock.now();
  const rows = releases.map((release) => {
    const user = release.user as { email?: string } | null;
    const row = [
      `v${release.version}`,
      String(release.status ?? ''),
      String(release.description ?? ''),
      user?.email ?? '',
      relativeTime(String(release.createdAt ?? ''), now),
    ];
    return image ? [...row, String(release.imageRef ?? '')] : row;
  });
  const headers = ['Version', 'Status', 'Description', 'User', 'Date', ...(image ? ['Docker Image'] : [])];
  session.out(`${table(headers, rows)}\n`);
}
