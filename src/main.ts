import { Failure } from './causes.ts';
import { run } from './run.ts';

// The runner cancels with SIGINT, 7.5 s later with SIGTERM; either one means the same to a run.
const cancel = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => cancel.abort(new Failure('cancelled', `The job was cancelled (${signal}).`)));
}
// What nobody caught ends the run the same way: flyctl is stopped, its folder removed, and what the error quotes of a
// secret is not shown. Node would print it and be gone.
process.on('uncaughtException', (error) => {
  process.exitCode = 1;
  cancel.abort(error);
});

process.exitCode = await run(process.env, cancel.signal);
