import { CommandError } from './failure-report.ts';
import type { AppConfig, Check, Mount } from './fly-toml.ts';
import { formatDuration, parseDuration } from './go-duration.ts';
import { allServices, processNames } from './process-groups.ts';
import { shellWords } from './shell-words.ts';

const STRATEGIES = ['canary', 'rolling', 'immediate', 'bluegreen'];
const YELLOW_WARN = '\u001b[33mWARN\u001b[0m';
const INVALID = 'invalid app configuration';

interface Finding {
  text: string;
  fatal: boolean;
}

/**
 * The checks that the CLI makes on its own machine before it asks anybody.
 * @returns the report for stdout, and whether the config may be used
 */
export function validate(config: AppConfig): { report: string; valid: boolean } {
  const findings = config.problem ? [] : [...findingsOf(config)];
  let report = `Validating ${config.path}\n${findings.map(({ text }) => text).join('')}`;
  const problem = config.problem ?? (findings.some(({ fatal }) => fatal) ? INVALID : undefined);
  if (problem === undefined) report += '\u001b[32m✓\u001b[0m Configuration is valid\n';
  else report += `\n   \u001b[31m✘\u001b[0m${problem}\n`;
  return { report, valid: problem === undefined };
}

/** Go duration text in seconds. */
const seconds = (text: string) => (parseDuration(text) ?? 0) / 1000;

function* findingsOf({ definition }: AppConfig): Generator<Finding> {
  const fatal = (text: string): Finding => ({ text, fatal: true });
  const names = processNames(definition);
  const { deploy, checks = {}, processes = {}, mounts = [], restart = [] } = definition;

  if (deploy?.release_command && !shellWords(deploy.release_command)) {
    yield fatal(`Can't shell split release command: '${deploy.release_command}'\n`);
  }
  if (deploy?.strategy && !STRATEGIES.includes(deploy.strategy)) {
    yield fatal(
      `unsupported deployment strategy '${deploy.strategy}'; Apps v2 supports the following strategies: ${STRATEGIES.join(', ')}`,
    );
  }
  if (deploy?.strategy === 'canary' && mounts.length > 0) {
    yield fatal('error canary deployment strategy is not supported when using mounted volumes');
  }
  for (const [name, { type, interval, timeout }] of Object.entries(checks)) {
    if (type !== 'http' && type !== 'tcp')
      yield fatal(`Can't process top level check '${name}': Check type '${type ?? ''}' not supported\n`);
    if (interval && seconds(interval) < 2)
      yield fatal(`Check '${name}' interval is too short: ${interval}, minimum is 2 seconds\n`);
    if (timeout && seconds(timeout) > 60)
      yield fatal(`Check '${name}' timeout is too long: ${timeout}, maximum is 60 seconds\n`);
  }
  for (const service of allServices(definition)) {
    const groups = service.processes ?? [];
    const count = Object.keys(processes).length;
    if (groups.length === 0 && count > 0) {
      yield fatal(
        `Service has no processes set but app has ${count} processes defined; update fly.toml to set processes for each service\n`,
      );
    }
    for (const group of groups.filter((name) => !names.includes(name))) {
      yield fatal(
        `Service specifies '${group}' as one of its processes, but no processes are defined with that name; update fly.toml [processes] to add '${group}' process or remove it from service's processes list\n`,
      );
    }
    if ((service.ports ?? []).length === 0) {
      yield {
        text: 'WARNING: Service must expose at least one port. Add a [[services.ports]] section to fly.toml; Check docs at https://fly.io/docs/reference/configuration/#services-ports \n Validation for _services without ports_ will hard fail after February 15, 2024.',
        fatal: false,
      };
    }
    for (const check of service.tcp_checks ?? []) yield* durationWarnings(check, 'TCP');
    for (const check of service.http_checks ?? []) yield* durationWarnings(check, 'HTTP');
  }
  for (const [name, command] of Object.entries(processes)) {
    if (command && !shellWords(command)) {
      yield fatal(
        `Could not parse command for '${name}' process group; check [processes] section: EOF found when expecting closing quote\n`,
      );
    }
  }
  for (const mount of mounts) yield* mountFindings(mount).map(fatal);
  for (const { policy = '', processes: groups = [] } of restart) {
    for (const group of groups.filter((name) => !names.includes(name))) {
      yield fatal(
        `Restart policy specifies '${group}' as one of its processes, but no processes are defined with that name; update fly.toml [processes] to add '${group}' process or remove it from restart policy's processes list\n`,
      );
    }
    if (!['always', 'on-failure', 'never'].includes(policy))
      yield fatal(`invalid restart policy: ${policy}\n`);
  }
}

