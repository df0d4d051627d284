import { describe, expect, it } from 'vitest';
import { builtTag, commitOf, decideSkip, type RunningMachine, type Wanted } from '../../src/upstream/skip.ts';
import type { MachineEvent } from '../../src/watch/facts.ts';

const now = Date.parse('2026-09-30T12:00:00Z');
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const commit = 'c'.repeat(40);

function machine(more: Partial<RunningMachine> = {}): RunningMachine {
  return {
    id: '148ed193b95948',
    imageRef: `ghcr.io/openclaw/openclaw:2026.9.6@${digest('a')}`,
    imageDigest: digest('a'),
    imageLabels: {},
    state: 'started',
    events: [],
    env: {},
    ...more,
  };
}

function exit(minutesAgo: number, more: { requestedStop?: boolean; exitCode?: number } = {}): MachineEvent {
  const at = now - minutesAgo * 60_000;
  const base = { at, exitCode: 1, signal: null, oomKilled: false, requestedStop: false, restarting: true };
  return { type: 'exit', at, exit: { ...base, ...more } };
}

const wanted: Wanted = { kind: 'digests', digests: [digest('a'), digest('f')] };

describe('a run that may skip', () => {
  it('skips where the digest runs, that of the image or that of its index', () => {
    expect(decideSkip(wanted, [machine()], now)).toEqual({ skip: true, reason: 'runs already' });
    expect(decideSkip(wanted, [machine({ imageDigest: digest('f') })], now).skip).toBe(true);
    const unsaid = machine({ imageDigest: '', imageRef: `ghcr.io/openclaw/openclaw@${digest('a')}` });
    expect(decideSkip(wanted, [unsaid], now).skip).toBe(true);
  });

  it('goes on where the tag means another digest by now', () => {
    const old = machine({ imageRef: 'ghcr.io/openclaw/openclaw:2026.9.6', imageDigest: digest('b') });
    expect(decideSkip(wanted, [old], now)).toEqual({
      skip: false,
      reason: 'machine 148ed193b95948 runs ghcr.io/openclaw/openclaw:2026.9.6',
    });
  });

  it('goes on where one of several machines was left behind, or there is none', () => {
    const behind = machine({ id: 'other', imageRef: 'x:1', imageDigest: digest('b') });
    expect(decideSkip(wanted, [machine(), behind], now).skip).toBe(false);
    expect(decideSkip(wanted, [], now).skip).toBe(false);
  });

  it('goes by the tag where the registry could not be asked, and by nothing where the tag may move', () => {
    const byTag: Wanted = { kind: 'tag', name: 'ghcr.io/openclaw/openclaw', tag: '2026.9.6' };
    expect(decideSkip(byTag, [machine()], now).skip).toBe(true);
    expect(decideSkip({ ...byTag, name: 'ghcr.io/you/openclaw' }, [machine()], now).skip).toBe(false);
    expect(decideSkip({ kind: 'digests', digests: [] }, [machine()], now).skip).toBe(false);
  });

  it('knows the commit that an image was built from by its tag, or by its label', () => {
    const tagged = machine({ imageRef: `registry.fly.io/my-app:${builtTag(commit, now)}` });
    expect(decideSkip({ kind: 'commit', commit }, [tagged], now).skip).toBe(true);
    const labelled = machine({ imageLabels: { 'org.opencontainers.image.revision': commit } });
    expect(commitOf(labelled)).toBe(commit);
    expect(decideSkip({ kind: 'commit', commit: 'd'.repeat(40) }, [tagged], now).skip).toBe(false);
    expect(commitOf(machine())).toBeNull();
  });

  it('never skips a build of the repository', () => {
    expect(decideSkip({ kind: 'unknown' }, [machine()], now).skip).toBe(false);
  });

  it.each<[string, Partial<RunningMachine>]>([
    ['stopped by itself', { state: 'stopped', events: [exit(600, { exitCode: 137 })] }],
    ['failed', { state: 'failed' }],
    ['ended twice within minutes', { events: [exit(1), exit(2)] }],
    ['ended three times within an hour', { events: [exit(4), exit(30), exit(56)] }],
  ])('deploys again what has %s, so that the watch says why', (_, more) => {
    expect(decideSkip(wanted, [machine(more)], now)).toMatchObject({
      skip: false,
      reason: expect.stringContaining('runs it, but it'),
    });
  });

  it.each<[string, Partial<RunningMachine>]>([
    ['was stopped by a person', { state: 'stopped', events: [exit(600, { requestedStop: true })] }],
    ['sleeps', { state: 'suspended' }],
    ['crashed long ago and has recovered', { events: [exit(600), exit(601)] }],
    ['crashed once', { events: [exit(2)] }],
    ['crashed twice in an hour', { events: [exit(4), exit(40)] }],
    [
      'crashed before its last update',
      { events: [{ type: 'launch', at: now - 30_000 }, exit(1), exit(2), exit(3)] },
    ],
    ['has no events in this reply', { events: null }],
  ])('leaves alone what %s', (_, more) => {
    expect(decideSkip(wanted, [machine(more)], now).skip).toBe(true);
  });

  it('says which machine sleeps', () => {
    expect(decideSkip(wanted, [machine({ state: 'suspended' })], now).reason).toBe(
      'runs already (148ed193b95948 is suspended)',
    );
  });
});
