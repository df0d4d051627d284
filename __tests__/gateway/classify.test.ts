import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../src/gateway/classify.ts';

describe('classify', () => {
  it.each([
    [
      'lock-timeout',
      'Gateway failed to start: gateway already running (pid 19507); lock timeout after 5000ms',
    ],
    ['lock-timeout', '[openclaw] Reason: gateway already running under systemd; existing gateway is healthy'],
    [
      'lock-migrations',
      '[openclaw] Reason: OpenClaw startup migrations are already running for this state directory; retry after',
    ],
    [
      'port-taken',
      'Gateway failed to start: failed to bind gateway socket on ws://0.0.0.0:3000: Error: EADDRINUSE',
    ],
    [
      'port-taken',
      'Gateway failed to start: another MCP App sandbox instance is already listening on http://0.0.0.0:3000 | listen',
    ],
    [
      'lock-lifecycle',
      'Gateway failed to start: Doctor could not enter maintenance. Stop the Gateway through its service owner, then run openclaw doctor --fix. GatewayLockError: gateway already running (pid 7)',
    ],
    [
      'migrations-refused',
      '[openclaw] Reason: OpenClaw startup migrations did not complete cleanly; refusing to report the gateway ready.',
    ],
    [
      'migrations-refused',
      '[openclaw] Reason: OpenClaw plugin verification failed; refusing to report the gateway ready.',
    ],
    [
      'maintenance-required',
      'Gateway failed to start: the index is odd | gateway.maintenance_required. Stop the service',
    ],
    [
      'newer-database',
      'Gateway failed to start: Gateway refused startup because 1 OpenClaw database schema(s) are newer than this build. state database',
    ],
    [
      'newer-database',
      '[openclaw] Reason: OpenClaw state database /data/state/openclaw.sqlite uses newer schema version 18; this OpenClaw build supports 1.',
    ],
    [
      'newer-database',
      '[gateway] requires a newer OpenClaw build. Start the Gateway with a build that supports',
    ],
    ['state-unwritable', 'Gateway failed to start: SQLITE_READONLY: attempt to write a readonly database'],
    ['state-unwritable', '[openclaw] Uncaught exception: Error: EACCES: permission denied, open'],
    ['refused-otherwise', 'Gateway failed to start: listen EACCES: permission denied 0.0.0.0:80'],
    [
      'refused-otherwise',
      '[gateway] startup failed: something new. Process will stay alive; fix the issue and restart.',
    ],
    ['node-version', 'openclaw requires Node >=22.22.3 <23, >=24.15.0 <25, or >=25.9.0.'],
    ['node-version', 'openclaw: Node.js v22.12+ is required (current: v20.1.0).'],
    [
      'module-missing',
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'chalk' imported from /app/dist/x.js",
    ],
    [
      'command-missing',
      ' ERROR Error: failed to spawn command: node dist/index.js: No such file or directory (os error 2)',
    ],
    ['bad-argument', "error: unknown option '--bnd'"],
    [
      'discord-not-ready',
      '[discord] [default] channel exited: discord gateway did not reach READY within 15000ms',
    ],
    ['discord-no-way', '[discord] gateway error: Error: getaddrinfo ENOTFOUND gateway.discord.gg'],
    ['discord-no-way', '[discord] failed to fetch bot identity: TypeError: fetch failed'],
    ['discord-exited', '[discord] [default] giving up after 10 restart attempts'],
    [
      'discord-exited',
      '[discord] gateway reconnect-exhausted: Error: Max reconnect attempts (50) reached after close code 1006',
    ],
    ['discord-401', '[discord] failed to deploy native commands: DiscordError: 401: Unauthorized'],
    [
      'discord-plugin-broken',
      "[gateway] [plugins] discord failed to load from /app/dist/extensions/discord/index.js: Error: Cannot find module '@buape/carbon'",
    ],
    [
      'config-restored',
      '[gateway] restored invalid effective config from last-known-good backup: /data/openclaw.json',
    ],
    [
      'config-restored',
      'Config auto-restored from last-known-good: /data/openclaw.json (startup); Rejected validation details: x',
    ],
    [
      'discord-closed-auth',
      '[discord] [default] channel exited: discord gateway fatal: Error: Fatal gateway close code: 4004',
    ],
  ])('knows %s: %s', (name, line) => {
    expect(classify(line)?.signature.name).toBe(name);
  });

  it.each([
    'EACCES: permission denied, open /tmp/x',
    "[tools] failed to start: Error: EACCES: permission denied, open '/root/x'",
    '[agent/embedded] Gateway failed to start: gateway already running',
    'eve: Gateway failed to start: gateway already running',
    '[discord] user eve: gateway closed with code 4014',
    '[discord] gateway websocket closed flow=11abbc5c code=1000 reasonBytes=17 reason=Client disconnect',
    '[discord] gateway error: Error: Invalid gateway payload received',
    '[discord] gateway: Gateway reconnect scheduled in 4014 ms (close, resume=true)',
    '[discord] failed to fetch channel 4004: DiscordError: 401: Unauthorized',
    '[discord] failed to fetch channel 111111111111111111: TypeError: fetch failed',
    '[gateway] [plugins] discord-stats failed to load from /data/x.js: Error: boom',
    'Invalid',
    'Error: boom',
    'node:internal/modules/cjs/loader:1568',
    '[gateway] remote model catalog refresh failed',
    '',
  ])('lets what is unknown be unknown: %s', (line) => {
    expect(classify(line)).toBeNull();
  });

  it('reads the addresses and the plugins that a line names', () => {
    expect(
      classify('[gateway] listening on ws://127.0.0.1:3000, ws://[::1]:3000 (PID 1)')?.addresses,
    ).toEqual([
      { address: '127.0.0.1', port: 3000 },
      { address: '::1', port: 3000 },
    ]);
    expect(classify('[gateway] ready (2 plugins: acpx, browser; 8.9s)')?.plugins).toEqual([
      'acpx',
      'browser',
    ]);
    expect(classify('[gateway] ready (5 plugins, 8.9s)')?.plugins).toBeNull();
  });

  it('shows a finding without its time stamp, and not at any length', () => {
    expect(classify('2026-11-23T09:24:59.222Z [gateway] ready')?.text).toBe('[gateway] ready');
    expect(classify(`Gateway failed to start: ${'x'.repeat(10_000_000)}`)?.text.length).toBe(800);
  });

  it('finds nothing new in a known line by putting anything in front of it', () => {
    const known = [
      '[gateway] ready',
      'Gateway failed to start: gateway already running',
      'Config invalid',
      '[discord] logged in to discord as 1',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...known),
        fc.stringMatching(/^[a-z"'> |*-][^\n]{0,20}$/),
        (line, before) => {
          expect(classify(`${before}${line}`)).toBeNull();
        },
      ),
    );
  });

  it('takes any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => void classify(line)));
    fc.assert(fc.property(fc.json(), (line) => void classify(line)));
  });
});
