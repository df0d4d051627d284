import { expect, it } from 'vitest';
import { playOnPlatform } from './platform-run.ts';

/** By the source of 0.4.87, where the wait for the start has only the id of the machine. */
it('a restart crashes when the machine is not up within a minute, and gives the lease back', async () => {
  const { exit, stdout, requests } = await playOnPlatform({
    name: 'a slow stop',
    argv: ['machine', 'restart', '148ed193b95948', '-a', 'my-app', '--skip-health-checks'],
    boots: [{ recording: '2026.5.12/01-healthy-start', failToStart: true }],
    started: Date.parse('2026-11-23T20:00:00Z'),
    exit: 3,
    stdout: '',
    stderr: '',
    exchanges: [],
  });
  expect(exit).toBe(3);
  expect(stdout).toContain('Restarting machine 148ed193b95948\n');
  expect(stdout).toContain('Oops, something went wrong!');
  expect(requests.at(-1)).toMatch(/^DELETE .*\/lease/);
});
