import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { scenarioSchema } from '../../rehearsal/scenario.ts';
import { minimumVersion, pinnedVersion } from '../../src/flyctl/releases.ts';
import downgrades from '../upstream/recorded-downgrades.json' with { type: 'json' };
import { marked, pageAt } from './pages.ts';

/** What the docs say of numbers, names and versions that stand in the code or in recordings. */

it('the page on flyctl has the versions that are pinned and needed', () => {
  const { text } = pageAt('docs/flyctl.md');
  expect(text).toContain(`| empty (${pinnedVersion}) |`);
  expect(text).toContain(`flyctl ${minimumVersion} or newer`);
});

it('the README names the first and the last OpenClaw that was recorded', () => {
  const versions = readdirSync('rehearsal/recordings')
    .filter((name) => /^\d/.test(name))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  expect(pageAt('README.md').text).toContain(`OpenClaw ${versions[0]} to ${versions.at(-1)}`);
});

it('the page on following upstream has every recorded way back, and what became of it', () => {
  const rows = marked(pageAt('docs/following-upstream.md'), 'ways-back')
    .split('\n')
    .slice(2)
    .flatMap((row) => {
      const [, from = '', to = '', end = ''] = row.split('|').map((cell) => cell.trim());
      return from.split(', ').flatMap((one) => to.split(', ').map((other) => [one, other, end]));
    });
  const told = rows.map(([from, to, end = '']) => ({
    from,
    to,
    exit: end.startsWith('starts') ? null : Number(/^refuses, exit (\d+)$/.exec(end)?.[1]),
  }));
  const recorded = downgrades.map(({ from, to, exit }) => ({ from, to, exit }));
  const inOrder = (ways: typeof recorded) =>
    ways.map((way) => `${way.from} to ${way.to}: ${way.exit}`).sort();
  expect(inOrder(told as typeof recorded)).toEqual(inOrder(recorded));
});

describe('the page on rehearsals', () => {
  interface Shape {
    readonly properties?: Readonly<Record<string, Shape>>;
    readonly items?: Shape;
  }

  it('has every key of a scenario', () => {
    const shape = z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }) as Shape;
    const { platform, runs } = shape.properties ?? {};
    const seed = platform?.properties?.seed;
    const parts = [shape, platform, seed, seed?.properties?.apps?.items, runs?.items];
    const keys = [...parts, runs?.items?.properties?.expect].map((part) =>
      Object.keys(part?.properties ?? {}),
    );
    expect(keys.map((list) => list.length > 2)).not.toContain(false);
    const page = pageAt('docs/rehearsal.md').text;
    expect([...new Set(keys.flat())].filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });

  it('shows a label as those have it that were taken in', () => {
    const first = (file: string): Record<string, unknown> =>
      JSON.parse(readFileSync(`rehearsal/recordings/${file}.jsonl`, 'utf8').split('\n')[0] ?? '');
    const { stop_line, listening, http, alive_at_end, ...run } = first('runs');
    const label = first('labels');
    const block = pageAt('docs/rehearsal.md').blocks.find(({ language }) => language === 'json');
    const shown = JSON.parse(block?.text ?? '');
    expect(Object.keys(shown).sort()).toEqual(Object.keys({ ...run, ...label }).sort());
    expect(Object.keys(shown.expect).sort()).toEqual(Object.keys(label.expect as object).sort());
    expect(Object.keys(shown.exit).sort()).toEqual(
      Object.keys({ ...(run.exit as object), alive_at_end }).sort(),
    );
  });
});
