/**
 * Takes recorded gateway runs into rehearsal/recordings, for maintainers who add an OpenClaw version:
 *
 *     node scripts/import-recordings.ts FOLDER
 *
 * FOLDER holds `<version>/<scenario>.log`, `.timing` beside it, and a labels.jsonl (rehearsal/recordings/README.md
 * says what is in each). What physically happened goes to runs.jsonl, what a watcher should conclude to
 * labels.jsonl: the embedded platform reads the first and never the second.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { type HttpFact, type Run, runSchema, timedLines } from '../rehearsal/platform/recordings.ts';

const importedLabel = z.object({
  file: z.string().regex(/^\d+\.\d+\.\d+\/[\w.-]+\.log$/),
  version: z.string(),
  scenario: z.string(),
  args: z.string(),
  env: z.record(z.string(), z.string().nullable()),
  exit: z.object({
    code: z.number().nullable(),
    signal: z.string().nullable(),
    alive_at_end: z.boolean(),
  }),
  discord_expected: z.boolean(),
  expect: z.looseObject({ listening: z.boolean() }),
  note: z.string().optional(),
});
type ImportedLabel = z.infer<typeof importedLabel>;

/** Begins the recorder's own stop of a run that was still alive. */
const recordersStop =
  /\[admission\] closed: stop \(SIGTERM\)|signal SIGTERM received|received SIGTERM; shutting down/;
/** The port is open from here on, in every generation, plain, coloured or JSON. */
const opened = /(?<!already )listening on ws:\/\/|http server listening/;
const ready = /\[gateway\] ready\b|"message":"gateway ready"/;

function atLeast(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) >= 0;
}

/** Bodies by OpenClaw version, as the gateway's sources and probes of real runs show them. */
function httpFacts(
  version: string,
  from: number,
  lines: readonly { at: number; text: string }[],
): HttpFact[] {
  const page =
    '<!doctype html><html lang="en"><head><title>OpenClaw Control</title></head><body></body></html>';
  const facts: HttpFact[] = [{ path: '*', from, status: 200, body: page }];
  if (!atLeast(version, '2026.3.0')) return facts;
  facts.push({ path: '/healthz', from, status: 200, body: '{"ok":true,"status":"live"}' });
  const readyAt = lines.find((line) => ready.test(stripVTControlCharacters(line.text)))?.at;
  const refusedAt = lines.find((line) => /code[ =:]+40(?:04|14)/.test(line.text))?.at;
  const withheld = atLeast(version, '2026.9.0') && refusedAt !== undefined;
  // Until 2026.4.9 listening was all there was to say; a run that is too quiet to say either is ready when it listens.
  const saysReady = atLeast(version, '2026.4.9') && lines.some((line) => opened.test(line.text));
  const up = readyAt ?? (saysReady ? Number.POSITIVE_INFINITY : from);
  if (up > from || withheld) facts.push({ path: '/readyz', from, status: 503, body: '{"ready":false}' });
  if (withheld) {
    facts.push({
      path: '/readyz',
      from: refusedAt,
      status: 503,
      body: '{"ready":false,"failing":["discord"]}',
    });
  } else if (up !== Number.POSITIVE_INFINITY)
    facts.push({ path: '/readyz', from: up, status: 200, body: '{"ready":true}' });
  if (atLeast(version, '2026.9.0')) {
    const started = lines.find((line) => line.text.includes('startup outcomes:'))?.at ?? up;
    if (started > from)
      facts.push({ path: '/startupz', from, status: 503, body: '{"ok":false,"status":"starting"}' });
    if (started !== Number.POSITIVE_INFINITY)
      facts.push({ path: '/startupz', from: started, status: 200, body: '{"ok":true,"status":"started"}' });
  }
  return facts;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function addresses(args: string): readonly string[] {
  const bind = /--bind (\w+)/.exec(args)?.[1];
  return bind === 'lan' ? ['0.0.0.0'] : ['127.0.0.1', '::1'];
}

/** What physically happened in one run. `usual`: when runs of this version open their port, for those that do it silently. */
function physical(label: ImportedLabel, folder: string, usual: number): Run {
  const lines = timedLines(
    readFileSync(join(folder, label.file), 'utf8'),
    readFileSync(join(folder, label.file.replace(/\.log$/, '.timing')), 'utf8'),
  );
  const stop = label.exit.alive_at_end ? lines.findIndex((line) => recordersStop.test(line.text)) : -1;
  const own = stop === -1 ? lines : lines.slice(0, stop);
  const port = Number(/--port (\d+)/.exec(label.args)?.[1] ?? 3000);
  const openedAt = own.find((line) => opened.test(line.text))?.at;
  // A run that lived to the end and said nothing did open its port: only its log level hid the line.
  const listens = label.expect.listening || label.exit.alive_at_end;
  const from = openedAt ?? usual;
  // A bot token, even an invented one, stops pushes to GitHub.
  const env = Object.fromEntries(
    Object.entries(label.env).map(([name, value]) => [
      name,
      name === 'DISCORD_BOT_TOKEN' && value ? 'a bot token' : value,
    ]),
  );
  return runSchema.parse({
    file: label.file,
    version: label.version,
    args: label.args,
    env,
    exit: { code: label.exit.code, signal: label.exit.signal },
    alive_at_end: label.exit.alive_at_end,
    stop_line: stop === -1 ? null : stop,
    listening: listens ? { port, addresses: addresses(label.args), from } : null,
    http: listens ? httpFacts(label.version, from, own) : [],
  });
}

function readRows<T>(file: string, schema: z.ZodType<T>): T[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => schema.parse(JSON.parse(line)));
}

function writeRows(file: string, rows: readonly { file: string }[]): void {
  const sorted = [...rows].sort((a, b) => a.file.localeCompare(b.file, 'en', { numeric: true }));
  writeFileSync(file, `${sorted.map((row) => JSON.stringify(row)).join('\n')}\n`);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: node scripts/import-recordings.ts FOLDER\n');
  process.exit(2);
}
const target = resolve(import.meta.dirname, '../rehearsal/recordings');
const imported = readRows(join(folder, 'labels.jsonl'), importedLabel);

const openings = new Map<string, number[]>();
for (const label of imported) {
  const run = physical(label, folder, 0);
  const said = run.listening?.from ?? 0;
  if (said > 0) openings.set(label.version, [...(openings.get(label.version) ?? []), said]);
}

const runs = new Map(readRows(join(target, 'runs.jsonl'), runSchema).map((run) => [run.file, run]));
const labels = new Map(
  readRows(join(target, 'labels.jsonl'), z.looseObject({ file: z.string() })).map((label) => [
    label.file,
    label,
  ]),
);
for (const label of imported) {
  for (const name of [label.file, label.file.replace(/\.log$/, '.timing')]) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    copyFileSync(join(folder, name), join(target, name));
  }
  runs.set(label.file, physical(label, folder, median(openings.get(label.version) ?? [5])));
  const { file, scenario, discord_expected, expect, note } = label;
  labels.set(file, { file, scenario, discord_expected, expect, ...(note === undefined ? {} : { note }) });
}
writeRows(join(target, 'runs.jsonl'), [...runs.values()]);
writeRows(join(target, 'labels.jsonl'), [...labels.values()]);
process.stdout.write(`${imported.length} runs taken into ${target}\n`);
