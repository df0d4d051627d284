import { describe, expect, it } from 'vitest';
import type { Expectations } from '../../src/watch/reduce.ts';
import {
  bound,
  deployed,
  exit,
  feed,
  former,
  goodStart,
  goodStartUpTo3,
  launch,
  listening,
  log,
  machine,
  machines,
  probe,
  ready,
  type Scene,
  stampedLine,
  start,
  starting,
  stopped,
  tell,
  updated,
} from './story.ts';

interface Row {
  readonly rule: string;
  readonly expects?: Partial<Expectations>;
  readonly scenes: readonly Scene[];
  /** What must be in the verdict; `null`: there must be none. */
  readonly verdict: Readonly<Record<string, unknown>> | null;
  /** Second by which the verdict must be there. */
  readonly by?: number;
  /** Second before which it must not. */
  readonly notBefore?: number;
  readonly until?: number;
}

function check(rows: readonly Row[]): void {
  it.each(rows)('$rule', ({ expects = {}, scenes, verdict, by, notBefore, until }) => {
    const told = tell(expects, scenes, until);
    if (verdict === null) expect(told.verdict).toBeNull();
    else expect(told.verdict).toMatchObject(verdict);
    if (by !== undefined) expect(told.after).toBeLessThanOrEqual(by);
    if (notBefore !== undefined) expect(told.after).toBeGreaterThanOrEqual(notBefore);
  });
}

const healthy = { verdict: 'healthy', cause: 'healthy', listening: true, reachable: true } as const;
const refusal = (text: string) => log(4, stampedLine(4, text));
const lock = refusal('Gateway failed to start: gateway already running (pid 7); lock timeout after 5000ms');
const nothingInside = feed('probe', 'refused', 'the token may not run commands');

describe('a healthy gateway', () => {
  check([
    {
      rule: 'is healthy once it has stayed up for stable-for after it listens, and not before',
      scenes: [
        [2, machines(machine()), deployed],
        [8, ...goodStart],
      ],
      verdict: { ...healthy, listeningAfterMs: 5000 },
      notBefore: 16,
      by: 17,
    },
    {
      rule: 'is healthy by the listening line of versions up to 4.2, which have no ready line',
      scenes: [
        [2, machines(machine()), deployed],
        [6, ...goodStartUpTo3],
      ],
      verdict: healthy,
    },
    {
      rule: 'is healthy by the ready line of 4.9, which stands alone',
      scenes: [
        [2, machines(machine()), deployed],
        [6, starting, bound, log(6, stampedLine(6, '[gateway] ready (5 plugins, 8.9s)'))],
      ],
      verdict: healthy,
    },
    {
      rule: 'is healthy whatever colours the console has',
      scenes: [
        [2, machines(machine()), deployed],
        [
          6,
          ...[starting, bound].map((fact) => fact),
          log(6, '\x1b[90m12:00:06\x1b[39m \x1b[36m[gateway]\x1b[39m \x1b[36mready\x1b[39m\r'),
        ],
      ],
      verdict: healthy,
    },
    {
      rule: 'is healthy when its console writes JSON',
      scenes: [
        [2, machines(machine()), deployed],
        [
          6,
          log(
            4,
            '{"time":"2026-11-23T12:00:04Z","level":"info","subsystem":"gateway","message":"starting..."}',
          ),
          log(
            5,
            '{"time":"2026-11-23T12:00:05Z","level":"warn","subsystem":"gateway","message":"⚠️  Gateway is binding to a non-loopback address."}',
          ),
          log(
            6,
            '{"time":"2026-11-23T12:00:06Z","level":"info","subsystem":"gateway","message":"gateway ready"}',
          ),
        ],
      ],
      verdict: healthy,
    },
    {
      rule: 'is not healthy as long as the state of its machine is not seen after that time',
      scenes: [
        [2, machines(machine()), deployed],
        [8, ...goodStart, feed('machines', 'failing', 'HTTP 500')],
      ],
      verdict: null,
      until: 200,
    },
    {
      rule: 'waits for flyctl to end before all machines count as seen',
      scenes: [
        [2, machines(machine())],
        [8, ...goodStart],
        [40, deployed],
      ],
      verdict: healthy,
      notBefore: 40,
      by: 41,
    },
    {
      rule: 'is healthy although flyctl did not end well, and the operator is told',
      expects: { baseline: [former] },
      scenes: [
        [0, machines(former)],
        [
          2,
          machines(updated()),
          { kind: 'deploy-ended', ok: false, cause: 'rate-limited', detail: 'HTTP 429' },
        ],
        [8, ...goodStart],
      ],
      verdict: {
        ...healthy,
        warnings: [{ cause: 'rate-limited', machineId: null, text: 'flyctl did not end well: HTTP 429' }],
      },
    },
    {
      rule: 'may die once and come back, which is said as a warning',
      scenes: [
        [2, machines(machine()), deployed],
        [5, machines(machine({ events: [launch(0), start(1), exit(4)] }))],
        [7, machines(machine({ events: [launch(0), start(1), exit(4), start(6)] }))],
        [
          12,
          log(8, stampedLine(8, '[gateway] starting...')),
          log(9, stampedLine(9, '[gateway] listening on ws://0.0.0.0:3000')),
        ],
      ],
      verdict: {
        ...healthy,
        warnings: [
          { cause: 'exited', machineId: 'm1', text: 'before that: machine m1 ended with exit code 1' },
        ],
      },
    },
    {
      rule: 'may have refused to start in a boot before, when all of that is learnt at once',
      scenes: [
        [2, machines(machine()), deployed],
        [
          20,
          log(9, stampedLine(9, '[gateway] starting...')),
          log(10, stampedLine(10, '[gateway] listening on ws://0.0.0.0:3000')),
          machines(machine({ events: [launch(0), start(1), exit(5), start(6)] })),
          log(4, stampedLine(4, 'Missing config. Run it')),
        ],
      ],
      verdict: { ...healthy, warnings: [expect.objectContaining({ cause: 'config-missing' })] },
    },
    {
      rule: 'may wait for a health check of Fly to pass',
      scenes: [
        [2, machines(machine({ checks: [{ name: 'http', status: 'critical', output: '' }] })), deployed],
        [8, ...goodStart],
        [40, machines(machine({ checks: [{ name: 'http', status: 'passing', output: '' }] }))],
      ],
      verdict: healthy,
      notBefore: 40,
    },
    {
      rule: 'fails at the deadline when a health check of Fly never passes',
      scenes: [
        [
          2,
          machines(machine({ checks: [{ name: 'http', status: 'critical', output: 'refused' }] })),
          deployed,
        ],
        [8, ...goodStart],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'timeout',
        evidence: {
          text: 'the health check http of machine m1 is critical: refused',
          source: 'deadline',
          at: null,
        },
      },
      by: 303,
    },
  ]);
});

