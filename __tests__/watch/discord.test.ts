import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/watch/facts.ts';
import {
  botSeen,
  deployed,
  feed,
  goodStart,
  goodStartUpTo3,
  handshake,
  log,
  machine,
  machines,
  probe,
  type Scene,
  stampedLine,
  start,
  tell,
} from './story.ts';

const says = (seconds: number, text: string): Fact => log(seconds, stampedLine(seconds, text));
const began: Scene = [2, machines(machine()), deployed];
const discord = { expectDiscord: true } as const;

interface Row {
  readonly rule: string;
  readonly scenes: readonly Scene[];
  readonly verdict: Readonly<Record<string, unknown>> | null;
  readonly by?: number;
  readonly notBefore?: number;
  readonly until?: number;
}

function check(rows: readonly Row[]): void {
  it.each(rows)('$rule', ({ scenes, verdict, by, notBefore, until }) => {
    const told = tell(discord, scenes, until);
    if (verdict === null) expect(told.verdict).toBeNull();
    else expect(told.verdict).toMatchObject(verdict);
    if (by !== undefined) expect(told.after).toBeLessThanOrEqual(by);
    if (notBefore !== undefined) expect(told.after).toBeGreaterThanOrEqual(notBefore);
  });
}

const loggedIn = { verdict: 'healthy', cause: 'healthy', discord: 'logged-in' } as const;
const upTo3 = [began, [6, ...goodStartUpTo3]] satisfies Scene[];
const later = [began, [8, ...goodStart]] satisfies Scene[];

