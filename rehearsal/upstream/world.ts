import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openGitRepository } from './git.ts';
import { answerRegistry } from './registry.ts';
import { answerReleases } from './releases.ts';
import type { UpstreamState } from './schema.ts';

/** One question that was asked. */
export interface Question {
  readonly server: 'releases' | 'registry' | 'git';
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly status: number;
  readonly authorization: string | null;
}

/** GitHub, a registry and a git server on loopback. */
export interface UpstreamWorld {
  /** What points the action at them. */
  readonly env: Readonly<Record<string, string>>;
  readonly questions: readonly Question[];
  /** From now on upstream is like this. */
  become(state: UpstreamState): void;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  /** Images that were taken away by others, by reference. */
  readonly isForgotten?: (reference: string) => boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Starts all three on one port of this machine, each below a path of its own. */
export async function startUpstream(
  first: UpstreamState,
  { isForgotten = () => false }: UpstreamOptions = {},
): Promise<UpstreamWorld> {
  let state = first;
  const left = new Map<UpstreamState['trouble'][number], number>();
  const questions: Question[] = [];
  const tags = new Map<string, Set<string>>();
  const repository = openGitRepository(first.git);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://upstream');
    const place = places.find(({ prefix }) => url.pathname.startsWith(prefix));
    if (place === undefined) return void response.writeHead(404).end();
    const path = `${url.pathname.slice(place.prefix.length)}${url.search}`;
    const note = (status: number) =>
      questions.push({
        server: place.server,
        method: request.method ?? '',
        path,
        status,
        authorization: request.headers.authorization ?? null,
      });
    const trouble = state.trouble.find(
      (one) =>
        one.server === place.server &&
        path.includes(one.path ?? '') &&
        (one.times === undefined || (left.get(one) ?? one.times) > 0),
    );
    if (trouble !== undefined) {
      if (trouble.times !== undefined) left.set(trouble, (left.get(trouble) ?? trouble.times) - 1);
      note(trouble.reset ? 0 : (trouble.status ?? 500));
      if (trouble.reset) return void request.socket.destroy();
      return send(response, {
        status: trouble.status ?? 500,
        headers: trouble.headers ?? {},
        body: trouble.body ?? JSON.stringify({ message: `trouble ${trouble.status ?? 500}` }),
      });
    }
    if (place.server === 'git') {
      note(200);
      return repository.serve(request, response, path);
    }
    const asked = { path, url, authorization: request.headers.authorization ?? null };
    const reply =
      place.server === 'releases'
        ? answerReleases(state, asked, Date.now())
        : answerRegistry(state, asked, { base: origin(request) + place.prefix, isForgotten, asked: tags });
    note(reply.status);
    send(response, reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: Object.fromEntries(places.map(({ prefix, variable }) => [variable, `${base}${prefix}`])),
    questions,
    become: (next) => {
      state = next;
      repository.become(next.git);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      repository.close();
    },
  };
}

const places = [
  { server: 'releases', prefix: '/api', variable: 'OPENCLAW_DEPLOY_GITHUB_API' },
  { server: 'registry', prefix: '/registry', variable: 'OPENCLAW_DEPLOY_REGISTRY' },
  { server: 'git', prefix: '/git', variable: 'OPENCLAW_DEPLOY_GIT' },
] as const;

function origin(request: IncomingMessage): string {
  return `http://${request.headers.host ?? '127.0.0.1'}`;
}

function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}
