import { describe, expect, it } from 'vitest';
import { type DeployRequest, deploy, deployArguments } from '../../src/flyctl/deploy.ts';
import type { LeaseWait } from '../../src/flyctl/leases.ts';
import { recording, type ScriptedFlyctl, scriptedFlyctl } from './scripted-flyctl.ts';

const request: DeployRequest = {
  app: 'my-app',
  configPath: '/private/fly.toml',
  cwd: '/workspace',
  image: 'ghcr.io/openclaw/openclaw:2026.9.6',
};
const options = { deadlineMs: 600_000 };

/** Answers `deploy` with the recordings in turn, and `machine leases view` with what is held at that look. */
function leased(deploys: readonly string[], held: readonly ('held' | 'free')[]): ScriptedFlyctl {
  const left = [...deploys];
  const looks = [...held];
  return scriptedFlyctl(([command]) => {
    if (command === 'deploy') return recording(left.shift() ?? '');
    return looks.shift() === 'held' ? recording('257') : recording('402');
  });
}

const deploys = ({ calls }: ScriptedFlyctl) => calls.filter(({ args }) => args[0] === 'deploy');

describe('the arguments of a deploy', () => {
  it('leave judging to the watch, building to Fly, and the second machine alone', () => {
    expect(deployArguments(request).join(' ')).toBe(
      'deploy -a my-app -c /private/fly.toml --detach --remote-only --deploy-retries 0 --ha=false ' +
        '--dns-checks=false --smoke-checks=false --wait-timeout 30s --image ghcr.io/openclaw/openclaw:2026.9.6',
    );
  });

  it('carry build arguments, and what the plan adds', () => {
    const args = deployArguments({
      ...request,
      image: undefined,
      buildArgs: { A: 'x y' },
      flags: ['--no-public-ips'],
    });
    expect(args.slice(-3)).toEqual(['--build-arg', 'A=x y', '--no-public-ips']);
    expect(args).not.toContain('--image');
  });
});

describe('a deploy', () => {
  it('runs in the build context and hands its output on', async () => {
    const flyctl = scriptedFlyctl([recording('166')]);
    const lines: string[] = [];
    await deploy(flyctl, request, { ...options, onLine: (_, line) => lines.push(line) });
    expect(flyctl.calls[0]?.options.cwd).toBe('/workspace');
    expect(lines).toContain("Updating existing machines in 'my-app' with rolling strategy");
  });

  it.each([
    ['updates a machine', '166', { machineIds: ['148ed193b95948'], createdIds: [], releaseVersion: null }],
    ['makes a machine', '260', { machineIds: ['50208785cfe7c9'], createdIds: ['50208785cfe7c9'] }],
    ['prints its release', '168', { machineIds: ['148ed193b95948'], releaseVersion: 2 }],
  ])('that %s says which', async (_, name, report) => {
    expect(await deploy(scriptedFlyctl([recording(name)]), request, options)).toMatchObject({
      outcome: 'finished',
      failure: null,
      reached: 'machines',
      ...report,
    });
  });

  it.each([
    ['a wrong token', '176', 'config', 'token-invalid'],
    ['an invalid config', '181', 'config', 'config-lint'],
    ['an unknown image', '183', 'image', 'image-missing'],
    ['a release that could not be made', '213', 'releasing', 'fly-api'],
    ['a missing volume', '217', 'releasing', 'volume-mismatch'],
    ['no capacity for the machine', '265', 'machines', 'capacity'],
    ['an update that failed', '275', 'machines', 'fly-api'],
    ['a connection lost in the update', '209', 'machines', 'fly-api'],
  ])('is not begun again after %s, and says how far it came', async (_, name, reached, code) => {
    const flyctl = scriptedFlyctl([recording(name)]);
    expect(await deploy(flyctl, request, options)).toMatchObject({
      outcome: 'failed',
      reached,
      failure: { code },
    });
    expect(flyctl.calls).toHaveLength(1);
  });

  it.each([
    ['by the run', { cancelled: true }, 'cancelled', 'cancelled'],
    ['at its deadline', { timedOut: true }, 'deadline', 'fly-api'],
  ])('that was interrupted %s names the machines it had leased', async (_, why, outcome, code) => {
    const { stdout, stderr } = recording('231');
    const flyctl = scriptedFlyctl([{ exitCode: 127, stdout, stderr, ...why }]);
    expect(await deploy(flyctl, request, options)).toMatchObject({
      outcome,
      failure: { code },
      reached: 'machines',
      createdIds: ['251a6668144191'],
    });
  });

  it('counts as finished when it came to its end in spite of a late signal', async () => {
    const flyctl = scriptedFlyctl([{ ...recording('166'), exitCode: 0, cancelled: true }]);
    expect(await deploy(flyctl, request, options)).toMatchObject({ outcome: 'finished', failure: null });
  });
});

describe('a deploy whose last request never left', () => {
  const stderr =
    'Error: failed to update VM 148ed193b95948: Post "https://api.machines.dev/v1/apps/my-app/machines/148ed193b95948": net/http: HTTP/1.x transport connection broken: http: ContentLength=900 with Body length 0\n';

  it('is begun again, and says so', async () => {
    const flyctl = scriptedFlyctl([{ exitCode: 1, stderr }, recording('166')]);
    const again: string[] = [];
    const report = await deploy(flyctl, request, { ...options, onAgain: ({ code }) => again.push(code) });
    expect(report.outcome).toBe('finished');
    expect(again).toEqual(['fly-api']);
    expect(flyctl.calls[1]?.args).toEqual(flyctl.calls[0]?.args);
  });

  it('is begun three times at most', async () => {
    const flyctl = scriptedFlyctl([{ exitCode: 1, stderr }]);
    expect(await deploy(flyctl, request, options)).toMatchObject({
      outcome: 'failed',
      failure: { unsent: true },
    });
    expect(flyctl.calls).toHaveLength(3);
  });
});

describe('a deploy that meets the lease of another', () => {
  it('waits until it is free, says once who holds it, and deploys again', async () => {
    const flyctl = leased(['222', '166'], ['held', 'held', 'held', 'free']);
    const waits: LeaseWait[] = [];
    const report = await deploy(flyctl, request, { ...options, onLeaseWait: (wait) => waits.push(wait) });
    expect(report.outcome).toBe('finished');
    expect(waits).toMatchObject([{ machineId: '148ed193b95948', owner: 'someone@example.com' }]);
    expect(deploys(flyctl)).toHaveLength(2);
  });

  it('gives up at its own deadline, with the holder as the cause', async () => {
    const flyctl = leased(
      ['222'],
      Array.from({ length: 100 }, () => 'held'),
    );
    const report = await deploy(flyctl, request, { deadlineMs: 60_000 });
    expect(report).toMatchObject({ outcome: 'failed', failure: { code: 'lease-held' } });
    expect(deploys(flyctl)).toHaveLength(1);
    expect(report.durationMs).toBeLessThanOrEqual(60_000);
  });

  it('ends with the run while it waits', async () => {
    const abort = new AbortController();
    const flyctl = leased(['222'], ['held', 'held']);
    const report = await deploy(flyctl, request, {
      ...options,
      signal: abort.signal,
      onLeaseWait: () => abort.abort(),
    });
    expect(report.failure?.code).toBe('lease-held');
    expect(deploys(flyctl)).toHaveLength(1);
  });
});
