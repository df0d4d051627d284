import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReference, imageVersion, parseReference } from '../../src/upstream/reference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('image references', () => {
  it.each([
    ['ghcr.io/openclaw/openclaw:2026.9.6', 'ghcr.io', 'openclaw/openclaw', '2026.9.6', null],
    [`ghcr.io/openclaw/openclaw:main@${digest}`, 'ghcr.io', 'openclaw/openclaw', 'main', digest],
    [`ghcr.io/openclaw/openclaw@${digest}`, 'ghcr.io', 'openclaw/openclaw', null, digest],
    ['127.0.0.1:5000/openclaw', '127.0.0.1:5000', 'openclaw', null, null],
    ['localhost/openclaw:1', 'localhost', 'openclaw', '1', null],
    ['openclaw', 'registry-1.docker.io', 'library/openclaw', null, null],
    ['you/openclaw:1', 'registry-1.docker.io', 'you/openclaw', '1', null],
    ['docker.io/you/openclaw:1', 'registry-1.docker.io', 'you/openclaw', '1', null],
    ['registry.fly.io/my-app:deployment-01ABC', 'registry.fly.io', 'my-app', 'deployment-01ABC', null],
  ])('%s is taken apart', (text, registry, repository, tag, sum) => {
    const reference = parseReference(text);
    expect(reference).toMatchObject({ registry, repository, tag, digest: sum });
    expect(reference && formatReference(reference)).toBe(text);
  });

  it.each([
    'ghcr.io/OpenClaw/openclaw:1',
    'ghcr.io/openclaw/openclaw:',
    'ghcr.io/openclaw/openclaw@sha256:12',
    `ghcr.io/a@${digest}@${digest}`,
    'ghcr.io/../v2:1',
    'ghcr.io//openclaw',
    'user@host/openclaw:1',
    'a b:1',
    '',
  ])('%j is none', (text) => {
    expect(parseReference(text)).toBeNull();
  });

  it('whatever is read as a reference is written as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab.:/@-_9A') }), (text) => {
        const reference = parseReference(text);
        if (reference !== null) expect(formatReference(reference)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['ghcr.io/openclaw/openclaw:2026.9.6', '2026.9.6'],
    [`ghcr.io/openclaw/openclaw:v2026.7.1-2@${digest}`, '2026.7.1-2'],
    ['ghcr.io/openclaw/openclaw:2026.9.6-slim', '2026.9.6-slim'],
    ['ghcr.io/openclaw/openclaw:main', null],
    ['registry.fly.io/my-app:deployment-01ABC', null],
  ])('the version in %s is %s', (text, version) => {
    expect(imageVersion(text)).toBe(version);
  });
});
