import { describe, expect, it } from 'vitest';
import { type ConsoleOptions, openConsole } from '../../src/report/console.ts';
import { runnerReads } from './runner-commands.ts';

function open(options: Partial<ConsoleOptions> = {}) {
  const log = { text: '', at: 0 };
  const console = openConsole({
    write: (text) => {
      log.text += text;
    },
    now: () => log.at,
    actions: true,
    colour: false,
    redact: (text) => text,
    token: () => 'T',
    ...options,
  });
  return { console, log, runner: () => runnerReads(log.text) };
}

describe('a chapter', () => {
  it('folds what it says into a group and tells its result outside it, with the time it took', async () => {
    const { console, log } = open();
    const value = await console.chapter('Install flyctl', async (conclude) => {
      log.at = 1500;
      console.phase('downloading');
      log.at = 8000;
      conclude('v0.4.105, checksum verified');
      return 42;
    });
    expect(value).toBe(42);
    expect(log.text).toBe(
      '::group::Install flyctl\n0:01 downloading\n::endgroup::\n✓ Install flyctl: v0.4.105, checksum verified (8 s)\n',
    );
  });

  it('that throws closes its group, says why, and lets the error go on', async () => {
    const { console, log } = open();
    const failing = console.chapter('Plan', async () => {
      throw new Error('the app does not exist');
    });
    await expect(failing).rejects.toThrow('the app does not exist');
    expect(log.text).toBe('::group::Plan\n::endgroup::\n✗ Plan: the app does not exist (0 s)\n');
  });

  it('that is left open shows its phases and folds only the log of the gateway', async () => {
    const { console, log } = open();
    await console.chapter(
      'Watch',
      async (conclude) => {
        console.machineLines(['loading plugins', 'still loading']);
        console.phase('the gateway listens');
        console.machineLines(['one more']);
        conclude('healthy');
      },
      'open',
    );
    expect(log.text).toBe(
      [
        'Watch',
        '::group::Gateway log, 2 lines',
        '::stop-commands::T',
        '| loading plugins',
        '| still loading',
        '::T::',
        '::endgroup::',
        '0:00 the gateway listens',
        '::group::Gateway log, 1 line',
        '::stop-commands::T',
        '| one more',
        '::T::',
        '::endgroup::',
        '✓ Watch: healthy (0 s)',
        '',
      ].join('\n'),
    );
  });

  it('inside another opens no second group, which the runner could not nest', async () => {
    const { console, runner } = open();
    await console.chapter('Outer', async () => {
      await console.chapter('Inner', async () => console.raw('What flyctl said', 'x'));
    });
    expect(runner().commands.map(({ name }) => name)).toEqual(['group', 'endgroup']);
  });

  it('shows the decisive line after its group, not in it', async () => {
    const { console, log } = open();
    await console.chapter('Watch', async () => console.decisive('[gateway] out of memory'));
    expect(log.text).toBe(
      '::group::Watch\n::endgroup::\n✓ Watch: done (0 s)\nDecisive line: [gateway] out of memory\n',
    );
  });
});

describe('the heartbeat', () => {
  it('says what is awaited after 30 s of silence, and again 30 s later, but never sooner', () => {
    const { console, log } = open();
    for (log.at = 0; log.at <= 95_000; log.at += 1000) console.tick('the gateway to listen');
    expect(log.text).toBe(
      [30, 60, 90]
        .map((at) => `${Math.floor(at / 60)}:${at % 60 || '00'} still waiting for the gateway to listen\n`)
        .join(''),
    );
  });

  it('is put off by anything else that was said', () => {
    const { console, log } = open();
    log.at = 29_000;
    console.phase('machine started');
    log.at = 58_000;
    console.tick('the gateway');
    expect(log.text).toBe('0:29 machine started\n');
  });

  it.each([
    ['just now', 1_000, 'the snapshot of volume vol_1'],
    ['long ago', 20_000, 'flyctl volumes list'],
  ])('of whoever knows less leaves the words to a loop that spoke %s', (_, ago, words) => {
    const { console, log } = open();
    log.at = 30_000 - ago;
    console.tick('the snapshot of volume vol_1');
    log.at = 30_000;
    console.idle('flyctl volumes list');
    expect(log.text).toBe(`0:30 still waiting for ${words}\n`);
  });

  it('of whoever knows less comes no sooner either', () => {
    const { console, log } = open();
    for (log.at = 0; log.at < 60_000; log.at += 1000) console.idle('flyctl status');
    expect(log.text).toBe('0:30 still waiting for flyctl status\n');
  });

  it('brings log lines that were held back with it', () => {
    const { console, log } = open();
    console.machineLines(['a']);
    expect(log.text).toBe('');
    log.at = 30_000;
    console.tick('the gateway');
    expect(log.text).toContain('| a\n');
  });
});

