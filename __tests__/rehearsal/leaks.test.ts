import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leaks, secretsOf, sinksOf } from '../../rehearsal/leaks.ts';
import { openRunner, runAction } from '../../rehearsal/runner.ts';

const value = ' first half, "quoted"\nsecond <half> ';

describe('a secret value in a sink', () => {
  it.each([
    ['raw', `so ${value} be it`],
    ['trimmed', `[${value.trim()}]`],
    ['a line of it', 'x=first half, "quoted"'],
    ['another line of it', '> second <half>'],
    ['base64', Buffer.from(value).toString('base64')],
    ['base64 of it trimmed', Buffer.from(value.trim()).toString('base64')],
    ['in JSON', JSON.stringify({ value })],
    ['a line of it in JSON', JSON.stringify(['first half, "quoted"'])],
    ['a line of it in JSON as Go writes it', '{"line":"second \\u003chalf\\u003e"}'],
    ['a line of it in a URL', `?line=${encodeURIComponent('second <half>')}`],
    ['in a URL', `https://x.invalid/?a=${encodeURIComponent(value)}`],
  ])('is found: %s', (_, text) => {
    const found = leaks([value], new Map([['here', text]]));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((sentence) => sentence.startsWith('here holds secret 1'))).toBe(true);
    expect(found.join()).not.toContain('half');
  });

  it('is not found where it is not', () => {
    expect(leaks([value], new Map([['here', 'first, second, half']]))).toEqual([]);
  });
});

describe('the values that a step gives as secrets', () => {
  const token = { 'fly-api-token': 'fm2_token' };
  it('are those of the names that are listed, renamed or not', () => {
    const inputs = { ...token, secrets: 'ONE\nTWO=THREE # why' };
    expect(secretsOf(inputs, { ONE: 'value-one', THREE: 'value-three', OTHER: 'value-other' })).toEqual([
      'fm2_token',
      'value-one',
      'value-three',
    ]);
  });
  it('are those of a JSON object', () => {
    expect(secretsOf({ ...token, secrets: '{"ONE":"value-one","N":1}' }, {})).toEqual([
      'fm2_token',
      'value-one',
    ]);
  });
});

describe('an action that leaks', () => {
  it('is caught at every sink', async () => {
    const machine = openRunner({});
    try {
      const plant = (entry: string, source: string) => {
        mkdirSync(join(machine.folder, entry));
        writeFileSync(join(machine.folder, entry, 'index.js'), source);
      };
      plant(
        'main',
        `
        const { appendFileSync, writeFileSync } = require('node:fs');
        const { spawn } = require('node:child_process');
        const { env } = process;
        console.log('::add-mask::' + env.PLANTED);
        console.log('log ' + env.PLANTED);
        appendFileSync(env.GITHUB_OUTPUT, 'verdict=' + env.PLANTED + '\\n');
        appendFileSync(env.GITHUB_STEP_SUMMARY, '# ' + env.PLANTED);
        appendFileSync(env.GITHUB_STATE, 'a=' + env.PLANTED + '\\n');
        appendFileSync(env.GITHUB_ENV, 'A=' + env.PLANTED + '\\n');
        for (const folder of [env.RUNNER_TEMP, env.HOME, env.RUNNER_TOOL_CACHE])
          writeFileSync(folder + '/left', JSON.stringify({ a: [env.PLANTED] }));
        spawn(process.execPath, ['-e', '0', '--', env.PLANTED]);
        `,
      );
      plant('post', "console.log('post ' + process.env.PLANTED);");
      const end = await runAction({
        machine,
        watchProcesses: true,
        dist: machine.folder,
        inputs: {},
        env: { PLANTED: 'planted-value' },
        path: machine.folder,
      });
      const found = leaks(['planted-value'], sinksOf(end)).map((sentence) => sentence.split(' holds ')[0]);
      const sinks = ['env', 'home/left', 'output', 'process 1', 'state', 'summary', 'temp/left'];
      expect(found.toSorted()).toEqual([...sinks, 'the job log', 'tools/left'].toSorted());
      expect(end.log.match(/planted-value/g)).toHaveLength(3);
    } finally {
      machine.close();
    }
  });
});
