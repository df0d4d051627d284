import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/watch/facts.ts';
import { beginWatch, type Expectations, reduce, verdictOf, type WatchState } from '../../src/watch/reduce.ts';
import { type Recording, readRecordings, recordingLines } from '../gateway/recordings.ts';
import { at, deployed, exit, expectations, feed, launch, log, machine, machines, start } from './story.ts';

/** One of each kind of run; the whole list is judged in diagnose.test.ts. */
const files = [
  '2026.1.29/01b-healthy-with-config.log',
  '2026.1.29/05d-discord-4014-disallowed-intents.log',
  '2026.1.29/08b-state-dir-EACCES.log',
  '2026.2.26/01-healthy-start.log',
  '2026.3.13/04b-unknown-key.log',
  '2026.3.13/05f-discord-no-network.log',
  '2026.5.12/03a-second-same-state-same-port.log',
  '2026.5.12/06b-v8-oom-via-shell-exit-134.log',
  '2026.5.12/07b-bind-loopback.log',
  '2026.9.6/02-no-token-lan.log',
  '2026.9.6/03d-0-killed9.log',
  '2026.9.6/05b-discord-login-ok.log',
  '2026.9.6/05e-discord-4004-auth-failed.log',
];
const recordings = readRecordings().filter(({ file }) => files.includes(file));

const expected = ({ question }: Recording): Expectations => ({
  ...expectations,
  expectDiscord: question.expectDiscord,
  listenTimeoutMs: 60_000,
  discordTimeoutMs: 60_000,
});

/** Every fact of a run, each true whenever it is told: lines by their own time, machines by their events. */
function factsOf(recording: Recording): readonly Fact[] {
  const lines = recordingLines(recording).slice(0, 400);
  const said = lines.map((line, i): Fact => log(2 + i / 100, line));
  const { end } = recording.question;
  const last = 2 + lines.length / 100 + 0.1;
  const ended = end === 'alive' || end === null ? [] : [exit(last, { ...end, restarting: false })];
  return [
    machines(machine({ events: [launch(0), start(1), ...ended] })),
    deployed,
    feed('probe', 'refused', ''),
    ...said,
  ];
}

/** Lets time pass once everything is told, with feeds that answer. */
function afterwards(state: WatchState, now: number, facts: readonly Fact[]) {
  const shown = facts.find((fact) => fact.kind === 'machines') as Fact;
  let later = state;
  for (let time = now; time < now + 600_000; time += 1_000) {
    for (const fact of [shown, feed('logs')]) later = reduce(later, fact, time);
    const verdict = verdictOf(later, time);
    if (verdict)
      return {
        verdict: verdict.verdict,
        cause: verdict.cause,
        listening: verdict.listening,
        reachable: verdict.reachable,
        discord: verdict.discord,
        evidence: verdict.evidence?.text,
      };
  }
  return null;
}

describe('a recording', () => {
  it.each(recordings.map((recording) => ({ file: recording.file, recording })))(
    '$file comes to the same verdict however its facts are ordered, delayed and repeated',
    ({ recording }) => {
      const facts = factsOf(recording);
      const begun = beginWatch(expected(recording), 0);
      const inOrder = afterwards(
        facts.reduce((state, fact) => reduce(state, fact, 0), begun),
        0,
        facts,
      );
      expect(inOrder).toMatchObject({
        verdict: recording.expect.verdict,
        listening: recording.expect.listening,
        discord: recording.expect.discord,
      });
      expect(recording.expect.causes).toContain(inOrder?.cause);
      fc.assert(
        fc.property(
          fc.shuffledSubarray([...facts.keys()], { minLength: facts.length }),
          fc.subarray([...facts.keys()]),
          fc.integer({ min: 0, max: 10 }),
          (order, again, delay) => {
            let state = begun;
            let now = 0;
            for (const index of [...order, ...again]) {
              state = reduce(state, facts[index] as Fact, now);
              now += delay;
            }
            expect(afterwards(state, now, facts)).toEqual(inOrder);
          },
        ),
        { numRuns: 8 },
      );
    },
  );

  it.each(recordings.map((recording) => ({ file: recording.file, recording })))(
    '$file comes to the same verdict at once the speed and at a thousand times the speed',
    ({ recording }) => {
      const facts = factsOf(recording);
      const replay = (speed: number) => {
        let state = beginWatch(expected(recording), 0);
        const [alive, ...others] = [machines(machine()), ...facts.filter(({ kind }) => kind !== 'machines')];
        state = reduce(state, alive, 0);
        let now = 0;
        for (const fact of others) {
          if (fact.kind === 'log') now = (fact.line.at - at(0)) / speed;
          state = reduce(state, fact, now);
          const early = verdictOf(state, now);
          if (early) return { verdict: early.verdict, cause: early.cause };
        }
        const end = afterwards(reduce(state, facts[0] as Fact, now), now, facts);
        return end && { verdict: end.verdict, cause: end.cause };
      };
      expect(replay(1000)).toEqual(replay(1));
    },
  );
});

describe('a watch that is flooded', () => {
  it('keeps its size and its verdict over a million lines', () => {
    let state = beginWatch(expectations, 0);
    for (const fact of [machines(machine()), deployed]) state = reduce(state, fact, 0);
    const noise = [
      'chatter',
      '[discord] message',
      '[gateway] listening on ws://0.0.0.0:3000',
      'Gateway failed to start: gateway already running',
    ];
    const weigh = () => {
      const watched = state.machines.get('m1');
      const findings = [...(watched?.findings.values() ?? [])].reduce((sum, row) => sum + row.length, 0);
      let lines = 0;
      for (let line = state.lines.get('m1')?.newest ?? null; line; line = line.before) lines += 1;
      return findings + lines + state.phases.length;
    };
    for (let i = 0; i < 1_000_000; i += 1) {
      const noisy = i % 1000 === 0 ? (noise[(i / 1000) % noise.length] ?? '') : 'chatter';
      state = reduce(state, log(2 + i / 1000, noisy), i / 1000);
      if (i === 10_000) expect(weigh()).toBeLessThan(400);
    }
    expect(weigh()).toBeLessThan(400);
    for (const fact of [machines(machine()), feed('logs')]) state = reduce(state, fact, 20_000);
    expect(verdictOf(state, 20_000)).toMatchObject({ listening: true, lastLines: Array(50).fill('chatter') });
  });

  it('forgets no exit of a machine that restarts for ever, and grows no history', () => {
    let state = beginWatch(expectations, 0);
    for (let i = 1; i < 500; i += 1) {
      const events = [start(i * 10), exit(i * 10 + 5)];
      state = reduce(
        state,
        machines(machine({ events: i === 1 ? [launch(0), ...events] : events })),
        i * 10_000,
      );
    }
    expect(state.machines.get('m1')?.moments.length).toBeLessThanOrEqual(60);
    expect(state.phases.length).toBeLessThanOrEqual(250);
    state = reduce(state, feed('logs'), 6_000_000);
    expect(verdictOf(state, 6_000_000)).toMatchObject({ verdict: 'failed', cause: 'crash-loop' });
  });
});
