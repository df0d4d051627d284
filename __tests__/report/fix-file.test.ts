import { describe, expect, it } from 'vitest';
import { someWorkflow } from '../../src/causes.ts';
import { inWorkflow } from '../../src/report/fix-file.ts';

const lines = { file: someWorkflow, language: 'yaml', text: 'with:\n  operation: release-lock' } as const;
const fix = { text: 'Clear it.', commands: [], lines };

describe('a fix whose lines belong into the workflow', () => {
  it.each([
    ['octo/claw/.github/workflows/ship it.yml@refs/heads/main', '.github/workflows/ship it.yml'],
    ['octo/claw/.github/workflows/nightly.yaml@refs/pull/3/merge', '.github/workflows/nightly.yaml'],
    ['', someWorkflow],
    ['octo/claw/../../etc/passwd@x', someWorkflow],
  ])('names the one that runs: %s', (ref, file) => {
    expect(inWorkflow(fix, { GITHUB_WORKFLOW_REF: ref })?.lines?.file).toBe(file);
  });

  it('is left alone where it belongs into another file', () => {
    const toml = { ...fix, lines: { file: 'fly.toml', language: 'toml', text: 'x = 1' } as const };
    expect(inWorkflow(toml, { GITHUB_WORKFLOW_REF: 'o/r/.github/workflows/a.yml@b' })).toEqual(toml);
    expect(inWorkflow(null, {})).toBeNull();
  });
});
