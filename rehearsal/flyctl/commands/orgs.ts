import { listOrganizationsOf } from '../organizations.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

/** `orgs list`: with --json a map from slug to name. */
export async function listOrganizations(session: Session): Promise<void> {
  const organizations = await listOrganizationsOf(session.api);
  const sorted = organizations.toSorted((a, b) => ((a.slug ?? '') < (b.slug ?? '') ? -1 : 1));
  if (session.flags.on('json')) {
    session.json(Object.fromEntries(sorted.map(({ slug = '', name = '' }) => [slug, name])));
    return;
  }
  const rows = sorted.map(({ name = '', slug = '', type = '' }) => [name, slug, type]);
  session.out(`${table(['Name', 'Slug', 'Type'], rows)}\n`);
}
