import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeProgram } from '../../rehearsal/flyctl/program.ts';
import { Failure } from '../../src/causes.ts';
import { type Flyctl, type FlyctlSettings, openFlyctl } from '../../src/flyctl/process.ts';

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'process-'));
  for (const name of ['config', 'empty']) mkdirSync(join(dir, name));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let programs = 0;

/** A flyctl that is a few lines of JavaScript. */
function flyctl(source: string, part: Partial<FlyctlSettings> = {}): Flyctl {
  programs += 1;
  const script = join(dir, `flyctl-${programs}.js`);
  writeFileSync(script, source);
  return openFlyctl({
    path: writeProgram(join(dir, `flyctl-${programs}`), script),
    version: '0.4.87',
    token: 'the-token',
    configDir: join(dir, 'config'),
    emptyDir: join(dir, 'empty'),
    env: process.env,
    redact: (text) => text.replaceAll('hunter2', '***'),
    graces: { interruptMs: 150, terminateMs: 150 },
    ...part,
  });
}

/** Says when it is there, so that a test can stop it at a known point. */
const staysForever = "process.stdout.write('up\\n'); setInterval(() => {}, 1000);";

function untilUp(run: (onLine: () => void) => Promise<unknown>): Promise<void> {
  return new Promise((resolve) => void run(() => resolve()));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function dies(pid: number): Promise<boolean> {
  for (let looks = 0; looks < 100 && isAlive(pid); looks += 1) await sleep(20);
  return !isAlive(pid);
}

describe('running flyctl', () => {
  it('gives exit code, both streams, arguments as they are, and the standard input', async () => {
    const echo = flyctl(`
      const input = require('node:fs').readFileSync(0, 'utf8');
      console.log(JSON.stringify({ args: process.argv.slice(2), input }));
      console.error('note');
      process.exitCode = 7;
    `);
    const done = await echo.run(['a b', '$HOME', '"'], { stdin: 'A=1\n' });
    expect(done).toMatchObject({
      exitCode: 7,
      signal: null,
      timedOut: false,
      cancelled: false,
      stderr: 'note\n',
    });
    expect(JSON.parse(done.stdout)).toEqual({ args: ['a b', '$HOME', '"'], input: 'A=1\n' });
  });

  it('runs in the empty folder, and a deploy in its own', async () => {
    const where = flyctl('console.log(process.cwd())');
    expect((await where.run([])).stdout.trim()).toMatch(/empty$/);
    expect((await where.run(['deploy'], { cwd: dir })).stdout.trim()).not.toMatch(/empty$/);
  });

  it('gives it the token and none of the step secrets', async () => {
    const env = { ...process.env, DISCORD_BOT_TOKEN: 'hunter2' };
    const done = await flyctl('console.log(JSON.stringify(process.env))', { env }).run([]);
    expect(done.stdout).toContain('the-token');
    expect(done.stdout).not.toContain('hunter2');
  });

  it('survives a program that ends without reading its input', async () => {
    const done = await flyctl('process.exit(1)').run([], { stdin: 'x'.repeat(1_000_000) });
    expect(done.exitCode).toBe(1);
  });

  it('says which program could not be started, and where', async () => {
    const missing = flyctl('', { path: join(dir, 'nothing') });
    const failure = await missing.run([]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code: 'flyctl-install', message: expect.stringContaining('nothing') });
  });

  it('writes one line a call for the debug log, without secret values', async () => {
    const lines: string[] = [];
    await flyctl('', { debug: (line) => lines.push(line) }).run(['status', '-a', 'hunter2']);
    expect(lines).toEqual([expect.stringMatching(/^flyctl status -a \*\*\*: exit 0 after \d+ ms$/)]);
  });
});

it('tells which calls are under way', async () => {
  const told: string[] = [];
  const begun = (args: readonly string[]) => {
    told.push(`begun ${args.join(' ')}`);
    return () => told.push('ended');
  };
  await flyctl('', { begun }).run(['status']);
  expect(told).toEqual(['begun status', 'ended']);
});

describe('the output', () => {
  it('is put together right when a character is split between two chunks', async () => {
    const halves = flyctl(`
      process.stdout.write(Buffer.from([0xe2, 0x9c]));
      setTimeout(() => process.stdout.write(Buffer.from([0x94, 0x0a])), 50);
    `);
    const lines: string[] = [];
    const done = await halves.run([], { onLine: (stream, line) => lines.push(`${stream}: ${line}`) });
    expect(done.stdout).toBe('✔\n');
    expect(lines).toEqual(['stdout: ✔']);
  });

  it('is handed on line by line while it runs, the last line also without an end', async () => {
    const talker = flyctl("process.stderr.write('one\\ntwo\\r'); process.stdout.write('three');");
    const lines: string[] = [];
    await talker.run([], { onLine: (stream, line) => lines.push(`${stream}: ${line}`) });
    expect(lines.sort()).toEqual(['stderr: one', 'stderr: two', 'stdout: three']);
  });

  it('keeps its end when there is more of it than may be kept', async () => {
    const done = await flyctl("process.stdout.write('x'.repeat(300_000) + 'end')").run([], {
      maxCapture: 1000,
    });
    expect(done.truncated).toBe(true);
    expect(done.stdout).toHaveLength(1000);
    expect(done.stdout.endsWith('xend')).toBe(true);
  });
});