function* durationWarnings(
  { interval, timeout, grace_period: grace }: Check,
  protocol: string,
): Generator<Finding> {
  const limits: [string | undefined, string, boolean][] = [
    [interval, 'an interval', false],
    [timeout, 'a timeout', false],
    [grace, 'a grace period', true],
  ];
  for (const [text, what, zeroAllowed] of limits) {
    if (text === undefined) continue;
    const length = seconds(text);
    const shown = formatDuration(length * 1000);
    const start = `${YELLOW_WARN} Service ${protocol} check has ${what}`;
    if (zeroAllowed && length !== 0 && length < 1) {
      yield {
        text: `${start} that is non-zero and less than 1 second (${shown}); this will be raised to 1 second\n`,
        fatal: false,
      };
    } else if (!zeroAllowed && length < 1) {
      yield {
        text: `${start} less than 1 second (${shown}); this will be raised to 1 second\n`,
        fatal: false,
      };
    } else if (length > 60) {
      yield {
        text: `${start} greater than 1 minute (${shown}); this will be lowered to 1 minute\n`,
        fatal: false,
      };
    }
  }
}

function mountFindings(mount: Mount): string[] {
  const { source, initial_size: size, snapshot_retention: days } = mount;
  const found: string[] = [];
  if (size) {
    const gigabytes = sizeInGb(size);
    if (gigabytes === undefined)
      found.push(
        `mount '${source}' with initial_size '${size}' will fail because of: invalid size: '${size}'\n`,
      );
    else if (gigabytes < 1)
      found.push(`mount '${source}' has an initial_size '${size}' value which is smaller than 1GB\n`);
  }
  if (days !== undefined && (days < 1 || days > 60)) {
    found.push(
      `mount '${source}' has a snapshot_retention value which is not between 1 and 60 days inclusive\n`,
    );
  }
  const threshold = mount.auto_extend_size_threshold ?? 0;
  const increment = sizeInGb(mount.auto_extend_size_increment ?? '') ?? 0;
  const limit = sizeInGb(mount.auto_extend_size_limit ?? '') ?? 0;
  if (threshold === 0 && increment === 0 && limit === 0) return found;
  if (threshold !== 0 && increment === 0 && limit === 0) {
    found.push(
      `mount '${source}' auto_extend_size_threshold, auto_extend_size_increment and auto_extend_size_limit must be all defined or none\n`,
    );
  }
  if (threshold < 50 || threshold > 99)
    found.push(`mount '${source}' auto_extend_size_threshold must be between 50 and 99\n`);
  if (increment < 1 || increment > 100)
    found.push(`mount '${source}' auto_extend_size_increment must be between 1GB and 100GB\n`);
  if (limit !== 0 && (limit < 1 || limit > 500))
    found.push(`mount '${source}' auto_extend_size_limit must be between 1GB and 500GB\n`);
  return found;
}

const DECIMAL_UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** Whole gigabytes of a volume's size: a bare number is gigabytes, units are decimal. Undefined when it is no size. */
export function sizeInGb(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const match = /^(\d+(?:\.\d+)?) ?([kmgtKMGT]?)(?:i?[bB])?$/.exec(text);
  const unit = DECIMAL_UNITS[(match?.[2] ?? '').toLowerCase()];
  return match && unit !== undefined ? Math.floor((Number(match[1]) * unit) / 1e9) : undefined;
}

/** @throws CommandError in the CLI's words when the config may not be used */
export function assertValid(valid: boolean): void {
  if (!valid) throw new CommandError('App configuration is not valid');
}
