import { readFileSync } from 'node:fs';
import type { ExpectStatic } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ActionEnd } from '../../rehearsal/runner.ts';
import { reportSchemaFile } from '../../scripts/report-schema.ts';
import { runnerReads } from '../report/runner-commands.ts';

const published = z.fromJSONSchema(JSON.parse(readFileSync(reportSchemaFile, 'utf8')));
const { outputs } = z
  .object({ outputs: z.record(z.string(), z.unknown()) })
  .parse(parse(readFileSync('action.yml', 'utf8')));

/** What an action has to say on purpose. */
const meant = new Set(['add-mask', 'error', 'warning', 'notice', 'group', 'endgroup']);

/**
 * What holds for every run, however it ended: all outputs are set, the report is as published, and the runner
 * heard nothing that the action did not mean.
 */
export function expectReported(expect: ExpectStatic, end: ActionEnd): void {
  expect(Object.keys(end.outputs).sort()).toEqual(Object.keys(outputs).sort());
  expect(published.safeParse(end.report).error).toBeUndefined();
  expect(end.summary).toMatch(/^## /);
  const { commands, stopped } = runnerReads(end.log);
  expect(commands.filter(({ name }) => !meant.has(name))).toEqual([]);
  expect(stopped).toBe(false);
}
