import { describe, expect, it } from 'vitest';
import type { Recording } from '../../rehearsal/conformance/recording.ts';
import { type Played, playOnPlatform } from './platform-run.ts';

const FLY_TOML =
  'app = "my-app"\nprimary_region = "iad"\n\n[mounts]\n  source = "data"\n  destination = "/data"\n';
const DOCKERFILE = 'FROM node:24\nCOPY . .\nRUN pnpm build\n';

/** No recording shows a build: these hold what scenarios rely on. */
function deploySource(changes: Partial<Recording>): Promise<Played> {
  return playOnPlatform({
    name: 'a source',
    argv: ['deploy', '--remote-only', '--dns-checks=false', '--detach'],
    files: { 'fly.toml': FLY_TOML, Dockerfile: DOCKERFILE },
    started: Date.parse('2026-11-23T20:00:00Z'),
    exit: 0,
    stdout: '',
    stderr: '',
    exchanges: [],
    ...changes,
  });
}

const bodyOf = ({ exchanges }: Played, path: RegExp) =>
  exchanges.find((exchange) => exchange.method === 'POST' && path.test(exchange.path))?.request;

describe('a deploy from source', () => {
  it('builds the Dockerfile step by step and deploys what came of it', async () => {
    const played = await deploySource({});
    expect(played).toMatchObject({ exit: 0, stderr: expect.stringContaining('[2/3] COPY . .') });
    expect(bodyOf(played, /\/machines\/\w+$/)).toMatchObject({
      config: { image: expect.stringMatching(/^registry\.fly\.io\/my-app:deployment-\w{26}$/) },
    });
  });

  it('fails in the builder when a fault of the platform says so, before there is a release', async () => {
    const body = JSON.stringify({ rehearsal: { seconds: 30, failure: ['ELIFECYCLE', 'Command failed.'] } });
    const played = await deploySource({ faults: [{ path: '/builds/depot_builder', status: 200, body }] });
    expect(played).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('#4 0.5 ELIFECYCLE\n#4 0.5 Command failed.\n'),
    });
    expect(played.stderr).toContain(
      'Error: failed to fetch an image or build from source: error building: failed to solve: process "/bin/sh -c RUN pnpm build" did not complete successfully: exit code: 1',
    );
    expect(bodyOf(played, /\/releases$/)).toBeUndefined();
  });

  it('fails when the builder cannot be had', async () => {
    const played = await deploySource({ faults: [{ path: '/builds/depot_builder', status: 500 }] });
    expect(played).toMatchObject({ exit: 1, stderr: expect.stringContaining('ensure depot builder failed') });
  });

  it('needs a Dockerfile', async () => {
    const played = await deploySource({ files: { 'fly.toml': FLY_TOML } });
    expect(played).toMatchObject({ exit: 1, stderr: expect.stringContaining('does not have a Dockerfile') });
  });
});
