import { type GatewayCommand, heapLimitMb, readGatewayCommand, splitCommand } from './command.ts';
import {
  type AppConfig,
  appliesTo,
  type Check,
  gatewayMount,
  gatewayServices,
  gatewayVm,
  type Service,
} from './config.ts';
import { isCredential } from './credentials.ts';
import { dockerfileEnv, dockerfileStart } from './dockerfile.ts';
import type { Finding } from './finding.ts';
import { unknownKeys } from './known-keys.ts';
import { modelKeyNames } from './model-keys.ts';
import type { Path } from './places.ts';
import { type RuleId, rules } from './rules.ts';
import { holdsDefaultState, isInside, stateDirectory } from './state-directory.ts';

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

/** Nothing is known beside the file: what a checkout alone can tell. */
export const fileOnly: LintContext = {
  vmMemoryMb: null,
  command: null,
  image: null,
  dockerfile: null,
  version: null,
  openclawConfig: false,
  secretNames: null,
  volumes: null,
  machines: null,
};

/**
 * Everything a careful operator would point at, in the order of the file. Pure: the context brings what others found
 * out. A doubt is no finding: what a Dockerfile or script of the user's may well do is left alone.
 */
export function lintConfig(config: AppConfig, context: LintContext): readonly Finding[] {
  return new Lint(config, context).run();
}

const placesToCheck = ['/healthz', '/readyz', '/startupz', '/health', '/ready'];

class Lint {
  readonly #config: AppConfig;
  readonly #context: LintContext;
  readonly #findings: Finding[] = [];
  readonly #command: string | null;
  readonly #gateway: GatewayCommand | null;
  readonly #commandPath: Path;
  /** The official image, with nothing built on top. */
  readonly #isOfficial: boolean;

  constructor(config: AppConfig, context: LintContext) {
    this.#config = config;
    this.#context = context;
    const inDockerfile = context.dockerfile === null ? null : dockerfileStart(context.dockerfile);
    this.#command = context.command ?? config.start?.command ?? inDockerfile;
    this.#gateway = this.#command === null ? null : readGatewayCommand(this.#command);
    this.#commandPath = config.start?.path ?? [];
    const image = context.image ?? config.build.image;
    this.#isOfficial = image !== null && /(?:^|\/)openclaw\/openclaw(?:[:@]|$)/.test(image);
  }

