import * as z from 'zod/mini';
import type { ProbeReading } from '../watch/facts.ts';

/**
 * What is asked inside the machine when its logs cannot tell (`machine exec`: one argument, no standard input,
 * not a shell, exit code 0 whatever happened: flyctl 0.4.87). Two commands, since the first needs only `cat`.
 */
export const listenersCommand = 'cat /proc/net/tcp /proc/net/tcp6';

/** The same, and how long the machine has been up, by its own clock: no other is comparable with Fly's. */
export const uptimeCommand = `cat /proc/uptime ${listenersCommand.slice('cat '.length)}`;

const marker = 'openclaw-probe';

/**
 * Asks `/healthz` and `/readyz` from inside with the Node that runs the gateway: images of OpenClaw have no
 * curl for certain. The marker ends what counts as an answer, since flyctl loses a death by signal.
 */
export function readinessCommand(port: number): string {
  const script = [
    `const get=(p)=>fetch("http://127.0.0.1:${port}"+p,{redirect:"manual",signal:AbortSignal.timeout(5000)})`,
    '.then(async(r)=>({status:r.status,body:(await r.text()).slice(0,2000)})).catch(()=>null);',
    'Promise.all([get("/healthz"),get("/readyz")])',
    `.then(([healthz,readyz])=>console.log("${marker} "+JSON.stringify({healthz,readyz})))`,
  ].join('');
  return `node -e '${script}'`;
}

/**
 * Listening sockets from `/proc/net/tcp` and `/proc/net/tcp6`: state 0A, addresses in the host's byte order.
 *
 * @returns `null` when the text is no such table
 */
export function parseListeners(stdout: string): ProbeReading['listeners'] {
  if (!/^\s*sl\s+local_address/m.test(stdout)) return null;
  const listeners = new Map<string, { address: string; port: number }>();
  for (const [, address = '', port = ''] of stdout.matchAll(
    /^\s*\d+:\s+([0-9A-F]{8}(?:[0-9A-F]{24})?):([0-9A-F]{4})\s+[0-9A-F]+:[0-9A-F]+\s+0A\b/gim,
  )) {
    const listener = { address: readAddress(address), port: Number.parseInt(port, 16) };
    listeners.set(`${listener.address} ${listener.port}`, listener);
  }
  return [...listeners.values()];
}

/** Milliseconds since the machine booted; `null` when the text does not begin with `/proc/uptime`. */
export function parseUptime(stdout: string): number | null {
  const seconds = /^\s*(\d+(?:\.\d+)?) \d+(?:\.\d+)?\s*$/m.exec(stdout)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

/** The kernel prints each 32-bit word of an address in little-endian order on the platforms that Fly runs. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (mapped) return bytes.slice(12).join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  if (bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return '::1';
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}

const answer = z.catch(z.nullable(z.object({ status: z.number(), body: z.string() })), null);
const readiness = z.object({ healthz: answer, readyz: answer });

/** The answer of {@link readinessCommand}; both `null` when the command did not get as far as its marker. */
export function parseReadiness(stdout: string): Pick<ProbeReading, 'healthz' | 'readyz'> {
  const line = stdout.split('\n').findLast((text) => text.startsWith(`${marker} `));
  try {
    return readiness.parse(JSON.parse(line?.slice(marker.length + 1) ?? 'null'));
  } catch {
    return { healthz: null, readyz: null };
  }
}
