import { sendOverTcp } from './http.ts';
import { runStandIn } from './stand-in.ts';
import { scaledClock } from './surroundings.ts';

const interruption = new AbortController();
process.on('SIGINT', () => interruption.abort('interrupt signal received'));
process.on('SIGTERM', () => interruption.abort('terminated signal received'));

process.exitCode = await runStandIn(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  stdin: async () => {
    if (process.stdin.isTTY) return Buffer.alloc(0);
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    return Buffer.concat(chunks);
  },
  signal: interruption.signal,
  clock: scaledClock(Number(process.env.FLYCTL_STANDIN_SPEED) || 1),
  send: sendOverTcp,
});
