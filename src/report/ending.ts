import type { Silence } from '../secrets/silence.ts';
import type { Console } from './console.ts';
import { failureMessage } from './failure.ts';
import { inWorkflow } from './fix-file.ts';
import { writeOutputs } from './outputs.ts';
import type { RunReport } from './report.ts';
import { writeSummary } from './summary.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Says it all. Nothing in here can change the verdict. */
export function tell(told: {
  report: RunReport;
  env: Env;
  console: Console;
  silence: Silence;
  summaryWanted: boolean;
}): void {
  const { env, console, silence } = told;
  const report = { ...told.report, fix: inWorkflow(told.report.fix, env) };
  const { redact } = silence;
  if (report.evidence !== null) console.decisive(report.evidence.text);
  const message = failureMessage(report, env);
  if (report.verdict === 'failed' || report.verdict === 'cancelled')
    console.fail(message.text, message.title);
  else if (report.verdict === 'degraded') console.fail(message.text, message.title, 'warning');
  const warn = (text: string) => console.warning(text);
  if (told.summaryWanted) writeSummary(report, { env, redact, warn });
  writeOutputs(report, { env, masked: silence.masked, redact, warn });
  console.close();
}
