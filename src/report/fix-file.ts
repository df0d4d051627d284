import { someWorkflow } from '../causes.ts';
import type { RunReport } from './report.ts';

/** `octo/claw/.github/workflows/ship.yml@refs/heads/main`, as the runner has it in GITHUB_WORKFLOW_REF. */
const workflowRef = /^[\w.-]+\/[\w.-]+\/(\.github\/workflows\/[^@/]+\.ya?ml)@/;

/**
 * The fix with the name of the workflow that runs, where its lines belong into the workflow. Without a runner the
 * name of the README's stays.
 */
export function inWorkflow(
  fix: RunReport['fix'],
  env: Readonly<Record<string, string | undefined>>,
): RunReport['fix'] {
  const file = workflowRef.exec(env.GITHUB_WORKFLOW_REF ?? '')?.[1];
  if (!file || fix?.lines?.file !== someWorkflow) return fix;
  return { ...fix, lines: { ...fix.lines, file } };
}
