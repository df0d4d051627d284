import { parse as parseToml } from 'smol-toml';
import { type GatewayCommand, readGatewayCommand } from '../command.ts';
import type { AppConfig } from '../config.ts';
import type { ConfigSource } from '../config-source.ts';
import { dockerfileStart } from '../dockerfile.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../places.ts';
import { type RuleId, rules } from '../rules.ts';

/** What is known beside the file. `null` means not known, and nothing is concluded from it. */
export interface LintContext {
  /** The inputs `vm-memory` and `command`, which hold instead of what the file says. */
  readonly vmMemoryMb: number | null;
  readonly command: string | null;
  /** Image that will run where it is not built from a Dockerfile of the workspace. */
  readonly image: string | null;
  /** Text of the Dockerfile that will be built. */
  readonly dockerfile: string | null;
  /** OpenClaw version that will run, e.g. `2026.9.6`. */
  readonly version: string | null;
  /** A gateway config comes with the deploy. */
  readonly openclawConfig: boolean;
  /** Whether a path from the root of the repository is there. */
  readonly hasFile: ((path: string) => boolean) | null;
  /** Names of the secrets that the machine will have. */
  readonly secretNames: ReadonlySet<string> | null;
  /** Volumes of the app, as `fly volumes list` has them. */
  readonly volumes:
    | readonly {
        readonly id: string;
        readonly name: string;
        readonly region: string;
        readonly attachedMachineId: string | null;
      }[]
    | null;
  /** Machines of the app with the process group each belongs to. */
  readonly machines: readonly { readonly processGroup: string }[] | null;
}

/** One config under examination: what is known of its start, and where findings go. */
export interface Subject {
  readonly config: AppConfig;
  readonly context: LintContext;
  /** The start command that will hold: of the input, the file, or the Dockerfile. */
  readonly command: string | null;
  /** What it tells the gateway; `null` where it is not a gateway's. */
  readonly gateway: GatewayCommand | null;
  /** The official image, with nothing built on top. */
  readonly isOfficial: boolean;
  add(rule: RuleId, severity: Finding['severity'], path: Path, message: string, lines?: string | null): void;
  /** What is about the start command, where the file names it; that of the input stands in no line of the file. */
  addToCommand(rule: RuleId, severity: Finding['severity'], message: string, lines: string | null): void;
}

/** @param findings where `add` puts what it is told */
export function openSubject(config: AppConfig, context: LintContext, findings: Finding[]): Subject {
  const inDockerfile = context.dockerfile === null ? null : dockerfileStart(context.dockerfile);
  const command = context.command ?? config.start?.command ?? inDockerfile;
  const image = context.image ?? config.build.image;
  return {
    config,
    context,
    command,
    gateway: command === null ? null : readGatewayCommand(command),
    isOfficial: image !== null && /(?:^|\/)openclaw\/openclaw(?:[:@]|$)/.test(image),
    add(rule, severity, path, message, lines = null) {
      const { file } = config.source;
      const why = rules[rule].why;
      const place = config.places.of(path);
      const written = lines === null ? null : inFormat(lines, config.source);
      const missing = path.length === 0;
      findings.push({ rule, severity, file, ...place, message, why, lines: written, missing });
    },
    addToCommand(rule, severity, message, lines) {
      const isInput = context.command !== null;
      const path = isInput ? [] : (config.start?.path ?? []);
      this.add(rule, severity, path, isInput ? `the input command: ${message}` : message, lines);
    },
  };
}

/** Lines of TOML as the file's own format writes them: of a lone header its key. */
function inFormat(lines: string, source: ConfigSource): string {
  if (source.format === 'toml') return lines;
  const table = /^\[+(?:[^\]\n]*\.)?([^\].\n]+)\]+$/.exec(lines)?.[1];
  if (table !== undefined) return source.format === 'yaml' ? `${table}:` : `${JSON.stringify(table)}:`;
  let data: Record<string, unknown>;
  try {
    data = parseToml(lines);
  } catch {
    return lines;
  }
  if (source.format === 'yaml') return source.yaml.writeYaml(data);
  return Object.entries(data)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(',\n');
}
