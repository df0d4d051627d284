import { appliesTo, gatewayServices, type Service } from '../config.ts';
import type { Subject } from './subject.ts';

/** Services that would let the gateway be stopped, and volumes that groups seem to share. */
export function lintServices(lint: Subject): void {
  for (const service of gatewayServices(lint.config)) {
    if (service.autoStop === 'stop' || service.autoStop === 'suspend') {
      lint.add(
        'auto-stop-on',
        'warning',
        [...service.path, 'auto_stop_machines'],
        'the proxy may stop the machine when no requests come in',
        'auto_stop_machines = "off"',
      );
    }
    if (service.minMachinesRunning === 0) {
      lint.add(
        'min-machines-zero',
        'warning',
        [...service.path, 'min_machines_running'],
        'min_machines_running is 0: no machine has to run',
        'min_machines_running = 1',
      );
    }
  }
  const bySource = new Map<string, string[]>();
  for (const mount of lint.config.mounts) {
    const groups = lint.config.groups.filter((group) => appliesTo(mount.processes, group, lint.config));
    const source = mount.source ?? '';
    const sharing = [...(bySource.get(source) ?? []), ...groups];
    bySource.set(source, sharing);
    if (sharing.length < 2) continue;
    lint.add(
      'several-groups-one-volume',
      'warning',
      mount.processes.length > 0 ? [...mount.path, 'processes'] : mount.path,
      `the process groups ${sharing.join(', ')} all mount "${source}"`,
      `processes = ${JSON.stringify([lint.config.gatewayGroup])}`,
    );
  }
}

/** A file that is named private and opens the public ports. */
export function lintPrivacy(lint: Subject): void {
  const { source } = lint.config;
  if (!/private[^/]*$/i.test(source.file) || source.generated) return;
  const open = lint.config.services.find((service) => opensToThePublic(service));
  if (open) {
    const message = `${source.file} is named private, but has a service for the public ports`;
    lint.add('private-with-service', 'warning', open.path, message, forFlycast(open));
  }
}

/** The service as a private address can be asked by it, and nobody else. */
function forFlycast({ internalPort, processes }: Service): string {
  const groups = processes.length > 0 ? `\n  processes = ${JSON.stringify(processes)}` : '';
  return `[[services]]
  protocol = "tcp"
  internal_port = ${internalPort ?? 3000}${groups}
  [[services.ports]]
    port = 80
    handlers = ["http"]`;
}

/** Ports with TLS or a redirect to HTTPS are for the public; plain HTTP on 80 is what Flycast needs. */
function opensToThePublic(service: Service): boolean {
  if (service.kind === 'http_service') return true;
  return service.ports.some((port) => port.forceHttps || port.handlers.includes('tls'));
}
