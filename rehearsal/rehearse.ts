/**
 * `npm run rehearse`: the whole main job without a Fly account, on the embedded platform.
 * Exits 0 only if every run ended with its expected verdict and cause.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { JobLog } from './job-log.ts';
import { pagePath, pagesOf, writePages } from './pages.ts';
import { type Played, play } from './play.ts';
import { rehearseRecordings } from './recordings.ts';
import { readScenarios, type Scenario } from './scenario.ts';

const usage = `npm run rehearse -- [options]

  --scenario NAME   play one scenario (again for more); without it: ${'the three of the first visit'}
  --all             play all scenarios
  --recordings      boot every recorded gateway and print the truth table
  --list            list the scenarios
  --flyctl PATH     use a real flyctl in place of the stand-in
  --speed N         platform seconds in one real second
  --parallel N      so many at a time (with --all and --recordings)
  --json            one line of JSON for each run, nothing else
  --pages FOLDER    write the job log and the summary of each run there
`;

const firstVisit = ['deploy-public', 'fails-out-of-memory-public', 'fails-gateway-lock-public'];

const whyUnplayable =
  'an image is built in it, which the stand-in plays and a real flyctl has done at depot.dev: leave --flyctl out';

interface Wishes {
  readonly scenarios: readonly Scenario[];
  /** Names of those that were asked for and cannot be played with this flyctl. */
  readonly unplayable: readonly string[];
  readonly recordings: boolean;
  readonly flyctl: string | undefined;
  readonly speed: number | undefined;
  readonly parallel: number;
  readonly json: boolean;
  /** Folder for what people get to see of each run. */
  readonly pages: string | undefined;
}

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  let wishes: Wishes | null;
  try {
    wishes = readWishes(argv);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (wishes === null) return 0;
  if (!existsSync(fileURLToPath(new URL('../dist/main/index.js', import.meta.url)))) {
    console.error('dist/ is not there: run `npm run build` first.');
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted)
        console.error('\nStopping: the running action is cancelled as a runner would do it …');
      stop.abort();
    });
  }
  let good: boolean;
  try {
    good = wishes.recordings
      ? await rehearseRecordings({ ...wishes, signal: stop.signal })
      : await rehearseScenarios(wishes, stop.signal);
  } catch (error) {
    // Others may be playing beside it.
    stop.abort();
    console.error(`The rehearsal broke off: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
  if (stop.signal.aborted) {
    console.error('Stopped. Nothing was left behind.');
    return 130;
  }
  return good ? 0 : 1;
}

function readWishes(argv: readonly string[]): Wishes | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      scenario: { type: 'string', multiple: true },
      all: { type: 'boolean', default: false },
      recordings: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      flyctl: { type: 'string' },
      speed: { type: 'string' },
      parallel: { type: 'string' },
      json: { type: 'boolean', default: false },
      pages: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return null;
  }
  const known = readScenarios();
  if (values.list) {
    for (const { name, title } of known.values()) console.log(`${name.padEnd(40)} ${title}`);
    return null;
  }
  if (values.flyctl !== undefined) checkProgram(values.flyctl);
  const number = (name: string, text: string | undefined, least: number) => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!(value >= least)) throw new Error(`--${name} ${text}: a number from ${least} up is wanted`);
    return value;
  };
  const names = values.all ? [...known.keys()] : (values.scenario ?? firstVisit);
  const scenarios = names.map((name) => {
    const scenario = known.get(name);
    if (!scenario) throw new Error(`--scenario ${name}: there is none. --list names them all.`);
    return scenario;
  });
  const playable = scenarios.filter(({ builds }) => values.flyctl === undefined || !builds);
  const unplayable = scenarios.filter((scenario) => !playable.includes(scenario)).map(({ name }) => name);
  if (unplayable.length > 0 && !values.all) {
    throw new Error(`--scenario ${unplayable.join(', ')}: ${whyUnplayable}`);
  }
  return {
    scenarios: playable,
    unplayable,
    recordings: values.recordings,
    flyctl: values.flyctl,
    speed: number('speed', values.speed, 0.1),
    parallel: Math.floor(number('parallel', values.parallel, 1) ?? (values.recordings ? cpus().length : 1)),
    json: values.json,
    pages: values.pages,
  };
}

function checkProgram(path: string): void {
  if (!existsSync(path)) throw new Error(`--flyctl ${path}: no such file`);
  if (!statSync(path).isFile()) throw new Error(`--flyctl ${path}: that is no file, name the program itself`);
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new Error(`--flyctl ${path}: that file may not be run (chmod +x)`);
  }
}

async function rehearseScenarios(wishes: Wishes, signal: AbortSignal): Promise<boolean> {
  const waiting = [...wishes.scenarios];
  const results: { scenario: Scenario; played: readonly Played[] }[] = [];
  const quiet = wishes.json || wishes.parallel > 1;
  const log = new JobLog((text) => process.stdout.write(text));
  const work = async () => {
    for (let scenario = waiting.shift(); scenario && !signal.aborted; scenario = waiting.shift()) {
      const current = scenario;
      const played = await play(current, {
        flyctl: wishes.flyctl,
        speed: wishes.speed,
        signal,
        onRun: (run) => {
          if (!quiet) console.log(`\n━━━ ${current.name}: ${run.title} ━━━\n`);
        },
        onText: (text) => {
          if (!quiet) log.add(text);
        },
        onEnd: ({ run, end, off }) => {
          if (wishes.pages !== undefined) writePages(wishes.pages, pagePath(current, run), pagesOf(end));
          if (wishes.json) console.log(jsonLine(current.name, run.title, end, off));
          else if (quiet) console.log(resultLine(current, { run, end, off }));
          else {
            log.end();
            // One that was stopped has nothing to keep to.
            console.log(afterwards(end, signal.aborted ? [] : off));
          }
        },
      });
      results.push({ scenario: current, played });
    }
  };
  await Promise.all(Array.from({ length: wishes.parallel }, work));
  const runs = results.flatMap(({ scenario, played }) => played.map((one) => ({ scenario, ...one })));
  const failed = runs.filter(({ off }) => off.length > 0);
  // Beside the lines of JSON, not among them: they are for whoever reads along.
  for (const name of wishes.unplayable) console.error(`– ${name} was not played: ${whyUnplayable}`);
  if (!wishes.json && !signal.aborted) {
    console.log('\n━━━ Result ━━━\n');
    // What was said as it happened is not said again, but for what somebody has to look at.
    for (const { scenario, ...one } of quiet ? failed : runs) console.log(resultLine(scenario, one));
    console.log(`${runs.length - failed.length} of ${runs.length} runs ended as their scenario says.`);
  }
  return failed.length === 0;
}

function resultLine(scenario: Scenario, { run, end, off }: Omit<Played, 'platform'>): string {
  const took = `${(end.durationMs / 1000).toFixed(1)} s`;
  const { verdict = 'no verdict', cause = 'no cause' } = end.outputs;
  return [
    `${off.length === 0 ? '✓' : '✗'} ${scenario.name} — ${run.title}: ${verdict}, ${cause} (${took})`,
    ...off.map((line) => `    ${line}`),
  ].join('\n');
}

function jsonLine(scenario: string, run: string, end: Played['end'], off: readonly string[]): string {
  return JSON.stringify({
    scenario,
    run,
    verdict: end.outputs.verdict ?? null,
    cause: end.outputs.cause ?? null,
    evidence: end.outputs.evidence ?? null,
    exitCode: end.exitCode,
    seconds: Number((end.durationMs / 1000).toFixed(2)),
    asExpected: off.length === 0,
    off,
    outputs: end.outputs,
    summary: end.summary,
  });
}

function afterwards(end: Played['end'], off: readonly string[]): string {
  const outputs = Object.entries(end.outputs)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `  ${name.padEnd(16)} ${value.split('\n').join(`\n${' '.repeat(19)}`)}`);
  return [
    '\n─── Summary ───\n',
    end.summary.trimEnd(),
    '\n─── Outputs ───\n',
    ...outputs,
    off.length === 0 ? '' : `\n✗ not as expected:\n  ${off.join('\n  ')}`,
  ].join('\n');
}
