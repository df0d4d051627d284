import { cleanLine, readLine } from '../gateway/line.ts';

/**
 * What the gateway says when it has rewritten its state in a form that older versions do not read. Seen when
 * 2026.9.6 was started on the state of 2026.7.1: it saves a copy of the database, raises its schema and moves files
 * into it, and 2026.7.1 then exits with `uses newer schema version`. All of it stands in the doctor's boxes, which
 * have no subsystem and wrap long lines, or comes from `[state-migrations]`.
 */
const patterns: readonly { readonly from: '' | 'state-migrations'; readonly pattern: RegExp }[] = [
  { from: '', pattern: /^Saved pre-migration SQLite backup\b/ },
  { from: '', pattern: /\.pre-startup-migration-[0-9a-f-]+\.bak\b/ },
  { from: '', pattern: /^Migrated shared state\b/ },
  { from: '', pattern: /^Consolidated shared state tables\b/ },
  { from: '', pattern: /^Folded singleton state tables into\b/ },
  { from: '', pattern: /^Retired \w{1,20} dead shared-state tables\b/ },
  { from: '', pattern: /^(?:Migrated|Imported) .{1,80} (?:in)?to SQLite\b/ },
  { from: '', pattern: /\bafter verified SQLite import\b/ },
  { from: 'state-migrations', pattern: /^Deferred state migration completed\b/ },
];

/** The words of a raw line that say that state was migrated, without the box around them; `null` for any other line. */
export function migrationEvidence(line: string): string | null {
  const { subsystem, message } = readLine(cleanLine(line));
  const words = message.replace(/^[│|]?[\s-]*/u, '').replace(/\s*│?$/u, '');
  const found = patterns.some(({ from, pattern }) => from === subsystem && pattern.test(words));
  if (!found) return null;
  return (subsystem === '' ? words : `[${subsystem}] ${words}`).slice(0, 400);
}
