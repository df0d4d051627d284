import { createReadStream, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Question } from '../../src/diagnose.ts';

const folder = new URL('../../rehearsal/recordings/', import.meta.url);

/** A recorded run of a real gateway, how it ended, and what a careful operator concludes. */
export interface Recording {
  readonly file: string;
  readonly version: string;
  readonly question: Question;
  readonly expect: {
    readonly verdict: string;
    readonly causes: readonly string[];
    readonly evidence: string | null;
    readonly listening: boolean;
    readonly reachable: boolean | null;
    readonly discord: string;
    readonly deadlineOnly: boolean;
  };
}

function lines(name: string) {
  return readFileSync(new URL(name, folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

export function readRecordings(): readonly Recording[] {
  const runs = new Map(lines('runs.jsonl').map((run) => [run.file, run]));
  return lines('labels.jsonl').map((label): Recording => {
    const { version, args, exit, alive_at_end: alive } = runs.get(label.file);
    const port = Number(/--port[= ](\d+)/.exec(args)?.[1] ?? Number.NaN);
    const signal = exit.signal === null ? null : constants.signals[exit.signal as NodeJS.Signals];
    return {
      file: label.file,
      version,
      question: {
        expectDiscord: label.discord_expected,
        port: Number.isNaN(port) ? null : port,
        internalPort: Number.isNaN(port) ? null : port,
        end: alive ? 'alive' : { exitCode: exit.code, signal },
      },
      expect: {
        verdict: label.expect.verdict,
        causes: [label.expect.cause, ...(label.expect.cause_alt ?? [])],
        evidence: label.expect.evidence,
        listening: label.expect.listening,
        reachable: label.expect.reachable,
        discord: label.expect.discord,
        deadlineOnly: label.expect.deadline_only,
      },
    };
  });
}

export const recordingPath = ({ file }: Pick<Recording, 'file'>) => fileURLToPath(new URL(file, folder));
export const recordingStream = (recording: Pick<Recording, 'file'>) =>
  createReadStream(recordingPath(recording));
export const recordingLines = (recording: Pick<Recording, 'file'>) =>
  readFileSync(recordingPath(recording), 'utf8').split('\n');
