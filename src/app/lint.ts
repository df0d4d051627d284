import type { AppConfig } from './config.ts';
import type { Finding } from './finding.ts';
import { lintEnv } from './lint/environment.ts';
import { lintForm, lintKeys } from './lint/form.ts';
import { lintHealthChecks } from './lint/health-checks.ts';
import { lintMemory, lintPresence, lintRestart, lintStop } from './lint/machine.ts';
import { lintPrivacy, lintServices } from './lint/services.ts';
import { lintStartCommand } from './lint/start-command.ts';
import { lintState } from './lint/state.ts';
import { type LintContext, openSubject } from './lint/subject.ts';

export type { LintContext } from './lint/subject.ts';

/** Nothing is known beside the file: what a checkout alone can tell. */
export const fileOnly: LintContext = {
  vmMemoryMb: null,
  command: null,
  image: null,
  dockerfile: null,
  version: null,
  openclawConfig: false,
  hasFile: null,
  secretNames: null,
  volumes: null,
  machines: null,
};

const chapters = [
  lintForm,
  lintKeys,
  lintServices,
  lintPrivacy,
  lintStartCommand,
  lintHealthChecks,
  lintMemory,
  lintState,
  lintEnv,
  lintStop,
  lintRestart,
  lintPresence,
];

/**
 * Everything a careful operator would point at, in the order of the file. Pure: the context brings what others found
 * out. A doubt is no finding: what a Dockerfile or script of the user's may well do is left alone.
 */
export function lintConfig(config: AppConfig, context: LintContext): readonly Finding[] {
  const findings: Finding[] = [];
  const subject = openSubject(config, context, findings);
  for (const chapter of chapters) chapter(subject);
  return findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
