import { readFileSync } from 'node:fs';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { scenarioSchema } from '../../rehearsal/scenario.ts';
import { parseJson5 } from '../../src/app/json5.ts';
import { checkOpenclawConfig } from '../../src/app/openclaw-config.ts';
import { causeCodes, Failure } from '../../src/causes.ts';
import { readInputs } from '../../src/inputs.ts';
import { usesThisAction, workflowsIn } from '../workflows/workflow-files.ts';
import { inlineCode, pageAt, pages } from './pages.ts';

const action = parseYaml(readFileSync('action.yml', 'utf8')) as {
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
};

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A fragment may be nothing but inputs. */
function inputsOf(parsed: unknown): readonly Table[] {
  const bare = isTable(parsed) && Object.keys(parsed).some((key) => key in action.inputs);
  return bare ? [parsed] : inputsIn(parsed);
}

/** Every `with` that is for this action, wherever in a workflow, a job, a step or a fragment of one. */
function inputsIn(value: unknown): readonly Table[] {
  if (Array.isArray(value)) return value.flatMap(inputsIn);
  if (!isTable(value)) return [];
  // What stands under `on` are inputs of the workflow.
  if ('jobs' in value) return inputsIn(value.jobs);
  const mine = 'with' in value && (!('uses' in value) || usesThisAction(value.uses));
  const own = mine && isTable(value.with) ? [value.with] : [];
  return [...own, ...Object.values(value).flatMap((inner) => (inner === value.with ? [] : inputsIn(inner)))];
}

/** Why a value is refused; `null` for a good one. What only a workflow run knows is let pass. */
function refusal(name: string, value: unknown): string | null {
  if (String(value).includes('${{')) return null;
  try {
    readInputs({ 'INPUT_FLY-API-TOKEN': 'token', [`INPUT_${name.toUpperCase()}`]: String(value) });
    return null;
  } catch (error) {
    return error instanceof Failure ? error.message : String(error);
  }
}

const examples = workflowsIn('examples').map(({ path, text }) => ({ path, language: 'yaml', text, line: 1 }));
const blocks = [
  ...pages.flatMap(({ path, blocks: own }) => own.map((block) => ({ path, ...block }))),
  ...examples,
];
const yaml = blocks.filter(({ language }) => language === 'yaml' || language === 'yml');

