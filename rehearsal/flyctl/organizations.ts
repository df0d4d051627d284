import type { Api } from './api.ts';
import type { JsonObject } from './go-json.ts';

export interface Organization extends JsonObject {
  id?: string;
  slug?: string;
  rawSlug?: string;
  name?: string;
  type?: string;
}

const QUERY =
  'query($admin: Boolean!) { organizations(admin: $admin) { nodes { id slug rawSlug name type paidPlan billable viewerRole internalNumericId } } }';

/** The organizations the token may see; none for a deploy token. */
export async function listOrganizationsOf(api: Api): Promise<Organization[]> {
  const { organizations } = await api.graphql(QUERY, { admin: false });
  return ((organizations as { nodes?: Organization[] } | null)?.nodes ?? []) as Organization[];
}
