import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Recording } from '../../rehearsal/conformance/recording.ts';
import { isPoll } from './calls.ts';
import { anonymous } from './namesakes.ts';
import { type Played, playOnPlatform } from './platform-run.ts';
import { allRecordings, rerun } from './recordings.ts';
import { type Outcome, recordedOutcome } from './replay.ts';
import { withoutBlankLines } from './run.ts';
import { differences } from './shapes.ts';

const NO_MACHINE =
  'lines that no machine said were put into the recorded log by hand; 450 to 453 show the log of a machine';
const CHANCE = 'in which moment of its crash loop the machine is met is chance';
const DEBUG = 'debug lines tell of the insides of the real CLI';

/** Recordings that are not played, and why. */
const NOT_PLAYED: Record<string, string> = {
  '044-machine-list-json-crash-loop': CHANCE,
  '246-deploy-after-failed-first': CHANCE,
  '070-checks-list-json': 'the result of a check was put there by hand, without a check in the config',
  '135-logs-json': NO_MACHINE,
  '136-logs-text': NO_MACHINE,
  '140-logs-json-empty-then-lines': NO_MACHINE,
  '144-logs-tail-json': NO_MACHINE,
  '452-logs-json-region': NO_MACHINE,
  '456-logs-json-more-than-a-page': NO_MACHINE,
};

type Field = keyof ReturnType<typeof compared> | 'shapes';

/** What of a recording is not compared, and why. */
const NOT_COMPARED: Record<string, { fields: Field[]; because: string }> = {
  '036-status-json-log-level-debug': { fields: ['stderr'], because: DEBUG },
  '245-machine-list-json-log-level-debug': { fields: ['stderr'], because: DEBUG },
  '045-machine-list-json-max-restarts': {
    fields: ['stdout'],
    because: 'whether the event of a restart comes before that of the stop was a guess of the recorded API',
  },
  '234-deploy-sigterm-first': {
    fields: ['stdout', 'requests'],
    because: 'a race inside the CLI: a call more slipped out after the signal',
  },
  '466-machine-list-json-after-update-stopped': {
    fields: ['stdout'],
    because: 'the recorded machine was stopped without ever having been started',
  },
  '477-deploy-detach-loopback-grace-25': {
    fields: ['shapes'],
    because: 'a boot that takes no time is over, and checked, when the platform answers the update',
  },
};

/** How often a machine in a crash loop came round before its log was fetched is chance. */
function withoutRepetition(text: string): string {
  return text.replaceAll(/(?<=here's the last lines below[^\n]*\n)[\s\S]*?(?=\n\n|$)/g, (log) =>
    [...new Set(log.split('\n'))].sort().join('\n'),
  );
}

function compared(recording: Recording, outcome: Outcome) {
  const { exit, stdout, stderr, requests } = recording.signal ? withoutBlankLines(outcome) : outcome;
  return {
    exit,
    stdout: withoutRepetition(anonymous(stdout)),
    stderr: withoutRepetition(anonymous(stderr)),
    requests: requests.map(anonymous).filter((line) => !isPoll(line)),
  };
}

function expectSame(recording: Recording, played: Played): void {
  const shapes = differences(played.exchanges, recording.exchanges);
  const left = NOT_COMPARED[recording.name]?.fields ?? [];
  const rest = (all: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(all).filter(([field]) => !left.includes(field as Field)));
  expect(rest({ ...compared(recording, played), shapes })).toEqual(
    rest({ ...compared(recording, recordedOutcome(recording)), shapes: [] }),
  );
}

describe('stand-in and platform together show what flyctl and the recorded API did', () => {
  beforeAll(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  const played = allRecordings().filter(({ name }) => !(name in NOT_PLAYED));
  it.each(played.map((recording) => [recording.name, recording] as const))('%s', async (_, recording) => {
    expectSame(recording, await playOnPlatform(rerun(recording)));
  });

  it('makes exceptions only for recordings that there are', () => {
    const names = allRecordings().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([NOT_PLAYED, NOT_COMPARED].flatMap(Object.keys)));
  });
});
