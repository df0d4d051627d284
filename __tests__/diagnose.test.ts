import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Diagnosis, diagnose, type Question } from '../src/diagnose.ts';
import { readRecordings, recordingPath, recordingStream } from './gateway/recordings.ts';

const program = fileURLToPath(new URL('../src/diagnose.ts', import.meta.url));
const unknown: Question = { expectDiscord: false, port: null, internalPort: null, end: null };

async function* text(log: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(log);
}
const judge = async (log: string, question: Partial<Question> = {}) =>
  diagnose('a.log', text(log), { ...unknown, ...question });

describe('every recorded run', () => {
  it.each(readRecordings().map((recording) => ({ file: recording.file, recording })))(
    '$file is judged as a careful operator would',
    async ({ recording }) => {
      const { expect: label } = recording;
      const { diagnosis } = await diagnose(recording.file, recordingStream(recording), recording.question);
      expect(diagnosis).toMatchObject({
        verdict: label.verdict,
        listening: label.listening,
        reachable: label.reachable,
        discord: label.discord,
      });
      expect(label.causes).toContain(diagnosis.cause);
      // What only a deadline can decide has no line that decides.
      if (label.evidence !== null && !label.deadlineOnly)
        expect(diagnosis.evidence).toContain(label.evidence);
    },
  );
});

describe('a log of which nobody says how it ended', () => {
  it('is taken as that of a process that runs', async () => {
    const { diagnosis, assumed } = await judge(
      '[gateway] agent model: x\n[gateway] listening on ws://0.0.0.0:3000 (PID 1)\n',
    );
    expect(diagnosis).toMatchObject({ verdict: 'healthy', listening: true, reachable: true });
    expect(assumed).toBe('nothing says whether the process still runs; it is taken as running');
  });

  it('is taken as that of a process that ended when its start has failed', async () => {
    const { diagnosis, assumed } = await judge('Missing config. Run `openclaw setup`\n');
    expect(diagnosis).toMatchObject({ verdict: 'failed', cause: 'config-missing', reachable: false });
    expect(assumed).toMatch(/taken as ended/);
  });

  it('is empty: silent, and nothing is known', async () => {
    const { diagnosis } = await judge('');
    expect(diagnosis).toMatchObject({
      verdict: 'failed',
      cause: 'silent',
      listening: false,
      reachable: null,
    });
  });
});

describe('what the caller says', () => {
  const healthy = '[gateway] agent model: x\n[gateway] listening on ws://0.0.0.0:3000 (PID 1)\n';
  it.each([
    [
      'an exit code makes it a death',
      { end: { exitCode: 137, signal: null } },
      { verdict: 'failed', cause: 'killed', listening: true, reachable: false },
    ],
    ['a signal does too', { end: { exitCode: null, signal: 9 } }, { verdict: 'failed', cause: 'killed' }],
    [
      'exit 0 of a gateway that was up is a death all the same',
      { end: { exitCode: 0, signal: null } },
      { verdict: 'failed', cause: 'exited' },
    ],
    [
      'another internal_port makes it a mismatch',
      { end: 'alive', port: 3000, internalPort: 8080 },
      { verdict: 'failed', cause: 'port-mismatch', reachable: false },
    ],
    [
      'a Discord that is expected and never heard of is suspicious',
      { end: 'alive', expectDiscord: true },
      { verdict: 'degraded', cause: 'discord-no-token', discord: 'unknown' },
    ],
    [
      'a Discord that is expected, was given a token and is never heard of again has not logged in',
      { end: 'alive', expectDiscord: true },
      { verdict: 'failed', cause: 'discord-timeout', discord: 'unknown' },
      `${healthy}[discord] [default] starting provider\n`,
    ],
  ] satisfies [string, Partial<Question>, Partial<Diagnosis>, string?][])(
    '%s',
    async (_, question, diagnosis, log = healthy) => {
      expect((await judge(log, question)).diagnosis).toMatchObject(diagnosis);
    },
  );

  it('is believed over what the log claims: alive, whatever the kernel is quoted with', async () => {
    const { diagnosis } = await judge(`${healthy}Out of memory: Killed process 1 (node)\n`, { end: 'alive' });
    expect(diagnosis.verdict).toBe('healthy');
  });
});

