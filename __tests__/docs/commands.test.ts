import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readScenarios } from '../../rehearsal/scenario.ts';
import { inlineCode, pages } from './pages.ts';

/** Flags by command: of the real CLI's help where the stand-in has it, which is most of what is named. */
const flyFlags = new Map<string, ReadonlySet<string>>([
  ...helpTexts(),
  // flyctl 0.4.87
  ['auth login', new Set(['-e', '-i', '--email', '--password', '--otp', '--interactive'])],
  ['tokens create deploy', new Set(['-a', '--app', '-x', '--expiry', '-n', '--name', '-j', '--json'])],
  ['tokens create org', new Set(['-o', '--org', '-x', '--expiry', '-n', '--name', '-j', '--json'])],
  ['tokens list', new Set(['-a', '--app', '-o', '--org', '-s', '--scope', '-j', '--json'])],
  ['tokens revoke', new Set()],
  ['proxy', new Set(['-a', '--app', '-b', '--bind-addr', '-o', '--org', '-q', '-s'])],
  ['ssh console', new Set(['-a', '--app', '-C', '--command', '--machine', '-u', '--user', '-g', '-r', '-s'])],
  ['secrets set', new Set(['-a', '--app', '--stage', '--detach', '--dns-checks'])],
  ['volumes extend', new Set(['-a', '--app', '-s', '--size', '-y', '--yes'])],
  ['platform regions', new Set(['-j', '--json'])],
  ['scale count', new Set(['-a', '--app', '-g', '-r', '-y', '--yes'])],
  ['checks list', new Set(['-a', '--app', '-j', '--json'])],
]);

const ghFlags = new Map<string, ReadonlySet<string>>([
  ['repo create', new Set(['--private', '--public', '--clone'])],
  ['run watch', new Set()],
  ['secret set', new Set(['--env', '--body'])],
  ['variable set', new Set(['--env', '--body'])],
  ['release verify', new Set(['-R'])],
  ['attestation verify', new Set(['-R'])],
]);

function helpTexts(): [string, ReadonlySet<string>][] {
  const folder = 'rehearsal/flyctl/help';
  return readdirSync(folder).map((name) => {
    const text = readFileSync(`${folder}/${name}`, 'utf8');
    const usage = /^Usage:\n {2}flyctl (.*)$/m.exec(text)?.[1] ?? '';
    const command = usage.replace(/ *[[<].*$/, '');
    const flags = [...text.matchAll(/^ {2,}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) =>
      [short, long].filter((flag) => flag !== undefined),
    );
    return [command, new Set(flags)];
  });
}

/** Each command of a shell text: words, without what is behind a `#`, quotes or a redirection. */
function commandsIn(text: string): string[][] {
  const simple = text.split('\n').flatMap((line) =>
    line
      .replace(/(^|\s)#.*$/, '')
      .replace(/"(?:\\.|[^"\\])*"|'[^']*'/g, 'QUOTED')
      .split(/\||&&|;|\$\(|\bif /),
  );
  return simple
    .map((command) =>
      command
        .trim()
        .split(/\s+/)
        .filter((word) => word !== ''),
    )
    .filter((words) => words.length > 0);
}

const shown = pages.flatMap((page) => [
  ...page.blocks
    .filter(({ language }) => ['bash', 'sh'].includes(language))
    .flatMap(({ text }) => commandsIn(text)),
  ...inlineCode(page)
    .filter((code) => /^(?:fly|flyctl|gh|npm|node) \S/.test(code))
    .flatMap(commandsIn),
]);

function unknown(table: ReadonlyMap<string, ReadonlySet<string>>, words: readonly string[]): string | null {
  for (let length = Math.min(4, words.length); length > 0; length -= 1) {
    const flags = table.get(words.slice(0, length).join(' '));
    if (flags === undefined) continue;
    const given = words.slice(length).filter((word) => /^-\D/.test(word));
    const off = given.filter((word) => !flags.has(word.replace(/=.*/, '')));
    return off.length === 0 ? null : `${words.join(' ')}: no flag ${off.join(', ')}`;
  }
  return `${words.join(' ')}: no such command`;
}

describe('commands in the docs', () => {
  const of = (program: string) => shown.filter(([name]) => name === program).map(([, ...rest]) => rest);

  it('of fly exist, with the flags that are shown', () => {
    const all = [...of('fly'), ...of('flyctl')];
    expect(all.length).toBeGreaterThan(40);
    expect(all.flatMap((words) => unknown(flyFlags, words) ?? [])).toEqual([]);
  });

  it('of gh exist, with the flags that are shown', () => {
    const all = of('gh');
    expect(all.length).toBeGreaterThan(5);
    expect(all.flatMap((words) => unknown(ghFlags, words) ?? [])).toEqual([]);
  });

  it('of npm are scripts of package.json', () => {
    const scripts = JSON.parse(readFileSync('package.json', 'utf8')).scripts as Record<string, string>;
    const names = of('npm').map(([first, second]) => (first === 'run' ? second : first));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => name !== 'ci' && !((name ?? '') in scripts))).toEqual([]);
  });

  it('of the rehearsal have options and scenarios that exist', () => {
    const usage = readFileSync('rehearsal/rehearse.ts', 'utf8');
    const scenarios = readScenarios();
    const rehearsals = of('npm').filter(([run, name]) => run === 'run' && name === 'rehearse');
    expect(rehearsals.length).toBeGreaterThan(8);
    for (const words of rehearsals) {
      for (const flag of words.filter((word) => /^--\w/.test(word))) expect(usage).toContain(`  ${flag} `);
      const scenario = words[words.indexOf('--scenario') + 1];
      if (words.includes('--scenario') && scenario !== 'NAME')
        expect([...scenarios.keys()]).toContain(scenario);
    }
  });

  it('of node name scripts that are there', () => {
    const files = of('node').flatMap((words) => words.filter((word) => /^[\w./-]+\.(?:ts|mjs)$/.test(word)));
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });
});

it('files that the docs name in passing exist', () => {
  const named = pages.flatMap((page) =>
    inlineCode(page)
      .filter((code) => /^(?:src|rehearsal|scripts|docs|examples|__tests__|bench)\/[\w./-]+$/.test(code))
      .map((code) => ({ page: page.path, code })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ code }) => !existsSync(code))).toEqual([]);
});
