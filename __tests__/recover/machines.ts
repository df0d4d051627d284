import type { Machine } from '../../src/flyctl/schemas.ts';
import type { MachineEvent } from '../../src/watch/facts.ts';

/** A machine with a volume, as Fly tells of it; what a test is about replaces the rest. */
export function aMachine(with_: Partial<Machine> = {}): Machine {
  return {
    id: '148ed193b95948',
    name: 'silent-moon-1',
    instanceId: '01INSTANCE',
    state: 'started',
    region: 'iad',
    createdAt: 0,
    updatedAt: 0,
    image: 'ghcr.io/openclaw/openclaw@sha256:aa',
    imageRef: 'ghcr.io/openclaw/openclaw:2026.5.12',
    imageDigest: '',
    imageLabels: {},
    memoryMb: 2048,
    cpus: 2,
    cpuKind: 'shared',
    releaseVersion: 1,
    metadata: {},
    processGroup: 'app',
    env: { OPENCLAW_STATE_DIR: '/data' },
    command: ['node', 'dist/index.js', 'gateway'],
    files: [],
    internalPorts: [3000],
    events: [],
    restartPolicy: 'on-failure',
    checks: [],
    volumes: [{ id: 'vol_1', name: 'data', path: '/data' }],
    hostStatus: 'ok',
    ...with_,
  };
}

/** A process that ended; newest events come first. */
export function anExit(at: number, with_: { requestedStop?: boolean; signal?: number } = {}): MachineEvent {
  const { requestedStop = false, signal = null } = with_;
  return {
    type: 'exit',
    at,
    exit: { at, exitCode: 1, signal, oomKilled: false, requestedStop, restarting: true },
  };
}