describe('the debug log', () => {
  it('is kept for who asked the runner for it, where it is a command of its own', () => {
    const { console, log } = open();
    console.debug('flyctl status: exit 0 after 12 ms');
    expect(log.text).toBe('');
    const asked = open({ debug: true });
    asked.console.debug('flyctl status -a x\n::error::y');
    expect(asked.runner().commands).toEqual([
      { name: 'debug', properties: {}, data: 'flyctl status -a x : :error::y' },
    ]);
  });
});

describe('annotations', () => {
  it('carry file, line, column and title, escaped as the runner unescapes them', () => {
    const { console, runner } = open();
    console.warning('512 MB is 100% too little,\nso: 2 GB', {
      file: 'deploy, prod/fly:1.toml',
      line: 12,
      column: 3,
      title: 'memory: low, very',
    });
    expect(runner().commands).toEqual([
      {
        name: 'warning',
        properties: { file: 'deploy, prod/fly:1.toml', line: '12', col: '3', title: 'memory: low, very' },
        data: '512 MB is 100% too little,\nso: 2 GB',
      },
    ]);
  });

  it.each([
    ['notice', 10],
    ['warning', 9],
    ['error', 9],
  ] as const)(
    'of kind %s stop where the runner would drop them; the rest is in the log, counted',
    (kind, limit) => {
      const { console, runner } = open();
      for (let n = 1; n <= limit + 3; n += 1) console[kind](`finding ${n}`, { file: 'fly.toml', line: n });
      console.close();
      const { commands, shown } = runner();
      expect(commands).toHaveLength(limit);
      expect(shown).toContain(`fly.toml:${limit + 3}: finding ${limit + 3}`);
      expect(shown).toContain(`3 more ${kind}s above`);
    },
  );

  it.each(['error', 'warning'] as const)(
    'leave room for a verdict of kind %s, however many came before it',
    (kind) => {
      const { console, runner } = open();
      for (let n = 1; n <= 12; n += 1) console[kind](`finding ${n}`);
      console.fail('The gateway ran out of memory.', 'out-of-memory', kind);
      const { commands } = runner();
      expect(commands).toHaveLength(10);
      expect(commands.at(-1)).toEqual({
        name: kind,
        properties: { title: 'out-of-memory' },
        data: 'The gateway ran out of memory.',
      });
    },
  );
});

describe('in a plain terminal', () => {
  it('there are no workflow commands, and machine lines appear at once', async () => {
    const { console, log } = open({ actions: false });
    await console.chapter(
      'Watch',
      async () => {
        console.machineLines(['hello']);
        expect(log.text).toBe('Watch\n| hello\n');
      },
      'open',
    );
    console.error('no mount', { file: 'fly.toml', line: 3 });
    console.raw('What flyctl said', 'a\nb');
    console.fail('The gateway died.\nRaise the memory.', 'out-of-memory');
    console.close();
    expect(log.text).toBe(
      [
        'Watch',
        '| hello',
        '✓ Watch: done (0 s)',
        'Error: fly.toml:3: no mount',
        'What flyctl said',
        '| a',
        '| b',
        'Error: The gateway died.',
        '  Raise the memory.',
        '',
      ].join('\n'),
    );
  });

  it('colour is only there where it was asked for', () => {
    const plain = open({ actions: false });
    const coloured = open({ actions: false, colour: true });
    for (const { console } of [plain, coloured]) console.phase('x');
    expect(plain.log.text).not.toContain('\x1b');
    expect(coloured.log.text).toContain('\x1b[36m0:00\x1b[0m x');
  });
});

describe('secrets', () => {
  const redact = (text: string) => text.replaceAll('hunter2secret', '***');

  it('are taken out of everything that is said', async () => {
    const { console, log } = open({ redact });
    const say = 'key hunter2secret end';
    await console
      .chapter(say, async (conclude) => {
        conclude(say);
        console.phase(say);
        console.machineLines([say, 'key hunter2\x1b[0msecret end']);
        console.decisive(say);
        console.raw(say, say);
        throw new Error(say);
      })
      .catch(() => undefined);
    for (const kind of ['error', 'warning', 'notice'] as const) console[kind](say, { file: say, title: say });
    console.fail(say, say);
    log.at = 60_000;
    console.tick(say);
    expect(log.text).not.toContain('hunter2secret');
    expect(log.text.match(/key \*\*\* end/g)).toHaveLength(21);
  });
});

it('a reader that went away costs nothing but the log', () => {
  const { console } = open({
    write: () => {
      throw new Error('EPIPE');
    },
  });
  expect(() => {
    console.phase('a');
    console.fail('b', 'c');
    console.close();
  }).not.toThrow();
});
