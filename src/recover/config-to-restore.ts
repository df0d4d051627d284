import { type AppConfig, gatewayVm, readConfig } from '../app/config.ts';
import { type Effective, effectiveConfig } from '../app/effective.ts';
import { rememberFailures } from '../app/plan.ts';
import type { Machine } from '../flyctl/schemas.ts';
import type { FailedVersion } from '../upstream/failed-versions.ts';
import { withShippedFiles } from './shipped-files.ts';

/** The config that an image is put back with. */
export interface RestoredConfig {
  readonly config: AppConfig;
  readonly effective: Effective;
}

/**
 * Makes the config of a rollback from one that was deployed before: the same but for the image, the memory that the
 * machine had, the text of the files that were shipped to it, and the versions that failed here, which are remembered
 * in its environment. Ports and addresses stay as they were, whatever the workflow says of the mode today.
 *
 * @param text TOML, as `config show --toml` prints it
 * @throws SyntaxFailure when it does not parse
 */
export function configToRestore(
  text: string,
  options: {
    readonly app: string;
    readonly image: string;
    /** As it was before; `null` where neither its memory nor its files are to be kept. */
    readonly machine: Pick<Machine, 'memoryMb' | 'cpus' | 'cpuKind' | 'region' | 'files'> | null;
    readonly failed: readonly FailedVersion[];
    readonly workspace: string;
  },
): RestoredConfig {
  const { app, image, machine, failed, workspace } = options;
  const config = readConfig({
    file: 'the config before',
    directory: workspace,
    format: 'toml',
    text: withShippedFiles(text, machine?.files ?? []),
    generated: true,
  });
  const memoryMb = machine?.memoryMb ?? null;
  const effective = effectiveConfig(rememberFailures(config, failed), {
    app,
    region: machine?.region ?? null,
    mode: 'public',
    privateAccess: 'flycast',
    vmMemoryMb: memoryMb === gatewayVm(config)?.memoryMb ? null : memoryMb,
    guest:
      machine !== null && machine.cpus !== null && machine.cpuKind !== ''
        ? { cpuKind: machine.cpuKind, cpus: machine.cpus }
        : null,
    command: null,
    workspace,
    image: { kind: 'reference', reference: image },
    boot: null,
  });
  return { config, effective };
}
