/** Builds what is on Fly when the rehearsal begins. */
import type { z } from 'zod';
import { allocate } from './addresses.ts';
import { issueCertificate } from './certificates.ts';
import { type Fly, say } from './fly.ts';
import { planRun } from './gateway.ts';
import { acquireLease } from './leases.ts';
import { addMachine, configOf, resumeRun } from './machines.ts';
import { newRelease } from './releases.ts';
import type { seedSchema } from './scenario.ts';
import { secretValues, setSecrets } from './secrets.ts';
import { createVolume } from './volumes.ts';
import type { App, Json } from './world.ts';

type SeedApp = z.output<typeof seedSchema>['apps'][number];
type SeedMachine = SeedApp['machines'][number];

const guidesCommand = 'node dist/index.js gateway --allow-unconfigured --port 3000 --bind lan';

export function addApp(fly: Fly, name: string, org: string): App {
  const app: App = {
    name,
    number: 1000 + fly.world.apps.size,
    org,
    network: 'default',
    status: 'pending',
    createdAt: fly.clock.now(),
    machines: new Map(),
    volumes: new Map(),
    addresses: [],
    certificates: [],
    secrets: new Map(),
    secretsVersion: 0,
    releases: [],
    log: [],
    boots: 0,
    uncleanEnds: new Map(),
  };
  fly.world.apps.set(name, app);
  return app;
}

export function plant(fly: Fly, seed: z.output<typeof seedSchema>): void {
  for (const name of seed.takenNames) fly.world.takenNames.add(name);
  for (const region of seed.fullRegions) fly.world.fullRegions.add(region);
  for (const made of seed.apps) plantApp(fly, made);
}

function plantApp(fly: Fly, made: SeedApp): void {
  const app = addApp(fly, made.name, made.org);
  const now = fly.clock.now();
  for (const wish of made.addresses) {
    if (typeof wish === 'string') allocate(fly, app, wish);
    else {
      app.addresses.push({
        id: `ip_${fly.ids.hex(12)}`,
        type: wish.type,
        address: wish.address,
        region: wish.region ?? (wish.type === 'shared_v4' ? '' : 'global'),
        createdAt: now,
      });
    }
  }
  for (const host of made.certificates) app.certificates.push(issueCertificate(fly, host));
  for (const wish of made.volumes) {
    const volume = createVolume(fly, app, { ...wish, sizeGb: wish.size_gb });
    for (const [path, text] of Object.entries(wish.files)) volume.files.set(path, text);
    for (const { id, age = 259_200, files } of wish.snapshots) {
      volume.snapshots.push({
        id,
        status: 'created',
        createdAt: now - age * 1000,
        size: 1000,
        volumeSizeGb: wish.size_gb,
        digest: 'd1',
        files: new Map(Object.entries(files ?? wish.files)),
      });
    }
  }
  const images = made.machines.map((machine) => machine.image);
  const releases =
    made.releases ??
    (images[0] === undefined ? [] : [{ image: images[0], status: 'complete' as const, age: 60 }]);
  for (const { image, status, definition, age } of releases satisfies SeedApp['releases']) {
    newRelease(fly, app, {
      image,
      status,
      definition: definition ?? guidesDefinition(app.name, made.volumes[0]?.name ?? 'data'),
      createdAt: now - age * 1000,
    });
  }
  if (Object.keys(made.secrets).length > 0) {
    setSecrets(fly, app, made.secrets, app.releases.at(-1)?.createdAt ?? now);
  }
  for (const [index, machine] of made.machines.entries()) plantMachine(fly, app, machine, index + 1);
  if (made.machines.length > 0) app.status = 'deployed';
  if (Object.keys(made.stagedSecrets).length > 0) setSecrets(fly, app, made.stagedSecrets);
}

function guidesDefinition(app: string, volume: string): Json {
  return {
    app,
    primary_region: 'iad',
    env: { NODE_ENV: 'production' },
    processes: { app: guidesCommand },
    mounts: [{ source: volume, destination: '/data' }],
    http_service: {
      internal_port: 3000,
      force_https: true,
      auto_stop_machines: 'off',
      auto_start_machines: true,
      min_machines_running: 1,
      processes: ['app'],
    },
    vm: [{ size: 'shared-cpu-2x', memory: '2048mb' }],
  };
}

function guidesConfig(app: App, made: SeedMachine): Json {
  const release = app.releases.at(-1);
  const volume = [...app.volumes.values()].find(({ id, name }) => id === made.volume || name === made.volume);
  return {
    image: made.image,
    guest: { cpu_kind: 'shared', cpus: 2, memory_mb: made.memory_mb },
    init: { cmd: guidesCommand.split(' ') },
    ...(made.group === null
      ? {}
      : {
          metadata: {
            fly_flyctl_version: '0.4.87',
            fly_platform_version: 'v2',
            fly_process_group: made.group,
            ...(release === undefined
              ? {}
              : { fly_release_id: release.id, fly_release_version: String(release.version) }),
          },
        }),
    restart: { policy: 'on-failure', max_retries: 10 },
    env: { NODE_ENV: 'production' },
    ...(volume === undefined
      ? {}
      : {
          mounts: [
            {
              volume: volume.id,
              path: made.mount,
              name: volume.name,
              size_gb: volume.sizeGb,
              encrypted: true,
            },
          ],
        }),
    services: [
      {
        protocol: 'tcp',
        internal_port: 3000,
        autostop: false,
        autostart: true,
        min_machines_running: 1,
        ports: [
          { port: 80, handlers: ['http'], force_https: true },
          { port: 443, handlers: ['http', 'tls'] },
        ],
        force_instance_key: null,
      },
    ],
    ...made.config,
  };
}

function plantMachine(fly: Fly, app: App, made: SeedMachine, number: number): void {
  const now = fly.clock.now();
  const machine = addMachine(fly, app, {
    id: made.id,
    name: made.name ?? `silent-moon-${number}`,
    region: made.region,
    config: guidesConfig(app, made),
    state: made.state,
    secrets: secretValues(app),
    hostStatus: made.hostStatus,
    createdAt: now - made.uptime * 1000 - 1000,
  });
  const uptime = made.uptime * 1000;
  machine.events.push(
    ...(made.state === 'created'
      ? []
      : [{ id: '', type: 'start', status: 'started', source: 'flyd', at: now - uptime } as const]),
    { id: fly.ids.ulid(now), type: 'launch', status: 'created', source: 'user', at: now - uptime - 1000 },
  );
  const runner = (text: string) => say(fly, app, machine, 'runner', text, 'info', now - uptime - 1000);
  runner(`Pulling container image ${made.image}`);
  runner(`Successfully prepared image ${made.image} (1.2s)`);
  if (made.volume !== undefined) runner(`Setting up volume '${made.volume}'`);
  if (made.lease !== undefined) {
    acquireLease(fly, machine, made.lease.ttl, null, made.lease.owner ?? 'someone@example.com');
  }
  if (made.state !== 'started') return;
  const ports = configOf(machine).services.map((service) => service.internal_port);
  const plan =
    made.recording === undefined
      ? planRun(null, null, ports.length > 0 ? ports : [3000])
      : planRun({}, fly.recording(made.recording), []);
  resumeRun(fly, app, machine, plan, uptime);
}
