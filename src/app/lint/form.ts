import { splitCommand } from '../command.ts';
import { type AppConfig, appliesTo, gatewayServices, spell } from '../config.ts';
import { isTable } from '../config-file.ts';
import { mistypedValues, unknownKeys } from '../known-keys.ts';
import type { Path } from '../places.ts';
import type { Subject } from './subject.ts';

/** What makes flyctl refuse the file. */
export function lintForm(lint: Subject): void {
  const config = lint.config;
  for (const problem of config.problems) {
    lint.add('flyctl-refuses', 'error', problem.path, problem.message, problem.lines);
  }
  for (const { path, wanted, line } of mistypedValues(config.data)) {
    lint.add('flyctl-refuses', 'error', path, `${spell(path)} has to be ${wanted}`, line);
  }
  for (const { path, localPath } of config.files) {
    if (localPath === null || lint.context.hasFile?.(localPath) !== false) continue;
    const message = `${localPath} is no file of the repository (local_path begins at its root)`;
    lint.add('flyctl-refuses', 'error', [...path, 'local_path'], message);
  }
  const unknown = (path: Path, names: readonly string[], what: string): void => {
    for (const name of names.filter((one) => !config.groups.includes(one))) {
      lint.add(
        'flyctl-refuses',
        'error',
        [...path, 'processes'],
        `${what} names the process group "${name}", and there is none (${config.groups.join(', ')})`,
        `processes = ${JSON.stringify([config.gatewayGroup])}`,
      );
    }
  };
  for (const service of config.services) {
    unknown(service.path, service.processes, 'the service');
    if (config.processes.size > 0 && service.processes.length === 0) {
      lint.add(
        'service-without-processes',
        'error',
        service.path,
        '[processes] is defined, but this service names no processes',
        `processes = ${JSON.stringify([config.gatewayGroup])}`,
      );
    }
  }
  for (const check of config.checks) {
    const group = portlessIn(check, config);
    if (group === null) continue;
    const port = config.gateway?.port ?? gatewayServices(config)[0]?.internalPort ?? null;
    lint.add(
      'flyctl-refuses',
      'error',
      check.path,
      `the check names no port, and "${group}" has no [http_service] to take it from`,
      port === null ? null : `port = ${port}`,
    );
  }
  for (const restart of config.restarts) unknown(restart.path, restart.processes, '[[restart]]');
  for (const [group, { command, path }] of config.processes) {
    if (splitCommand(command) === null) {
      lint.add('flyctl-refuses', 'error', path, `the command of "${group}" has a quote that is not closed`);
    }
  }
  for (const group of config.groups) {
    const mounts = config.mounts.filter((mount) => appliesTo(mount.processes, group, config));
    if (mounts[1]) {
      lint.add(
        'flyctl-refuses',
        'error',
        mounts[1].path,
        `"${group}" has more than one mount; Fly allows one`,
      );
    }
  }
  const { strategy } = isTable(config.data.deploy) ? config.data.deploy : {};
  if (strategy === 'canary' && config.mounts.length > 0) {
    lint.add(
      'flyctl-refuses',
      'error',
      ['deploy', 'strategy'],
      'the canary strategy does not work with volumes',
      'strategy = "rolling"',
    );
  }
}

/** The process group in which a check has no port of its own and none to take. */
function portlessIn({ port, processes }: AppConfig['checks'][number], config: AppConfig): string | null {
  if (port !== null) return null;
  const [http] = config.services.filter(({ kind }) => kind === 'http_service');
  const lacks = (group: string) =>
    appliesTo(processes, group, config) && !(http && appliesTo(http.processes, group, config));
  return config.groups.find(lacks) ?? null;
}

/** Keys that flyctl ignores without a word. */
export function lintKeys(lint: Subject): void {
  for (const { path, meant, line } of unknownKeys(lint.config.data)) {
    const key = String(path.at(-1));
    // Template tools and other programs keep their own things in the file; that is no slip.
    lint.add(
      'unknown-key',
      meant === null ? 'notice' : 'warning',
      path,
      `flyctl knows no key "${key}" here${meant === null ? '' : `; "${meant}" is probably meant`}`,
      line,
    );
  }
}
