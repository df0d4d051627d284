import { type Fly, iso } from './fly.ts';
import type { App, Certificate } from './world.ts';

/** One that Fly had issued for a host name whose DNS leads to the app. */
export function issueCertificate(fly: Fly, hostname: string): Certificate {
  return { hostname, createdAt: fly.clock.now() };
}

/** A page of the app's certificates, as the Machines API lists them. */
export function certificatesPage(app: App, limit: number, cursor: number) {
  const page = app.certificates.slice(cursor, cursor + limit);
  const next = cursor + limit;
  return {
    certificates: page.map(({ hostname, createdAt }) => ({
      hostname,
      status: 'active',
      acme_dns_configured: false,
      acme_alpn_configured: true,
      acme_http_configured: true,
      ownership_txt_configured: false,
      configured: true,
      acme_requested: true,
      has_custom_certificate: false,
      has_fly_certificate: true,
      created_at: iso(createdAt),
      updated_at: iso(createdAt),
    })),
    ...(next < app.certificates.length ? { next_cursor: String(next) } : {}),
    total_count: app.certificates.length,
  };
}
