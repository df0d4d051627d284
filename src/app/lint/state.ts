import { gatewayMount } from '../config.ts';
import { dockerfileEnv, dockerfileStart } from '../dockerfile.ts';
import { holdsDefaultState, holdsState, isInside, stateDirectory } from '../state-directory.ts';
import type { Subject } from './subject.ts';

/** Whether the state is on the volume. */
export function lintState(lint: Subject): void {
  const mount = gatewayMount(lint.config);
  if (!mount) {
    const other = lint.config.mounts[0];
    lint.add(
      'no-mount',
      'error',
      other?.path ?? [],
      other
        ? `no mount is for the gateway's process group "${lint.config.gatewayGroup}"`
        : 'no [mounts]: the gateway has no volume',
      other
        ? `processes = ${JSON.stringify([lint.config.gatewayGroup])}`
        : '[mounts]\n  source = "openclaw_data"\n  destination = "/data"',
    );
    return;
  }
  const destination = mount.destination;
  if (destination === null) return;
  const state = stateDirectory(lint.config);
  const lines = `OPENCLAW_STATE_DIR = ${JSON.stringify(destination)}`;
  if (state) {
    // A template is filled in elsewhere.
    if (/[${<%]/.test(state.path) || isInside(state.path, destination)) return;
    if (state.path.startsWith('~') && holdsDefaultState(destination)) return;
    // A fork keeps its state in a folder of its own name, for which nothing but the home is said.
    if (state.variable === 'HOME' && holdsState(destination, state.home)) return;
    lint.add(
      'state-not-on-volume',
      'error',
      state.at,
      `${state.variable} is ${state.path}, which is not on the volume at ${destination}`,
      lines.replace(
        'OPENCLAW_STATE_DIR',
        state.variable.includes('STATE_DIR') ? state.variable : 'OPENCLAW_STATE_DIR',
      ),
    );
    return;
  }
  if (holdsDefaultState(destination) || !isSurelyGateway(lint)) return;
  lint.add(
    'state-not-on-volume',
    'error',
    lint.config.data.env === undefined ? [] : ['env'],
    `no state directory is set: the state stays in the home directory, and the volume is at ${destination}`,
    lint.config.data.env === undefined ? `[env]\n  ${lines}` : lines,
  );
}

/** What runs is the gateway of upstream's own image, and nothing of the user's sets variables before it. */
function isSurelyGateway(lint: Subject): boolean {
  const { dockerfile } = lint.context;
  if (dockerfile !== null && dockerfileEnv(dockerfile, /(?:STATE_DIR|_HOME|^HOME)$/) !== null) return false;
  // A script in front may set what it likes.
  const start = dockerfile === null ? null : dockerfileStart(dockerfile);
  if (/\.sh(?:\s|$)|entrypoint/i.test(`${start} ${lint.command}`)) return false;
  if (lint.command !== null) return lint.gateway !== null && !/STATE_DIR=|HOME=/.test(lint.command);
  if (lint.isOfficial) return true;
  // Upstream's Dockerfile reads this build setting; a Dockerfile of somebody's own has no use for it.
  return dockerfile === null && [...lint.config.env.keys()].some((name) => /_PREFER_PNPM$/.test(name));
}
