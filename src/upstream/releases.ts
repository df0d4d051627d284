import * as z from 'zod/mini';
import { Failure } from '../causes.ts';
import type { Release } from './choose.ts';
import { type Answer, type RequestSettings, request, said, unreachable } from './request.ts';

export interface ReleaseSettings extends RequestSettings {
  /** Base of GitHub's REST API. */
  readonly api: string;
  readonly token: string | null;
}

/** OpenClaw's notes are long, a page of 100 releases is megabytes of them. */
const perPage = 30;
/** 300 releases are a year of OpenClaw's; a list that has none to deploy among them has none. */
const mostPages = 10;

const page = z.array(z.unknown());
const release = z.looseObject({
  tag_name: z.string().check(z.minLength(1), z.maxLength(200)),
  draft: z.nullish(z.boolean()),
  prerelease: z.nullish(z.boolean()),
  published_at: z.nullish(z.string()),
});

/**
 * The releases of a repository, newest first, a page at a time: the caller stops where it has seen enough.
 *
 * @param repository owner/name
 * @throws Failure `inputs-invalid` where there is no such repository; Unreachable
 */
export async function* readReleases(
  repository: string,
  settings: ReleaseSettings,
): AsyncGenerator<readonly Release[], void> {
  let { token } = settings;
  for (let number = 1; number <= mostPages; number += 1) {
    let answer = await ask(repository, number, token, settings);
    if (answer.status === 401 && token !== null) {
      // A token that github.com does not take is no reason not to read what everybody may read.
      token = null;
      answer = await ask(repository, number, null, settings);
    }
    const releases = readPage(repository, answer);
    yield releases;
    if (!/;\s*rel="?next"?/.test(answer.headers.get('link') ?? '')) return;
  }
}

function ask(
  repository: string,
  number: number,
  token: string | null,
  settings: ReleaseSettings,
): Promise<Answer> {
  const url = `${settings.api}/repos/${repository}/releases?per_page=${perPage}&page=${number}`;
  const headers: Record<string, string> = {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
  };
  if (token !== null) headers.authorization = `Bearer ${token}`;
  return request('api.github.com', url, headers, settings);
}

function readPage(repository: string, answer: Answer): readonly Release[] {
  if (answer.status === 404) {
    throw new Failure(
      'inputs-invalid',
      `repository: github.com has no repository "${repository}" that can be read without a login.`,
      { evidence: `api.github.com: HTTP 404${said(answer)}` },
    );
  }
  if (answer.status !== 200)
    throw unreachable('api.github.com', `HTTP ${answer.status}${said(answer)}`, false);
  let list: unknown = null;
  try {
    list = JSON.parse(Buffer.from(answer.body).toString());
  } catch {
    // Falls through to the same end as a list that is none.
  }
  const parsed = page.safeParse(list);
  if (!parsed.success) throw unreachable('api.github.com', 'its answer is no list of releases', false);
  return parsed.data.flatMap((entry) => {
    const one = release.safeParse(entry);
    if (!one.success) return [];
    const { tag_name: tag, draft, prerelease, published_at } = one.data;
    const publishedAt = Date.parse(published_at ?? '');
    return [
      {
        tag,
        draft: draft ?? false,
        prerelease: prerelease ?? false,
        publishedAt: Number.isNaN(publishedAt) ? null : publishedAt,
      },
    ];
  });
}
