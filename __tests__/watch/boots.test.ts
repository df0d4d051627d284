import { describe, expect, it } from 'vitest';
import type { MachineEvent } from '../../src/watch/facts.ts';
import { type Expectations, phases } from '../../src/watch/reduce.ts';
import {
  at,
  deployed,
  exit,
  feed,
  former,
  goodStart,
  goodStartUpTo3,
  launch,
  log,
  machine,
  machines,
  type Scene,
  stampedLine,
  start,
  stopped,
  tell,
  updated,
} from './story.ts';

const nothingInside = feed('probe', 'refused', '');
const restartEvent = (seconds: number): MachineEvent => ({ type: 'restart', at: at(seconds) });
const oldDeath = exit(-20, { exitCode: 1 });
const saidBefore = (text: string) => log(-30, stampedLine(-30, text));

interface Row {
  readonly rule: string;
  readonly expects: Partial<Expectations>;
  readonly scenes: readonly Scene[];
  readonly verdict: Readonly<Record<string, unknown>> | null;
  readonly until?: number;
  readonly notBefore?: number;
}

function check(rows: readonly Row[]): void {
  it.each(rows)('$rule', ({ expects, scenes, verdict, until, notBefore = 0 }) => {
    const told = tell(expects, scenes, until);
    if (verdict === null) expect(told.verdict).toBeNull();
    else expect(told.verdict).toMatchObject(verdict);
    expect(told.after).toBeGreaterThanOrEqual(notBefore);
  });
}

const deploying = { baseline: [former] } as const;

describe('what the former boot said and did', () => {
  check([
    {
      rule: 'is no proof for the new one',
      expects: deploying,
      scenes: [
        [
          0,
          machines(former),
          ...goodStart.map((fact) =>
            fact.kind === 'log' ? { ...fact, line: { ...fact.line, at: fact.line.at - 60_000 } } : fact,
          ),
        ],
        [2, machines(updated()), deployed, nothingInside],
      ],
      verdict: null,
      until: 200,
    },
    {
      rule: 'is no blame for the new one: its crash loop, its last words, its stop',
      expects: {
        baseline: [
          machine({
            instanceId: 'old',
            releaseVersion: 1,
            events: [launch(-3601), start(-3600), exit(-40), start(-30), oldDeath],
          }),
        ],
      },
      scenes: [
        [
          0,
          saidBefore('Gateway failed to start: gateway already running (pid 7); lock timeout after 5000ms'),
        ],
        [
          2,
          machines(
            machine({
              events: [
                launch(-3601),
                start(-3600),
                exit(-40),
                start(-30),
                oldDeath,
                start(-10),
                exit(-5),
                stopped(0),
                launch(0.1),
                start(1),
              ],
            }),
          ),
          deployed,
        ],
        [8, ...goodStart],
      ],
      verdict: { verdict: 'healthy', warnings: [] },
    },
    {
      rule: 'does not explain why the new one ended',
      expects: deploying,
      scenes: [
        [0, machines(former), saidBefore('Missing config. Run it')],
        [2, machines(updated(exit(1.5, { exitCode: 3, restarting: false }))), deployed],
      ],
      verdict: { verdict: 'failed', cause: 'exited' },
    },
    {
      rule: 'does not count when its stop comes after the update in the list of events',
      expects: deploying,
      scenes: [
        [0, machines(former)],
        [
          2,
          machines(
            machine({
              events: [
                launch(-3601),
                start(-3600),
                { type: 'update', at: at(0) },
                exit(0.5, { exitCode: 143 }),
                start(1),
              ],
            }),
          ),
          deployed,
        ],
        [8, ...goodStart],
      ],
      verdict: { verdict: 'healthy', warnings: [] },
    },
    {
      rule: 'is told apart on a server that names its updates otherwise',
      expects: deploying,
      scenes: [
        [0, machines(former)],
        [
          2,
          machines(
            machine({
              events: [
                launch(-3601),
                start(-3600),
                exit(-50),
                start(-45),
                stopped(0),
                { type: 'metamorphose', at: at(0.1) },
                start(1),
              ],
            }),
          ),
          deployed,
        ],
        [8, ...goodStart],
      ],
      verdict: { verdict: 'healthy', warnings: [] },
    },
    {
      rule: 'does not count on a machine that is new to the app, which counts from its launch',
      expects: {},
      scenes: [
        [2, machines(machine({ events: [launch(0), start(1), exit(2), start(3), exit(4)] })), deployed],
      ],
      verdict: { verdict: 'failed', cause: 'crash-loop' },
    },
  ]);
});

