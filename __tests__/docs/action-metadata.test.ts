import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Failure } from '../../src/causes.ts';
import { readInputs } from '../../src/inputs.ts';
import { outputs } from '../../src/report/outputs.ts';
import { beginReport } from '../../src/report/report.ts';
import { verdicts } from '../../src/report/schema.ts';

interface Action {
  readonly name: string;
  readonly description: string;
  readonly author: string;
  readonly branding: { readonly icon: string; readonly color: string };
  readonly inputs: Readonly<Record<string, { description: string; default: string; required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { description: string }>>;
  readonly runs: Readonly<Record<string, string>>;
}

interface Typed {
  readonly type: 'string' | 'boolean' | 'integer' | 'float' | 'enum' | 'list';
  readonly 'allowed-values'?: readonly string[];
  readonly separator?: string;
  readonly 'list-item'?: { readonly type: string };
}

const action = parse(readFileSync('action.yml', 'utf8')) as Action;
const types = parse(readFileSync('action-types.yml', 'utf8')) as {
  inputs: Record<string, Typed>;
  outputs: Record<string, Typed>;
};

/** The message for a bad value; `null` for a good one. */
function refusal(input: string, value: string): string | null {
  try {
    readInputs({ 'INPUT_FLY-API-TOKEN': 'token', [`INPUT_${input.toUpperCase()}`]: value });
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

describe('action.yml', () => {
  it('has what the Marketplace asks for', () => {
    expect(action.name.length).toBeGreaterThan(0);
    // Longer ones are cut on the Marketplace.
    expect(action.description.length).toBeLessThanOrEqual(125);
    expect(action.author).toBeTruthy();
    expect(action.branding.icon).toMatch(/^[a-z-]+$/);
    const colours = ['white', 'yellow', 'blue', 'green', 'orange', 'red', 'purple', 'gray-dark'];
    expect(colours).toContain(action.branding.color);
  });

  it('runs the bundle on Node 24, and cleans up after it', () => {
    const { using, main = '', post = '' } = action.runs;
    expect(using).toBe('node24');
    expect([main, post]).toEqual(['dist/main/index.js', 'dist/post/index.js']);
    expect([existsSync(main), existsSync(post)]).toEqual([true, true]);
  });

  it('describes every input and gives it a default, so that none has to be written', () => {
    for (const [name, input] of Object.entries(action.inputs)) {
      expect(input.description.length, name).toBeGreaterThan(10);
      expect(typeof input.default, name).toBe('string');
      expect(input.required ?? false, name).toBe(false);
    }
  });

  it('has the outputs that the program sets', () => {
    const set = outputs(beginReport('deploy', 0), 'report.json');
    expect(Object.keys(action.outputs).sort()).toEqual(Object.keys(set).sort());
  });
});

describe('action-types.yml', () => {
  it('has the inputs and outputs of action.yml, in the same order', () => {
    expect(Object.keys(types.inputs)).toEqual(Object.keys(action.inputs));
    expect(Object.keys(types.outputs)).toEqual(Object.keys(action.outputs));
  });

  it('says of a list what stands between its items, and of a choice what can be chosen', () => {
    for (const typed of [...Object.values(types.inputs), ...Object.values(types.outputs)]) {
      const keys = {
        list: ['type', 'separator', 'list-item'],
        enum: ['type', 'allowed-values'],
      };
      expect(Object.keys(typed)).toEqual(keys[typed.type as 'list' | 'enum'] ?? ['type']);
    }
  });

  const choices = Object.entries(types.inputs).filter(([, { type }]) => type === 'enum');
  it.each(choices)('%s may be what is listed and nothing else', (name, typed) => {
    for (const value of typed['allowed-values'] ?? []) expect(refusal(name, value)).toBeNull();
    const [, allowed = ''] = /" is not (.*)$/.exec(refusal(name, 'something-else') ?? '') ?? [];
    const words = allowed.replace(/one of /g, '').split(/, or |, | or /);
    expect(words.sort()).toEqual([...(typed['allowed-values'] ?? [])].sort());
  });

  const switches = Object.entries(types.inputs).filter(([, { type }]) => type === 'boolean');
  it.each(switches)('%s is true or false', (name) => {
    expect([refusal(name, 'true'), refusal(name, 'false')]).toEqual([null, null]);
    expect(refusal(name, 'yes')).toContain('true or false');
    expect(['true', 'false']).toContain(action.inputs[name]?.default);
  });

  it('knows every verdict', () => {
    expect(types.outputs.verdict?.['allowed-values']).toEqual(verdicts);
  });
});
