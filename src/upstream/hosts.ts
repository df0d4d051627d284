import { Failure } from '../causes.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where upstream's releases, images and sources are. No address ends with a slash. */
export interface UpstreamHosts {
  /** Base of GitHub's REST API. */
  readonly api: string;
  /** Base of its git repositories. */
  readonly git: string;
  /** Base of a registry's API by its host name. */
  registry(host: string): string;
  /** A token that github.com may see; `null` where there is none. */
  readonly token: string | null;
}

/**
 * OpenClaw lives at github.com, whatever server the workflow runs on: GITHUB_API_URL of an Enterprise Server has no
 * releases of it, and that server's `github.token` is not valid at github.com, so it is not sent there.
 *
 * A rehearsal puts servers of its own in their place, on this machine only: OPENCLAW_DEPLOY_GITHUB_API,
 * OPENCLAW_DEPLOY_GIT and OPENCLAW_DEPLOY_REGISTRY (which then stands for every registry).
 *
 * @throws Failure `inputs-invalid` for one of those that does not lie on loopback
 */
export function upstreamHosts(env: Env, githubToken: string): UpstreamHosts {
  const api = loopback(env, 'OPENCLAW_DEPLOY_GITHUB_API');
  const git = loopback(env, 'OPENCLAW_DEPLOY_GIT');
  const registry = loopback(env, 'OPENCLAW_DEPLOY_REGISTRY');
  const server = env.GITHUB_SERVER_URL || 'https://github.com';
  const ours = api !== null || git !== null || server !== 'https://github.com';
  return {
    api: api ?? 'https://api.github.com',
    git: git ?? 'https://github.com',
    registry: (host) => registry ?? `${isLoopback(host) ? 'http' : 'https'}://${host}`,
    token: ours || githubToken === '' ? null : githubToken,
  };
}

/** A name on this machine, with or without a port: docker speaks plain HTTP to those only. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/.test(host);
}

function loopback(env: Env, name: string): string | null {
  const text = env[name] ?? '';
  if (text === '') return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && isLoopback(url.host)) return text.replace(/\/+$/, '');
  throw new Failure(
    'inputs-invalid',
    `${name}: "${text.slice(0, 80)}" is not an address on this machine. It serves rehearsals only; without it upstream is asked at github.com and the image's registry.`,
  );
}
