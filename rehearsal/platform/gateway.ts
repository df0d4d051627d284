/** What runs in a machine: chosen by the boot rules, replayed from a recording or from scripted lines. */
import { constants } from 'node:os';
import { matchesGlob } from 'node:path/posix';
import type { HttpFact, Recording } from './recordings.ts';
import type { Boot } from './scenario.ts';

/** What a boot rule may ask about a machine. */
export interface BootFacts {
  readonly app: string;
  readonly machineId: string;
  readonly machineName: string;
  readonly boot: number;
  readonly appBoot: number;
  /** Every name the image is known by. */
  readonly images: readonly string[];
  readonly cmd: string;
  readonly memoryMb: number;
  readonly env: Readonly<Record<string, string>>;
  /** Every file by absolute path. */
  readonly files: ReadonlyMap<string, string>;
  readonly uncleanBoots: number;
}

/** The first rule that fits; `null`: none does. */
export function chooseBoot(boots: readonly Boot[], facts: BootFacts): Boot | null {
  return boots.find((boot) => fits(boot.when ?? {}, facts)) ?? null;
}

function fits(when: NonNullable<Boot['when']>, facts: BootFacts): boolean {
  const { app, machine, boot, appBoot, image, cmd, memoryBelow, env, files, uncleanBoots } = when;
  return (
    (app === undefined || app === facts.app) &&
    (machine === undefined || machine === facts.machineId || machine === facts.machineName) &&
    (boot === undefined || boot === facts.boot) &&
    (appBoot === undefined || facts.appBoot >= appBoot) &&
    (image === undefined || facts.images.some((name) => new RegExp(image).test(name))) &&
    (cmd === undefined || facts.cmd.includes(cmd)) &&
    (memoryBelow === undefined || facts.memoryMb < memoryBelow) &&
    (uncleanBoots === undefined || facts.uncleanBoots >= uncleanBoots) &&
    Object.entries(env ?? {}).every(([name, pattern]) => valueFits(pattern, [facts.env[name]])) &&
    Object.entries(files ?? {}).every(([glob, pattern]) =>
      valueFits(
        pattern,
        [...facts.files].filter(([path]) => matchesGlob(path, glob)).map(([, text]) => text),
      ),
    )
  );
}

function valueFits(pattern: string | null, found: readonly (string | undefined)[]): boolean {
  const there = found.filter((value) => value !== undefined);
  if (pattern === null) return there.length === 0;
  return there.some((value) => new RegExp(pattern).test(value));
}

interface PlannedLine {
  /** Milliseconds after the process was started, or after the signal. */
  readonly at: number;
  readonly text: string;
  readonly provider: string;
  readonly level: string;
}

/** How a process ends: with a code, or by a signal. */
export interface Ending {
  readonly code: number;
  /** 0: none. */
  readonly signal: number;
  readonly oom: boolean;
}

/** Everything that one boot will do. Times in milliseconds after the process was started. */
export interface RunPlan {
  readonly pull: number;
  readonly bootDelay: number;
  readonly failToStart: boolean;
  readonly silentLogs: boolean;
  readonly lines: readonly PlannedLine[];
  readonly end: (Ending & { readonly at: number }) | null;
  readonly listeners: readonly { readonly address: string; readonly port: number; readonly from: number }[];
  readonly http: readonly HttpFact[];
  readonly checks: 'passing' | 'critical' | null;
  readonly writes: Readonly<Record<string, string | null>>;
  /** What it says when it is stopped, times after the signal. */
  readonly lastWords: readonly { readonly at: number; readonly text: string }[];
  readonly stopTakes: number;
  /** Nothing is known of it but its ports: it starts and stops without a word. */
  readonly quiet: boolean;
}

/** A gateway that is up and says nothing. */
const quietHttp: readonly HttpFact[] = [
  { path: '*', from: 0, status: 200, body: '<!doctype html><title>OpenClaw Control</title>' },
  { path: '/healthz', from: 0, status: 200, body: '{"ok":true,"status":"live"}' },
  { path: '/readyz', from: 0, status: 200, body: '{"ready":true}' },
  { path: '/startupz', from: 0, status: 200, body: '{"ok":true,"status":"started"}' },
];

const signals: Readonly<Record<string, number>> = constants.signals;

export function signalNumber(signal: string | number | undefined): number {
  if (typeof signal === 'number') return signal;
  return signal === undefined ? 0 : (signals[signal] ?? 0);
}

