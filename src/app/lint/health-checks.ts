import { appliesTo, type Check, gatewayServices } from '../config.ts';
import type { Subject } from './subject.ts';

const healthPaths = ['/healthz', '/readyz', '/startupz', '/health', '/ready'];

/** Health checks of the gateway: when they begin, and what they ask for. */
export function lintHealthChecks(lint: Subject): void {
  const services = gatewayServices(lint.config);
  const own = lint.config.checks.filter((check) =>
    appliesTo(check.processes, lint.config.gatewayGroup, lint.config),
  );
  for (const check of [...services.flatMap((service) => service.checks), ...own]) lintCheck(lint, check);
}

function lintCheck(lint: Subject, check: Check): void {
  if (check.gracePeriodMs !== null && check.gracePeriodMs < 30_000) {
    lint.add(
      'check-grace-too-short',
      'warning',
      [...check.path, 'grace_period'],
      `the check begins ${check.gracePeriodMs / 1000} s after the start; the gateway needs longer to listen`,
      'grace_period = "60s"',
    );
  }
  if (check.type !== 'http' || !(lint.gateway || (lint.isOfficial && lint.command === null))) return;
  const path = (check.httpPath ?? '/').replace(/[?#].*$/, '').replace(/(.)\/$/, '$1');
  const doubt = pathDoubt(lint, path);
  if (doubt === null) return;
  lint.add(
    'check-on-dead-path',
    'warning',
    check.httpPath === null ? check.path : [...check.path, 'path'],
    `${path} ${doubt}`,
    'path = "/healthz"',
  );
}

/** Health paths by version: none up to 2026.2, /healthz and /readyz from 2026.3.1, /startupz in 2026.9 (recorded). */
function pathDoubt(lint: Subject, path: string): string | null {
  if (!healthPaths.includes(path)) return 'is not a health path of the gateway: its web page answers there';
  const [year = 0, month = 0] = (lint.context.version ?? '').replace(/^v/, '').split('.').map(Number);
  if (!year || !month) return null;
  const age = year * 12 + month;
  if (age < 2026 * 12 + 3) return `says nothing before OpenClaw 2026.3.1: every path answers 200`;
  if (path === '/startupz' && age < 2026 * 12 + 8) return 'is answered by the web page up to OpenClaw 2026.7';
  return null;
}
