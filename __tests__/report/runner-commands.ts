import { CommandReader, type WorkflowCommand } from '../../rehearsal/workflow-command.ts';

interface RunnerLog {
  /** What took effect, in order, stop-commands and its end left out. */
  readonly commands: readonly WorkflowCommand[];
  /** What a person sees: every line that was not a command. */
  readonly shown: string;
  /** The output ended while commands were switched off. */
  readonly stopped: boolean;
}

/** More than the runner takes for one: what is no command for any reader of the log is none for the runner. */
const lineEnd = /\r\n|[\n\r\v\f\x85\u2028\u2029]/;

/** The log and the effects of one step's output. */
export function runnerReads(output: string): RunnerLog {
  const reader = new CommandReader();
  const commands: WorkflowCommand[] = [];
  const shown: string[] = [];
  for (const line of output.split(lineEnd)) {
    const read = reader.read(line);
    if (read.kind === 'text') shown.push(line);
    if (read.kind === 'command')
      commands.push({ name: read.name, properties: read.properties, data: read.data });
  }
  return { commands, shown: shown.join('\n'), stopped: reader.stopped };
}