  run(): readonly Finding[] {
    this.#refusals();
    this.#services();
    this.#gatewayCommand();
    this.#memory();
    this.#state();
    this.#env();
    this.#checks();
    this.#stopping();
    this.#restarts();
    this.#privacy();
    this.#unknownKeys();
    this.#onFly();
    return this.#findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  }

  #add(
    rule: RuleId,
    severity: Finding['severity'],
    path: Path,
    message: string,
    lines: string | null = null,
  ): void {
    const place = this.#config.places.of(path);
    this.#findings.push({
      rule,
      severity,
      file: this.#config.source.file,
      line: place.line,
      column: place.column,
      message,
      why: rules[rule].why,
      lines,
    });
  }

  #refusals(): void {
    const config = this.#config;
    for (const problem of config.problems) {
      this.#add('flyctl-refuses', 'error', problem.path, problem.message, problem.lines);
    }
    const unknown = (path: Path, names: readonly string[], what: string): void => {
      for (const name of names.filter((one) => !config.groups.includes(one))) {
        this.#add(
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
        this.#add(
          'service-without-processes',
          'error',
          service.path,
          '[processes] is defined, but this service names no processes',
          `processes = ${JSON.stringify([config.gatewayGroup])}`,
        );
      }
    }
    for (const restart of config.restarts) unknown(restart.path, restart.processes, '[[restart]]');
    for (const [group, { command, path }] of config.processes) {
      if (splitCommand(command) === null) {
        this.#add(
          'flyctl-refuses',
          'error',
          path,
          `the command of "${group}" has a quote that is not closed`,
        );
      }
      const mounts = config.mounts.filter((mount) => appliesTo(mount.processes, group, config));
      if (mounts[1]) {
        this.#add(
          'flyctl-refuses',
          'error',
          mounts[1].path,
          `"${group}" has more than one mount; Fly allows one`,
        );
      }
    }
    const strategy = (config.data.deploy as Record<string, unknown> | undefined)?.strategy;
    if (strategy === 'canary' && config.mounts.length > 0) {
      this.#add(
        'flyctl-refuses',
        'error',
        ['deploy', 'strategy'],
        'the canary strategy does not work with volumes',
        'strategy = "rolling"',
      );
    }
  }

  #services(): void {
    for (const service of gatewayServices(this.#config)) {
      if (service.autoStop === 'stop' || service.autoStop === 'suspend') {
        this.#add(
          'auto-stop-on',
          'warning',
          [...service.path, 'auto_stop_machines'],
          'the proxy may stop the machine when no requests come in',
          'auto_stop_machines = "off"',
        );
      }
      if (service.minMachinesRunning === 0) {
        this.#add(
          'min-machines-zero',
          'warning',
          [...service.path, 'min_machines_running'],
          'min_machines_running is 0: no machine has to run',
          'min_machines_running = 1',
        );
      }
    }
    const bySource = new Map<string, string[]>();
    for (const mount of this.#config.mounts) {
      const groups = this.#config.groups.filter((group) => appliesTo(mount.processes, group, this.#config));
      const source = mount.source ?? '';
      const sharing = [...(bySource.get(source) ?? []), ...groups];
      bySource.set(source, sharing);
      if (sharing.length < 2) continue;
      this.#add(
        'several-groups-one-volume',
        'warning',
        mount.processes.length > 0 ? [...mount.path, 'processes'] : mount.path,
        `the process groups ${sharing.join(', ')} all mount "${source}"`,
        `processes = ${JSON.stringify([this.#config.gatewayGroup])}`,
      );
    }
  }

  #gatewayCommand(): void {
    this.#port();
    const gateway = this.#gateway;
    // A command in a Dockerfile is not in this file, and what the file's env does to it is not certain.
    if (!gateway || (this.#config.start === null && this.#context.command === null)) return;
    if (!gateway.allowUnconfigured && !this.#context.openclawConfig) {
      this.#add(
        'allow-unconfigured-missing',
        'warning',
        this.#commandPath,
        'the gateway command has no --allow-unconfigured',
        this.#commandLine((command) =>
          command.replace(/\bgateway( run)?\b(?!.*\bgateway\b)/, '$& --allow-unconfigured'),
        ),
      );
    }
    this.#bind(gateway);
  }

  #bind(gateway: GatewayCommand): void {
    const { bind } = gateway;
    const withLan = this.#commandLine((command) =>
      bind === null ? `${command} --bind lan` : command.replace(/--bind[= ]\S+/, '--bind lan'),
    );
    if (bind === null) {
      if (this.#envOf(/_BIND$/) !== null) return;
      const message = 'the gateway command has no --bind lan';
      this.#add('bind-loopback', 'warning', this.#commandPath, message, withLan);
    } else if (bind === 'loopback') {
      // Without a service nobody comes in through Fly's proxy: a tunnel inside the machine may be meant.
      const severity = gatewayServices(this.#config).length > 0 ? 'error' : 'warning';
      this.#add('bind-loopback', severity, this.#commandPath, '--bind loopback is 127.0.0.1 only', withLan);
    } else if (!['lan', 'auto', 'custom', 'tailnet'].includes(bind) && !/[$]/.test(bind)) {
      const message = /^(?:127\.|localhost|::1)/.test(bind)
        ? `--bind ${bind} is loopback, and no value that the gateway accepts`
        : `--bind ${bind} is no value that the gateway accepts`;
      this.#add('bind-loopback', 'error', this.#commandPath, message, withLan);
    } else if (bind === 'tailnet' && gatewayServices(this.#config).length > 0) {
      this.#add(
        'bind-loopback',
        'warning',
        this.#commandPath,
        '--bind tailnet is not where Fly knocks',
        withLan,
      );
    }
  }

  /** The value of an `[env]` name such as OPENCLAW_GATEWAY_PORT, whatever a fork calls itself. */
  #envOf(ending: RegExp): { value: string; path: Path } | null {
    for (const [name, entry] of this.#config.env) if (ending.test(name)) return entry;
    return null;
  }

  #port(): void {
    const services = gatewayServices(this.#config).filter((service) => service.internalPort !== null);
    const first = services[0];
    if (!first || this.#gateway?.shared) return;
    const known = this.#gatewayPort();
    if (!known || services.some((service) => service.internalPort === known.port)) return;
    this.#add(
      'port-mismatch',
      known.certain ? 'error' : 'warning',
      [...first.path, 'internal_port'],
      `internal_port is ${first.internalPort}, but the gateway listens on ${known.port} (${known.because})`,
      `internal_port = ${known.port}`,
    );
  }

  #gatewayPort(): { port: number; because: string; certain: boolean } | null {
    const gateway = this.#gateway;
    if (gateway?.portGiven) {
      return gateway.port === null ? null : { port: gateway.port, because: '--port', certain: true };
    }
    // A script or another program may do with the variable what it likes.
    if (!gateway && !(this.#isOfficial && this.#command === null)) return null;
    for (const [name, { value }] of this.#config.env) {
      if (/^\w+_GATEWAY_PORT$/.test(name)) {
        return /^\d+$/.test(value) ? { port: Number(value), because: name, certain: true } : null;
      }
    }
    if (
      this.#context.dockerfile !== null &&
      dockerfileEnv(this.#context.dockerfile, /_GATEWAY_PORT$/) !== null
    ) {
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

  /** The line with the command after a change, to paste; `null` where the command stands elsewhere. */
  #commandLine(change: (command: string) => string): string | null {
    const start = this.#config.start;
    if (!start || this.#context.command !== null || start.path[0] !== 'processes') return null;
    if (/(?:^|\/)sh\s+-/.test(start.command)) return null;
    return `${this.#config.gatewayGroup} = ${JSON.stringify(change(start.command))}`;
  }

  #memory(): void {
    const vm = gatewayVm(this.#config);
    const memoryMb = this.#context.vmMemoryMb ?? vm?.memoryMb ?? null;
    const path: Path = vm ? [...vm.path, ...(vm.memoryKey === null ? [] : [vm.memoryKey])] : [];
    const lines = vm ? 'memory = "2048mb"' : '[[vm]]\n  size = "shared-cpu-2x"\n  memory = "2048mb"';
    if (memoryMb !== null && memoryMb < 2048) {
      this.#add(
        'memory-too-small',
        memoryMb <= 512 ? 'error' : 'warning',
        path,
        `the machine has ${memoryMb} MB; the gateway wants 2048`,
        lines,
      );
    } else if (!vm && memoryMb === null) {
      this.#add(
        'memory-too-small',
        'warning',
        [],
        "no [[vm]]: a new machine gets Fly's smallest size, 256 MB",
        lines,
      );
    }
    if (memoryMb === null) return;
    const options = this.#config.env.get('NODE_OPTIONS');
    const inEnv = options ? heapLimitMb(options.value) : null;
    const heapMb = this.#gateway?.heapMb ?? inEnv;
    if (heapMb === null || heapMb < memoryMb) return;
    const right = Math.floor((memoryMb * 3) / 4);
    this.#add(
      'heap-over-memory',
      'error',
      this.#gateway?.heapMb ? this.#commandPath : (options?.path ?? []),
      `the heap limit of ${heapMb} MB is not below the ${memoryMb} MB of the machine`,
      this.#gateway?.heapMb ? null : `NODE_OPTIONS = "--max-old-space-size=${right}"`,
    );
  }

  #state(): void {
    const mount = gatewayMount(this.#config);
    if (!mount) {
      const other = this.#config.mounts[0];
      this.#add(
        'no-mount',
        'error',
        other?.path ?? [],
        other
          ? `no mount is for the gateway's process group "${this.#config.gatewayGroup}"`
          : 'no [mounts]: the gateway has no volume',
        other
          ? `processes = ${JSON.stringify([this.#config.gatewayGroup])}`
          : '[mounts]\n  source = "openclaw_data"\n  destination = "/data"',
      );
      return;
    }
    const destination = mount.destination;
    if (destination === null) return;
    const state = stateDirectory(this.#config);
    const lines = `OPENCLAW_STATE_DIR = ${JSON.stringify(destination)}`;
    if (state) {
      if (!state.path.startsWith('/') || isInside(state.path, destination)) return;
      this.#add(
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
    if (holdsDefaultState(destination) || !this.#isSurelyGateway()) return;
    this.#add(
      'state-not-on-volume',
      'error',
      this.#config.data.env === undefined ? [] : ['env'],
      `no state directory is set: the state stays in the home directory, and the volume is at ${destination}`,
      this.#config.data.env === undefined ? `[env]\n  ${lines}` : lines,
    );
  }

  /** What runs is the gateway of upstream's own image, and nothing of the user's sets variables before it. */
  #isSurelyGateway(): boolean {
    const { dockerfile } = this.#context;
    if (dockerfile !== null && dockerfileEnv(dockerfile, /(?:STATE_DIR|_HOME|^HOME)$/) !== null) return false;
    if (this.#command !== null) return this.#gateway !== null && !/STATE_DIR=|HOME=/.test(this.#command);
    if (this.#isOfficial) return true;
    // Upstream's Dockerfile reads this build setting; a Dockerfile of somebody's own has no use for it.
    return dockerfile === null && [...this.#config.env.keys()].some((name) => /_PREFER_PNPM$/.test(name));
  }

  #env(): void {
    for (const [name, { value, path }] of this.#config.env) {
      if (!isCredential(name, value)) continue;
      this.#add('secret-in-env', 'error', path, `${name} in [env] holds a credential`, null);
    }
    const names = this.#context.secretNames;
    if (names === null) return;
    const all = new Set([...names, ...this.#config.env.keys()]);
    if (modelKeyNames.some((name) => all.has(name))) return;
    this.#add('model-key-missing', 'warning', [], 'no API key of a model provider is among the secrets');
  }

  #checks(): void {
    const services = gatewayServices(this.#config);
    const own = this.#config.checks.filter((check) =>
      appliesTo(check.processes, this.#config.gatewayGroup, this.#config),
    );
    for (const check of [...services.flatMap((service) => service.checks), ...own]) this.#check(check);
  }

  #check(check: Check): void {
    if (check.gracePeriodMs !== null && check.gracePeriodMs < 30_000) {
      this.#add(
        'check-grace-too-short',
        'warning',
        [...check.path, 'grace_period'],
        `the check begins ${check.gracePeriodMs / 1000} s after the start; the gateway needs longer to listen`,
        'grace_period = "60s"',
      );
    }
    if (check.type !== 'http' || !(this.#gateway || (this.#isOfficial && this.#command === null))) return;
    const path = (check.httpPath ?? '/').replace(/[?#].*$/, '').replace(/(.)\/$/, '$1');
    const doubt = this.#pathDoubt(path);
    if (doubt === null) return;
    this.#add(
      'check-on-dead-path',
      'warning',
      check.httpPath === null ? check.path : [...check.path, 'path'],
      `${path} ${doubt}`,
      'path = "/healthz"',
    );
  }

  /** Health paths by version: none up to 2026.2, /healthz and /readyz from 2026.3.1, /startupz in 2026.9 (recorded). */
  #pathDoubt(path: string): string | null {
    if (!placesToCheck.includes(path))
      return 'is not a health path of the gateway: its web page answers there';
    const [year = 0, month = 0] = (this.#context.version ?? '').replace(/^v/, '').split('.').map(Number);
    if (!year || !month) return null;
    const age = year * 12 + month;
    if (age < 2026 * 12 + 3) return `says nothing before OpenClaw 2026.3.1: every path answers 200`;
    if (path === '/startupz' && age < 2026 * 12 + 8)
      return 'is answered by the web page up to OpenClaw 2026.7';
    return null;
  }

  #stopping(): void {
    const { killTimeoutMs, killSignal } = this.#config;
    if (killTimeoutMs !== null && killTimeoutMs < 10_000) {
      this.#add(
        'kill-timeout-short',
        'warning',
        ['kill_timeout'],
        `the gateway has ${killTimeoutMs / 1000} s to stop`,
        'kill_timeout = "300s"',
      );
    }
    if (killSignal !== null && !/^(?:SIG)?(?:TERM|INT)$/i.test(killSignal)) {
      this.#add(
        'kill-signal-unclean',
        'warning',
        ['kill_signal'],
        `${killSignal} does not make the gateway stop cleanly`,
        'kill_signal = "SIGTERM"',
      );
    }
  }

  #restarts(): void {
    for (const restart of this.#config.restarts) {
      if (!appliesTo(restart.processes, this.#config.gatewayGroup, this.#config)) continue;
      const path = [...restart.path, 'policy'];
      if (restart.policy === 'never') {
        const message = 'the gateway is never started again after a crash';
        this.#add('restart-never', 'warning', path, message, 'policy = "on-failure"\n  retries = 10');
      } else if (restart.policy === 'on-failure') {
        const message = 'a gateway that ends with exit code 0 is not started again';
        this.#add('restart-on-failure', 'notice', path, message, 'policy = "always"');
      }
    }
  }

  #privacy(): void {
    const { source } = this.#config;
    if (!/private[^/]*$/i.test(source.file) || source.generated) return;
    const open = this.#config.services.find((service) => opensToThePublic(service));
    if (open) {
      const message = `${source.file} is named private, but has a service for the public ports`;
      this.#add('private-with-service', 'warning', open.path, message);
    }
  }

  #unknownKeys(): void {
    for (const { path, meant } of unknownKeys(this.#config.data)) {
      const key = String(path.at(-1));
      // Template tools and other programs keep their own things in the file; that is no slip.
      this.#add(
        'unknown-key',
        meant === null ? 'notice' : 'warning',
        path,
        `flyctl knows no key "${key}" here${meant === null ? '' : `; "${meant}" is probably meant`}`,
        meant,
      );
    }
  }

  #onFly(): void {
    const { volumes, machines } = this.#context;
    const mount = gatewayMount(this.#config);
    const region = this.#config.primaryRegion;
    const named = (volumes ?? []).filter((volume) => volume.name === mount?.source);
    if (mount && region !== null && named.length > 0 && !named.some((volume) => volume.region === region)) {
      const elsewhere = [...new Set(named.map((volume) => volume.region))].join(', ');
      this.#add(
        'volume-region',
        named.some((volume) => volume.attachedMachineId !== null) ? 'warning' : 'error',
        ['primary_region'],
        `the volume "${mount.source}" is in ${elsewhere}, and primary_region is ${region}`,
        `primary_region = ${JSON.stringify(named[0]?.region)}`,
      );
    }
    const group = this.#config.gatewayGroup;
    const count = (machines ?? []).filter((machine) => machine.processGroup === group).length;
    if (count > 1) {
      this.#add('several-machines', 'warning', mount?.path ?? [], `${count} machines run in "${group}"`);
    }
  }
}

/** Ports with TLS or a redirect to HTTPS are for the public; plain HTTP on 80 is what Flycast needs. */
function opensToThePublic(service: Service): boolean {
  if (service.kind === 'http_service') return true;
  return service.ports.some((port) => port.forceHttps || port.handlers.includes('tls'));
}