describe.each(yaml)('YAML at $path:$line', ({ text }) => {
  const parsed: unknown = parseYaml(text);

  it('names only inputs that this action has, with values that it takes', () => {
    for (const inputs of inputsOf(parsed)) {
      for (const [name, value] of Object.entries(inputs)) {
        expect(Object.keys(action.inputs)).toContain(name);
        expect(refusal(name, value), name).toBeNull();
      }
    }
  });

  it('reads only outputs that this action has', () => {
    const read = [...text.matchAll(/steps\.deploy\.outputs\.([\w-]+)/g)].map(([, name]) => name);
    for (const name of read) expect(Object.keys(action.outputs)).toContain(name);
  });

  it('gives a value to each secret that it lists', () => {
    const steps = stepsIn(parsed).filter(({ uses }) => usesThisAction(uses));
    for (const step of steps) {
      const list = isTable(step.with) ? String(step.with.secrets ?? '') : '';
      if (list.includes('${{')) continue;
      const names = list
        .split('\n')
        .map((line) =>
          line
            .replace(/(?:^|\s)#.*/, '')
            .trim()
            .replace(/^.*=/, '')
            .replace(/\?$/, ''),
        )
        .filter((name) => name !== '');
      expect(Object.keys(isTable(step.env) ? step.env : {})).toEqual(expect.arrayContaining(names));
    }
  });
});

function stepsIn(value: unknown): readonly Table[] {
  if (Array.isArray(value)) return value.flatMap(stepsIn);
  if (!isTable(value)) return [];
  return 'uses' in value ? [value] : Object.values(value).flatMap(stepsIn);
}

it('finds the inputs in the pages that show this action most', () => {
  const counted = yaml.map(({ path, text }) => ({ path, inputs: inputsOf(parseYaml(text)).length }));
  const on = (page: string) =>
    counted.filter(({ path }) => path === page).reduce((sum, { inputs }) => sum + inputs, 0);
  expect(on('README.md')).toBe(2);
  expect(on('docs/guide.md')).toBe(1);
  expect(on('docs/secrets.md')).toBe(3);
  expect(on('examples/rollout.yml')).toBe(1);
});

it('every block of TOML and JSON5 parses', () => {
  for (const { language, text, path, line } of blocks) {
    const parse = { toml: parseToml, json5: parseJson5, json: JSON.parse }[language];
    expect(() => parse?.(text), `${path}:${line}`).not.toThrow();
  }
});

it('says of every block what language it is in', () => {
  const known = ['bash', 'sh', 'yaml', 'toml', 'json5', 'json', 'text', 'mermaid'];
  const off = pages.flatMap(({ path, blocks: own }) =>
    own
      .filter(({ language }) => !known.includes(language))
      // Trees and tables of files are in no language.
      .filter(({ language, text }) => language !== '' || !/^\S+ {2,}\S/m.test(text))
      .map(({ line, language }) => `${path}:${line} ${language}`),
  );
  expect(off).toEqual([]);
});

describe('names in passing', () => {
  const types = parseYaml(readFileSync('action-types.yml', 'utf8')) as {
    inputs: Record<string, { 'allowed-values'?: readonly string[] }>;
  };
  const choices = Object.values(types.inputs).flatMap((typed) => typed['allowed-values'] ?? []);
  // Words of Fly, of OpenClaw, and of this action's own lists and folders.
  const others = ['on-failure', 'trusted-proxy', 'openclaw-defaults', 'flyctl-verified'];
  const known = new Set([
    ...[action.inputs, action.outputs].flatMap((table) => Object.keys(table)),
    ...[...causeCodes, ...choices, ...others],
  ]);
  const named = pages.flatMap((page) => inlineCode(page).map((code) => ({ page: page.path, code })));

  it('with a dash are inputs, outputs, causes or values of inputs', () => {
    const dashed = named.filter(({ code }) => /^[a-z]+(?:-[a-z]+)+$/.test(code));
    expect(dashed.length).toBeGreaterThan(50);
    expect(dashed.filter(({ code }) => !known.has(code))).toEqual([]);
  });

  it('with a value are inputs that take it', () => {
    const given = named.flatMap(({ page, code }) => {
      const [, name = '', value = ''] = /^([a-z]+(?:-[a-z]+)*): (\S+)$/.exec(code) ?? [];
      // `app: NAME` leaves the value to the reader.
      return name === '' || /^[A-Z]|X\.Y/.test(value) ? [] : [{ page, name, value }];
    });
    const elsewhere = ['contents', 'id', 'on'];
    const inputs = given.filter(({ name }) => !elsewhere.includes(name));
    expect(inputs.length).toBeGreaterThan(30);
    expect(inputs.filter(({ name, value }) => !(name in action.inputs) || refusal(name, value))).toEqual([]);
  });
});

describe('the guide', () => {
  const shown = pageAt('docs/guide.md').blocks.find(({ language }) => language === 'json5')?.text ?? '';
  const config = shown.replaceAll('YOUR-APP', 'my-openclaw');

  it.each([null, '2026.1.29', '2026.3.13', '2026.9.6'])(
    'shows a config for the gateway that the action has nothing against, whatever the version (%s)',
    (version) => {
      const origins = ['https://my-openclaw.fly.dev'];
      expect(checkOpenclawConfig('claw.json5', config, { origins, version, bindFlag: 'lan' })).toEqual([]);
    },
  );
});

describe('the page on rehearsals', () => {
  it('shows a scenario that can be played', () => {
    const scenario = pageAt('docs/rehearsal.md').blocks.find(({ language }) => language === 'yaml');
    expect(scenarioSchema.safeParse(parseYaml(scenario?.text ?? '')).error).toBeUndefined();
  });
});