describe.skipIf(process.platform === 'win32')('stopping flyctl', () => {
  /** Cancels it at its first line, which says that its handlers are set. */
  async function stoppedOnceUp(handlers: string) {
    const abort = new AbortController();
    const run = flyctl(`${handlers}; ${staysForever}`);
    return run.run([], { signal: abort.signal, onLine: () => abort.abort() });
  }

  it('stops at the deadline', async () => {
    const done = await flyctl(staysForever).run([], { deadlineMs: 200 });
    expect(done).toMatchObject({ exitCode: null, signal: 'SIGINT', timedOut: true, cancelled: false });
  });

  it('interrupts first and lets it end by itself', async () => {
    const done = await stoppedOnceUp(
      "process.on('SIGINT', () => { console.log('bye'); process.exit(127); })",
    );
    expect(done).toMatchObject({ exitCode: 127, signal: null, stdout: 'up\nbye\n' });
  });

  it('terminates what does not mind an interrupt', async () => {
    const done = await stoppedOnceUp("process.on('SIGINT', () => {})");
    expect(done).toMatchObject({ exitCode: null, signal: 'SIGTERM' });
  });

  it('kills what minds neither', async () => {
    const done = await stoppedOnceUp(
      "for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => console.log(s))",
    );
    expect(done).toMatchObject({ signal: 'SIGKILL', stdout: 'up\nSIGINT\nSIGTERM\n' });
  });

  it('cancels on the signal of the caller', async () => {
    const abort = new AbortController();
    const endless = flyctl(staysForever);
    const done = await endless.run([], { signal: abort.signal, onLine: () => abort.abort() });
    expect(done).toMatchObject({ cancelled: true, timedOut: false, signal: 'SIGINT' });
  });

  it('starts nothing once the signal has aborted', async () => {
    const marker = join(dir, 'started');
    const done = await flyctl(`require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`).run([], {
      signal: AbortSignal.abort(),
    });
    expect(done.cancelled).toBe(true);
    expect(existsSync(marker)).toBe(false);
  });

  it('takes along what flyctl has started, even when that holds the pipes and minds no signal', async () => {
    const parent = flyctl(`
      const child = require('node:child_process').spawn(process.execPath, ['-e',
        "process.on('SIGINT', () => {}); process.on('SIGTERM', () => {}); console.log(process.pid); setInterval(() => {}, 1000)"
      ], { stdio: 'inherit' });
      process.on('SIGINT', () => process.exit(127));
    `);
    let pid = 0;
    const abort = new AbortController();
    const done = await parent.run([], {
      signal: abort.signal,
      onLine: (_, line) => {
        pid = Number(line);
        abort.abort();
      },
    });
    expect(done).toMatchObject({ cancelled: true, exitCode: 127 });
    expect(await dies(pid)).toBe(true);
  });

  it('does not wait for ever when a descendant in a session of its own holds the pipes', async () => {
    const parent = flyctl(`
      const child = require('node:child_process').spawn('sleep', ['30'], { stdio: 'inherit', detached: true });
      console.log(child.pid);
      process.exit(0);
    `);
    const done = await parent.run([]);
    expect(done.exitCode).toBe(0);
    process.kill(Number(done.stdout.trim()), 'SIGKILL');
  });

  it('stops all that run at once, and runs again afterwards', async () => {
    const endless = flyctl(`if (process.argv[2] === 'quick') process.exit(0); ${staysForever}`);
    const runs: Promise<{ cancelled: boolean }>[] = [];
    const up = [1, 2, 3].map(() =>
      untilUp((onLine) => {
        const run = endless.run([], { onLine });
        runs.push(run);
        return run;
      }),
    );
    await Promise.all(up);
    await endless.stop();
    expect((await Promise.all(runs)).map((done) => done.cancelled)).toEqual([true, true, true]);
    expect((await endless.run(['quick'])).exitCode).toBe(0);
  });

  it('leaves a note of each process while it runs, for a post step that comes after a kill', async () => {
    const notes = join(dir, 'config', 'processes');
    const abort = new AbortController();
    let noted = '';
    await flyctl(staysForever).run([], {
      signal: abort.signal,
      onLine: () => {
        const [pid = ''] = readdirSync(notes);
        noted = readFileSync(join(notes, pid), 'utf8');
        abort.abort();
      },
    });
    expect(noted).toMatch(/flyctl-\d+$/);
    expect(readdirSync(notes)).toEqual([]);
  });
});
