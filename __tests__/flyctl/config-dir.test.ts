import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  endLeftProcesses,
  noteProcess,
  openConfigDir,
  removeConfigDir,
  stopAgent,
} from '../../src/flyctl/config-dir.ts';
import { scriptedFlyctl } from './scripted-flyctl.ts';

let temp: string;
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'config-dir-'));
});
afterEach(() => rmSync(temp, { recursive: true, force: true }));

const posix = process.platform !== 'win32';

/** A process that stays, whose command line names the given path. */
async function stays(path: string, first = '') {
  writeFileSync(path, `${first} process.stdout.write('up'); setInterval(() => {}, 1000);`);
  const child = spawn(process.execPath, [path], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

describe("flyctl's private folders", () => {
  it.runIf(posix)('are open to nobody else', () => {
    const { root, configDir, emptyDir } = openConfigDir(join(temp, 'new'));
    for (const dir of [root, configDir, emptyDir]) expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(readdirSync(emptyDir)).toEqual([]);
  });

  it('are different for two runs at once', () => {
    expect(openConfigDir(temp).root).not.toBe(openConfigDir(temp).root);
  });

  it('are removed with all that flyctl wrote, and a second time is no error', async () => {
    const { root, configDir } = openConfigDir(temp);
    writeFileSync(join(configDir, 'flyctl.log'), 'values');
    expect(await removeConfigDir(root)).toEqual([]);
    expect(existsSync(root)).toBe(false);
    expect(await removeConfigDir(root)).toEqual([]);
  });

  it.runIf(posix)('take the flyctl along that a killed main step left running', async () => {
    const { root, configDir } = openConfigDir(temp);
    const path = join(temp, 'flyctl.cjs');
    const child = await stays(path);
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    noteProcess(configDir, child.pid, { path, command: 'deploy' });
    expect(await removeConfigDir(root)).toEqual([]);
    expect(await ended).toBe('SIGINT');
  });

  it.runIf(process.platform === 'linux')('take it along where a script stands before it', async () => {
    const { root, configDir } = openConfigDir(temp);
    const program = join(temp, 'program.cjs');
    writeFileSync(program, "process.stdout.write('up'); setInterval(() => {}, 1000);");
    const path = join(temp, 'flyctl');
    writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${program}'\n`, { mode: 0o755 });
    const child = spawn(path, [], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    noteProcess(configDir, child.pid, { path, command: 'deploy' });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    expect(await endLeftProcesses(root)).toEqual([
      { pid: child.pid, command: 'deploy', ran: true, ended: true },
    ]);
    await gone;
    expect(await endLeftProcesses(root)).toEqual([
      { pid: child.pid, command: 'deploy', ran: false, ended: true },
    ]);
  });

  it.runIf(posix)(
    'take it along though it minds no interrupt',
    async () => {
      const { root, configDir } = openConfigDir(temp);
      const path = join(temp, 'flyctl.cjs');
      const child = await stays(path, "process.on('SIGINT', () => {});");
      const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
      noteProcess(configDir, child.pid, { path, command: 'deploy' });
      expect(await removeConfigDir(root)).toEqual([]);
      expect(await ended).toBe('SIGKILL');
    },
    20_000,
  );

  it.runIf(posix)('leave a process alone that only has the number of an old flyctl', async () => {
    const { root, configDir } = openConfigDir(temp);
    const child = await stays(join(temp, 'innocent.cjs'));
    mkdirSync(join(configDir, 'processes'));
    for (const birth of ['', '1'])
      writeFileSync(
        join(configDir, 'processes', String(child.pid)),
        `${birth}\ndeploy\n${join(temp, 'flyctl')}`,
      );
    await removeConfigDir(root);
    expect(child.kill(0)).toBe(true);
    child.kill('SIGKILL');
  });
});

describe("flyctl's agent", () => {
  it('is stopped where its socket shows that it was started', async () => {
    const dirs = openConfigDir(temp);
    writeFileSync(join(dirs.configDir, 'fly-agent.sock'), '');
    const flyctl = scriptedFlyctl([{}]);
    await stopAgent(flyctl, dirs);
    expect(flyctl.calls.map(({ args }) => args)).toEqual([['agent', 'stop']]);
  });

  it('costs no call where there is none', async () => {
    const flyctl = scriptedFlyctl([{}]);
    await stopAgent(flyctl, openConfigDir(temp));
    expect(flyctl.calls).toEqual([]);
  });
});
