import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startUpstream, type UpstreamWorld } from '../../rehearsal/upstream/world.ts';
import { checkOutCommit, type GitSettings, namedCommit } from '../../src/upstream/git.ts';
import { unreachableCode } from '../../src/upstream/request.ts';
import { upstreamState } from './servers.ts';

const dockerfile = 'FROM node:24\n';
let world: UpstreamWorld;
let folder: string;
let settings: GitSettings;

beforeAll(async () => {
  world = await startUpstream(
    upstreamState({
      git: {
        main: { Dockerfile: dockerfile, 'package.json': '{"version":"2026.10.1"}' },
        'v2026.9.6': { Dockerfile: dockerfile, 'package.json': '{"version":"2026.9.6"}', 'src/a.ts': 'a' },
        bare: { 'README.md': 'nothing to build' },
      },
    }),
  );
  folder = mkdtempSync(join(tmpdir(), 'openclaw git '));
  settings = {
    base: world.env.OPENCLAW_DEPLOY_GIT ?? '',
    env: { ...process.env, GITHUB_TOKEN: 'ghs_secret', GIT_DIR: '/nowhere' },
    folder,
    signal: new AbortController().signal,
  };
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const repository = 'openclaw/openclaw';

describe('the repository of upstream', () => {
  it('tells the commit behind a tag, not the tag object, and takes the first name that there is', async () => {
    const tag = await namedCommit(
      repository,
      ['refs/tags/2026.9.6', 'refs/tags/v2026.9.6', 'refs/heads/main'],
      settings,
    );
    expect(tag?.ref).toBe('refs/tags/v2026.9.6');
    const main = await namedCommit(repository, ['refs/heads/main'], settings);
    expect(main?.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(tag?.commit).not.toBe(main?.commit);
    expect(await namedCommit(repository, ['refs/tags/v1'], settings)).toBeNull();
  });

  it('gives exactly the commit, without its history and without a login kept', async () => {
    const tag = await namedCommit(repository, ['refs/tags/v2026.9.6'], settings);
    const commit = tag?.commit ?? '';
    const checkout = await checkOutCommit(repository, commit, settings);
    expect(checkout).toMatchObject({ dockerfile, packageJson: '{"version":"2026.9.6"}' });
    expect(readdirSync(checkout.folder).sort()).toEqual(['.git', 'Dockerfile', 'package.json', 'src']);
    const git = (...args: string[]) => execFileSync('git', args, { cwd: checkout.folder, encoding: 'utf8' });
    expect(git('rev-parse', 'HEAD').trim()).toBe(commit);
    expect(git('rev-list', '--count', 'HEAD').trim()).toBe('1');
    expect(readFileSync(join(checkout.folder, '.git/config'), 'utf8')).not.toMatch(
      /extraheader|credential|ghs_secret/i,
    );
  });

  it('blames the version where there is no such commit', async () => {
    await expect(checkOutCommit(repository, 'e'.repeat(40), settings)).rejects.toMatchObject({
      code: 'inputs-invalid',
      message: `version: ${repository} has no commit ${'e'.repeat(40)}.`,
    });
  });

  it('blames the repository where it is not there', async () => {
    await expect(namedCommit('you/nothing', ['refs/heads/main'], settings)).rejects.toMatchObject({
      code: 'inputs-invalid',
      message: expect.stringContaining('"you/nothing"'),
    });
  });

  it('blames the repository where it has nothing to build', async () => {
    const bare = await namedCommit(repository, ['refs/heads/bare'], settings);
    await expect(checkOutCommit(repository, bare?.commit ?? '', settings)).rejects.toMatchObject({
      code: 'inputs-invalid',
      message: expect.stringContaining('no Dockerfile'),
    });
  });

  it('cannot be asked where the server fails', async () => {
    world.become(upstreamState({ trouble: [{ server: 'git', status: 503 }] }));
    await expect(namedCommit(repository, ['refs/heads/main'], settings)).rejects.toMatchObject({
      code: unreachableCode,
      evidence: expect.stringContaining('503'),
    });
    world.become(upstreamState());
  });

  it('is not shown a login that git is set up to send', async () => {
    const shown: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      shown.push(headers.authorization);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const home = mkdtempSync(join(folder, 'home '));
    writeFileSync(
      join(home, '.gitconfig'),
      `[http]\n\textraHeader = Authorization: basic b25l\n[http "${base}/"]\n\textraHeader = Authorization: basic dHdv\n`,
    );
    const env = { ...settings.env, HOME: home, USERPROFILE: home };
    await expect(
      namedCommit(repository, ['refs/heads/main'], { ...settings, base, env }),
    ).rejects.toMatchObject({ code: 'inputs-invalid' });
    expect(shown).toEqual([undefined]);
    server.close();
  });

  it.runIf(process.platform !== 'win32')(
    'is ended, with all it started, when the run is cancelled',
    async () => {
      const bin = mkdtempSync(join(tmpdir(), 'openclaw-git-'));
      const started = join(bin, 'started');
      writeFileSync(join(bin, 'git'), `#!/bin/sh\nsleep 60 &\necho $$ >'${started}'\nwait\n`, {
        mode: 0o755,
      });
      const cancel = new AbortController();
      const reason = new Error('cancelled');
      const path = [bin, process.env.PATH].join(delimiter);
      const hanging = { ...settings, env: { PATH: path }, signal: cancel.signal };
      try {
        const asking = namedCommit(repository, ['refs/heads/main'], hanging);
        await vi.waitUntil(() => existsSync(started) && readFileSync(started, 'utf8').endsWith('\n'), 10_000);
        cancel.abort(reason);
        await expect(asking).rejects.toBe(reason);
        // What it started held its output open until it was gone as well.
        expect(() => process.kill(Number(readFileSync(started, 'utf8')), 0)).toThrow('ESRCH');
      } finally {
        rmSync(bin, { recursive: true });
      }
    },
  );

  it('is left alone once the run is cancelled', async () => {
    const reason = new Error('cancelled');
    const asked = world.questions.length;
    const aborted = { ...settings, signal: AbortSignal.abort(reason) };
    await expect(namedCommit(repository, ['refs/heads/main'], aborted)).rejects.toBe(reason);
    expect(world.questions).toHaveLength(asked);
  });
});
