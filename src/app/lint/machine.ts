import { heapLimitMb } from '../command.ts';
import { appliesTo, gatewayMount, gatewayVm } from '../config.ts';
import type { Path } from '../places.ts';
import { commandLine } from './start-command.ts';
import type { Subject } from './subject.ts';

const heapOption = /(--max[-_]old[-_]space[-_]size[= ])\d+/g;

/** Memory of the gateway's machine, and node's heap limit against it. */
export function lintMemory(lint: Subject): void {
  const vm = gatewayVm(lint.config);
  const memoryMb = lint.context.vmMemoryMb ?? vm?.memoryMb ?? null;
  const path: Path = vm ? [...vm.path, ...(vm.memoryKey === null ? [] : [vm.memoryKey])] : [];
  const lines = vm ? 'memory = "2048mb"' : '[[vm]]\n  size = "shared-cpu-2x"\n  memory = "2048mb"';
  if (memoryMb !== null && memoryMb < 2048) {
    lint.add(
      'memory-too-small',
      memoryMb <= 512 ? 'error' : 'warning',
      path,
      lint.context.vmMemoryMb === null
        ? `the machine has ${memoryMb} MB; the gateway wants 2048`
        : `the input vm-memory gives the machine ${memoryMb} MB; the gateway wants 2048`,
      // The input would win over any line of the file.
      lint.context.vmMemoryMb === null ? lines : null,
    );
  } else if (!vm && memoryMb === null) {
    lint.add(
      'memory-too-small',
      'warning',
      [],
      "no [[vm]]: a new machine gets Fly's smallest size, 256 MB",
      lines,
    );
  }
  if (memoryMb === null) return;
  const options = lint.config.env.get('NODE_OPTIONS');
  const inEnv = options ? heapLimitMb(options.value) : null;
  const heapMb = lint.gateway?.heapMb ?? inEnv;
  if (heapMb === null || heapMb < memoryMb) return;
  const right = Math.floor((memoryMb * 3) / 4);
  const message = `the heap limit of ${heapMb} MB is not below the ${memoryMb} MB of the machine`;
  if (lint.gateway?.heapMb) {
    const changed = commandLine(lint, (command) => command.replace(heapOption, `$1${right}`));
    lint.addToCommand('heap-over-memory', 'error', message, changed);
  } else if (options) {
    const changed = options.value.replace(heapOption, `$1${right}`);
    const line = `NODE_OPTIONS = ${JSON.stringify(changed)}`;
    lint.add('heap-over-memory', 'error', options.path, message, line);
  }
}

/** How the gateway is stopped. */
export function lintStop(lint: Subject): void {
  const { killTimeoutMs, killSignal } = lint.config;
  if (killTimeoutMs !== null && killTimeoutMs < 10_000) {
    lint.add(
      'kill-timeout-short',
      'warning',
      lint.config.data.kill_timeout === undefined ? ['experimental', 'kill_timeout'] : ['kill_timeout'],
      `the gateway has ${killTimeoutMs / 1000} s to stop`,
      'kill_timeout = "300s"',
    );
  }
  if (killSignal !== null && !/^(?:SIG)?(?:TERM|INT)$/i.test(killSignal)) {
    lint.add(
      'kill-signal-unclean',
      'warning',
      ['kill_signal'],
      `${killSignal} does not make the gateway stop cleanly`,
      'kill_signal = "SIGTERM"',
    );
  }
}

/** What Fly does when the gateway ends. */
export function lintRestart(lint: Subject): void {
  for (const restart of lint.config.restarts) {
    if (!appliesTo(restart.processes, lint.config.gatewayGroup, lint.config)) continue;
    const path = [...restart.path, 'policy'];
    if (restart.policy === 'never') {
      const message = 'the gateway is never started again after a crash';
      lint.add('restart-never', 'warning', path, message, 'policy = "on-failure"\n  retries = 10');
    } else if (restart.policy === 'on-failure' && !lint.config.source.generated) {
      const message = 'a gateway that ends with exit code 0 is not started again';
      lint.add('restart-on-failure', 'notice', path, message, 'policy = "always"');
    }
  }
}

/** The file against the volumes and machines that are there. */
export function lintPresence(lint: Subject): void {
  const { volumes, machines } = lint.context;
  const mount = gatewayMount(lint.config);
  const region = lint.config.primaryRegion;
  const named = (volumes ?? []).filter((volume) => volume.name === mount?.source);
  if (mount && region !== null && named.length > 0 && !named.some((volume) => volume.region === region)) {
    const elsewhere = [...new Set(named.map((volume) => volume.region))].join(', ');
    lint.add(
      'volume-region',
      named.some((volume) => volume.attachedMachineId !== null) ? 'warning' : 'error',
      ['primary_region'],
      `the volume "${mount.source}" is in ${elsewhere}, and primary_region is ${region}`,
      `primary_region = ${JSON.stringify(named[0]?.region)}`,
    );
  }
  const group = lint.config.gatewayGroup;
  const count = (machines ?? []).filter((machine) => machine.processGroup === group).length;
  if (count > 1) {
    lint.add('several-machines', 'warning', mount?.path ?? [], `${count} machines run in "${group}"`);
  }
}
