import type { Compute, Definition, Service } from './fly-toml.ts';

/** Names of the process groups, sorted; `app` when the config names none. */
export function processNames({ processes }: Definition): string[] {
  const names = Object.keys(processes ?? {}).sort();
  return names.length > 0 ? names : ['app'];
}

/** `app` where there is such a group, else the first. */
function defaultGroup(definition: Definition): string {
  const names = processNames(definition);
  return names.includes('app') ? 'app' : (names[0] ?? 'app');
}

/** The config as one process group sees it: only what names the group, or names none and the group is the default. */
export function groupConfig(definition: Definition, group: string): Definition {
  const fallback = defaultGroup(definition);
  const meant = (groups: string[] | undefined) =>
    (groups && groups.length > 0 ? groups : [fallback]).includes(group);
  const mine = <T extends { processes?: string[] }>(list: T[] | undefined) =>
    list?.filter((item) => meant(item.processes));
  const { http_service: http, checks } = definition;
  return {
    ...definition,
    processes: Object.fromEntries(
      Object.entries(definition.processes ?? {}).filter(([name]) => name === group),
    ),
    checks:
      checks && Object.fromEntries(Object.entries(checks).filter(([, check]) => meant(check.processes))),
    http_service: http && meant(http.processes) ? http : undefined,
    services: mine(definition.services),
    mounts: mine(definition.mounts),
    files: mine(definition.files),
    metrics: mine(definition.metrics),
    restart: mine(definition.restart),
    vm: groupSize(definition.vm ?? [], group),
  };
}

/** A [[vm]] that names the group, else the one that names none: that one holds for every group. */
function groupSize(sizes: Compute[], group: string): Compute[] | undefined {
  const named = sizes.find(({ processes }) => processes?.includes(group));
  const common = sizes.find(({ processes }) => !processes || processes.length === 0);
  const size = named ?? common;
  return size && [size];
}

/** http_service and the services, the former in the latter's form. */
export function allServices({ http_service: http, services = [] }: Definition): Service[] {
  if (!http) return services;
  const { force_https, http_options, tls_options, checks, ...rest } = http;
  const options = http_options ? { http_options } : {};
  const service: Service = {
    ...rest,
    protocol: 'tcp',
    http_checks: checks,
    ports: [
      { port: 80, handlers: ['http'], ...(force_https && { force_https }), ...options },
      { port: 443, handlers: ['http', 'tls'], ...(tls_options && { tls_options }), ...options },
    ],
  };
  return [service, ...services];
}
