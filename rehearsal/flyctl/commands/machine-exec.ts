import { CommandError, wrapped } from '../failure-report.ts';
import { namedMachines } from '../machines.ts';
import type { Session } from '../session.ts';

interface ExecReply {
  exit_code?: number;
  stdout?: string;
  stderr?: string;
}

/** `machine exec [ID] COMMAND`: exits 0 whatever the command's own end was. */
export async function execOnMachine(session: Session): Promise<void> {
  const { args, flags } = session;
  if (args.length < 2)
    throw new CommandError('a machine ID must be specified when not running interactively');
  const [machine] = await namedMachines(session, args.slice(0, 1));
  if (!machine) return;
  const app = await session.app();
  const timeout = flags.number('timeout');
  const container = flags.text('container');
  const body = {
    cmd: args[1] ?? '',
    ...(timeout && { timeout }),
    ...(container && { container }),
    ...(flags.on('no-container') && { machine: true }),
  };
  let reply: ExecReply;
  try {
    reply = (await session.api.flaps('POST', `/apps/${app}/machines/${machine.id}/exec`, {
      body,
    })) as ExecReply;
  } catch (error) {
    throw wrapped(
      `could not exec command on machine ${machine.id}: failed to exec on VM ${machine.id}`,
      error,
    );
  }
  const { exit_code: code, stdout, stderr } = reply;
  if (flags.on('json')) {
    session.json({ ...(code && { exit_code: code }), ...(stdout && { stdout }), ...(stderr && { stderr }) });
    return;
  }
  if (code) session.out(`Exit code: ${code}\n`);
  if (stdout) session.out(stdout);
  if (stderr) session.err(stderr);
}
