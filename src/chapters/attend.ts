import type { AppConfig } from '../app/config.ts';
import { gatewayMount, gatewayService, gatewayServices } from '../app/config.ts';
import type { FixContext } from '../causes.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Machine } from '../flyctl/schemas.ts';
import { type Journey, tellAll } from '../journey.ts';
import { migrationEvidence } from '../recover/migration-evidence.ts';
import type { RunReport } from '../report/report.ts';
import type { MachineSnapshot } from '../watch/facts.ts';
import type { Phase } from '../watch/reduce.ts';
import { flySources } from '../watch/sources.ts';
import { type ActEnd, type Watched, watch } from '../watch/watch.ts';
import { account } from './account.ts';
import { runningVersion } from './look.ts';

/** The boot that is to be watched, and what it needs to prove. */
export interface Attendance {
  readonly app: string;
  readonly operation: 'deploy' | 'restart' | 'verify';
  /** `null` where nobody knows the config: verify and restart of an app without one. */
  readonly config: AppConfig | null;
  /** Base of the public URL; `null` where the app has none. */
  readonly url: string | null;
  readonly baseline: readonly Machine[];
  /** Names of the secrets that the machine has or is about to get. */
  readonly secretNames: ReadonlySet<string>;
  readonly act: ((signal: AbortSignal) => Promise<ActEnd>) | null;
  /** Milliseconds of the input `timeout` that are left to what may follow. */
  readonly reserveMs?: number;
}

/** What a watch saw, with what a rollback has to know besides. */
export interface Attended extends Watched {
  /** The words with which the gateway told that it migrated its state; `null`: it did not. */
  readonly migrated: string | null;
  /** Whether the gateway ever listened, in whatever boot; `null` where nobody could see it. */
  readonly listened: boolean | null;
}

/** Pause between two looks in milliseconds: an eighth of what has to be proven stable, between a tenth of a second and one. */
export function pollPause(stableForMs: number): number {
  return Math.min(1_000, Math.max(100, stableForMs / 8));
}

const discordTokens = ['DISCORD_BOT_TOKEN', 'OPENCLAW_DISCORD_BOT_TOKEN'];

/** Watches one boot to its verdict, says what happens on the way, and fills in the report. */
export async function attend(journey: Journey, flyctl: Flyctl, attendance: Attendance): Promise<Attended> {
  const { inputs, console, clock, report } = journey;
  const { app, config, baseline } = attendance;
  const services = config === null ? null : gatewayServices(config);
  const gatewayPort = config?.gateway?.port ?? portOf(config?.env.get('OPENCLAW_GATEWAY_PORT')?.value);
  const service = config === null ? null : gatewayService(config, gatewayPort);
  const internalPort = service?.internalPort ?? baseline[0]?.internalPorts[0] ?? null;
  const startedAt = clock.now();
  const sources = flySources(flyctl, {
    app,
    processGroup: config?.gatewayGroup ?? null,
    port: gatewayPort ?? internalPort,
    url: attendance.url,
  });
  let machines: readonly MachineSnapshot[] = baseline;
  let migrated: string | null = null;
  const watching = watch({
    expectations: {
      app,
      operation: attendance.operation,
      baseline,
      ourReleaseVersion: null,
      expectDiscord: expectsDiscord(attendance, inputs.expectDiscord),
      throughProxy: services === null ? internalPort !== null : services.length > 0,
      internalPort,
      gatewayPort,
      listenTimeoutMs: inputs.listenTimeoutMs,
      discordTimeoutMs: inputs.discordTimeoutMs,
      stableForMs: inputs.stableForMs,
      timeoutMs: Math.max(
        0,
        Date.parse(report.startedAt) + inputs.timeoutMs - (attendance.reserveMs ?? 0) - startedAt,
      ),
      url: attendance.url ?? undefined,
      org: report.org ?? undefined,
      region: report.region ?? undefined,
      stateDir:
        config === null
          ? undefined
          : (config.env.get('OPENCLAW_STATE_DIR')?.value ?? gatewayMount(config)?.destination ?? undefined),
      version: report.version.to ?? undefined,
    },
    sources: {
      ...sources,
      async machines(signal) {
        machines = await sources.machines(signal);
        return machines;
      },
    },
    act: attendance.act,
    clock,
    pollMs: pollPause(inputs.stableForMs),
    signal: journey.signal,
    onPhase: (phase) => sayPhase(journey, phase, startedAt),
    onLines: (lines) => {
      for (const { text } of lines) migrated ??= migrationEvidence(text);
      console.machineLines(lines.map((line) => line.text));
    },
    onFeed: (feed, health, detail) => {
      if (health === 'working') console.phase(`${feedWords[feed]} can be read again`);
      else if (health === 'refused') {
        const command = `fly tokens create org -o ${report.org ?? 'ORG'} -x 8760h`;
        const told = report.warnings.some((warning) => warning.includes(command));
        const token = told ? '' : ` A token that may: \`${command}\`.`;
        tellAll(journey, `${feedWords[feed]} cannot be read: ${detail}.${token}`);
      } else console.phase(`${feedWords[feed]} cannot be read just now, trying again: ${detail}`);
    },
    onTick: (what) => console.tick(what),
  });
  const watched = await watching.catch((error: unknown) => {
    // A run that is stopped here still has to say what runs now.
    describeMachines(report, machines, null);
    throw error;
  });
  account(report, watched.verdict, surroundings(journey, attendance));
  describeMachines(report, machines, watched.verdict.machineId);
  const { feeds, phases } = watched.state;
  const listened =
    watched.verdict.listening || phases.some(({ name }) => name === 'listening' || name === 'ready');
  return { ...watched, migrated, listened: listened || (feeds.logs.health === 'refused' ? null : false) };
}

