import { describe, expect, it } from 'vitest';
import { isLoopback, upstreamHosts } from '../../src/upstream/hosts.ts';

describe('where upstream is', () => {
  it('is github.com, which may see the token of a workflow that runs there', () => {
    const hosts = upstreamHosts({ GITHUB_SERVER_URL: 'https://github.com' }, 'ghs_token');
    expect(hosts).toMatchObject({
      api: 'https://api.github.com',
      git: 'https://github.com',
      token: 'ghs_token',
    });
    expect(hosts.registry('ghcr.io')).toBe('https://ghcr.io');
  });

  it('is github.com on an Enterprise Server too, which keeps its token', () => {
    const env = {
      GITHUB_SERVER_URL: 'https://git.example.com',
      GITHUB_API_URL: 'https://git.example.com/api/v3',
    };
    expect(upstreamHosts(env, 'ghs_token')).toMatchObject({ api: 'https://api.github.com', token: null });
  });

  it('is on this machine in a rehearsal, which sees no token', () => {
    const env = {
      OPENCLAW_DEPLOY_GITHUB_API: 'http://127.0.0.1:8080/api/',
      OPENCLAW_DEPLOY_REGISTRY: 'http://[::1]:8080/registry',
      OPENCLAW_DEPLOY_GIT: 'http://localhost:8080/git',
    };
    const hosts = upstreamHosts(env, 'ghs_token');
    expect(hosts).toMatchObject({
      api: 'http://127.0.0.1:8080/api',
      git: 'http://localhost:8080/git',
      token: null,
    });
    expect(hosts.registry('ghcr.io')).toBe('http://[::1]:8080/registry');
  });

  it.each([
    'https://example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@example.com',
    'file:///etc',
    'ghcr.io',
  ])('is never at %s', (address) => {
    for (const name of ['OPENCLAW_DEPLOY_GITHUB_API', 'OPENCLAW_DEPLOY_REGISTRY', 'OPENCLAW_DEPLOY_GIT']) {
      expect(() => upstreamHosts({ [name]: address }, '')).toThrow(
        new RegExp(`^${name}: .*not an address on this`),
      );
    }
  });

  it('plain HTTP is for registries of this machine only', () => {
    const { registry } = upstreamHosts({}, '');
    expect(registry('localhost:5000')).toBe('http://localhost:5000');
    expect(registry('127.0.0.1.example.com')).toBe('https://127.0.0.1.example.com');
    expect(isLoopback('localhost.example.com')).toBe(false);
  });
});
