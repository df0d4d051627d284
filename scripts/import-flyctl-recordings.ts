/**
 * Turns raw recordings of flyctl (a folder a run: cmd.txt, stdout.txt, stderr.txt, exit.txt, requests.json) into
 * the compact data of the conformance test. Usage: node scripts/import-flyctl-recordings.ts FOLDER
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { LEFT_OUT } from '../rehearsal/conformance/left-out.ts';
import type { Exchange, Recording } from '../rehearsal/conformance/recording.ts';
import type { Boot, Fault } from '../rehearsal/platform/scenario.ts';

interface RawRequest {
  t_ms: number;
  method: string;
  path: string;
  operation?: string;
  lease_nonce?: string;
  request?: unknown;
  status?: number | string;
  response?: unknown;
  injected?: boolean;
  repeated?: number;
  clientGone?: boolean;
}

interface RawFault {
  method?: string;
  path?: string;
  match?: string;
  status?: number;
  error?: string;
  body?: string;
  reset?: boolean;
  latency_ms?: number;
  count?: number;
  skip?: number;
}

/** What most recordings have, and is not written down. */
const USUAL_SPEED = 10;
const USUAL_BOOTS: Boot[] = [{ recording: '2026.5.12/01-healthy-start', ports: [3000] }];

const [source = ''] = process.argv.slice(2);
const target = new URL('../rehearsal/conformance/recordings/', import.meta.url);

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const groups = new Map<string, Recording[]>();
for (const name of readdirSync(source).sort()) {
  if (name in LEFT_OUT) continue;
  const recording = readRecording(join(source, name), name);
  const group = recording.argv.slice(0, 2).filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'));
  const key =
    group[0] === 'deploy'
      ? `deploy-${String(Math.floor(Number(name.slice(0, 3)) / 50)).padStart(2, '0')}`
      : group.join('-');
  groups.set(key, [...(groups.get(key) ?? []), recording]);
}
for (const [group, recordings] of groups) {
  const lines = recordings.map((recording) => JSON.stringify(recording));
  writeFileSync(new URL(`${group}.json`, target), `[\n${lines.join(',\n')}\n]\n`);
}

function readRecording(folder: string, name: string): Recording {
  const text = (file: string) => readFileSync(join(folder, file), 'utf8');
  const [head = '', ...parts] = text('cmd.txt').split(/\n--- \/app\//);
  const line = (label: string) =>
    head
      .split('\n')
      .find((each) => each.startsWith(`${label}: `))
      ?.slice(label.length + 2);
  const requests = JSON.parse(text('requests.json')) as RawRequest[];
  const exit = text('exit.txt').trim();
  const after = afterFiles(folder);
  const files = Object.fromEntries(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), part.slice(end + 1)];
    }),
  );
  const before = line('run before (not recorded)')?.split(' ; ');
  // A saved config had taken the place of the file by the time of the run.
  if (before?.some((command) => command.startsWith('flyctl config save'))) Object.assign(files, after);
  const stdin = line('stdin');
  return {
    name,
    argv: JSON.parse(line('argv') ?? '[]') as string[],
    ...optional('env', environment(line('env changed for this run'))),
    ...optional(
      'stdin',
      stdin?.startsWith('"')
        ? (JSON.parse(stdin.replace(/, stdout and stderr are pipes$/, '')) as string)
        : undefined,
    ),
    ...optional('files', parts.length > 0 ? files : undefined),
    ...optional('before', before),
    ...machinesOf(line('machine boots')),
    ...optional('faults', faultsOf(line('faults injected'))),
    ...optional('during', meanwhile(line('during the run'))),
    started: startOf(text('stdout.txt'), requests),
    ...optional('signal', signalOf(line('ended by'))),
    exit: exit === 'killed by SIGKILL' ? 'SIGKILL' : Number(exit),
    stdout: text('stdout.txt'),
    stderr: text('stderr.txt'),
    ...optional('after', Object.keys(after).length > 0 ? after : undefined),
    exchanges: folded(requests, head),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, V>>);
}

function environment(text: string | undefined): Record<string, string | null> | undefined {
  if (text === undefined) return undefined;
  const changes: Record<string, string | null> = {};
  for (const [, name = '', unset, value = ''] of text.matchAll(/(\w+)(?:( \(unset\))|=(\S*))/g))
    changes[name] = unset ? null : value;
  return changes;
}

function machinesOf(text: string | undefined): Pick<Recording, 'boots' | 'speed'> {
  const [, rules = '', speed] = /^(\[.*\]) speed (\d+)$/.exec(text ?? '') ?? [];
  if (rules === '') return {};
  const boots = JSON.parse(rules.replaceAll('"transcript"', '"recording"')) as Boot[];
  return {
    ...optional('boots', isDeepStrictEqual(boots, USUAL_BOOTS) ? undefined : boots),
    ...optional('speed', Number(speed) === USUAL_SPEED ? undefined : Number(speed)),
  };
}

