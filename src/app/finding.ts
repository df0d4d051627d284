import type { RuleId } from './rules.ts';

/** Something in a config file that a careful operator would point at. Errors stop a run, warnings annotate, notices are listed. */
export interface Finding {
  readonly rule: RuleId;
  readonly severity: 'error' | 'warning' | 'notice';
  /** As the user names the file, relative to the workspace; `null` where it is about no file (addresses). */
  readonly file: string | null;
  /** 1-based; 1 where something is missing from the file. */
  readonly line: number | null;
  readonly column: number | null;
  /** What is there, with its values. Never holds the value of a secret. */
  readonly message: string;
  /** What happens if it stays so. */
  readonly why: string;
  /** The exact lines to write instead, or to add; `null` where no line mends it. */
  readonly lines: string | null;
  /** The file has nothing yet that the lines could stand in place of. */
  readonly missing: boolean;
}