describe('a Discord login', () => {
  check([
    {
      rule: 'is believed when nothing speaks against it for the settle time',
      scenes: [...upTo3, [20, says(6, '[discord] logged in to discord as 1111 (claw-bot)')]],
      verdict: {
        ...loggedIn,
        evidence: { text: '[discord] logged in to discord as 1111 (claw-bot)' },
        discordAfterMs: 5000,
      },
      notBefore: 25,
      by: 26,
    },
    {
      rule: 'is believed without a name too when Discord named the bot before (1.29 with a Discord that does not say who it is)',
      scenes: [
        ...upTo3,
        [
          20,
          says(6, '[discord] [default] starting provider (@claw-bot)'),
          says(6, '[discord] logged in to discord'),
        ],
      ],
      verdict: loggedIn,
    },
    {
      rule: 'is not believed without a name when Discord named nobody (3.13 prints it without a network)',
      scenes: [
        ...upTo3,
        [20, says(6, '[discord] [default] starting provider'), says(6, '[discord] logged in to discord')],
      ],
      verdict: null,
      until: 150,
    },
    {
      rule: 'is believed without a name where it is said after the handshake only (a busy 4.26, whose look for the name came too late)',
      scenes: [
        ...later,
        [20, says(8, '[discord] [default] starting provider'), says(9, '[discord] logged in to discord')],
      ],
      verdict: loggedIn,
    },
    {
      rule: 'is not believed without a name after a failure (3.13 prints it without a network)',
      scenes: [
        ...upTo3,
        [
          9,
          says(
            6,
            '[openclaw] Non-fatal unhandled rejection (continuing): Error: Failed to get gateway information from Discord: fetch failed',
          ),
        ],
        [10, says(6.1, '[discord] logged in to discord')],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'discord-unreachable',
        discord: 'failed',
        listening: true,
        reachable: true,
      },
    },
    {
      rule: 'is taken back by a close that follows (1.29, 3.13)',
      scenes: [
        ...upTo3,
        [9, says(6, '[discord] logged in to discord as 1111')],
        [11, says(6.01, '[discord] gateway error: Error: Fatal Gateway error: 4014')],
      ],
      verdict: { verdict: 'failed', cause: 'discord-intents', discord: 'failed' },
      by: 11,
    },
    {
      rule: 'is taken back by a close of the same instant, in whatever order the lines come',
      scenes: [
        began,
        [
          5,
          says(6, '[discord] gateway error: Error: Fatal Gateway error: 4004'),
          says(6, '[discord] logged in to discord as 1111'),
        ],
        [6, ...goodStartUpTo3],
      ],
      verdict: { verdict: 'failed', cause: 'discord-auth' },
    },
    {
      rule: 'is not believed while the log cannot be read',
      scenes: [
        ...upTo3,
        [9, says(6, '[discord] logged in to discord as 1111'), feed('logs', 'failing', 'HTTP 500')],
      ],
      verdict: null,
      until: 100,
    },
    {
      rule: 'is believed after the settle time where the log was refused in the meantime',
      scenes: [
        ...upTo3,
        [20, says(6, '[discord] logged in to discord as 1111'), feed('logs', 'refused', '401')],
      ],
      verdict: loggedIn,
      notBefore: 25,
      by: 26,
    },
    {
      rule: 'is believed once the log can be read again',
      scenes: [
        ...upTo3,
        [9, says(6, '[discord] logged in to discord as 1111'), feed('logs', 'failing', 'HTTP 500')],
        [60, feed('logs')],
      ],
      verdict: loggedIn,
      notBefore: 60,
      by: 62,
    },
    {
      rule: 'is a bot that Discord named and a handshake that lasts, with a gateway that is ready (since 6.x)',
      scenes: [...later, [20, handshake, botSeen]],
      verdict: {
        ...loggedIn,
        evidence: { text: '[discord] [default] Discord bot probe resolved @claw-bot' },
      },
      notBefore: 25,
      by: 26,
    },
    {
      rule: 'is a handshake in which Discord named the bot (4.x)',
      scenes: [
        ...later,
        [20, says(8, '[discord] client initialized as 1111 (claw-bot); awaiting gateway readiness')],
      ],
      verdict: loggedIn,
      by: 26,
    },
    {
      rule: 'is a handshake alone only when it lasts longer than OpenClaw itself waits for it',
      scenes: [...later, [20, handshake]],
      verdict: loggedIn,
      notBefore: 40,
      by: 41,
    },
    {
      rule: 'is none as long as the gateway withholds that it is ready (9.6)',
      scenes: [began, [8, ...goodStart.slice(0, 3), handshake, botSeen]],
      verdict: null,
      until: 150,
    },
    {
      rule: 'comes back after a channel that failed was restarted',
      scenes: [
        ...later,
        [
          9,
          says(8, '[discord] [default] channel exited: fetch failed'),
          says(8, '[discord] [default] auto-restart attempt 1/10 in 5s'),
        ],
        [
          14,
          says(13, '[discord] client initialized as 1111; awaiting gateway readiness'),
          says(13.1, '[discord] [default] Discord bot probe resolved @claw-bot'),
        ],
      ],
      verdict: loggedIn,
    },
  ]);
});

describe('a Discord that is off for good', () => {
  const certain: readonly (readonly [string, string, string?])[] = [
    ['discord-auth', '[discord] [default] channel exited: Fatal Gateway error: 4004'],
    ['discord-auth', '[discord] gateway fatal: Error: Fatal gateway close code: 4004'],
    [
      'discord-auth',
      '[discord] [default] slash command deploy failed (message send/receive unaffected): 401: Unauthorized (status=401, code=0)',
    ],
    ['discord-auth', '[discord] native slash command deploy warning (not message send): 401: Unauthorized'],
    [
      'discord-intents',
      '[discord] gateway closed with code 4014 (missing privileged gateway intents). Enable the required intents',
    ],
    [
      'discord-intents',
      '[discord] gateway websocket closed flow=b8ff code=4014 reasonBytes=21 reason=Disallowed intent(s).',
    ],
    [
      'discord-untrusted',
      '[gateway] configured channel warning: channels.discord: channel is configured, but external plugin "discord" is installed without explicit trust. Add',
    ],
    [
      'discord-plugin-missing',
      '[gateway] configured channel warning: channels.discord is configured but no channel plugin is installed or loadable (no-channel-owner).',
    ],
    [
      'discord-suppressed',
      '[gateway] suppressed ambient channel auto-configuration for 2 channels: discord, telegram. Configure channels.<id>',
      'suppressed',
    ],
    [
      'discord-no-token',
      '[discord] [default] channel exited: Discord bot token missing for account "default"',
    ],
    [
      'restart-breaker',
      '[gateway] restart-loop breaker tripped: 3 unclean boot(s) within 300000ms; suppressing channel auto-start',
      'suppressed',
    ],
  ];
  check(
    certain.map(([cause, text, state = 'failed']) => ({
      rule: `fails at once, the gateway's own state said too: ${cause} by "${text.slice(0, 70)}"`,
      scenes: [...later, [9, says(8, text)]],
      verdict: { verdict: 'failed', cause, discord: state, listening: true, reachable: true },
      by: 9,
    })),
  );

  it('does not matter when Discord is not expected', () => {
    for (const [, text] of certain.filter(([cause]) => cause !== 'restart-breaker')) {
      const told = tell({}, [...later, [9, says(8, text)]]);
      expect(told.verdict).toMatchObject({ verdict: 'healthy', discord: 'not-configured' });
    }
  });
});

