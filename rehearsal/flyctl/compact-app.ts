import type { Api } from './api.ts';
import type { JsonObject } from './go-json.ts';

export interface CompactApp extends JsonObject {
  id?: string;
  name?: string;
  deployed?: boolean;
  status?: string;
  hostname?: string;
  organization?: JsonObject;
}

const QUERY =
  'query ($appName: String!) { appcompact:app(name: $appName) { id internalNumericId name hostname cnameTarget deployed network status appUrl platformVersion organization { id internalNumericId slug paidPlan } postgresAppRole: role { name } } }';

/** What most commands of an app ask for first. */
export async function getCompactApp(api: Api, app: string): Promise<CompactApp> {
  const { appcompact } = await api.graphql(QUERY, { appName: app });
  return (appcompact ?? {}) as CompactApp;
}
