import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWords } from '../../rehearsal/flyctl/shell-words.ts';
import {
  commandLine,
  decideLockHeal,
  idleCommand,
  isIdle,
  type LockQuestion,
  removalCommand,
  removedFiles,
} from '../../src/recover/lock-heal.ts';
import { aMachine, anExit } from './machines.ts';

const launched = { type: 'launch', at: 10 };
const sick = aMachine();
const locked: LockQuestion = {
  cause: 'gateway-lock',
  machineId: sick.id,
  machines: [sick],
  listening: null,
  gatewayPort: 3000,
  version: '2026.9.6',
};
const other = aMachine({ id: '32874445b04158' });

describe('a lock is left alone', () => {
  const cases: readonly [string, Partial<LockQuestion>, string][] = [
    ['where the cause is another', { cause: 'out-of-memory' }, 'out-of-memory, not a lock'],
    ['where no machine is known to have met it', { machineId: null }, 'no machine'],
    [
      'where another live machine has the volume',
      { machines: [sick, other] },
      'machine 32874445b04158 (started) has the volume vol_1 too',
    ],
    [
      'where another machine that is stopped has it',
      { machines: [sick, { ...other, state: 'stopped' }] },
      'only one may',
    ],
    ['where something in the machine listens', { listening: [9000, 3000] }, 'listens on port 3000'],
  ];
  it.each(cases)('%s', (_, change, reason) => {
    const heal = decideLockHeal({ ...locked, ...change });
    expect(heal).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) });
  });
});

describe('a stale lock', () => {
  const heal = (change: Partial<LockQuestion> = {}, machine = sick) =>
    decideLockHeal({ ...locked, machines: [machine], ...change });

  it('is met with a restart first, and then on the volume', () => {
    expect(heal()).toMatchObject({
      kind: 'heal',
      restart: true,
      patterns: expect.arrayContaining(['/data/gateway.*.lock']),
    });
  });
  it('is no less stale where others have other volumes, or listen elsewhere', () => {
    const elsewhere = { ...other, volumes: [{ id: 'vol_2', name: 'data', path: '/data' }] };
    expect(heal({ machines: [sick, elsewhere], listening: [22] }).kind).toBe('heal');
  });
  it('is not met with a second restart where it lies on the volume and stood through one', () => {
    const machine = aMachine({ events: [anExit(30), anExit(20), launched] });
    expect(heal({}, machine)).toMatchObject({ restart: false });
    expect(heal({ version: '2026.5.12' }, machine)).toMatchObject({ restart: true });
  });
  it('counts no exit from before the machine was changed, and none that was asked for', () => {
    const events = [anExit(30), anExit(20, { requestedStop: true }), launched, anExit(5), anExit(4)];
    expect(heal({}, aMachine({ events }))).toMatchObject({ restart: true });
  });
  it('has nothing to remove where no volume is, or the state lies beside it', () => {
    expect(heal({}, aMachine({ volumes: [] }))).toMatchObject({ restart: true, patterns: [] });
    const beside = aMachine({ env: { OPENCLAW_STATE_DIR: '/home/node/.openclaw' } });
    expect(heal({}, beside)).toMatchObject({ patterns: [] });
  });
  it('is not met with a restart of a machine that was left idle', () => {
    expect(heal({}, aMachine({ command: idleCommand.split(' ') }))).toMatchObject({ restart: false });
  });
});

describe('the removal', () => {
  it('lists, removes, and says that it came to its end', () => {
    expect(removalCommand(['/data/gateway.*.lock', '/data/tmp/x'])).toBe(
      "sh -c 'ls /data/gateway.*.lock /data/tmp/x 2>/dev/null; rm -f /data/gateway.*.lock /data/tmp/x && echo locks-removed'",
    );
  });
  it.each([
    ['names what was there', '/data/a.lock\n/data/b.lock\nlocks-removed\n', ['/data/a.lock', '/data/b.lock']],
    ['names nothing where nothing was', 'locks-removed\n', []],
    ['is not believed without its last word', '/data/a.lock\n', null],
    ['is not believed where it was killed', '', null],
  ])('%s', (_, stdout, files) => {
    expect(removedFiles(stdout)).toEqual(files);
  });
});

describe('the command that is put back', () => {
  it('is split by flyctl into the words it was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (words) => {
        expect(shellWords(commandLine(words))).toEqual(words);
      }),
    );
  });
  it('stays as people wrote it', () => {
    expect(commandLine(['node', 'dist/index.js', 'gateway', '--port', '3000'])).toBe(
      'node dist/index.js gateway --port 3000',
    );
  });
  it('is nothing where the image has its own', () => {
    expect(commandLine([])).toBe('');
  });
  it('is known from the idle one', () => {
    expect(isIdle(['sleep', '900'])).toBe(true);
    expect(isIdle(['sleep', '5'])).toBe(false);
  });
});
