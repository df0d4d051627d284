/** Writes docs/report.schema.json, the published form of the JSON report, from its zod type. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { runReport } from '../src/report/schema.ts';

/** Where the published schema lies. */
export const reportSchemaFile = fileURLToPath(new URL('../docs/report.schema.json', import.meta.url));

/** The schema as text. Unknown fields are allowed, so that a newer report still fits an older schema. */
export function reportSchema(): string {
  const schema = {
    title: 'Report of one run',
    description: 'The JSON file whose path is the output `report`. Durations in seconds, times in UTC.',
    ...z.toJSONSchema(runReport, { io: 'input' }),
  };
  // Short lists on one line, as the formatter has it.
  const text = JSON.stringify(schema, null, 2).replace(
    /^( *)(.*)\[\n([^[\]{}]*)\n *\]/gm,
    (list, indent, key, items) => {
      const line = `${indent}${key}[${items.trim().replace(/,\n\s*/g, ', ')}]`;
      return line.length < 110 ? line : list;
    },
  );
  return `${text}\n`;
}

if (import.meta.main) writeFileSync(reportSchemaFile, reportSchema());