describe('a restart', () => {
  const restarting = { operation: 'restart', baseline: [former] } as const;
  check([
    {
      rule: 'is awaited until a start is newer than everything before',
      expects: restarting,
      scenes: [
        [0, machines(former)],
        [8, ...goodStart],
      ],
      verdict: null,
      until: 200,
    },
    {
      rule: 'is judged by the boot after it',
      expects: restarting,
      scenes: [
        [0, machines(former)],
        [
          2,
          machines({
            ...machine({ events: [launch(-3601), start(-3600), stopped(0), restartEvent(0.1), start(1)] }),
            instanceId: 'old',
            releaseVersion: 1,
          }),
        ],
        [8, ...goodStart],
      ],
      verdict: { verdict: 'healthy', warnings: [] },
    },
    {
      rule: 'is superseded by any release, since it makes none',
      expects: restarting,
      scenes: [
        [0, machines(former)],
        [2, machines(updated())],
      ],
      verdict: { cause: 'superseded' },
    },
  ]);
});

describe('verify', () => {
  check([
    {
      rule: 'judges the boot that runs, not those before it',
      expects: { operation: 'verify' },
      scenes: [
        [
          0,
          machines(
            machine({ events: [launch(-100), start(-90), exit(-50), start(-40), exit(-20), start(1)] }),
          ),
          saidBefore('Missing config. Run it'),
        ],
        [8, ...goodStart],
      ],
      verdict: { verdict: 'healthy', warnings: [] },
    },
    {
      rule: 'judges the boot that ended when none runs',
      expects: { operation: 'verify' },
      scenes: [
        [
          0,
          machines(machine({ events: [launch(-100), start(-40), exit(-20, { restarting: false })] })),
          saidBefore('Missing config. Run it'),
        ],
      ],
      verdict: { verdict: 'failed', cause: 'config-missing' },
    },
  ]);
});

describe('the order in which facts come', () => {
  check([
    {
      rule: 'does not matter for lines that come before their boot is known',
      expects: deploying,
      scenes: [
        [0, machines(former)],
        [8, ...goodStart],
        [20, machines(updated()), deployed],
      ],
      verdict: { verdict: 'healthy' },
    },
    {
      rule: 'does not make a stop undone when an older reply arrives later',
      expects: {},
      scenes: [
        [2, machines(machine()), deployed],
        [8, ...goodStart],
        [9, machines(machine({ events: [launch(0), start(1), stopped(8.5)] }))],
        [10, machines(machine())],
      ],
      verdict: null,
      until: 30,
    },
    {
      rule: 'does not lose exits that have left the list of events',
      expects: {},
      scenes: [
        [2, machines(machine()), deployed],
        [6, machines(machine({ events: [launch(0), start(1), exit(5)] }))],
        [16, machines(machine({ events: [start(6), exit(15)] }))],
      ],
      verdict: { verdict: 'failed', cause: 'crash-loop' },
    },
    {
      rule: 'does not give a line from between two boots to the later one',
      expects: {},
      scenes: [
        [2, machines(machine()), deployed, nothingInside],
        [6, machines(machine({ events: [launch(0), start(1), exit(5)] }))],
        [18, log(8, '[gateway] agent model: x'), log(8, '[gateway] listening on ws://0.0.0.0:3000')],
        [22, machines(machine({ events: [launch(0), start(1), exit(5), start(20)] }))],
      ],
      verdict: null,
      until: 200,
    },
    {
      rule: 'does not give a line of the boot before to the next one by a clock that ran ahead',
      expects: {},
      scenes: [
        [2, machines(machine()), deployed, nothingInside],
        [
          8,
          ...goodStartUpTo3.map((fact) =>
            fact.kind === 'log' ? { ...fact, line: { ...fact.line, at: fact.line.at + 3_600_000 } } : fact,
          ),
        ],
        [10, machines(machine({ events: [launch(0), start(1), exit(9)] }))],
        [40, machines(machine({ events: [launch(0), start(1), exit(9), start(39)] }))],
      ],
      verdict: null,
      until: 200,
    },
  ]);
});

