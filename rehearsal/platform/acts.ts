/** What somebody or something else does to an app. */
import { allocate, release } from './addresses.ts';
import { type Fly, findApp, findMachine, say } from './fly.ts';
import { ending } from './gateway.ts';
import { acquireLease } from './leases.ts';
import { destroyMachine, endProcess, startMachine, stopMachine, updateMachine } from './machines.ts';
import { newRelease } from './releases.ts';
import type { FaultBook } from './rules.ts';
import type { Act } from './scenario.ts';
import { setSecrets } from './secrets.ts';
import type { App, Json, Machine } from './world.ts';

/** Throws where the act needs an app or a machine that is not there. */
export function perform(fly: Fly, faults: FaultBook, act: Act): void {
  if (act.fault !== undefined) faults.add(act.fault);
  if (act.forgetImage !== undefined) fly.world.forgottenImages.add(act.forgetImage);
  if (act.capacity !== undefined) {
    if (act.capacity.available) fly.world.fullRegions.delete(act.capacity.region);
    else fly.world.fullRegions.add(act.capacity.region);
  }
  if (act.allocate !== undefined) allocate(fly, appOf(fly, act), act.allocate);
  if (act.release !== undefined) {
    const app = appOf(fly, act);
    const wanted = act.release;
    for (const { address, type } of [...app.addresses]) {
      if (address === wanted || type === wanted) release(app, address);
    }
  }
  if (act.secrets !== undefined) setSecrets(fly, appOf(fly, act), act.secrets);
  if (act.lease !== undefined) {
    const machine = machineOf(fly, act);
    machine.lease = null;
    acquireLease(fly, machine, act.lease.ttl, null, act.lease.owner ?? 'someone@example.com');
  }
  if (act.log !== undefined) {
    const { text, provider = 'app', level = 'info', repeat = 1 } = act.log;
    const app = appOf(fly, act);
    for (let n = 0; n < repeat; n += 1) say(fly, app, machineOf(fly, act), provider, text, level);
  }
  if (act.exit !== undefined) endProcess(fly, appOf(fly, act), machineOf(fly, act), ending(act.exit));
  if (act.deploy !== undefined) deploy(fly, appOf(fly, act), machineOf(fly, act), act.deploy);
  if (act.stop) stopMachine(fly, appOf(fly, act), machineOf(fly, act), {});
  if (act.start) startMachine(fly, appOf(fly, act), machineOf(fly, act));
  if (act.destroy) destroyMachine(fly, appOf(fly, act), machineOf(fly, act), true);
}

function appOf(fly: Fly, act: Act): App {
  const name = act.app ?? [...fly.world.apps.keys()][0] ?? '';
  return findApp(fly, name);
}

function machineOf(fly: Fly, act: Act): Machine {
  const app = appOf(fly, act);
  const there = [...app.machines.values()].filter((machine) => machine.state !== 'destroyed');
  const machine =
    act.machine === undefined
      ? there[0]
      : there.find(({ id, name, state }) => [id, name, state].includes(act.machine ?? ''));
  return machine ?? findMachine(app, act.machine ?? '');
}

/** Another's deploy of an image, with the definition of the release before. */
function deploy(fly: Fly, app: App, machine: Machine, image: string): void {
  const made = newRelease(fly, app, {
    image,
    definition: app.releases.at(-1)?.definition ?? null,
    status: 'complete',
  });
  const config: Json = {
    ...machine.config,
    image,
    metadata: {
      ...(typeof machine.config.metadata === 'object' ? machine.config.metadata : {}),
      fly_release_id: made.id,
      fly_release_version: String(made.version),
    },
  };
  updateMachine(fly, app, machine, { config, skipLaunch: false, skipSecrets: false });
}
