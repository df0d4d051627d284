/** Recorded gateway runs: their lines with times, and what physically happened. Not what anybody should conclude. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const httpFactSchema = z.object({
  /** `*`: any other path. */
  path: z.string(),
  /** Seconds after the process was started; the last fact of a path whose time has come holds. */
  from: z.number(),
  status: z.number(),
  body: z.string(),
});
export type HttpFact = z.infer<typeof httpFactSchema>;

/** One row of runs.jsonl. Seconds count from the start of the process. */
export const runSchema = z.object({
  /** `<version>/<scenario>.log`. */
  file: z.string(),
  version: z.string(),
  args: z.string(),
  /** What differed from the usual environment; `null`: not set. */
  env: z.record(z.string(), z.string().nullable()),
  exit: z.object({ code: z.number().nullable(), signal: z.string().nullable() }),
  /** It ran until the recorder stopped it: `exit` is that stop. */
  alive_at_end: z.boolean(),
  /** Index of the first line of the recorder's stop; `null`: it says nothing when it is stopped. */
  stop_line: z.number().nullable(),
  listening: z.object({ port: z.number(), addresses: z.array(z.string()), from: z.number() }).nullable(),
  http: z.array(httpFactSchema),
});
export type Run = z.infer<typeof runSchema>;

export interface TimedLine {
  /** Seconds after the process was started. */
  readonly at: number;
  readonly text: string;
}

/**
 * The lines of a log with the times of its timing file (`%8.2f  text`). Where the two cut lines differently
 * (terminals, very long writes) a line has the time of the piece that holds its last character.
 */
export function timedLines(log: string, timing: string): TimedLine[] {
  const lines = splitLines(log);
  const pieces = splitLines(timing).map((line) => ({ at: Number(line.slice(0, 8)), text: line.slice(10) }));
  if (lines.length === pieces.length) {
    return lines.map((text, index) => ({ at: pieces[index]?.at ?? 0, text }));
  }
  let index = 0;
  let passed = 0;
  let length = 0;
  return lines.map((text) => {
    length += text.replaceAll('\r', '').length;
    let piece = pieces[index];
    while (piece !== undefined && passed + piece.text.replaceAll('\r', '').length < length) {
      passed += piece.text.replaceAll('\r', '').length;
      index += 1;
      piece = pieces[index];
    }
    return { at: piece?.at ?? pieces.at(-1)?.at ?? 0, text };
  });
}

function splitLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** A recorded run, cut into what it said by itself and what it says when it is stopped. */
export interface Recording {
  readonly run: Run;
  readonly lines: readonly TimedLine[];
  /** Times count from the signal. */
  readonly lastWords: readonly TimedLine[];
}

const folder = join(import.meta.dirname, '../recordings');

/** Every recorded run, in the order of runs.jsonl. */
export function recordedRuns(): readonly Run[] {
  return readFileSync(join(folder, 'runs.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => runSchema.parse(JSON.parse(line)));
}

/** Reads recordings by name (`2026.5.12/01-healthy-start`), each once. Throws for a name that is not recorded. */
export function recordingShelf(): (name: string) => Recording {
  let runs: Map<string, Run> | undefined;
  const read = new Map<string, Recording>();
  return (name) => {
    const known = read.get(name);
    if (known !== undefined) return known;
    runs ??= new Map(recordedRuns().map((run) => [run.file, run]));
    const run = runs.get(`${name}.log`);
    if (run === undefined) throw new Error(`no recording named ${name}; runs.jsonl lists them`);
    const all = timedLines(
      readFileSync(join(folder, `${name}.log`), 'utf8'),
      readFileSync(join(folder, `${name}.timing`), 'utf8'),
    );
    const stop = run.stop_line ?? all.length;
    const signalled = all[stop]?.at ?? 0;
    const recording: Recording = {
      run,
      lines: all.slice(0, stop),
      lastWords: all.slice(stop).map((line) => ({ at: line.at - signalled, text: line.text })),
    };
    read.set(name, recording);
    return recording;
  };
}
