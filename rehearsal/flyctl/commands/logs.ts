import { decoded } from '../api.ts';
import { CommandError } from '../failure-report.ts';
import { goJson } from '../go-json.ts';
import type { Session } from '../session.ts';

interface Entry {
  timestamp: string;
  message: string;
  level: string;
  instance: string;
  region: string;
  meta?: {
    instance?: string;
    region?: string;
    event?: { provider?: string };
    http?: {
      request?: { id?: string; method?: string; version?: string };
      response?: { status_code?: number };
    };
    error?: { code?: number; message?: string };
    url?: { full?: string };
  };
}

const SHORTEST_PAUSE = 64;
const LONGEST_PAUSE = 4096;
const ERRORS_BEFORE_GIVING_UP = 10;
const VALIDATE_PEERS =
  'mutation($input: ValidateWireGuardPeersInput!) { validateWireGuardPeers(input: $input) { invalidPeerIps } }';

/**
 * `logs`: with --no-tail the first page that is not empty, polling for ever until there is one; else page after
 * page. The tail also asks for a WireGuard tunnel, which a rehearsal never gets, so that polling goes on.
 */
export async function showLogs(session: Session): Promise<void> {
  const { flags } = session;
  const app = await session.app();
  const machine = flags.text('machine') || flags.text('instance');
  // Machine ids are unique in the world, so a region beside one is dropped.
  const region = machine ? '' : flags.text('region') || session.surroundings.env.FLY_REGION || '';
  const tail = !flags.on('no-tail');
  const polling = poll(session, app, { machine, region }, tail);
  if (tail) void askForTunnel(session, app);
  await polling;
}

async function askForTunnel(session: Session, app: string): Promise<void> {
  try {
    await session.api.flaps('GET', `/apps/${app}`);
    await session.api.graphql(VALIDATE_PEERS, { input: { peerIps: [] } });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
}

async function poll(
  session: Session,
  app: string,
  filters: { machine: string; region: string },
  tail: boolean,
): Promise<void> {
  let token = '';
  let pause = SHORTEST_PAUSE;
  let errors = 0;
  for (;;) {
    if (pause > SHORTEST_PAUSE) await session.sleep(pause);
    if (session.surroundings.signal.aborted) throw new CommandError('context canceled', { cancelled: true });
    let page: { entries: Entry[]; token: string };
    try {
      page = await fetchPage(session, app, { ...filters, token });
    } catch (error) {
      if (!(error instanceof CommandError) || error.details.cancelled) throw error;
      errors += 1;
      if (error.details.status === 401 || error.details.status === 404 || errors >= ERRORS_BEFORE_GIVING_UP)
        throw error;
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      continue;
    }
    errors = 0;
    pause = page.entries.length === 0 ? SHORTEST_PAUSE * 2 : 0;
    if (page.entries.length > 0) token = page.token || token;
    for (const entry of page.entries)
      session.out(session.flags.on('json') ? jsonEntry(entry) : textEntry(entry));
    if (!tail && page.entries.length > 0) return;
  }
}

async function fetchPage(
  session: Session,
  app: string,
  filters: { machine: string; region: string; token: string },
): Promise<{ entries: Entry[]; token: string }> {
  const reply = await session.api.logs(app, filters);
  if (reply.status !== 200)
    throw new CommandError(`${reply.status} ${reply.reason}`, { status: reply.status });
  if (reply.truncated) throw new CommandError('unexpected EOF');
  const page = decoded(reply.body, '') as { data?: { attributes: Entry }[]; meta?: { next_token?: string } };
  return {
    entries: (page.data ?? []).map(({ attributes }) => attributes),
    token: page.meta?.next_token ?? '',
  };
}

function jsonEntry({ level, instance, message, region, timestamp, meta = {} }: Entry): string {
  const { http = {}, error = {} } = meta;
  const shown = {
    level,
    instance,
    message,
    region,
    timestamp,
    meta: {
      Instance: meta.instance ?? '',
      Region: meta.region ?? '',
      Event: { Provider: meta.event?.provider ?? '' },
      HTTP: {
        Request: {
          ID: http.request?.id ?? '',
          Method: http.request?.method ?? '',
          Version: http.request?.version ?? '',
        },
        Response: { status_code: http.response?.status_code ?? 0 },
      },
      Error: { Code: error.code ?? 0, Message: error.message ?? '' },
      URL: { Full: meta.url?.full ?? '' },
    },
  };
  return `${goJson(shown, 4)}\n`;
}

const LEVEL_COLOURS: Record<string, number> = { debug: 34, info: 34, warn: 35, warning: 35, error: 31 };

/** In colour whether or not anybody looks, and without a space before the message. */
function textEntry({ level, instance, message, region, timestamp, meta = {} }: Entry): string {
  const at = new Date(timestamp);
  if (Number.isNaN(at.getTime())) {
    throw new CommandError(
      `parsing time "${timestamp}" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse "${timestamp}" as "2006"`,
    );
  }
  const provider = meta.event?.provider ?? '';
  const source = instance ? `${provider}[${instance}]` : provider;
  const failure = meta.error?.message ?? '';
  const time = `${at.toISOString().slice(0, 19)}Z`;
  const colour = LEVEL_COLOURS[level] ?? 37;
  return `${failure}\u001b[2m${time}\u001b[0m ${source} \u001b[32m${region}\u001b[0m [\u001b[${colour}m${level}\u001b[0m]${failure ? '' : message}\n`;
}