const feedWords = {
  machines: 'The state of the machines',
  logs: 'The logs',
  probe: 'What runs inside the machine',
  url: 'The public URL',
} as const;

function portOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : null;
}

function expectsDiscord({ config, secretNames }: Attendance, wanted: 'auto' | boolean): boolean {
  if (wanted !== 'auto') return wanted;
  return discordTokens.some((name) => secretNames.has(name) || config?.env.has(name));
}

function sayPhase({ console, report }: Journey, phase: Phase, startedAt: number): void {
  console.phase(phase.text);
  const at = (ms: number) => Math.round(Math.max(0, ms - Date.parse(report.startedAt))) / 1000;
  const failed = phase.name === 'exited' || phase.name === 'discord-failed';
  report.timeline.push({
    name: phaseWords[phase.name],
    from: at(startedAt),
    to: at(phase.learntAt),
    outcome: failed ? 'failed' : 'done',
    note: phase.text,
    moment: true,
  });
  const after = Math.round(phase.learntAt - startedAt) / 1000;
  if (phase.name === 'listening' || phase.name === 'ready') report.listeningAfter ??= after;
  if (phase.name === 'discord') report.discordAfter ??= after;
}

const phaseWords: Readonly<Record<Phase['name'], string>> = {
  'new-version': 'new version on the machine',
  started: 'machine started',
  listening: 'gateway listens',
  ready: 'gateway ready',
  discord: 'Discord login',
  'discord-failed': 'Discord failed',
  exited: 'gateway exited',
  stopped: 'machine stopped',
  'deploy-ended': 'flyctl done',
};

/** What a fix may name that only the workflow knows. */
function surroundings({ inputs, secrets, report }: Journey, { config, secretNames }: Attendance): FixContext {
  const group = config?.gatewayGroup ?? 'app';
  const own = config?.processes.get(group)?.command;
  const text = inputs.command ?? own;
  return {
    sent: new Set(secrets.values.keys()),
    hasDiscordToken: discordTokens.some((name) => secretNames.has(name) || config?.env.has(name)),
    command: text === undefined ? undefined : { text, group, input: inputs.command !== null },
    memoryInput: inputs.vmMemoryMb !== null,
    openclawConfig: inputs.openclawConfig ?? undefined,
    configFile: config?.source.file,
    service: config === null ? undefined : gatewayServices(config)[0]?.kind,
    volume: report.volume ?? undefined,
    listenTimeoutMs: inputs.listenTimeoutMs,
  };
}

/** @param judgedId the machine that stands first: it is the one that the output names */
function describeMachines(
  report: RunReport,
  machines: readonly MachineSnapshot[],
  judgedId: string | null,
): void {
  const ordered = machines.toSorted((a, b) => Number(b.id === judgedId) - Number(a.id === judgedId));
  report.machines = ordered.map(({ id, region, state, memoryMb, image }) => ({
    id,
    region,
    state,
    memoryMb,
    image,
  }));
  const judged = ordered[0] as Machine | undefined;
  if (judged === undefined) return;
  report.release = judged.releaseVersion ?? report.release;
  report.image.to = judged.image;
  report.version.to = runningVersion(judged) ?? report.version.to;
  report.memoryMb.to = judged.memoryMb;
  const [volume] = judged.volumes;
  report.volume = volume ? { id: volume.id, name: volume.name, sizeGb: report.volume?.sizeGb ?? null } : null;
}
