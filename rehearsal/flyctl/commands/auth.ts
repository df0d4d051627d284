import { within } from '../failure-report.ts';
import type { Session } from '../session.ts';

const VIEWER = 'query { viewer { ... on User { id email enablePaidHobby } ... on Macaroon { email } } }';

/** `auth whoami`. */
export async function showUser(session: Session): Promise<void> {
  const { viewer } = await within('failed retrieving current user', session.api.graphql(VIEWER));
  const email = (viewer as { email?: string } | null)?.email ?? '';
  if (session.flags.on('json')) session.json({ email });
  else session.out(`${email}\n`);
}