export function signalName(number: number): string {
  return Object.entries(signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}

/** How a process with this code, signal or OOM kill ends, as the exit event counts it (137 for SIGKILL). */
export function ending(exit: { code?: number; signal?: string | number; oom?: boolean }): Ending {
  const signal = exit.oom ? 9 : signalNumber(exit.signal);
  return { code: signal > 0 ? 128 + signal : (exit.code ?? 0), signal, oom: exit.oom ?? false };
}

/** @param quietPorts Ports of a gateway of which no rule says anything. */
export function planRun(
  boot: Boot | null,
  recording: Recording | null,
  quietPorts: readonly number[],
): RunPlan {
  const rule: Boot = boot ?? { ports: [...quietPorts] };
  const scripted = scriptedLines(rule);
  const recorded = (recording?.lines ?? []).map((line) => ({
    at: line.at * 1000,
    text: line.text,
    provider: 'app',
    level: 'info',
  }));
  const end = plannedEnd(rule, recording);
  const lines = [...recorded, ...scripted]
    .filter((line) => end === null || line.at <= end.at)
    .sort((a, b) => a.at - b.at);
  const lastWords = (recording?.lastWords ?? []).map((line) => ({ at: line.at * 1000, text: line.text }));
  // A process is gone a moment after its last word; one that says nothing needs about as long.
  const recordedStop = recording?.run.alive_at_end === true ? (lastWords.at(-1)?.at ?? 250) + 50 : 0;
  return {
    pull: (rule.pull ?? 0) * 1000,
    bootDelay: (rule.bootDelay ?? 0.3) * 1000,
    failToStart: rule.failToStart ?? false,
    silentLogs: rule.silentLogs ?? false,
    lines,
    end,
    listeners: plannedListeners(rule, recording),
    http: [
      ...(recording?.run.http ?? quietHttp),
      ...Object.entries(rule.http ?? {}).map(([path, answer]) => ({ path, from: 0, body: '', ...answer })),
    ],
    checks: rule.checks ?? null,
    writes: rule.writes ?? {},
    lastWords,
    stopTakes: rule.stopTakes === undefined ? recordedStop : rule.stopTakes * 1000,
    quiet: boot === null,
  };
}

function scriptedLines(rule: Boot): PlannedLine[] {
  let plain = 0;
  return (rule.lines ?? []).flatMap((line) => {
    if (typeof line === 'string') {
      plain += 1;
      return [{ at: (plain - 1) * 50, text: line, provider: 'app', level: 'info' }];
    }
    return Array.from({ length: line.repeat ?? 1 }, (_, index) => ({
      at: (line.after + index * (line.every ?? 0)) * 1000,
      text: line.text,
      provider: line.provider ?? 'app',
      level: line.level ?? 'info',
    }));
  });
}

function plannedEnd(rule: Boot, recording: Recording | null): RunPlan['end'] {
  if (rule.exit !== undefined) return { at: rule.exit.after * 1000, ...ending(rule.exit) };
  if (recording === null || recording.run.alive_at_end) return null;
  const { code, signal } = recording.run.exit;
  return {
    at: (recording.lines.at(-1)?.at ?? 0) * 1000 + 100,
    ...ending({ code: code ?? undefined, signal: signal ?? undefined }),
  };
}

function plannedListeners(rule: Boot, recording: Recording | null): RunPlan['listeners'] {
  const recorded = recording?.run.listening ?? null;
  const ports = rule.ports ?? (recorded === null ? [] : [recorded.port]);
  const addresses = rule.loopbackOnly
    ? ['127.0.0.1']
    : rule.ports === undefined && rule.loopbackOnly === undefined && recorded !== null
      ? recorded.addresses
      : ['0.0.0.0'];
  const from = (rule.listenAfter ?? recorded?.from ?? 0) * 1000;
  return ports.flatMap((port) => addresses.map((address) => ({ address, port, from })));
}

/** What a GET of this path answers so many milliseconds after the start. */
export function httpAnswer(plan: RunPlan, path: string, age: number): { status: number; body: string } {
  const plain = path.split('?')[0] ?? path;
  const due = plan.http.filter((fact) => fact.from * 1000 <= age);
  const fact =
    due.findLast((candidate) => candidate.path === plain) ??
    due.findLast((candidate) => candidate.path === '*');
  return fact === undefined ? { status: 404, body: 'Not Found' } : { status: fact.status, body: fact.body };
}