describe('a Discord that may come back', () => {
  check([
    {
      rule: 'gets as long as its first restarts take, then has failed',
      scenes: [
        ...later,
        [9, says(8, '[discord] [default] channel exited: Failed to resolve Discord application id')],
      ],
      verdict: { verdict: 'failed', cause: 'discord-auth', discord: 'failed' },
      notBefore: 24,
      by: 25,
    },
    {
      rule: 'is unreachable when the network is to blame',
      scenes: [
        ...later,
        [
          9,
          says(
            8,
            '[discord] gateway READY wait timed out after 15000ms; reconnecting with backoff (attempt 1)',
          ),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'discord-unreachable' },
    },
    {
      rule: 'is not off because of an error that says nothing about the login',
      scenes: [
        ...upTo3,
        [9, says(6, '[discord] logged in to discord as 1111')],
        [10, says(9, '[discord] gateway error: Error: Invalid gateway payload received')],
      ],
      verdict: loggedIn,
    },
    {
      rule: 'is not off because of a connection that breaks after the handshake, and is opened again without a word (since 4.2)',
      scenes: [
        ...later,
        [9, says(8, '[discord] logged in to discord as 1111')],
        [10, says(9.5, '[discord] gateway error: Error: Gateway heartbeat ACK timeout')],
      ],
      verdict: loggedIn,
    },
    {
      rule: 'is off because of it where a login is claimed before the handshake (up to 3.13)',
      scenes: [
        ...upTo3,
        [9, says(6, '[discord] logged in to discord as 1111')],
        [10, says(9.5, '[discord] gateway error: Error: connect ECONNREFUSED 162.159.135.232:443')],
      ],
      verdict: { verdict: 'failed', cause: 'discord-unreachable' },
    },
    {
      rule: 'gets the time in which OpenClaw would say that the next connection fails too, where Discord took the token',
      scenes: [
        ...later,
        [9, handshake, botSeen],
        [10, says(9.5, '[discord] gateway error: Error: read ECONNRESET')],
      ],
      verdict: loggedIn,
      notBefore: 30,
      by: 31,
    },
    {
      rule: 'has failed when it says so, and the first trouble is the reason',
      scenes: [
        ...later,
        [9, handshake, botSeen],
        [10, says(9.5, '[discord] gateway error: Error: read ECONNRESET')],
        [25, says(24.5, '[discord] gateway READY wait timed out after 15000ms; reconnecting with backoff')],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'discord-unreachable',
        evidence: { text: '[discord] gateway error: Error: read ECONNRESET' },
      },
    },
    {
      rule: 'is not off because of a look-up that OpenClaw calls transient (9.6)',
      scenes: [
        ...later,
        [
          9,
          says(
            8,
            '[discord] gateway metadata lookup failed transiently; using default gateway url (Failed to get gateway information from Discord: fetch failed)',
          ),
          handshake,
          botSeen,
        ],
      ],
      verdict: loggedIn,
    },
  ]);
});

describe('nothing heard of Discord', () => {
  const readyz = (status: number, body: object) =>
    probe({
      listeners: [{ address: '0.0.0.0', port: 3000 }],
      healthz: { status: 200, body: '' },
      readyz: { status, body: JSON.stringify(body) },
    });
  check([
    {
      rule: 'has failed after discord-timeout, the gateway being fine, and the missing token is suspected',
      scenes: later,
      verdict: {
        verdict: 'failed',
        cause: 'discord-timeout',
        discord: 'unknown',
        listening: true,
        reachable: true,
        suspected: 'discord-no-token',
        notSeen: ['a Discord login'],
      },
      notBefore: 188,
      by: 189,
    },
    {
      rule: 'makes the plugin suspect when the list of plugins lacks it',
      scenes: [
        began,
        [
          8,
          ...goodStart.slice(0, 2),
          says(6, '[gateway] http server listening (2 plugins: browser, canvas; 3.3s)'),
        ],
      ],
      verdict: { cause: 'discord-timeout', suspected: 'discord-plugin-missing' },
    },
    {
      rule: 'has failed when /readyz goes on naming discord among what fails',
      scenes: [
        ...later,
        [20, readyz(503, { ready: false, failing: ['discord'] })],
        [36, readyz(503, { ready: false, failing: ['discord'] })],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'discord-timeout',
        discord: 'failed',
        evidence: { source: 'probe' },
      },
      by: 36,
    },
    {
      rule: 'is suppressed when /readyz says so',
      scenes: [...later, [20, readyz(200, { ready: true, suppressed: ['discord'] })]],
      verdict: { verdict: 'failed', cause: 'discord-suppressed', discord: 'suppressed' },
    },
    {
      rule: 'is a login when /readyz is ready beyond the time in which channels may still be connecting',
      scenes: [...later, [150, readyz(200, { ready: true, failing: [], uptimeMs: 140_000 })]],
      verdict: loggedIn,
      by: 151,
    },
    {
      rule: 'is a login when /readyz says so after a connection that broke',
      scenes: [
        ...later,
        [
          145,
          says(140, '[discord] gateway error: Error: read ECONNRESET'),
          readyz(200, { ready: true, failing: [], uptimeMs: 140_000 }),
        ],
      ],
      verdict: { ...loggedIn, evidence: { source: 'probe' } },
    },
    {
      rule: 'has failed when a channel waits for its next start, which /readyz does not count',
      scenes: [
        ...later,
        [
          145,
          says(140, '[discord] [default] channel exited: fetch failed'),
          readyz(200, { ready: true, failing: [], uptimeMs: 140_000 }),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'discord-unreachable' },
    },
    {
      rule: 'is no login when /readyz is ready within that time',
      scenes: [...later, [20, readyz(200, { ready: true, failing: [], uptimeMs: 12_000 })]],
      verdict: null,
      until: 180,
    },
    {
      rule: 'is no login when /readyz is the page that 1.29 answers on every path',
      scenes: [
        ...later,
        [
          20,
          probe({
            listeners: [{ address: '0.0.0.0', port: 3000 }],
            readyz: { status: 200, body: '<!doctype html>' },
          }),
        ],
      ],
      verdict: null,
      until: 180,
    },
    {
      rule: 'is not verified, rather than failed, where the log may not be read',
      scenes: [
        began,
        [3, feed('logs', 'refused', '401')],
        [8, readyz(200, { ready: true, failing: [], uptimeMs: 5_000 })],
      ],
      verdict: { verdict: 'degraded', cause: 'unverified', discord: 'unknown', listening: true },
      notBefore: 180,
    },
  ]);

  it('is not verified when verify looks at a boot whose beginning the log has forgotten', () => {
    const old = machine({ events: [start(-90_000)] });
    const told = tell({ ...discord, operation: 'verify' }, [
      [0, machines(old), log(-100, stampedLine(-100, '[heartbeat] started'))],
      [8, probe({ listeners: [{ address: '0.0.0.0', port: 3000 }], healthz: { status: 200, body: '' } })],
    ]);
    expect(told.verdict).toMatchObject({ verdict: 'degraded', cause: 'unverified', discord: 'unknown' });
    expect(told.after).toBeLessThan(60);
  });
});
