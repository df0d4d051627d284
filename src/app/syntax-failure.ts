import { Failure } from '../causes.ts';
import type { Finding } from './finding.ts';

/** A config file that does not parse: the finding carries the line for an annotation. */
export class SyntaxFailure extends Failure {
  readonly finding: Finding;
  constructor(finding: Finding) {
    super('config-lint', `${finding.file}:${finding.line}:${finding.column}: ${finding.message}`, {
      evidence: `${finding.file}:${finding.line}:${finding.column}: ${finding.message}`,
    });
    this.name = 'SyntaxFailure';
    this.finding = finding;
  }
}
