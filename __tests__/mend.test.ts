import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noteProcess, openConfigDir } from '../src/flyctl/config-dir.ts';
import { type DeployNote, noteDeploy } from '../src/flyctl/deploy-note.ts';
import { mend } from '../src/mend.ts';
import { runnerReads } from './report/runner-commands.ts';

const machine = '148ed193b95948';
let temp: string;
let said: string[];

beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'openclaw mend '));
  said = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(temp, { recursive: true, force: true });
});

/** A flyctl that notes what it is asked and has one lease to tell of; asked to deploy, it stays. */
function installFlyctl(): { path: string; calls: () => readonly string[] } {
  const path = join(temp, 'flyctl');
  const log = join(temp, 'calls');
  const lease = JSON.stringify({ [machine]: { data: { owner: '', nonce: 'n', expires_at: 9 } } });
  writeFileSync(
    path,
    `#!/bin/sh
echo "$FLY_API_TOKEN $*" >> '${log}'
case "$*" in
  deploy) exec sleep 600 ;;
  'machine leases view'*) echo '${lease}' ;;
  'machine leases clear'*) ;;
  *) echo '[]' ;;
esac
`,
    { mode: 0o755 },
  );
  return { path, calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []) };
}

const note = (path: string): DeployNote => ({
  path,
  version: '0.4.87',
  app: 'my-app',
  machinesBefore: [machine],
  releaseBefore: 6,
  reached: 'machines',
  machineIds: [machine],
  createdIds: [],
});

describe.runIf(process.platform !== 'win32')('the post step', () => {
  it('ends the flyctl of a killed main step, clears its lease, and removes its folder', async () => {
    const { root, configDir } = openConfigDir(temp);
    const { path, calls } = installFlyctl();
    const child = spawn(path, ['deploy'], { detached: true, stdio: 'ignore' });
    const gone = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    await vi.waitUntil(() => calls().length === 1);
    noteProcess(configDir, child.pid, { path, command: 'deploy' });
    noteDeploy(root, note(path));
    writeFileSync(join(configDir, 'fly-agent.sock'), '');
    await mend({ STATE_folder: root, 'INPUT_FLY-API-TOKEN': 'fo1_token', PATH: process.env.PATH });
    if (process.platform === 'linux') expect(await gone).toBe('SIGINT');
    else child.kill('SIGKILL');
    expect(calls()).toContain(`fo1_token machine leases clear ${machine} -a my-app`);
    expect(calls()).toContain('fo1_token agent stop');
    expect(existsSync(root)).toBe(false);
    expect(said).toEqual([`Cleared the lease that the killed deploy left on machine ${machine}.\n`]);
  });

  it('asks Fly nothing where no deploy was under way', async () => {
    const { root } = openConfigDir(temp);
    const { calls } = installFlyctl();
    await mend({ STATE_folder: root, 'INPUT_FLY-API-TOKEN': 'fo1_token' });
    expect(calls()).toEqual([]);
    expect(existsSync(root)).toBe(false);
  });

  it('removes the folder, and says what it could not do without the token in it, when flyctl is gone', async () => {
    const { root, configDir } = openConfigDir(temp);
    noteProcess(configDir, 2 ** 22 + 1, { path: 'flyctl', command: 'deploy' });
    noteDeploy(root, note(join(temp, 'fo1_token', 'flyctl')));
    await mend({ STATE_folder: root, FLY_API_TOKEN: 'fo1_token' });
    expect(existsSync(root)).toBe(false);
    expect(said.join('')).toContain('could not be');
    expect(said.join('')).not.toContain('fo1_token');
  });

  it('says nothing that a runner takes for a command', async () => {
    const { root } = openConfigDir(temp);
    noteDeploy(root, note(join(temp, 'a\n::error::b ##[set-output name=verdict]healthy', 'flyctl')));
    await mend({ STATE_folder: root, FLY_API_TOKEN: 'fo1_token' });
    expect(said.join('')).toContain('healthy');
    expect(runnerReads(said.join('')).commands).toEqual([]);
  });

  it('has nothing to do after an ordinary run', async () => {
    await mend({ STATE_folder: join(temp, 'gone') });
    await mend({});
    expect(said).toEqual([]);
  });
});