describe('a log of Fly', () => {
  const line = (message: string, provider = 'app') =>
    `2026-11-23T20:11:09Z ${provider}[148ed] iad [info]${message}`;
  const boot = (...messages: readonly string[]) => [
    line('Starting machine', 'runner'),
    line(' INFO Starting init (commit: fa4e)...'),
    ...messages.map((message) => line(message)),
  ];
  const refused = boot('Config invalid', ' INFO Main child exited normally with code: 1');
  const good = boot('[gateway] agent model: x', '[gateway] listening on ws://0.0.0.0:3000 (PID 1)');

  it('is judged by the machine it names', async () => {
    const { diagnosis } = await judge(good.join('\n'));
    expect(diagnosis).toMatchObject({ verdict: 'healthy' });
    const { diagnosis: killed } = await judge(
      [...good, line(" INFO Main child exited with signal (with signal 'SIGKILL', core dumped? false)")].join(
        '\n',
      ),
    );
    expect(killed).toMatchObject({
      verdict: 'failed',
      cause: 'killed',
      evidence: 'machine 148ed ended with SIGKILL',
      fix: { commands: [expect.stringContaining('148ed'), expect.any(String)] },
    });
  });

  it('is judged by its last boot', async () => {
    expect((await judge([...refused, ...good].join('\n'))).diagnosis).toMatchObject({
      verdict: 'healthy',
      listening: true,
    });
    expect((await judge([...good, ...refused].join('\n'))).diagnosis).toMatchObject({
      verdict: 'failed',
      cause: 'config-invalid',
    });
  });

  it('of boots that end alike without a word is a crash loop', async () => {
    const odd = boot('something odd', ' INFO Main child exited normally with code: 3');
    const { diagnosis } = await judge([...odd, ...odd, ...odd].join('\n'));
    expect(diagnosis).toMatchObject({ verdict: 'failed', cause: 'crash-loop' });
  });

  describe('saved before its last boot said anything', () => {
    const odd = boot('something odd', ' INFO Main child exited normally with code: 3');
    const asked = boot(
      '[gateway] agent model: x',
      ' INFO Sending signal SIGTERM to main child process w/ PID 513',
      ' INFO Main child exited normally with code: 0',
    );
    it.each([
      ['refused once', refused, 'failed', 'config-invalid'],
      ['ended twice alike', [...odd, ...odd], 'failed', 'crash-loop'],
      ['ended once, and nobody knows why', odd, 'failed', 'exited'],
      ['was stopped when somebody asked for it', [...asked, ...asked], 'failed', 'timeout'],
    ])('is judged by the boots before it: the gateway %s', async (_, before, verdict, cause) => {
      const { diagnosis } = await judge([...before, ...boot('[gateway] agent model: x')].join('\n'));
      expect(diagnosis).toMatchObject({ verdict, cause, listening: false });
    });

    it('is not, where the caller says that it runs', async () => {
      const { diagnosis } = await judge([...refused, ...boot('[gateway] agent model: x')].join('\n'), {
        end: 'alive',
      });
      expect(diagnosis).toMatchObject({ cause: 'timeout' });
    });
  });

  it('proves nothing by what the runner says', async () => {
    const { diagnosis } = await judge(
      [...boot(), line('[gateway] listening on ws://0.0.0.0:3000', 'runner')].join('\n'),
    );
    expect(diagnosis).toMatchObject({ cause: 'silent', listening: false });
  });
});

describe('hostile input', () => {
  it.each([
    [
      'NUL bytes and invalid UTF-8',
      Buffer.concat([
        Buffer.from([0, 255, 254, 10, 0]),
        Buffer.from('\n[gateway] agent model: x\n[gateway] listening on ws://0.0.0.0:3000\n'),
      ]),
    ],
    [
      'a line of 10 MB',
      Buffer.from(
        `${'x'.repeat(10_000_000)}\n[gateway] agent model: x\n[gateway] listening on ws://0.0.0.0:3000\n`,
      ),
    ],
    [
      'a document that never ends',
      Buffer.from(
        `[gateway] agent model: x\n[gateway] listening on ws://0.0.0.0:3000\n{\n${'x'.repeat(3_000_000)}\n`,
      ),
    ],
  ])('%s changes nothing', async (_, bytes) => {
    async function* one() {
      yield bytes;
    }
    expect((await diagnose('a.log', one(), unknown)).diagnosis.verdict).toBe('healthy');
  });
});

describe('the command', () => {
  const run = (args: readonly string[], input = '') =>
    spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', input });
  const file = recordingPath({ file: '2026.5.12/03a-second-same-state-same-port.log' });

  it('prints a line of JSON for each file', () => {
    const out = execFileSync(
      process.execPath,
      [program, '--json', '--exit-code', '0', '--port', '3000', file, file],
      { encoding: 'utf8' },
    );
    const [first, second, ...rest] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(Object.keys(first)).toEqual([
      'file',
      'verdict',
      'cause',
      'evidence',
      'fix',
      'listening',
      'reachable',
      'discord',
    ]);
    expect(first).toMatchObject({ file, verdict: 'failed', cause: 'gateway-lock' });
    expect(second).toEqual(first);
    expect(rest).toEqual([]);
  });

  it('tells a person what is wrong and what to do', () => {
    const { stdout, status } = run(
      ['--signal', 'KILL'],
      readFileSync(file, 'utf8').replaceAll(/.*already.*\n/g, ''),
    );
    expect(status).toBe(0);
    expect(stdout).toContain('-: failed: Killed (killed)\n');
    expect(stdout).toContain('  Evidence: the machine ended with SIGKILL\n');
    expect(stdout).toContain('    $ fly logs -a APP --no-tail\n');
  });

  it.each([
    [['--port', 'abc'], '--port abc: not a port; a number from 1 to 65535 is'],
    [['--internal-port', '70000'], '--internal-port 70000: not a port; a number from 1 to 65535 is'],
    [['--exit-code', '256'], '--exit-code 256: not an exit code; a number from 0 to 255 is'],
    [
      ['--signal', 'SIGFOO'],
      '--signal SIGFOO: not a signal; a name such as SIGKILL or a number from 1 to 64 is',
    ],
    [['--alive', '--exit-code', '1'], '--alive and --exit-code contradict each other: give one of them'],
    [['--jsn'], "Unknown option '--jsn'"],
  ])('refuses %j', (args, message) => {
    const { stderr, stdout, status } = run(args);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('goes on with the other files when one cannot be read', () => {
    const { stderr, stdout, status } = run(['--json', '/nowhere.log', file]);
    expect(stderr).toContain('/nowhere.log: ENOENT');
    expect(JSON.parse(stdout)).toMatchObject({ file });
    expect(status).toBe(2);
  });
});