function faultsOf(text: string | undefined): Fault[] | undefined {
  if (text === undefined) return undefined;
  return (JSON.parse(text) as RawFault[]).map(({ count, latency_ms, match, ...same }) => ({
    ...same,
    ...optional('graphql', match?.replaceAll('\\', '')),
    ...optional('stall', latency_ms),
    ...optional('times', count),
  }));
}

function meanwhile(text: string | undefined): Recording['during'] {
  if (text === undefined) return undefined;
  return [...text.matchAll(/after (\d+) ms control log (\{[^}]*\})/g)].map(([, at, log = '']) => ({
    at: Number(at),
    log: (JSON.parse(log) as { message: string }).message,
  }));
}

function signalOf(text: string | undefined): Recording['signal'] {
  const killed = /^timeout (\d+)s \(SIGKILL\)/.exec(text ?? '');
  if (killed) return { name: 'SIGKILL', at: Number(killed[1]) * 1000 };
  const sent = /^(SIGINT|SIGTERM|SIGKILL) sent (\d+) ms after start/.exec(text ?? '');
  return sent ? { name: sent[1] as 'SIGINT', at: Number(sent[2]) } : undefined;
}

function afterFiles(folder: string): Record<string, string | null> {
  const found: Record<string, string | null> = {};
  for (const file of readdirSync(folder)) {
    if (!file.startsWith('after-') || !existsSync(join(folder, file))) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    found[file.slice('after-'.length)] = text.trim() === '(no such file)' ? null : text;
  }
  return found;
}

/** The clock of the recorded API shows in what it made: the newest time of any answer, less when that was asked for. */
function startOf(stdout: string, requests: readonly RawRequest[]): number {
  const stamped = /generated for my-app on (\S+)/.exec(stdout)?.[1];
  if (stamped) return Date.parse(stamped);
  let newest = Date.parse('2026-11-23T20:10:00Z');
  let start = newest;
  for (const { t_ms, response, status } of requests) {
    const text = JSON.stringify(response ?? '').replaceAll(/"expires_at":\d+|expires at \S+/g, '');
    for (const [, iso, ms] of text.matchAll(/"(2026-11-23T[\d:.]+Z)"|"timestamp":(\d{13})/g)) {
      const time = iso ? Date.parse(iso) : Number(ms);
      if (time > newest && status !== 'RESET') {
        newest = time;
        start = time - t_ms;
      }
    }
  }
  return start;
}

function folded(requests: readonly RawRequest[], head: string): Exchange[] {
  const slow = /latency_ms/.test(head);
  // The API wrote its answers down at the end, when a volume already knew the machine that was made later.
  const made = requests.filter(
    ({ method, path, status }) => method === 'POST' && /\/machines$/.test(path) && status === 200,
  );
  const newcomers = made.map(({ response }) => (response as { id: string }).id);
  const creation = requests.findIndex((request) => made.includes(request));
  const exchanges: Exchange[] = [];
  for (const [index, raw] of requests.entries()) {
    const exchange = exchangeOf(raw);
    if (index < creation) exchange.response = withoutMachines(exchange.response, newcomers);
    const next = requests
      .slice(index + 1)
      .find(({ lease_nonce, path }) => !(lease_nonce && /\/lease\?ttl/.test(path)));
    const held = /\/wait\?|\/exec$/.test(raw.path) || slow;
    if (held && next && next.t_ms - raw.t_ms > 100) exchange.took = next.t_ms - raw.t_ms;
    if (!next && raw.status === 408) exchange.took = Number(/timeout=(\d+)/.exec(raw.path)?.[1] ?? 0) * 1000;
    const last = exchanges.at(-1);
    const { at: _, times: __, ...same } = exchange;
    const { at: ___, times = 1, ...before } = last ?? { at: 0 };
    if (last && isDeepStrictEqual(same, before)) last.times = times + (raw.repeated ?? 1);
    else exchanges.push(exchange);
  }
  return exchanges;
}

function withoutMachines(response: unknown, ids: readonly string[]): unknown {
  if (response === undefined) return response;
  return JSON.parse(JSON.stringify(response), (key, value) =>
    key === 'attached_machine_id' && ids.includes(value) ? null : value,
  );
}

function exchangeOf(raw: RawRequest): Exchange {
  const unanswered = raw.status === undefined || raw.status === '(never answered)' || raw.clientGone;
  return {
    at: raw.t_ms,
    method: raw.method,
    path: raw.path,
    ...optional('operation', raw.operation),
    ...optional('request', raw.request),
    ...optional('nonce', raw.lease_nonce),
    status: unanswered ? 'NONE' : (raw.status as number | 'RESET'),
    ...optional('response', unanswered || raw.status === 'RESET' ? undefined : raw.response),
    ...(raw.injected && { injected: true as const }),
    ...optional('times', raw.repeated),
  };
}
