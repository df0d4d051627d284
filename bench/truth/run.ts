/**
 * `node scripts/run.mjs bench/truth/run.ts [--speed N] [--only TEXT]`: every recorded gateway that is broken, booted
 * on the embedded platform behind this action and behind plain `flyctl deploy`. How many does each call broken, and
 * after how many seconds of the platform's clock?
 */
import { parseArgs } from 'node:util';
import { startPlatform } from '../../rehearsal/platform/platform.ts';
import { rehearsalToken } from '../../rehearsal/play.ts';
import { playRecording, readLabels, recordingScenario } from '../../rehearsal/recordings.ts';
import { median, plainDeploy } from '../plain-deploy.ts';

const { values } = parseArgs({
  options: { speed: { type: 'string', default: '20' }, only: { type: 'string', default: '' } },
});
const speed = Number(values.speed);
const labels = readLabels().filter(
  ({ file, expect }) => file.includes(values.only) && expect.verdict !== 'healthy' && !expect.deadline_only,
);

interface Said {
  readonly broken: boolean;
  /** Seconds of the platform's clock. */
  readonly seconds: number;
}

const rows: { file: string; action: Said; flyctl: Said }[] = [];
const waiting = [...labels];
await Promise.all(
  Array.from({ length: 2 }, async () => {
    for (let label = waiting.shift(); label; label = waiting.shift()) {
      const { verdict, seconds } = await playRecording(label, { speed });
      const scenario = recordingScenario(label, speed);
      const platform = await startPlatform({
        boots: scenario.platform.boots,
        speed,
        clientSpeed: speed,
        tokens: { [rehearsalToken]: 'org' },
      });
      const plain = await plainDeploy(platform, scenario.files['fly.toml'] ?? '', 'recorded', speed);
      await platform.close();
      const row = {
        file: label.file,
        action: { broken: verdict === 'failed' || verdict === 'degraded', seconds: seconds * speed },
        flyctl: { broken: plain.exitCode !== 0, seconds: (plain.ms / 1000) * speed },
      };
      rows.push(row);
      const say = ({ broken, seconds: after }: Said) =>
        `${broken ? 'broken' : 'GREEN '} ${after.toFixed(0).padStart(5)} s`;
      console.log(`${row.file.padEnd(62)} action ${say(row.action)}   flyctl ${say(row.flyctl)}`);
    }
  }),
);

for (const who of ['action', 'flyctl'] as const) {
  const found = rows.filter((row) => row[who].broken);
  const after = median(found.map((row) => row[who].seconds));
  console.log(
    `${who}: ${found.length} of ${rows.length} broken gateways called broken (${((100 * found.length) / rows.length).toFixed(0)} %), median after ${after.toFixed(0)} s of the platform's clock`,
  );
}
