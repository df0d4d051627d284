import type { UpstreamState } from './schema.ts';
import type { Reply } from './world.ts';

/** GitHub's list of releases, in pages, with the links between them. */
export function answerReleases(state: UpstreamState, { url }: { readonly url: URL }, now: number): Reply {
  if (!/\/repos\/[^/]+\/[^/]+\/releases$/.test(url.pathname)) {
    return { status: 404, body: JSON.stringify({ message: 'Not Found' }) };
  }
  const perPage = Number(url.searchParams.get('per_page') ?? 30);
  const page = Number(url.searchParams.get('page') ?? 1);
  const prereleases = Array.from({ length: state.prereleases }, (_, index) => ({
    tag: `v2026.11.1-beta.${state.prereleases - index}`,
    age: 1,
    prerelease: true,
    draft: false,
  }));
  const all = [...prereleases, ...state.releases];
  const shown = all.slice((page - 1) * perPage, page * perPage).map(({ tag, age, prerelease, draft }) => ({
    tag_name: tag,
    name: `openclaw ${tag}`,
    prerelease,
    draft,
    published_at: draft ? null : new Date(now - age * 3_600_000).toISOString(),
    body: 'What is new',
  }));
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  const headers: Record<string, string> = { 'x-ratelimit-remaining': '59' };
  if (page * perPage < all.length) headers.link = `<${next.href}>; rel="next"`;
  return { status: 200, headers, body: JSON.stringify(shown) };
}
