import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { UpstreamState } from './schema.ts';

type Trees = NonNullable<UpstreamState['git']>;

/** A bare repository of the rehearsal's, served as GitHub does: by git's own http-backend. */
export interface GitRepository {
  serve(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** Branches and tags get a new commit where their files changed. */
  become(trees: Trees | undefined): void;
  close(): void;
}

/** Commits must have the same id in every rehearsal. */
const author = {
  GIT_AUTHOR_NAME: 'Upstream',
  GIT_AUTHOR_EMAIL: 'upstream@example.com',
  GIT_AUTHOR_DATE: '2026-09-24T12:00:00Z',
  GIT_COMMITTER_NAME: 'Upstream',
  GIT_COMMITTER_EMAIL: 'upstream@example.com',
  GIT_COMMITTER_DATE: '2026-09-24T12:00:00Z',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
};

/** Nothing is made until there are trees. */
export function openGitRepository(trees: Trees | undefined): GitRepository {
  let folder: string | null = null;
  const git = (cwd: string, ...args: readonly string[]) =>
    execFileSync('git', args, { cwd, env: { ...process.env, ...author }, encoding: 'utf8' }).trim();

  function become(wanted: Trees | undefined): void {
    if (wanted === undefined) return;
    folder ??= mkdtempSync(join(tmpdir(), 'openclaw-upstream-'));
    const bare = join(folder, 'openclaw/openclaw.git');
    mkdirSync(bare, { recursive: true });
    git(bare, 'init', '--quiet', '--bare', '--template=', '.');
    for (const [name, files] of Object.entries(wanted)) {
      const work = mkdtempSync(join(folder, 'work-'));
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, path)), { recursive: true });
        writeFileSync(join(work, path), text);
      }
      git(work, 'init', '--quiet', '--template=', '.');
      git(work, 'add', '--all');
      git(work, 'commit', '--quiet', '--message', name);
      const isTag = /^v\d/.test(name);
      // Annotated, as releases are: the tag is an object of its own, which points to the commit.
      if (isTag) git(work, 'tag', '--annotate', '--message', name, name);
      git(work, 'push', '--quiet', '--force', bare, isTag ? `refs/tags/${name}` : `HEAD:refs/heads/${name}`);
      rmSync(work, { recursive: true, force: true });
    }
  }

  become(trees);
  return {
    become,
    serve(request, response, path) {
      if (folder === null) return void response.writeHead(404).end();
      const [route = '', query = ''] = path.split('?');
      const backend = spawn('git', ['http-backend'], {
        env: {
          ...process.env,
          ...author,
          GIT_PROJECT_ROOT: folder,
          GIT_HTTP_EXPORT_ALL: '1',
          PATH_INFO: route,
          QUERY_STRING: query,
          REQUEST_METHOD: request.method ?? 'GET',
          CONTENT_TYPE: request.headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
          GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        },
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      request.pipe(backend.stdin);
      const parts: Buffer[] = [];
      backend.stdout.on('data', (part: Buffer) => parts.push(part));
      backend.on('close', () => respond(response, Buffer.concat(parts)));
    },
    close: () => {
      if (folder !== null) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A CGI answer: headers, an empty line, the body. */
function respond(response: ServerResponse, answer: Buffer): void {
  const end = answer.indexOf('\r\n\r\n');
  const lines = answer.subarray(0, Math.max(0, end)).toString().split('\r\n');
  const headers = lines.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]);
  const status = headers.find(([name]) => /^status$/i.test(name))?.[1] ?? '200';
  response.writeHead(
    Number.parseInt(status, 10),
    Object.fromEntries(headers.filter(([name]) => name !== '' && !/^status$/i.test(name))),
  );
  response.end(answer.subarray(end + 4));
}
