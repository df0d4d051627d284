import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScenarios } from '../../rehearsal/scenario.ts';

const program = fileURLToPath(new URL('../../rehearsal/rehearse.ts', import.meta.url));

describe("a rehearsal with a flyctl of one's own", () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'own flyctl '));
    writeFileSync(join(folder, 'flyctl'), '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(join(folder, 'notes'), '', { mode: 0o644 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['missing', [], 'no such file'],
    ['.', [], 'that is no file'],
    ...(process.platform === 'win32' ? [] : [['notes', [], 'may not be run'] as const]),
    ['flyctl', ['--scenario', 'upstream-build'], 'an image is built in it'],
  ] as const)('says before it plays anything why it cannot be: %s', (name, more, why) => {
    const args = [program, '--flyctl', join(folder, name), ...more];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(why) });
  });
});

it('a rehearsal that finds no place for its files says so in a line', () => {
  const nowhere = join(tmpdir(), 'no', 'such', 'folder');
  const env = { ...process.env, TMPDIR: nowhere, TEMP: nowhere, TMP: nowhere };
  const { status, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8', env });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^The rehearsal broke off: ENOENT.*\n$/),
  });
});

it('a scenario that needs an image of its own making says so', () => {
  const builds = [...readScenarios().values()].filter(
    ({ files, upstream, platform }) =>
      upstream.git !== undefined || ('Dockerfile' in files && platform.buildFailure === undefined),
  );
  expect(builds.map(({ name }) => name)).toEqual(['upstream-build']);
  expect(builds.every((scenario) => scenario.builds)).toBe(true);
});
