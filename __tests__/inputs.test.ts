import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Failure } from '../src/causes.ts';
import { inputDefaults, parseDuration, parseMegabytes, readInputs } from '../src/inputs.ts';

const token = { 'INPUT_FLY-API-TOKEN': 'fo1_token' };
const withInputs = (inputs: Record<string, string>, env: Record<string, string> = {}) =>
  readInputs({
    ...token,
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
    ...env,
  });
const failure = (inputs: Record<string, string>): Failure => {
  try {
    withInputs(inputs);
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error('the inputs were taken');
};

describe('inputs', () => {
  it('has the inputs and defaults of action.yml, no more and no less', () => {
    const action = parse(readFileSync('action.yml', 'utf8')) as {
      inputs: Record<string, { default?: string }>;
    };
    const declared = Object.fromEntries(
      Object.entries(action.inputs).map(([name, row]) => [name, String(row.default ?? '')]),
    );
    expect({ ...declared, 'github-token': '' }).toEqual(inputDefaults);
    expect(declared['github-token']).toMatch(/github\.token/);
  });

  it('needs nothing but a token', () => {
    const inputs = withInputs({});
    expect(inputs).toMatchObject({
      operation: 'deploy',
      mode: 'auto',
      listenTimeoutMs: 300_000,
      stableForMs: 8_000,
      expectDiscord: 'auto',
      app: null,
      vmMemoryMb: null,
      ignored: [],
    });
  });

  it('takes the token from the environment of the step when the input is empty', () => {
    expect(readInputs({ FLY_API_TOKEN: ' from-env ' }).token).toBe('from-env');
    expect(readInputs({ FLY_API_TOKEN: 'from-env', ...token }).token).toBe('fo1_token');
  });

  it('says how to give a token where there is none', () => {
    expect(() => readInputs({})).toThrow(/fly-api-token.*FLY_API_TOKEN.*forks.*Dependabot.*environment:/);
  });

  it('reports all bad inputs at once, each with its value and what is allowed', () => {
    const { message, code } = failure({
      mode: 'secret',
      'stable-for': '8',
      'vm-memory': '300mb',
      'dry-run': 'yes',
      region: 'Iad',
    });
    expect(code).toBe('inputs-invalid');
    expect(message).toContain('5 inputs are not right');
    expect(message).toContain('mode: "secret" is not one of auto, public, private');
    expect(message).toContain('stable-for: "8" is not a duration from 0s to 10m');
    expect(message).toContain('vm-memory: "300mb" is not a size such as 2048mb or 2gb');
    expect(message).toContain('dry-run: "yes" is not true or false');
    expect(message).toContain('region: "Iad" is not a region of Fly');
  });

  it.each([
    ['app', 'My App', /app name of Fly/],
    ['operation', 'destroy', /one of deploy, verify, restart, rollback, release-lock/],
    ['expect-discord', 'maybe', /auto, or true or false/],
    ['listen-timeout', '2h', /from 1s to 60m/],
    ['flyctl-version', '0.4', /preinstalled/],
    ['repository', 'openclaw', /owner\/name/],
    ['fail-on', 'never', /failed, degraded/],
  ])('refuses %s: %s with a way out', (name, value, allowed) => {
    expect(failure({ [name]: value }).message).toMatch(allowed);
  });

  it('never repeats what may be a secret', () => {
    const { message } = failure({ 'build-args': 'hunter2hunter2', mode: 'x' });
    expect(message).toContain('build-args');
    expect(message).not.toContain('hunter2');
  });

  it('keeps a bad value of many lines on one line', () => {
    const { message } = failure({ mode: `a\n::error::b\u2028${'x'.repeat(500)}` });
    expect(message).not.toMatch(/[\n\u2028]/);
    expect(message.length).toBeLessThan(250);
  });

  it('mentions inputs that the operation does not read, and only those that the workflow really set', () => {
    const { ignored } = withInputs({
      operation: 'verify',
      source: 'image',
      org: 'personal',
      secrets: 'A',
      'github-token': 't',
    });
    expect(ignored).toEqual(['source', 'secrets']);
  });

  it.each([
    ['push', 'always', 'false'],
    ['schedule', 'if-changed', 'true'],
  ])('on %s redeploys %s and rolls back: %s', (event, redeploy, rollbackOnFailure) => {
    expect(withInputs({}, { GITHUB_EVENT_NAME: event })).toMatchObject({ redeploy, rollbackOnFailure });
  });

  it('lets the workflow overrule what a schedule does by default', () => {
    expect(withInputs({ redeploy: 'always' }, { GITHUB_EVENT_NAME: 'schedule' }).redeploy).toBe('always');
  });

  it('reads globs from lines or commas, with comments', () => {
    expect(withInputs({ 'prune-secrets': '# old\nOLD_*, LEGACY_?\n\nX' }).pruneSecrets).toEqual([
      'OLD_*',
      'LEGACY_?',
      'X',
    ]);
  });
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1m30s', 90_000],
    ['1.5s', 1_500],
    ['800ms', 800],
    ['24h', 86_400_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '5', 'm', '5 m', '-5s', '5d', '1e3s', 's5'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeNull(),
  );

  it('reads whatever whole numbers are put together', () => {
    fc.assert(
      fc.property(fc.nat(99), fc.nat(59), fc.nat(59), (h, m, s) => {
        expect(parseDuration(`${h}h${m}m${s}s`)).toBe(((h * 60 + m) * 60 + s) * 1000);
      }),
    );
  });
});

describe('sizes', () => {
  it.each([
    ['2048mb', 2048],
    ['2gb', 2048],
    ['2GB', 2048],
    ['2048', 2048],
    ['1.5gb', 1536],
  ])('%s is %d MB', (text, mb) => expect(parseMegabytes(text)).toBe(mb));

  it.each(['', 'gb', '2tb', '-1gb', '0.0001gb'])('%j is none', (text) =>
    expect(parseMegabytes(text)).toBeNull(),
  );
});