describe('text that only looks like a healthy gateway', () => {
  const texts = [
    '[gateway] another gateway instance is already listening on ws://0.0.0.0:3000',
    'Gateway failed to start: another gateway instance is already listening on ws://0.0.0.0:3000',
    '[browser/server] Browser control listening on http://127.0.0.1:3002/ (auth=token)',
    '[browser/service] Browser control service ready (profiles=2)',
    '[gateway] spawn broker ready pid=16162',
    '[gateway] not ready',
    '[gateway] ready to be wiped',
    '[gateway] readyz answers 503',
    'ready',
    '[discord] message from eve: [gateway] ready',
    '[gateway] user said: http server listening (1 plugins: x; 1s)',
    '[agent] [gateway] listening on ws://0.0.0.0:3000',
    '> [gateway] ready',
    ' [gateway] ready',
    'hello\r[gateway] ready',
    '{"time":"x","level":"info","subsystem":"discord","message":"gateway ready"}',
    '{"time":"x","level":"info","subsystem":"gateway/discord","message":"ready"}',
    '{"time":"x","subsystem":"gateway","message":"user said: gateway ready"}',
    'Another gateway already runs; refusing to run migrations or report the gateway ready. [gateway] ready',
    '[gateway] received SIGTERM; shutting down',
  ];
  it.each(texts)('proves nothing: %s', (text) => {
    const told = tell(
      {},
      [
        [2, machines(machine()), deployed, nothingInside],
        [8, starting, bound, log(6, text.startsWith('[') ? stampedLine(6, text) : text)],
      ],
      60,
    );
    expect(told.verdict).toBeNull();
  });

  it('proves nothing without a stamp where the gateway stamps its lines', () => {
    const told = tell(
      {},
      [
        [2, machines(machine()), deployed, nothingInside],
        [
          8,
          starting,
          bound,
          log(6, '[gateway] ready'),
          log(6, '[gateway] http server listening (1 plugins: a; 1s)'),
        ],
      ],
      60,
    );
    expect(told.verdict).toBeNull();
  });

  it('proves nothing when the runner says it', () => {
    const told = tell(
      {},
      [
        [2, machines(machine()), deployed, nothingInside],
        [
          8,
          ...goodStart.map((fact) =>
            fact.kind === 'log' ? log(6, fact.line.text, { provider: 'runner' }) : fact,
          ),
        ],
      ],
      60,
    );
    expect(told.verdict).toBeNull();
  });

  it('proves no death: a gateway that prints what the kernel prints, and lives on, is healthy', () => {
    const told = tell({}, [
      [2, machines(machine()), deployed],
      [
        8,
        ...goodStart,
        log(6.5, '[   12.345678] Out of memory: Killed process 321 (node) total-vm:22GB'),
        log(6.6, ' INFO Main child exited normally with code: 137'),
        log(6.7, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'),
        log(6.8, 'Gateway failed to start: gateway already running (pid 1); lock timeout after 5000ms'),
      ],
    ]);
    expect(told.verdict).toMatchObject(healthy);
  });
});

describe('a gateway that dies', () => {
  const dead = machine({ events: [launch(0), start(1), exit(5)] });
  const notReady = 'OpenClaw plugin verification failed; refusing to report the gateway ready.';
  check([
    {
      rule: 'fails at its first exit when its last words are conclusive',
      scenes: [
        [2, machines(machine()), deployed],
        [5, lock],
        [6, machines(dead)],
      ],
      verdict: { verdict: 'failed', cause: 'gateway-lock', listening: false, reachable: false },
      by: 6,
    },
    {
      rule: 'fails as soon as the words come, when the exit was seen first',
      scenes: [
        [2, machines(machine()), deployed],
        [6, machines(dead)],
        [7, lock],
      ],
      verdict: { verdict: 'failed', cause: 'gateway-lock' },
      by: 7,
    },
    {
      rule: 'is judged by the reason that a page of the log cuts off from the refusal',
      scenes: [
        [2, machines(machine()), deployed],
        [5, log(5, notReady), machines(dead)],
        [
          6,
          log(5, '- Failed to install missing configured plugin "discord" from @openclaw/discord: offline'),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'discord-plugin-missing' },
      by: 7,
    },
    {
      rule: 'fails by a refusal whose reason does not come',
      scenes: [
        [2, machines(machine()), deployed],
        [5, log(5, notReady), machines(dead)],
      ],
      verdict: { verdict: 'failed', cause: 'migrations-failed' },
      by: 12,
    },
    {
      rule: 'does not fail by its words alone, before the exit is seen',
      scenes: [
        [2, machines(machine()), deployed],
        [5, lock],
      ],
      verdict: null,
      until: 200,
    },
    {
      rule: 'fails with its words at the deadline when it says that it cannot start and stays alive',
      scenes: [
        [2, machines(machine()), deployed],
        [5, refusal('[gateway] startup failed: gateway already running. Process will stay alive')],
      ],
      verdict: { verdict: 'failed', cause: 'gateway-lock' },
      notBefore: 300,
    },
    {
      rule: 'fails although its exit code is 0 (lock and port, 5.12)',
      scenes: [
        [2, machines(machine()), deployed],
        [
          6,
          lock,
          machines(machine({ events: [launch(0), start(1), exit(5, { exitCode: 0, restarting: false })] })),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'gateway-lock' },
      by: 6,
    },
    {
      rule: 'waits for the second exit when nothing explains the first, and is then a crash loop',
      scenes: [
        [2, machines(machine()), deployed],
        [6, machines(dead)],
        [60, machines(machine({ events: [launch(0), start(1), exit(5), start(50), exit(59)] }))],
      ],
      verdict: { verdict: 'failed', cause: 'crash-loop', context: { exitCode: 1 } },
      notBefore: 60,
      by: 63,
    },
    {
      rule: 'gets its cause from words that come just after its second exit was seen',
      scenes: [
        [2, machines(machine()), deployed],
        [6, machines(dead)],
        [20, machines(machine({ events: [launch(0), start(1), exit(5), start(6), exit(19)] }))],
        [21, log(18, stampedLine(18, 'Missing config. Run it'))],
      ],
      verdict: { verdict: 'failed', cause: 'config-missing' },
      by: 21,
    },
    {
      rule: 'did not listen by a line from after its end',
      scenes: [
        [2, machines(machine()), deployed],
        [
          9,
          ...goodStart,
          machines(machine({ events: [launch(0), start(1), exit(4, { exitCode: 3, restarting: false })] })),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'exited', listening: false },
    },
    {
      rule: 'is not in a loop when two exits differ, and is at the third',
      scenes: [
        [2, machines(machine()), deployed],
        [
          20,
          machines(
            machine({ events: [launch(0), start(1), exit(5), start(6), exit(19, { exitCode: 139 })] }),
          ),
        ],
        [
          40,
          machines(
            machine({
              events: [
                launch(0),
                start(1),
                exit(5),
                start(6),
                exit(19, { exitCode: 139 }),
                start(21),
                exit(39, { exitCode: 2 }),
              ],
            }),
          ),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'crash-loop' },
      notBefore: 40,
    },
    {
      rule: 'has exited when it is not started again, with its code and last lines',
      scenes: [
        [2, machines(machine()), deployed],
        [
          6,
          log(4, stampedLine(4, 'something odd')),
          machines(machine({ events: [launch(0), start(1), exit(5, { exitCode: 3, restarting: false })] })),
        ],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'exited',
        context: { exitCode: 3 },
        lastLines: [stampedLine(4, 'something odd')],
        evidence: { source: 'machine', text: 'machine m1 ended with exit code 3' },
      },
      by: 9,
    },
    {
      rule: 'has failed when it exits with 0 and never listened',
      scenes: [
        [2, machines(machine()), deployed],
        [
          6,
          machines(machine({ events: [launch(0), start(1), exit(5, { exitCode: 0, restarting: false })] })),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'exited', listening: false },
    },
    {
      rule: 'is killed, not out of memory, when nothing speaks of memory',
      scenes: [
        [2, machines(machine()), deployed],
        [
          9,
          ...goodStart,
          machines(
            machine({
              events: [launch(0), start(1), exit(8, { exitCode: 137, signal: 9, restarting: false })],
            }),
          ),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'killed', listening: true, reachable: false },
    },
    {
      rule: 'is out of memory at once when the exit says so',
      scenes: [
        [2, machines(machine()), deployed],
        [
          9,
          ...goodStart,
          machines(
            machine({
              memoryMb: 512,
              events: [launch(0), start(1), exit(8, { exitCode: 137, oomKilled: true })],
            }),
          ),
        ],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'out-of-memory',
        listening: true,
        context: { memoryMb: 512 },
        evidence: {
          source: 'machine',
          text: 'machine m1 ended with exit code 137 (SIGKILL), killed for memory',
        },
      },
      by: 9,
    },
    {
      rule: "borrows the kernel's words for a kill that the exit proves",
      scenes: [
        [2, machines(machine()), deployed],
        [
          9,
          log(7.9, 'Out of memory: Killed process 321 (node)'),
          machines(machine({ events: [launch(0), start(1), exit(8, { exitCode: 137, oomKilled: true })] })),
        ],
      ],
      verdict: {
        cause: 'out-of-memory',
        evidence: { source: 'log', text: 'Out of memory: Killed process 321 (node)' },
      },
    },
    {
      rule: 'is out of memory when V8 says so and aborts',
      scenes: [
        [2, machines(machine()), deployed],
        [
          9,
          log(7.9, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'),
          machines(machine({ events: [launch(0), start(1), exit(8, { exitCode: 134, signal: 6 })] })),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'out-of-memory' },
      by: 9,
    },
    {
      rule: 'is not out of memory when it prints that and ends well',
      scenes: [
        [2, machines(machine()), deployed],
        [
          9,
          log(7.9, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'),
          machines(machine({ events: [launch(0), start(1), exit(8, { exitCode: 0, restarting: false })] })),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'exited' },
    },
    {
      rule: 'dies after it listened: never healthy, if within stable-for',
      scenes: [
        [2, machines(machine()), deployed],
        [8, ...goodStart],
        [15, machines(machine({ events: [launch(0), start(1), exit(14), start(15)] }))],
      ],
      verdict: null,
      until: 100,
    },
    {
      rule: 'is judged by what its first refusal means, not by what follows from it',
      scenes: [
        [2, machines(machine()), deployed],
        [6, lock, log(4.1, stampedLine(4.1, 'Port 3000 is already in use.')), machines(dead)],
      ],
      verdict: { cause: 'gateway-lock' },
    },
    {
      rule: 'names the key of a config it refuses',
      scenes: [
        [2, machines(machine()), deployed],
        [
          6,
          log(4, stampedLine(4, 'Gateway failed to start: Invalid config at /data/openclaw.json:')),
          log(4, '<root>: Unrecognized key: "bogus"'),
          machines(dead),
        ],
      ],
      verdict: {
        cause: 'config-invalid',
        evidence: {
          source: 'log',
          text: 'Gateway failed to start: Invalid config at /data/openclaw.json: <root>: Unrecognized key: "bogus"',
        },
      },
    },
    {
      rule: 'shows the refusal that no row knows as the words of its end',
      scenes: [
        [2, machines(machine()), deployed],
        [
          6,
          refusal('Gateway failed to start: the moon is in the wrong phase'),
          machines(machine({ events: [launch(0), start(1), exit(5, { exitCode: 1, restarting: false })] })),
        ],
      ],
      verdict: {
        cause: 'exited',
        evidence: { source: 'log', text: 'Gateway failed to start: the moon is in the wrong phase' },
      },
    },
  ]);
});

describe('a machine that does not run', () => {
  check([
    {
      rule: 'is never healthy while it is stopped, whatever its log says, and fails when it is down again after a start',
      expects: { baseline: [former] },
      scenes: [
        [
          2,
          machines(
            machine({ state: 'stopped', events: [launch(-3601), start(-3600), stopped(0), launch(0.1)] }),
          ),
          deployed,
        ],
        [8, ...goodStart],
        [10, { kind: 'start-asked', machineId: 'm1', ok: true, detail: '' }],
      ],
      verdict: { verdict: 'failed', cause: 'timeout', machineState: 'stopped', reachable: false },
      notBefore: 40,
      by: 42,
    },
    {
      rule: 'fails at once when it cannot be started',
      scenes: [
        [2, machines(machine({ state: 'stopped', events: [launch(0)] })), deployed],
        [10, { kind: 'start-asked', machineId: 'm1', ok: false, detail: 'no capacity' }],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'timeout',
        evidence: { text: 'machine m1 is stopped and could not be started: no capacity' },
      },
      by: 10,
    },
    {
      rule: 'is reported by verify, which starts nothing',
      expects: { operation: 'verify' },
      scenes: [[2, machines(machine({ state: 'suspended', events: [launch(0), start(1), stopped(5)] }))]],
      verdict: { verdict: 'failed', cause: 'timeout', machineState: 'suspended' },
      by: 13,
    },
    {
      rule: 'is not healthy while it is being replaced',
      scenes: [
        [2, machines(machine({ state: 'replacing' })), deployed],
        [8, ...goodStart],
      ],
      verdict: null,
      until: 200,
    },
    {
      rule: 'has failed in state failed',
      scenes: [[2, machines(machine({ state: 'failed', events: [launch(0)] })), deployed]],
      verdict: { verdict: 'failed', cause: 'exited', evidence: { text: 'machine m1 is failed' } },
    },
    {
      rule: 'may be stopped by somebody and started again without blame',
      scenes: [
        [2, machines(machine()), deployed],
        [5, machines(machine({ events: [launch(0), start(1), stopped(4)] }))],
        [8, machines(machine({ events: [launch(0), start(1), stopped(4), start(7)] }))],
        [
          14,
          log(9, stampedLine(9, '[gateway] agent model: x')),
          log(10, stampedLine(10, '[gateway] listening on ws://0.0.0.0:3000')),
        ],
      ],
      verdict: { ...healthy, warnings: [] },
    },
    {
      rule: 'that nobody ever made is a failure of the deploy, with its cause',
      scenes: [
        [2, machines()],
        [20, { kind: 'deploy-ended', ok: false, cause: 'build-failed', detail: 'exit code 1 in step 7' }],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'build-failed',
        machineId: null,
        evidence: { text: 'exit code 1 in step 7', source: 'deploy', at: null },
      },
      notBefore: 20.5,
      by: 22,
    },
    {
      rule: 'that kept its old version is a failure of the deploy, with its cause',
      expects: { baseline: [former] },
      scenes: [
        [2, machines(former)],
        [20, { kind: 'deploy-ended', ok: false, cause: 'lease-held', detail: 'held by somebody' }],
      ],
      verdict: { verdict: 'failed', cause: 'lease-held', machineId: 'm1' },
      by: 22,
    },
    {
      rule: 'that never gets the new version of a deploy that went well runs into the deadline',
      expects: { baseline: [former] },
      scenes: [
        [2, machines(former)],
        [20, deployed],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'timeout',
        evidence: { text: 'the new version did not come to machine m1' },
      },
      notBefore: 320,
      by: 321,
    },
  ]);
});

describe('an address that Fly cannot reach', () => {
  const loopbackUpTo3 = [
    log(5, stampedLine(5, '[gateway] listening on ws://127.0.0.1:3000 (PID 1)')),
    log(5, stampedLine(5, '[gateway] listening on ws://[::1]:3000')),
  ];
  const onLoopback = probe({
    listeners: [{ address: '127.0.0.1', port: 3000 }],
    healthz: { status: 200, body: '{"ok":true}' },
  });
  check([
    {
      rule: 'is loopback by the words of the log, when nobody can look inside',
      scenes: [
        [2, machines(machine()), deployed, nothingInside],
        [6, ...loopbackUpTo3],
      ],
      verdict: { verdict: 'failed', cause: 'bind-loopback', listening: true, reachable: false },
      by: 8,
    },
    {
      rule: 'is loopback when the warning about other addresses is missing (since 4.15 the address is not logged)',
      scenes: [
        [2, machines(machine()), deployed, nothingInside],
        [8, starting, listening, ready],
      ],
      verdict: { verdict: 'failed', cause: 'bind-loopback' },
    },
    {
      rule: 'is loopback when a look inside says so',
      scenes: [
        [2, machines(machine()), deployed],
        [8, starting, listening, ready],
        [9, onLoopback],
      ],
      verdict: { verdict: 'failed', cause: 'bind-loopback', evidence: { source: 'probe' } },
      by: 9,
    },
    {
      rule: 'is fine when a look inside finds something that passes it on, whatever the log says',
      scenes: [
        [2, machines(machine()), deployed],
        [6, ...loopbackUpTo3],
        [
          7,
          probe({
            listeners: [
              { address: '127.0.0.1', port: 18789 },
              { address: '0.0.0.0', port: 3000 },
            ],
            healthz: { status: 200, body: '' },
          }),
        ],
      ],
      verdict: healthy,
    },
    {
      rule: 'does not matter where there is no service',
      expects: { throughProxy: false, internalPort: null },
      scenes: [
        [2, machines(machine()), deployed, nothingInside],
        [6, ...loopbackUpTo3],
      ],
      verdict: healthy,
    },
    {
      rule: 'is another port by the words of the log',
      scenes: [
        [2, machines(machine()), deployed, nothingInside],
        [
          6,
          log(3, stampedLine(3, '[gateway] agent model: x')),
          log(5, stampedLine(5, '[gateway] listening on ws://0.0.0.0:18789 (PID 1)')),
        ],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'port-mismatch',
        reachable: false,
        context: { gatewayPort: 18789, internalPort: 3000 },
      },
      by: 8,
    },
    {
      rule: 'is another port by the command, where the log does not name it',
      expects: { gatewayPort: 18789 },
      scenes: [
        [2, machines(machine()), deployed, nothingInside],
        [8, ...goodStart],
      ],
      verdict: { verdict: 'failed', cause: 'port-mismatch' },
    },
    {
      rule: 'is another port when a look inside finds the gateway there only',
      expects: { gatewayPort: 18789 },
      scenes: [
        [2, machines(machine()), deployed],
        [9, probe({ listeners: [{ address: '0.0.0.0', port: 18789 }], healthz: { status: 200, body: '' } })],
      ],
      verdict: { verdict: 'failed', cause: 'port-mismatch', evidence: { source: 'probe' } },
    },
    {
      rule: 'is not taken from a look before the port was open',
      scenes: [
        [2, machines(machine()), deployed],
        [4, probe({ listeners: [] })],
        [8, ...goodStart],
        [9, feed('probe', 'failing', 'HTTP 500')],
      ],
      verdict: healthy,
      by: 18,
    },
    {
      rule: 'is not there at all when the log claims a port that a look inside does not find',
      scenes: [
        [2, machines(machine()), deployed],
        [8, ...goodStart],
        [9, probe({ listeners: [] })],
      ],
      verdict: { verdict: 'failed', cause: 'timeout' },
      notBefore: 300,
    },
  ]);
});

describe('feeds that fail', () => {
  const logsRefused = feed('logs', 'refused', 'the token may not read logs');
  const answers = probe({
    listeners: [{ address: '0.0.0.0', port: 3000 }],
    healthz: { status: 200, body: '{"ok":true}' },
  });
  check([
    {
      rule: 'a silent gateway is healthy by the socket it listens on',
      scenes: [
        [2, machines(machine()), deployed],
        [9, answers],
      ],
      verdict: { ...healthy, evidence: { source: 'probe' } },
    },
    {
      rule: 'without logs a look inside decides',
      scenes: [
        [2, machines(machine()), deployed, logsRefused],
        [9, answers],
      ],
      verdict: healthy,
    },
    {
      rule: 'a look inside counts for the boot it was taken in only',
      scenes: [
        [2, machines(machine()), deployed, logsRefused],
        [9, answers],
        [11, machines(machine({ events: [launch(0), start(1), exit(10), start(10.5)] })), nothingInside],
      ],
      verdict: { verdict: 'degraded', cause: 'unverified' },
    },
    {
      rule: 'with neither logs nor a look inside nothing is proven: degraded, never healthy',
      scenes: [[2, machines(machine()), deployed, logsRefused, nothingInside]],
      verdict: { verdict: 'degraded', cause: 'unverified', listening: false, reachable: null },
      by: 60,
    },
    {
      rule: 'with neither, the URL proves it',
      expects: { url: 'https://my-app.fly.dev' },
      scenes: [
        [2, machines(machine()), deployed, logsRefused, nothingInside],
        [20, { kind: 'url', status: 502 }],
        [30, { kind: 'url', status: 200 }],
      ],
      verdict: { ...healthy, evidence: { source: 'url', text: 'the URL answers 200' } },
      notBefore: 38,
      by: 40,
    },
    ...[301, 404, 500, 503, null].map((status) => ({
      rule: `with neither, a URL that answers ${status} proves nothing`,
      expects: { url: 'https://my-app.fly.dev' },
      scenes: [
        [2, machines(machine()), deployed, logsRefused, nothingInside],
        [20, { kind: 'url', status } as const],
      ] satisfies Scene[],
      verdict: { verdict: 'degraded', cause: 'unverified' } as const,
      notBefore: 300,
    })),
    {
      rule: 'with neither, an answer from before the new version ran proves nothing',
      expects: { baseline: [former], url: 'https://my-app.fly.dev' },
      scenes: [
        [1, machines(former), logsRefused, nothingInside],
        [3, { kind: 'url', status: 200 }],
        [5, machines(updated()), deployed],
      ],
      verdict: null,
      until: 200,
    },
    {
      rule: 'with neither, an exit is still seen',
      scenes: [
        [2, machines(machine()), deployed, logsRefused, nothingInside],
        [
          10,
          machines(machine({ events: [launch(0), start(1), exit(9, { exitCode: 78, restarting: false })] })),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'exited', context: { exitCode: 78 } },
    },
    {
      rule: 'a feed that fails for a while decides nothing',
      scenes: [
        [2, machines(machine()), deployed],
        [3, feed('logs', 'failing', 'HTTP 500')],
        [60, feed('logs'), ...goodStart],
      ],
      verdict: healthy,
    },
    {
      rule: 'an API that never answers again is named, not the gateway',
      expects: { timeoutMs: 120_000 },
      scenes: [
        [2, deployed],
        [3, feed('machines', 'failing', 'HTTP 500')],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'fly-api',
        evidence: { text: 'the state of the machines cannot be read: HTTP 500' },
      },
      notBefore: 120,
    },
  ]);
});

describe('deadlines', () => {
  check([
    {
      rule: 'a gateway that talks and never listens has failed after listen-timeout, with what was seen',
      scenes: [
        [2, machines(machine()), deployed],
        [5, starting],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'timeout',
        machineState: 'started',
        seen: [
          'machine m1 in state started',
          'the boot that is awaited on machine m1',
          'the start of the machine',
        ],
        notSeen: ['a sign that the gateway listens'],
        lastLines: [stampedLine(2, '[gateway] loading configuration…')],
      },
      notBefore: 302,
      by: 303,
    },
    {
      rule: 'a gateway that says nothing, and that nobody can ask, is silent',
      scenes: [[2, machines(machine()), deployed, nothingInside]],
      verdict: { verdict: 'failed', cause: 'silent', listening: false, reachable: null },
      notBefore: 302,
    },
    {
      rule: 'a gateway that says nothing, and on whose port nothing listens, is late',
      scenes: [
        [2, machines(machine()), deployed],
        [290, probe({ listeners: [{ address: '0.0.0.0', port: 22 }] })],
      ],
      verdict: { verdict: 'failed', cause: 'timeout' },
    },
    {
      rule: 'the time for everything ends a build that does not',
      expects: { baseline: [former], timeoutMs: 600_000 },
      scenes: [[2, machines(former)]],
      verdict: { verdict: 'failed', cause: 'timeout' },
      notBefore: 600,
      by: 601,
    },
    {
      rule: 'the time a machine was down before it was started does not count',
      scenes: [
        [2, machines(machine({ state: 'stopped', events: [launch(0)] })), deployed],
        [20, { kind: 'start-asked', machineId: 'm1', ok: true, detail: '' }],
        [22, machines(machine())],
      ],
      verdict: { verdict: 'failed' },
      notBefore: 320,
    },
  ]);
});

describe('a gateway that runs, but', () => {
  const but = (text: string, seconds = 5.5) => log(seconds, stampedLine(seconds, text));
  const rows: readonly (readonly [string, string])[] = [
    [
      'auth-missing',
      '[gateway] auth token was missing. Generated a runtime token for this startup without changing config',
    ],
    ['state-unwritable', "[cron] failed to start: Error: EACCES: permission denied, mkdir '/data/cron'"],
    [
      'state-unwritable',
      "[gateway] failed to promote config last-known-good backup: Error: EROFS: read-only file system, open '/data/x'",
    ],
    ['state-full', '[cron] failed to start: Error: ENOSPC: no space left on device, write'],
    [
      'state-newer',
      'Your OpenClaw config was written by version 2027.1.1, but this command is running 2026.5.12.',
    ],
    ['migrations-failed', '[state-migrations] Startup migration warnings; continuing with degraded state.'],
    [
      'restart-breaker',
      '[gateway] restart-loop breaker tripped: 3 unclean boot(s) within 300000ms; suppressing channel auto-start',
    ],
    [
      'model-key-missing',
      '[heartbeat] No API key found for provider "anthropic". Auth store: /data/auth.json',
    ],
  ];
  check([
    ...rows.map(([cause, text]) => ({
      rule: `${cause} is degraded: ${text.slice(0, 60)}`,
      scenes: [
        [2, machines(machine()), deployed],
        [8, ...goodStart, but(text)],
      ] satisfies Scene[],
      verdict: { verdict: 'degraded', cause, listening: true, reachable: true },
    })),
    {
      rule: 'with two such findings the worse one is the cause and the other a warning',
      scenes: [
        [2, machines(machine()), deployed],
        [8, ...goodStart, but(rows[0]?.[1] ?? ''), but(rows[3]?.[1] ?? '')],
      ],
      verdict: {
        verdict: 'degraded',
        cause: 'state-full',
        warnings: [expect.objectContaining({ cause: 'auth-missing' })],
      },
    },
    {
      rule: 'a breaker that recovered is no finding',
      scenes: [
        [2, machines(machine()), deployed],
        [
          8,
          ...goodStart,
          but(rows[6]?.[1] ?? ''),
          but('[gateway] restart-loop breaker recovered; channel auto-start restored', 6),
        ],
      ],
      verdict: healthy,
    },
    {
      rule: 'origins that were seeded with localhost are a warning only',
      scenes: [
        [2, machines(machine()), deployed],
        [
          8,
          ...goodStart,
          but('[gateway] seeded gateway.controlUi.allowedOrigins ["http://localhost:3000"] for bind=lan'),
        ],
      ],
      verdict: { ...healthy, warnings: [expect.objectContaining({ cause: 'allowed-origins' })] },
    },
    {
      rule: 'a loopback bind weighs more than a token that was made up',
      scenes: [
        [2, machines(machine()), deployed, nothingInside],
        [8, starting, listening, ready, but(rows[0]?.[1] ?? '')],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'bind-loopback',
        warnings: [expect.objectContaining({ cause: 'auth-missing' })],
      },
    },
  ]);
});

describe('somebody else', () => {
  check([
    {
      rule: 'who deploys during the watch ends it: superseded',
      expects: { baseline: [former], ourReleaseVersion: 2 },
      scenes: [
        [2, machines(updated()), deployed],
        [5, machines({ ...updated(), instanceId: 'newer', releaseVersion: 3 })],
      ],
      verdict: {
        verdict: 'failed',
        cause: 'superseded',
        evidence: { text: 'machine m1 runs release 3, which this run did not make' },
      },
      by: 5,
    },
    {
      rule: 'who deploys after the first new release was seen is noticed without its number',
      expects: { baseline: [former] },
      scenes: [
        [2, machines(updated()), deployed],
        [5, machines({ ...updated(), instanceId: 'newer', releaseVersion: 3 })],
      ],
      verdict: { cause: 'superseded' },
    },
    {
      rule: 'who deploys while verify looks is noticed',
      expects: { operation: 'verify' },
      scenes: [
        [2, machines(former)],
        [5, machines({ ...former, releaseVersion: 2 })],
      ],
      verdict: { cause: 'superseded' },
    },
    {
      rule: 'whose release came just before ours is waited over',
      expects: { baseline: [former], ourReleaseVersion: 3 },
      scenes: [
        [2, machines(updated())],
        [8, ...goodStart, deployed],
      ],
      verdict: null,
      until: 100,
    },
  ]);
});

describe('several machines', () => {
  const second = machine({ id: 'm2' });
  const saidBy = (machineId: string) =>
    goodStart.map((fact) => (fact.kind === 'log' ? { ...fact, line: { ...fact.line, machineId } } : fact));
  check([
    {
      rule: 'are healthy when each is',
      scenes: [
        [2, machines(machine(), second), deployed],
        [8, ...saidBy('m1')],
        [30, ...saidBy('m2')],
      ],
      verdict: healthy,
      notBefore: 38,
    },
    {
      rule: 'are as bad as the worst',
      scenes: [
        [2, machines(machine(), second), deployed],
        [8, ...saidBy('m1')],
        [
          30,
          log(4, 'Missing config. Run `openclaw setup`', { machineId: 'm2' }),
          machines(machine(), machine({ id: 'm2', events: [launch(0), start(1), exit(5)] })),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'config-missing', machineId: 'm2' },
      by: 30,
    },
    {
      rule: 'on one volume name are a warning',
      scenes: [
        [
          2,
          machines(
            machine({ volumes: [{ id: 'v1', name: 'data', path: '/data' }] }),
            machine({ id: 'm2', volumes: [{ id: 'v2', name: 'data', path: '/data' }] }),
          ),
          deployed,
        ],
        [8, ...saidBy('m1'), ...saidBy('m2')],
      ],
      verdict: { ...healthy, warnings: [expect.objectContaining({ cause: 'config-lint' })] },
    },
    {
      rule: 'that were made by hand, without a release, are not waited for',
      scenes: [
        [
          2,
          machines(
            machine(),
            machine({ id: 'm2', releaseVersion: null, state: 'stopped', events: [launch(0)] }),
          ),
          deployed,
        ],
        [8, ...saidBy('m1')],
      ],
      verdict: { ...healthy, machineId: 'm1' },
    },
    {
      rule: 'of which one is replaced by another are judged by what is there',
      expects: { baseline: [former] },
      scenes: [
        [1, machines(former)],
        [2, machines(machine({ id: 'm2' })), deployed],
        [8, ...saidBy('m2')],
      ],
      verdict: { ...healthy, machineId: 'm2' },
    },
    {
      rule: 'leave a line without an instance to nobody',
      scenes: [
        [2, machines(machine(), second), deployed, nothingInside],
        [8, ...saidBy('m1'), ...saidBy('')],
      ],
      verdict: null,
      until: 100,
    },
  ]);
});
