/** Writes every page and table that is made from the source: causes, the report's schema, the tables of the README. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

for (const script of ['causes-doc', 'report-schema', 'readme-tables']) {
  execFileSync(process.execPath, [fileURLToPath(new URL(`${script}.ts`, import.meta.url))], {
    stdio: 'inherit',
  });
}
