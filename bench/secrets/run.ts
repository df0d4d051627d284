/**
 * `node scripts/run.mjs bench/secrets/run.ts [--values N] [--seed N] [--flyctl PATH | --stand-in]`: values that hurt
 * (100,000 unless said otherwise, distributed as `hurtfulValue` says) through the encoder and flyctl's parser.
 * Goal: none lost, none altered; what is refused is counted by rule.
 *
 * The parser is the stand-in's, called in this process; with `--stand-in` the whole stand-in takes them, 500 an import,
 * and with `--flyctl` a real flyctl does. Either stages them on the embedded platform, where they are compared.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { hurtfulValue } from '../../__tests__/secrets/hurtful-values.ts';
import { installStandIn } from '../../rehearsal/flyctl/install.ts';
import { parseSecretLines } from '../../rehearsal/flyctl/secret-lines.ts';
import { startPlatform } from '../../rehearsal/platform/platform.ts';
import { encodeSecrets, refuseSecret } from '../../src/secrets/encode.ts';
import { SecretValue } from '../../src/secrets/value.ts';

const { values: options } = parseArgs({
  options: {
    values: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    flyctl: { type: 'string' },
    'stand-in': { type: 'boolean', default: false },
  },
});
const perImport = 500;
const app = 'my-openclaw';

/** Hands a text to flyctl's parser; what came of it, by name. */
type Import = (text: string) => Promise<ReadonlyMap<string, string>>;

const folder = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
const closing: (() => Promise<void>)[] = [];
try {
  const through = options.flyctl ?? (options['stand-in'] ? installStandIn(join(folder, 'bin')) : null);
  const send: Import = through === null ? async (text) => parseSecretLines(text) : await overCli(through);
  await measure(send, through ?? "the stand-in's parser");
} finally {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
}

async function overCli(path: string): Promise<Import> {
  const platform = await startPlatform({ seed: { apps: [{ name: app }] } });
  closing.push(() => platform.close());
  mkdirSync(join(folder, 'config'));
  const env = { PATH: process.env.PATH ?? '', ...platform.env, FLY_CONFIG_DIR: join(folder, 'config') };
  return async (input) => {
    const child = spawn(resolve(path), ['secrets', 'import', '--stage', '-a', app], {
      env,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`flyctl secrets import ended with ${code}`);
    const secrets = platform.world.apps.get(app)?.secrets ?? new Map();
    return new Map([...secrets.values()].map(({ name, value }) => [name, value]));
  };
}

async function measure(send: Import, through: string): Promise<void> {
  const seed = Number(options.seed);
  const all = fc.sample(hurtfulValue, { numRuns: Number(options.values), seed });
  const refused = new Map<string, number>();
  let [sent, lost, altered] = [0, 0, 0];
  for (let from = 0; from < all.length; from += perImport) {
    const batch = new Map<string, SecretValue>();
    for (const [i, text] of all.slice(from, from + perImport).entries()) {
      const value = new SecretValue(text);
      const rule = refuseSecret(`SECRET_${i}`, value)?.rule;
      if (rule === undefined) batch.set(`SECRET_${i}`, value);
      else refused.set(rule, (refused.get(rule) ?? 0) + 1);
    }
    const encoded = encodeSecrets(batch);
    if (!encoded.ok) throw new Error('what was accepted one by one is refused together');
    const arrived = await send(encoded.text);
    for (const [name, value] of batch) {
      sent += 1;
      const have = arrived.get(name);
      if (have === undefined) lost += 1;
      else if (have !== value.reveal()) altered += 1;
    }
  }
  console.log(
    `${all.length} values (seed ${seed}) through ${through}: ${sent} sent, ${lost} lost, ${altered} altered`,
  );
  console.log(`refused: ${[...refused].map(([rule, count]) => `${rule} ${count}`).join(', ') || 'none'}`);
  process.exitCode = lost + altered === 0 ? 0 : 1;
}
