import { mend } from './mend.ts';

// Whatever is left to mend, a post step never fails a job.
await mend(process.env);
process.exitCode = 0;
