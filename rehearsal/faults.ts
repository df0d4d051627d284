/**
 * `npm run faults [-- --only TEXT --parallel N]`: each call that a deploy makes to Fly, in turn, answered in each wrong
 * way, and every run followed by a clean one. Writes docs/faults.md.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Fault } from './platform/scenario.ts';
import { play } from './play.ts';
import { scenarioSchema } from './scenario.ts';

type Match = Pick<Fault, 'method' | 'path' | 'graphql' | 'skip'>;

/** The request that gives each flyctl call its meaning. */
export const calls: Readonly<Record<string, Match>> = {
  status: { graphql: 'appcompact' },
  'ips list': { graphql: 'ipAddresses {' },
  'volumes list': { method: 'GET', path: '/volumes$' },
  'secrets list': { method: 'GET', path: '/secrets' },
  'secrets import': { method: 'POST', path: '/secrets$' },
  'deploy: image': { graphql: 'image(ref:' },
  'deploy: release': { method: 'POST', path: '/releases$' },
  'deploy: lease': { method: 'POST', path: '/lease' },
  'deploy: machine': { method: 'POST', path: '/machines/[0-9a-f]+$' },
  'machine list': { method: 'GET', path: '/machines$', skip: 4 },
  logs: { method: 'GET', path: '/logs' },
};

/** Answers that are wrong, each once. */
export const faults: Readonly<Record<string, Omit<Fault, keyof Match>>> = {
  '500': { status: 500 },
  '503': { status: 503 },
  '429': { status: 429, error: 'rate limit exceeded' },
  reset: { reset: true },
  'stall of 60 s': { stall: 60_000 },
  'truncated JSON': { truncate: 40 },
};

export interface FaultResult {
  readonly call: string;
  readonly fault: string;
  /** Verdict and cause of the run that met the fault. */
  readonly met: string;
  /** Of the clean run after it. */
  readonly after: string;
}

/** Plays one row: an update deploy that meets the fault once, and the same deploy again without it. */
export async function playFault(call: string, fault: string): Promise<FaultResult> {
  const wrong: Fault = { ...calls[call], ...faults[fault], times: 1 };
  const scenario = scenarioSchema.parse({
    title: `${call} meets ${fault}`,
    inputs: { source: 'image', version: '2026.9.6', secrets: 'OPENCLAW_GATEWAY_TOKEN', summary: 'false' },
    env: { OPENCLAW_GATEWAY_TOKEN: '5f2b6c1de8a94f07b3c2a1d09e8f7766' },
    platform: {
      boots: [{ recording: '2026.9.6/01b-healthy-with-config' }],
      seed: {
        apps: [
          {
            name: 'my-openclaw',
            addresses: ['shared_v4', 'v6'],
            volumes: [{ id: 'vol_0state', name: 'openclaw_data' }],
            machines: [{ volume: 'vol_0state', recording: '2026.5.12/01b-healthy-with-config' }],
          },
        ],
      },
    },
    runs: [
      {
        title: 'with the fault',
        before: [{ fault: wrong }],
        expect: { verdict: 'healthy', cause: 'healthy' },
      },
      { title: 'again', expect: { verdict: 'healthy', cause: 'healthy' } },
    ],
  });
  const [met, after] = (await play({ ...scenario, name: scenario.title }, { speed: 20 })).map(
    ({ end: { outputs } }) =>
      `${outputs.verdict ?? 'none'}${outputs.cause === outputs.verdict ? '' : `: ${outputs.cause}`}`,
  );
  return { call, fault, met: met ?? 'none', after: after ?? 'none' };
}

/** Whether a row holds: a verdict, or a cause with a name, and a clean run after it. */
export function holds({ met, after }: FaultResult): boolean {
  return after === 'healthy' && !/none|internal|undefined/.test(met);
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, parallel: { type: 'string', default: '2' } },
  });
  const waiting = Object.keys(calls)
    .flatMap((call) => Object.keys(faults).map((fault) => ({ call, fault })))
    .filter(({ call, fault }) => `${call} ${fault}`.includes(values.only));
  const results: FaultResult[] = [];
  await Promise.all(
    Array.from({ length: Number(values.parallel) }, async () => {
      for (let row = waiting.shift(); row; row = waiting.shift()) {
        const result = await playFault(row.call, row.fault);
        results.push(result);
        console.log(
          `${holds(result) ? '✓' : '✗'} ${result.call} meets ${result.fault}: ${result.met}; then ${result.after}`,
        );
      }
    }),
  );
  if (values.only === '')
    writeFileSync(fileURLToPath(new URL('../docs/faults.md', import.meta.url)), page(results));
  return results.every(holds);
}

function page(results: readonly FaultResult[]): string {
  const cell = (call: string, fault: string) =>
    results.find((row) => row.call === call && row.fault === fault)?.met ?? '';
  return [
    '# When the API of Fly stumbles',
    '',
    '[How it works](how-it-works.md) has the calls in their order.',
    '',
    'Each call of an update deploy met each fault once, on the embedded platform (`npm run faults` made this table).',
    'The cell is the verdict of the run that met it, with its cause. The run after it, without a fault, was healthy in every row.',
    '',
    `| call | ${Object.keys(faults).join(' | ')} |`,
    `|---|${Object.keys(faults)
      .map(() => '---|')
      .join('')}`,
    ...Object.keys(calls).map(
      (call) =>
        `| ${call} | ${Object.keys(faults)
          .map((fault) => cell(call, fault))
          .join(' | ')} |`,
    ),
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await main()) ? 0 : 1;
