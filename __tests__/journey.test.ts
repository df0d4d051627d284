import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chapter, type Journey } from '../src/journey.ts';
import { Awaited } from '../src/report/awaited.ts';
import { openConsole } from '../src/report/console.ts';
import { beginReport } from '../src/report/report.ts';

let text = '';

function begin(): Journey {
  text = '';
  const console = openConsole({
    write: (piece) => {
      text += piece;
    },
    now: () => Date.now(),
    actions: false,
    colour: false,
    redact: (line) => line,
  });
  return {
    awaited: new Awaited(),
    clock: { now: () => Date.now() },
    console,
    report: beginReport('deploy', Date.now()),
    signal: new AbortController().signal,
    silence: { redact: (line: string) => line.replaceAll('hunter2', '***') },
  } as unknown as Journey;
}

describe('a chapter', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('says every 30 s of silence what it waits for, without anybody asking it to', async () => {
    const journey = begin();
    const provision = chapter(journey, 'Provision', async () => {
      const created = journey.awaited.begin('flyctl volumes create');
      await new Promise((resolve) => setTimeout(resolve, 65_000));
      created();
      await new Promise((resolve) => setTimeout(resolve, 30_000));
    });
    await vi.advanceTimersByTimeAsync(100_000);
    await provision;
    expect(text.split('\n').slice(1, -2)).toEqual([
      '0:30 still waiting for flyctl volumes create',
      '1:00 still waiting for flyctl volumes create',
      '1:30 still waiting for the chapter Provision to end',
    ]);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(text.split('\n')).toHaveLength(6);
  });

  it('that fails is a row of the timeline with the reason, and without secrets', async () => {
    const journey = begin();
    const failing = chapter(journey, 'Plan', async () => {
      throw new Error('no app named hunter2');
    });
    await expect(failing).rejects.toThrow('no app');
    expect(journey.report.timeline).toEqual([
      { name: 'Plan', from: 0, to: 0, outcome: 'failed', note: 'no app named ***', moment: false },
    ]);
  });

  it('that ends with a failed verdict has failed, though nothing was thrown', async () => {
    const journey = begin();
    await chapter(journey, 'Deploy and watch', async (conclude) =>
      conclude('failed (gateway-lock)', 'failed'),
    );
    expect(journey.report.timeline[0]).toMatchObject({ outcome: 'failed', note: 'failed (gateway-lock)' });
    expect(text).toContain('✗ Deploy and watch: failed (gateway-lock)');
  });
});
