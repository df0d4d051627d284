import { appliesTo, type Check, gatewayServices } from '../config.ts';
import { gatewayPort } from './start-command.ts';
import type { Subject } from './subject.ts';

const healthPaths = ['/healthz', '/readyz', '/startupz', '/health', '/ready'];

/** Health checks of the gateway: when they begin, and what they ask for. */
export function lintHealthChecks(lint: Subject): void {
  const services = gatewayServices(lint.config);
  const known = gatewayPort(lint);
  const port = known?.certain ? known.port : null;
  // Where one service leads to the gateway, the others lead to something beside it; no mistake of a port is one of those.
  const isServed = services.some(({ internalPort }) => internalPort === port);
  for (const { internalPort, checks } of services) {
    if (!isServed || internalPort === port) for (const check of checks) lintCheck(lint, check);
  }
  for (const check of lint.config.checks) {
    if (!appliesTo(check.processes, lint.config.gatewayGroup, lint.config)) continue;
    if (port === null || check.port === null || check.port === port) lintCheck(lint, check);
  }
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
