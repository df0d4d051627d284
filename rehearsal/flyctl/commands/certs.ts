import { within } from '../failure-report.ts';
import { always, type Json, type JsonObject, omitEmpty, type Shape, struct } from '../go-json.ts';
import { goTime } from '../go-time.ts';
import type { Session } from '../session.ts';

/** As many as one page of the Machines API is asked for; the CLI never asks for the next. */
const PAGE = 50;

const time: Shape = (value) => goTime(typeof value === 'string' ? value : '');

/** A certificate as the CLI prints it (fly-go 0.9.5, CertificateSummary). */
const summary = struct({
  hostname: always(''),
  status: always(''),
  dns_provider: omitEmpty,
  acme_dns_configured: always(false),
  acme_alpn_configured: always(false),
  acme_http_configured: always(false),
  ownership_txt_configured: always(false),
  configured: always(false),
  acme_requested: always(false),
  has_custom_certificate: always(false),
  has_fly_certificate: always(false),
  created_at: time,
  updated_at: time,
});

/** `certs list`: the first page, and behind it, also behind JSON, a line of text where there is more. */
export async function listCertificates(session: Session): Promise<void> {
  const app = await session.app();
  const { certificates, next_cursor, total_count } = ((await within(
    'failed to list certificates',
    session.api.flaps('GET', `/apps/${app}/certificates?limit=${PAGE}`),
  )) ?? {}) as { certificates?: Json[] | null; next_cursor?: string; total_count?: number };
  if (session.flags.on('json')) {
    session.json(certificates?.map((certificate) => summary(certificate)) ?? null);
  } else {
    session.out(`${'HOSTNAME'.padEnd(30)} ${'SOURCE'.padEnd(10)} STATUS\n`);
    for (const certificate of (certificates ?? []) as JsonObject[]) session.out(`${lineOf(certificate)}\n`);
  }
  if (!next_cursor) return;
  session.out(
    `\nShowing ${certificates?.length ?? 0} of ${total_count ?? 0} certificates. Use the Machines API to paginate through all results.\n`,
  );
}

function lineOf(certificate: JsonObject): string {
  const custom = certificate.has_custom_certificate === true;
  const ours = certificate.has_fly_certificate === true || certificate.acme_requested === true;
  const source = custom ? 'Custom' : ours ? 'Fly' : '-';
  return `${String(certificate.hostname).padEnd(30)} ${source.padEnd(10)} ${statusOf(certificate, custom)}`;
}

function statusOf(certificate: JsonObject, custom: boolean): string {
  if (certificate.configured === true) return custom ? 'Verified' : 'Issued';
  const begun = ['acme_dns_configured', 'acme_alpn_configured', 'acme_http_configured'];
  return !custom && begun.some((key) => certificate[key] === true) ? 'Issuing...' : 'Not verified';
}