describe('snapshots without events', () => {
  const bare = (more: Parameters<typeof machine>[0]) => machine({ ...more, events: null });
  const before = bare({ instanceId: 'old', releaseVersion: 1, updatedAt: at(-3600) });
  check([
    {
      rule: 'tell the new boot by its instance',
      expects: { baseline: [before] },
      scenes: [
        [0, machines(before)],
        [2, machines(bare({ updatedAt: at(1) })), deployed],
        [8, ...goodStart],
      ],
      verdict: { verdict: 'healthy', warnings: [] },
    },
    {
      rule: 'tell a restart by the time of the last change',
      expects: { operation: 'restart', baseline: [before] },
      scenes: [
        [0, machines(before)],
        [2, machines({ ...before, updatedAt: at(1) })],
        [8, ...goodStart],
      ],
      verdict: { verdict: 'healthy', warnings: [] },
    },
    {
      rule: 'tell an end by the state, and the words by the log',
      expects: { baseline: [before] },
      scenes: [
        [0, machines(before)],
        [2, machines(bare({ updatedAt: at(1) })), deployed],
        [6, log(4, 'Missing config. Run it'), machines(bare({ updatedAt: at(5), state: 'stopped' }))],
      ],
      verdict: { verdict: 'failed', cause: 'config-missing' },
    },
    {
      rule: 'tell a loop only at the third end, since none is certain',
      expects: { baseline: [before] },
      scenes: [
        [0, machines(before)],
        [2, machines(bare({ updatedAt: at(1) })), deployed],
        [10, machines(bare({ updatedAt: at(9) }))],
        [20, machines(bare({ updatedAt: at(19) }))],
        [30, machines(bare({ updatedAt: at(29) }))],
      ],
      verdict: { verdict: 'failed', cause: 'crash-loop' },
      notBefore: 30,
    },
    {
      rule: 'give way to real events when those come',
      expects: { baseline: [before] },
      scenes: [
        [0, machines(before)],
        [2, machines(bare({ updatedAt: at(1) })), deployed],
        [5, machines(updated())],
        [8, ...goodStart],
      ],
      verdict: { verdict: 'healthy', warnings: [] },
    },
  ]);
});

describe('phases', () => {
  const told = (...args: Parameters<typeof tell>) =>
    phases(tell(...args).state).map(({ name, text }) => [name, text]);

  it('tell a deploy from the new version to the ready gateway, each once', () => {
    expect(
      told(deploying, [
        [0, machines(former)],
        [2, machines(updated())],
        [3, deployed],
        [8, ...goodStart],
      ]),
    ).toEqual([
      ['new-version', 'machine m1 has the new version (release 2)'],
      ['started', 'machine m1 started'],
      ['deploy-ended', 'flyctl is done'],
      ['listening', 'gateway listens on port 3000, 5.0 s after its start'],
      ['ready', 'gateway is ready'],
    ]);
  });

  it('tell every exit and every start of a loop', () => {
    expect(
      told({}, [
        [2, machines(machine()), deployed],
        [9, machines(machine({ events: [launch(0), start(1), exit(5), start(6), exit(8)] }))],
      ]),
    ).toEqual([
      ['new-version', 'machine m1 has the new version (release 2)'],
      ['started', 'machine m1 started'],
      ['deploy-ended', 'flyctl is done'],
      ['exited', 'machine m1 ended with exit code 1'],
      ['started', 'machine m1 started'],
      ['exited', 'machine m1 ended with exit code 1'],
      ['stopped', 'machine m1 is stopped'],
    ]);
  });

  it('tell how Discord is doing', () => {
    const scenes: Scene[] = [
      [2, machines(machine()), deployed],
      [8, ...goodStart, log(8, stampedLine(8, '[discord] gateway closed with code 4014'))],
    ];
    expect(told({ expectDiscord: true }, scenes).at(-1)).toEqual([
      'discord-failed',
      'Discord failed: [discord] gateway closed with code 4014',
    ]);
  });
});
