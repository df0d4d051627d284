import type { ExecHook } from './platform/exec.ts';

/**
 * The action's readiness script, answered as the machine's Node would: nothing is ever run on this host. The
 * script is recognised by the marker that it prints.
 */
export const readiness: ExecHook = {
  marker: 'openclaw-probe',
  answer(inside, command) {
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(command)?.[1]);
    const answer = { healthz: inside.get(port, '/healthz'), readyz: inside.get(port, '/readyz') };
    return { exitCode: 0, stdout: `openclaw-probe ${JSON.stringify(answer)}\n`, stderr: '' };
  },
};
