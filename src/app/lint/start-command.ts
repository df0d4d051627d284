import { type GatewayCommand, readGatewayCommand, splitCommand } from '../command.ts';
import { gatewayServices } from '../config.ts';
import { dockerfileEnv } from '../dockerfile.ts';
import type { Path } from '../places.ts';
import type { Subject } from './subject.ts';

/** What the start command tells the gateway, against the service that leads to it. */
export function lintStartCommand(lint: Subject): void {
  port(lint);
  const gateway = lint.gateway;
  // A command in a Dockerfile is not in this file, and what the file's env does to it is not certain.
  if (!gateway || (lint.config.start === null && lint.context.command === null)) return;
  if (!gateway.allowUnconfigured && !lint.context.openclawConfig) {
    lint.addToCommand(
      'allow-unconfigured-missing',
      'warning',
      'the gateway command has no --allow-unconfigured',
      commandLine(lint, (command) => withOption(command, '--allow-unconfigured')),
    );
  }
  bind(lint, gateway);
}

function bind(lint: Subject, gateway: GatewayCommand): void {
  const { bind } = gateway;
  const withLan = commandLine(lint, (command) =>
    bind === null
      ? withOption(command, '--bind lan')
      : command.replace(/--bind(?:=| +)(["']?)[^\s'"]+\1/, '--bind lan'),
  );
  if (bind === null) {
    if (envOf(lint, /_BIND$/) !== null) return;
    const message = 'the gateway command has no --bind lan';
    lint.addToCommand('bind-loopback', 'warning', message, withLan);
  } else if (bind === 'loopback') {
    // Without a service nobody comes in through Fly's proxy: a tunnel inside the machine may be meant.
    const severity = gatewayServices(lint.config).length > 0 ? 'error' : 'warning';
    lint.addToCommand('bind-loopback', severity, '--bind loopback is 127.0.0.1 only', withLan);
  } else if (!['lan', 'auto', 'custom', 'tailnet'].includes(bind) && !/[$]/.test(bind)) {
    const message = /^(?:127\.|localhost|::1)/.test(bind)
      ? `--bind ${bind} is loopback, and no value that the gateway accepts`
      : `--bind ${bind} is no value that the gateway accepts`;
    lint.addToCommand('bind-loopback', 'error', message, withLan);
  } else if (bind === 'tailnet' && gatewayServices(lint.config).length > 0) {
    lint.addToCommand('bind-loopback', 'warning', '--bind tailnet is not where Fly knocks', withLan);
  }
}

/** The value of an `[env]` name such as OPENCLAW_GATEWAY_PORT, whatever a fork calls itself. */
function envOf(lint: Subject, ending: RegExp): { value: string; path: Path } | null {
  for (const [name, entry] of lint.config.env) if (ending.test(name)) return entry;
  return null;
}

function port(lint: Subject): void {
  const services = gatewayServices(lint.config).filter((service) => service.internalPort !== null);
  const first = services[0];
  if (!first || lint.gateway?.shared) return;
  const known = gatewayPort(lint);
  if (!known || services.some((service) => service.internalPort === known.port)) return;
  lint.add(
    'port-mismatch',
    known.certain ? 'error' : 'warning',
    [...first.path, 'internal_port'],
    `internal_port is ${first.internalPort}, but the gateway listens on ${known.port} (${known.because})`,
    `internal_port = ${known.port}`,
  );
}

/** Where the gateway listens, as far as anything tells. */
export function gatewayPort(
  lint: Subject,
): { readonly port: number; readonly because: string; readonly certain: boolean } | null {
  const gateway = lint.gateway;
  if (gateway?.portGiven) {
    return gateway.port === null ? null : { port: gateway.port, because: 'its start command', certain: true };
  }
  // A script or another program may do with the variable what it likes.
  if (!gateway && !(lint.isOfficial && lint.command === null)) return null;
  for (const [name, { value }] of lint.config.env) {
    if (/^\w+_GATEWAY_PORT$/.test(name)) {
      return /^\d+$/.test(value) ? { port: Number(value), because: name, certain: true } : null;
    }
  }
  if (lint.context.dockerfile !== null && dockerfileEnv(lint.context.dockerfile, /_GATEWAY_PORT$/) !== null) {
    return null;
  }
  return gateway
    ? {
        port: 18_789,
        because: 'its default, unless gateway.port in its config says otherwise',
        certain: false,
      }
    : { port: 18_789, because: 'the default of the official image; PORT is not read', certain: true };
}

/** The option after the word that runs the gateway, which is the last such word, also in the script of a shell. */
function withOption(command: string, option: string): string {
  return command.replace(/^([\s\S]*(?:^|\s)gateway(?: +run)?)(?=["';\s]|$)/, `$1 ${option}`);
}

/**
 * The line with the command after a change, to paste; `null` where the command stands elsewhere, or where the change
 * did not come out as meant.
 */
export function commandLine(lint: Subject, change: (command: string) => string): string | null {
  const start = lint.config.start;
  if (!start || lint.context.command !== null) return null;
  const changed = change(start.command);
  if (changed === start.command || readGatewayCommand(changed) === null) return null;
  const key = String(start.path.at(-1));
  return `${key} = ${JSON.stringify(start.path[0] === 'experimental' ? splitCommand(changed) : changed)}`;
}
