/** What every part of the platform needs: the state, the clock, and where things that happen are told. */
import type { Clock } from './clock.ts';
import type { ExecHook } from './exec.ts';
import type { Ids } from './ids.ts';
import type { Moment, TokenKind } from './options.ts';
import type { Recording } from './recordings.ts';
import type { Boot } from './scenario.ts';
import type { App, LogLine, Machine, World } from './world.ts';

/** Options with their defaults filled in. */
export interface Settings {
  readonly boots: readonly Boot[];
  readonly tokens: Readonly<Record<string, TokenKind>>;
  readonly images: Readonly<
    Record<string, { readonly digest?: string; readonly labels?: Readonly<Record<string, string>> } | null>
  > | null;
  readonly regions: Readonly<Record<string, Region>>;
  readonly paidPlan: boolean;
  readonly builder: boolean;
  readonly buildFailure: readonly string[] | null;
  readonly listCarriesEvents: boolean;
  readonly logPageSize: number;
  readonly restartDelay: number;
  readonly snapshotTime: number | null;
  readonly touchUnchangedSecrets: boolean;
  readonly exec: readonly ExecHook[];
}

export interface Region {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly paid: boolean;
}

export interface Fly {
  readonly world: World;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly settings: Settings;
  readonly recording: (name: string) => Recording;
  /** URL of the app for people. */
  readonly appUrl: (app: App) => string;
  /** References by tag that were looked up, by digest. */
  readonly imageNames: Map<string, string>;
  /** Machines that somebody waits for: called after each change of state. */
  readonly watchers: Map<string, Set<() => void>>;
  /** Called for each new line of the log. */
  readonly onLog: Set<(app: App, line: LogLine) => void>;
  readonly moments: Moment[];
}

/** A request that the platform refuses. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, error: string, more: Record<string, unknown> = {}) {
    super(error);
    this.status = status;
    this.body = { error, ...more };
  }
}

export function happened(
  fly: Fly,
  kind: Moment['kind'],
  app: App,
  machine: string,
  text: string,
  at = fly.clock.now(),
): void {
  fly.moments.push({ at, real: performance.now(), kind, app: app.name, machine, text });
}

/** Appends a line to the app's log. */
export function say(
  fly: Fly,
  app: App,
  machine: Pick<Machine, 'id' | 'region'>,
  provider: string,
  text: string,
  level = 'info',
  at = fly.clock.now(),
): void {
  const line: LogLine = {
    n: app.log.length + 1,
    at,
    provider,
    level,
    machine: machine.id,
    region: machine.region,
    text,
  };
  app.log.push(line);
  happened(fly, 'log', app, machine.id, text, at);
  for (const listener of fly.onLog) listener(app, line);
}

export function findApp(fly: Fly, name: string): App {
  const app = fly.world.apps.get(name);
  if (app === undefined) throw new Refusal(404, 'app not found');
  return app;
}

export function findMachine(app: App, id: string): Machine {
  const machine = app.machines.get(id);
  if (machine === undefined) throw new Refusal(404, 'machine not found');
  return machine;
}

export const iso = (at: number): string => new Date(at).toISOString();
