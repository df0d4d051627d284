import { describe, expect, it } from 'vitest';
import {
  awaited,
  type Expectations,
  lastLookIn,
  machinesToStart,
  probesWanted,
  urlWanted,
} from '../../src/watch/reduce.ts';
import {
  deployed,
  exit,
  feed,
  former,
  goodStart,
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

/** The state at a second, the verdict not being there yet. */
function stateAt(seconds: number, scenes: readonly Scene[], expects: Partial<Expectations> = {}) {
  const told = tell(expects, scenes, seconds);
  expect(told.verdict).toBeNull();
  return told.state;
}

const began: Scene = [2, machines(machine()), deployed];

describe('a look inside', () => {
  const rows: readonly (readonly [
    rule: string,
    seconds: number,
    scenes: readonly Scene[],
    wanted: boolean,
  ])[] = [
    ['is not due while the start is young', 5, [began], false],
    ['is due when nothing is heard for some seconds', 8, [began], true],
    ['is due at once when the log may not be read', 3, [began, [2.5, feed('logs', 'refused', '')]], true],
    [
      'is never due when the token may not look inside',
      60,
      [began, [2.5, feed('probe', 'refused', '')]],
      false,
    ],
    ['is not due when the log tells everything', 12, [began, [8, ...goodStart]], false],
    ['is due when the log leaves the address open', 12, [began, [8, starting, listening, ready]], true],
    ['is not due again just after an answer', 10, [began, [9, probe({ listeners: [] })]], false],
    ['is due again some seconds later', 13, [began, [9, probe({ listeners: [] })]], true],
    [
      'is not due while the machine is down',
      30,
      [[2, machines(machine({ events: [launch(0), start(1), stopped(1.5)] })), deployed]],
      false,
    ],
  ];
  it.each(rows)('%s', (_, seconds, scenes, wanted) => {
    const state = stateAt(seconds, scenes);
    expect(probesWanted(state, seconds * 1000)).toEqual(wanted ? ['m1'] : []);
  });

  it('is due for Discord when the log says nothing about it', () => {
    const state = stateAt(20, [began, [8, ...goodStart]], { expectDiscord: true });
    expect(probesWanted(state, 20_000)).toEqual(['m1']);
  });

  it('is not due on a machine that still has the old version', () => {
    const state = stateAt(60, [[2, machines(former)]], { baseline: [former] });
    expect(probesWanted(state, 60_000)).toEqual([]);
  });
});

describe('the URL', () => {
  const url = { url: 'https://my-app.fly.dev' };
  const blind: Scene = [3, feed('logs', 'refused', ''), feed('probe', 'refused', '')];
  const rows: readonly (readonly [
    rule: string,
    scenes: readonly Scene[],
    expects: Partial<Expectations>,
    wanted: boolean,
  ])[] = [
    ['is asked when neither logs nor a look inside can tell', [began, blind], url, true],
    ['is not asked when there is none', [began, blind], {}, false],
    ['is not asked while a look inside can tell', [began, [3, feed('logs', 'refused', '')]], url, false],
    [
      'is not asked when the log tells',
      [began, [3, feed('probe', 'refused', '')], [8, ...goodStart]],
      url,
      false,
    ],
    [
      'is not asked for two machines, of which it reaches one',
      [[2, machines(machine(), machine({ id: 'm2' })), deployed], blind],
      url,
      false,
    ],
    [
      'is not asked before the new version runs',
      [[2, machines(former)], blind],
      { ...url, baseline: [former] },
      false,
    ],
  ];
  it.each(rows)('%s', (_, scenes, expects, wanted) => {
    expect(urlWanted(stateAt(12, scenes, expects), 12_000)).toBe(wanted);
  });
});

describe('the last look', () => {
  const rows: readonly (readonly [
    rule: string,
    seconds: number,
    scenes: readonly Scene[],
    expects: Partial<Expectations>,
    left: number,
  ])[] = [
    ['is not foreseen while nothing listens', 5, [began], {}, Number.POSITIVE_INFINITY],
    ['is due when what listens has been up for long enough', 10, [began, [8, ...goodStart]], {}, 6],
    [
      'is due when a login has lasted, where that comes first',
      10,
      [
        began,
        [8, ...goodStart],
        [9, log(9, stampedLine(9, '[discord] logged in to discord as 1111 (claw-bot)'))],
      ],
      { expectDiscord: true },
      4,
    ],
    [
      'is not foreseen again once that time is over, whatever else is awaited',
      17,
      [began, [8, ...goodStart]],
      { expectDiscord: true },
      Number.POSITIVE_INFINITY,
    ],
  ];
  it.each(rows)('%s', (_, seconds, scenes, expects, left) => {
    expect(lastLookIn(stateAt(seconds, scenes, expects), seconds * 1000)).toBe(left * 1000);
  });
});

describe('a start', () => {
  const down = machine({
    state: 'stopped',
    events: [launch(-3601), start(-3600), stopped(-100), launch(0.1)],
  });
  const rows: readonly (readonly [
    rule: string,
    seconds: number,
    scenes: readonly Scene[],
    expects: Partial<Expectations>,
    wanted: boolean,
  ])[] = [
    [
      'is wanted for a machine that a deploy updated and left down',
      8,
      [[2, machines(down), deployed]],
      { baseline: [former] },
      true,
    ],
    [
      'is not wanted before the platform had its time',
      4,
      [[2, machines(down), deployed]],
      { baseline: [former] },
      false,
    ],
    ['is not wanted while flyctl is at work', 8, [[2, machines(down)]], { baseline: [former] }, false],
    [
      'is wanted once only',
      8,
      [
        [2, machines(down), deployed],
        [6, { kind: 'start-asked', machineId: 'm1', ok: true, detail: '' }],
      ],
      { baseline: [former] },
      false,
    ],
    [
      'is not wanted for a machine whose gateway died',
      8,
      [[2, machines(machine({ events: [launch(0), start(1), exit(1.5)] })), deployed]],
      {},
      false,
    ],
    ['is not wanted by verify', 8, [[2, machines(down)]], { operation: 'verify' }, false],
    [
      'is wanted later for a machine that was just made',
      8,
      [[2, machines(machine({ state: 'created', events: [launch(0)] })), deployed]],
      {},
      false,
    ],
    [
      'is wanted at last for a machine that was made and never started',
      13,
      [[2, machines(machine({ state: 'created', events: [launch(0)] })), deployed]],
      {},
      true,
    ],
    [
      'is wanted for a suspended machine',
      8,
      [[2, machines({ ...down, state: 'suspended' }), deployed]],
      { baseline: [former] },
      true,
    ],
    [
      'is not wanted for a machine that has the old version',
      8,
      [
        [
          2,
          machines(
            machine({ ...former, state: 'stopped', events: [launch(-3601), start(-3600), stopped(-50)] }),
          ),
          deployed,
        ],
      ],
      { baseline: [former] },
      false,
    ],
  ];
  it.each(rows)('%s', (_, seconds, scenes, expects, wanted) => {
    expect(machinesToStart(stateAt(seconds, scenes, expects), seconds * 1000)).toEqual(wanted ? ['m1'] : []);
  });
});

describe('what is awaited', () => {
  const rows: readonly (readonly [
    text: string,
    seconds: number,
    scenes: readonly Scene[],
    expects?: Partial<Expectations>,
  ])[] = [
    ['a machine', 2, [[1, machines(), deployed]]],
    ['the new version on machine m1', 2, [[1, machines(former)]], { baseline: [former] }],
    ["the gateway's listening line (machine m1, started 8 s ago)", 10, [began]],
    ['the gateway to stay up (machine m1, 4 s to go)', 12, [began, [8, ...goodStart]]],
    ['the Discord login (machine m1)', 30, [began, [8, ...goodStart]], { expectDiscord: true }],
    [
      'the restart of machine m1, which ended with exit code 1',
      12,
      [[2, machines(machine({ events: [launch(0), start(1), exit(5)] })), deployed]],
    ],
    [
      'the start of machine m1, which is stopped',
      3,
      [[2, machines(machine({ events: [launch(0), start(1), stopped(1.5)] })), deployed]],
    ],
    [
      'the end of the deploy',
      40,
      [
        [2, machines(updated())],
        [8, ...goodStart],
      ],
      { baseline: [former] },
    ],
  ];
  it.each(rows.map(([text, ...story]) => ({ text, story })))('is $text', ({ text, story }) => {
    const [seconds, scenes, expects] = story;
    expect(awaited(stateAt(seconds, scenes, expects), seconds * 1000)).toBe(text);
  });
});
