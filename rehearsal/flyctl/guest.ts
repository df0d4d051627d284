import { CommandError } from './failure-report.ts';

/** The size of a machine. */
export interface Guest {
  cpu_kind?: string;
  cpus?: number;
  memory_mb?: number;
  gpus?: number;
  gpu_kind?: string;
  host_dedication_id?: string;
  kernel_args?: string[];
}

const CPUS: Record<string, number[]> = {
  shared: [1, 2, 4, 6, 8],
  performance: [1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64, 128],
};
const PRESETS: Record<string, number[]> = {
  shared: [1, 2, 4, 6, 8],
  performance: [1, 2, 4, 6, 8, 10, 12, 14, 16],
};
const LEAST_MB: Record<string, number> = { shared: 256, performance: 2048 };
const MOST_MB: Record<string, number> = { shared: 2048, performance: 8192 };

/** The guest of a size name (`shared-cpu-2x`, `performance-1x`). */
export function guestOfSize(size: string): Guest {
  const match = /^(shared)-cpu-(\d+)x$|^(performance)-(\d+)x$/.exec(size);
  const kind = match?.[1] ?? match?.[3] ?? '';
  const cpus = Number(match?.[2] ?? match?.[4]);
  if (PRESETS[kind]?.includes(cpus)) return { cpu_kind: kind, cpus, memory_mb: cpus * (LEAST_MB[kind] ?? 0) };
  const family = size.startsWith('shared')
    ? 'shared'
    : size.startsWith('performance')
      ? 'performance'
      : undefined;
  if (!family) {
    throw new CommandError(
      `invalid machine preset requested, '${size}', expected to start with 'shared' or 'performance'`,
    );
  }
  const names = (PRESETS[family] ?? []).map((count) =>
    family === 'shared' ? `shared-cpu-${count}x` : `performance-${count}x`,
  );
  throw new CommandError(`'${size}' is an invalid machine size, choose one of: [${names.sort().join(' ')}]`);
}

const BINARY_UNITS: Record<string, number> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Megabytes of `2048`, `512mb`, `2gb` or `2GiB`; undefined when it is no size. */
export function memoryInMb(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const match = /^(\d+(?:\.\d+)?) ?([kmgtKMGT]?)(?:i?[bB])?$/.exec(text);
  const unit = BINARY_UNITS[(match?.[2] ?? '').toLowerCase()];
  return match && unit !== undefined ? Math.floor((Number(match[1]) * unit) / 2 ** 20) : undefined;
}

/**
 * The checks that `machine update` makes of a size before it asks the API.
 * @throws CommandError with the advice that the CLI gives
 */
export function checkGuest(guest: Guest): void {
  const { cpu_kind: kind = '', cpus = 0, memory_mb: mb = 0 } = guest;
  const docUrl = 'https://fly.io/docs/machines/guides-examples/machine-sizing/';
  const valid = CPUS[kind];
  const refuse: (reason: string, description: string, suggestion: string) => never = (
    reason,
    description,
    suggestion,
  ) => {
    throw new CommandError(reason, { description, suggestion, docUrl });
  };
  if (!valid)
    refuse(
      'invalid CPU kind',
      `The CPU kind given: ${kind}, is not valid`,
      'Valid values are: performance, shared',
    );
  if (!valid.includes(cpus)) {
    refuse(
      'invalid number of CPUs',
      `For the CPU kind ${kind}, ${cpus} CPUs is not valid`,
      `Valid numbers are: ${valid.join(', ')}`,
    );
  }
  const step = kind === 'shared' ? 256 : 1024;
  const least = (LEAST_MB[kind] ?? 0) * cpus;
  const most = (MOST_MB[kind] ?? 0) * cpus;
  if (mb % step !== 0) {
    refuse(
      'invalid memory size',
      `${mb}MiB of memory is not valid`,
      `Memory size must be in a ${step} MiB increment (${mb - (mb % step)}MiB would work)`,
    );
  }
  if (mb < least) {
    refuse(
      'memory size for config is too low',
      `For ${kind} VMs with ${cpus} CPUs, ${mb}MiB of memory is too low`,
      `Try setting the memory to a value between ${least} and ${most} MiB`,
    );
  }
  if (mb > most) {
    refuse(
      'memory size for config is too high',
      `For ${kind} VMs with ${cpus} CPUs, ${mb}MiB of memory is too high`,
      `Try setting the memory to a value between ${least} and ${most} MiB`,
    );
  }
}
