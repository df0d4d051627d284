import { matchesGlob } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import { lockPatterns, lockPlace, stateDirOf } from '../../src/recover/lock-layout.ts';
import { aMachine } from './machines.ts';

describe('a version keeps its locks', () => {
  it.each([
    ['2026.1.29', 'boot'],
    ['2026.7.1-2', 'boot'],
    ['2026.7.35', 'boot'],
    ['2026.8.2', 'volume'],
    ['2026.9.6', 'volume'],
    ['2026.10.1', 'volume'],
    ['main', 'unknown'],
    [null, 'unknown'],
  ])('%s: %s', (version, place) => {
    expect(lockPlace(version)).toBe(place);
  });
});

describe('the lock files of a state directory', () => {
  const patterns = lockPatterns('/data/') ?? [];
  const matched = (path: string) => patterns.some((pattern) => matchesGlob(path, pattern));

  it.each([
    '/data/gateway.0a1b2c3d.lock',
    '/data/tmp/openclaw-0/gateway.state.lock',
    '/data/tmp/openclaw-1000/gateway.e7b5eab6.lock',
    '/data/tmp/openclaw-0/gateway.state.lock.sqlite',
    '/data/tmp/openclaw-0/gateway.state.lock.sqlite-wal',
  ])('are found: %s', (path) => {
    expect(matched(path)).toBe(true);
  });
  it.each([
    '/data/openclaw.json',
    '/data/state/openclaw.sqlite',
    '/data/tmp/openclaw-0/device-identity.79ddda01.lock.sqlite',
    '/data/gateway.lock/memory.md',
    '/data/gateway.notes.lock.md',
  ])('are nothing else: %s', (path) => {
    expect(matched(path)).toBe(false);
  });
  it.each(["/data'; rm -rf /", '/data/$(id)', '/da ta', 'data', '/', '/data/../..', '/data/*'])(
    'cannot be named below %s',
    (path) => {
      expect(lockPatterns(path)).toBeNull();
    },
  );
});

describe('the state directory of a machine', () => {
  const at = (path: string) => [{ id: 'vol_1', name: 'data', path }];
  it.each([
    ['is what its environment says', { env: { OPENCLAW_STATE_DIR: '/data/state' } }, '/data/state'],
    ['is the mount where nothing else says it', { env: {} }, '/data'],
    [
      "is the gateway's own folder on a home directory",
      { env: {}, volumes: at('/home/node') },
      '/home/node/.openclaw',
    ],
    ['is the folder that is mounted itself', { env: {}, volumes: at('/root/.openclaw') }, '/root/.openclaw'],
    ['is not known without a volume', { env: {}, volumes: [] }, null],
  ])('%s', (_, machine, directory) => {
    expect(stateDirOf(aMachine(machine))).toBe(directory);
  });
});
