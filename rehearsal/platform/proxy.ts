/** Fly's proxy, as far as people outside can tell: `GET /fly.dev/<app>/<path>` stands for `https://<app>.fly.dev/<path>`. */
import { publicTypes } from './addresses.ts';
import type { Fly } from './fly.ts';
import { answerOf, configOf, listenersOf } from './machines.ts';
import type { Answer } from './request.ts';

/**
 * What the gateway answers if a public address, a service and a machine lead to it; 502 where the last step
 * fails. `null`: nobody there at all, the connection breaks.
 */
export function answerProxy(fly: Fly, path: string): Answer | null {
  const [, , name = '', ...rest] = path.split('/');
  const app = fly.world.apps.get(name);
  if (app === undefined || !app.addresses.some((address) => publicTypes.includes(address.type))) return null;
  const served = [...app.machines.values()].flatMap((machine) =>
    configOf(machine).services.map((service) => ({ machine, port: service.internal_port })),
  );
  if (served.length === 0) return null;
  for (const { machine, port } of served) {
    const reachable =
      machine.state === 'started' &&
      listenersOf(fly, machine).some((listener) => listener.port === port && listener.address === '0.0.0.0');
    const answer = reachable ? answerOf(fly, machine, port, `/${rest.join('/')}`) : null;
    if (answer !== null) return answer;
  }
  return { status: 502, body: '' };
}
