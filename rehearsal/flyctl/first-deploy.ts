import type { DeploymentPlan, FreeVolumes } from './deployment.ts';
import { CommandError, within } from './failure-report.ts';
import type { Service } from './fly-toml.ts';
import { sizeInGb } from './fly-toml-validation.ts';
import type { JsonObject } from './go-json.ts';
import { groupGuest } from './machine-config.ts';
import { allServices, groupConfig, processNames } from './process-groups.ts';
import type { Session } from './session.ts';
import { createVolume } from './volumes.ts';

/** Addresses and volumes, which only an app's first deploy makes. They stay when the deploy fails later on. */
export async function provision(
  session: Session,
  plan: DeploymentPlan,
  image: string,
  volumes: FreeVolumes,
): Promise<void> {
  try {
    await provisionAddresses(session, plan);
  } catch (error) {
    if (!(error instanceof CommandError) || error.details.cancelled) throw error;
    session.err(
      `Failed to provision IP addresses. Use \`fly ips\` commands to remediate it. ERROR: ${error.message}`,
    );
  }
  await within('failed to provision seed volumes', provisionVolumes(session, plan, image, volumes));
}

async function provisionAddresses(
  session: Session,
  { app, config, addresses }: DeploymentPlan,
): Promise<void> {
  const services = allServices(config.definition);
  if (services.length === 0 || addresses === 'none') return;
  const listing = session.api.flaps('GET', `/apps/${app.name}/ip_assignments`);
  const { ips } = ((await within(`error detecting ip addresses allocated to ${app.name} app`, listing)) ??
    {}) as { ips?: unknown[] };
  if (ips && ips.length > 0) return;
  const assign = async (type: string): Promise<string> => {
    const body = { type, region: '', org_slug: app.organization?.slug ?? '', network: '', service_name: '' };
    const version = type === 'shared_v4' ? 'shared ipv4' : 'ipv6';
    const request = session.api.flaps('POST', `/apps/${app.name}/ip_assignments`, { body });
    const reply = await within(
      `error allocating ${version} after detecting first deploy and presence of services`,
      request,
    );
    return (reply as { ip?: string })?.ip ?? '';
  };
  if (addresses === 'private') {
    session.out(`Provisioning ip address for ${app.name}\n`);
    session.out(`  Private ipv6: ${await assign('private_v6')}\n\n`);
    return;
  }
  if (config.definition.services?.some(needsDedicated)) {
    // Dedicated addresses cost money: somebody would be asked, and nobody is there. Nothing is said and nothing made.
    session.out('\n');
    return;
  }
  session.out(`Provisioning ips for ${app.name}\n`);
  session.out(`  Dedicated ipv6: ${await assign('v6')}\n`);
  session.out(
    `  Shared ipv4: ${await assign('shared_v4')}\n  Add a dedicated ipv4 with: fly ips allocate-v4\n\n`,
  );
}

/** A shared address carries http on 80 and https on 443, and nothing else. */
function needsDedicated({ protocol, ports = [] }: Service): boolean {
  if (protocol === 'udp') return true;
  return ports.some(({ port, start_port: start, handlers = [] }) => {
    const words = [...handlers].sort().join();
    if (start !== undefined) return true;
    return !((port === 80 && words === 'http') || (port === 443 && words === 'http,tls'));
  });
}

async function provisionVolumes(
  session: Session,
  plan: DeploymentPlan,
  image: string,
  volumes: FreeVolumes,
): Promise<void> {
  const { definition } = plan.config;
  const spoken = new Map<string, number>();
  for (const group of processNames(definition)) {
    const config = groupConfig(definition, group);
    for (const mount of config.mounts ?? []) {
      const name = mount.source ?? '';
      const used = spoken.get(name) ?? 0;
      if (volumes.named(name).length > used) {
        spoken.set(name, used + 1);
        continue;
      }
      const size = sizeInGb(mount.initial_size ?? '') ?? (plan.volumeSize || 1);
      session.out(
        `Creating a ${size} GB volume named '${name}' for process group '${group}'. Use 'fly vol extend' to increase its size\n`,
      );
      const volume = await createVolume(session.api, plan.app.name, {
        name,
        region: config.primary_region ?? '',
        size_gb: size,
        encrypted: true,
        require_unique_zone: null,
        unique_zone_app_wide: null,
        snapshot_retention: mount.snapshot_retention ?? null,
        auto_backup_enabled: mount.scheduled_snapshots ?? null,
        snapshot_id: null,
        compute: (groupGuest(config) ?? plan.guest) as JsonObject,
        compute_image: image,
      });
      volumes.add({ ...volume, attached_machine_id: null, host_status: volume.host_status ?? 'ok' });
      spoken.set(name, used + 1);
    }
  }
}
