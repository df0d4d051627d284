import { helpText, parseWords, usageText } from './command-line.ts';
import { openConfigDirectory } from './config-directory.ts';
import { CommandError, failureText, Panic } from './failure-report.ts';
import { Session } from './session.ts';
import type { Surroundings } from './surroundings.ts';

type Run = (session: Session) => Promise<void>;

interface Command {
  aliases?: string[];
  /** Fewest and most arguments; no limit when absent. */
  args?: { least?: number; most?: number };
  /** Imported only when the command runs: the CLI is started for every poll. */
  load?: () => Promise<Run>;
  /** The command works without a token. */
  open?: boolean;
  subcommands?: Record<string, Command>;
}

const NONE = { most: 0 };
const machine = () => import('./commands/machine.ts');
const secrets = () => import('./commands/secrets.ts');
const volumes = () => import('./commands/volumes.ts');
const ips = () => import('./commands/ips.ts');
const config = () => import('./commands/config.ts');
const releases = async () => (await import('./commands/releases.ts')).listReleases;

const COMMANDS: Record<string, Command> = {
  version: { args: NONE, open: true, load: async () => (await import('./commands/version.ts')).showVersion },
  status: { args: NONE, load: async () => (await import('./commands/status.ts')).showStatus },
  logs: { args: NONE, load: async () => (await import('./commands/logs.ts')).showLogs },
  deploy: { args: { most: 1 }, load: async () => (await import('./commands/deploy.ts')).deploy },
  releases: { args: NONE, load: releases },
  auth: {
    subcommands: { whoami: { args: NONE, load: async () => (await import('./commands/auth.ts')).showUser } },
  },
  orgs: {
    subcommands: {
      list: {
        aliases: ['ls'],
        args: NONE,
        load: async () => (await import('./commands/orgs.ts')).listOrganizations,
      },
    },
  },
  apps: {
    aliases: ['app'],
    subcommands: {
      create: { args: { most: 1 }, load: async () => (await import('./commands/apps.ts')).createApp },
      releases: { args: NONE, load: releases },
    },
  },
  checks: {
    subcommands: {
      list: { args: NONE, load: async () => (await import('./commands/checks.ts')).listChecks },
    },
  },
  image: {
    aliases: ['img'],
    subcommands: {
      show: { args: { most: 1 }, load: async () => (await import('./commands/image.ts')).showImage },
    },
  },
  machine: {
    aliases: ['machines', 'm'],
    subcommands: {
      list: {
        aliases: ['ls'],
        args: NONE,
        load: async () => (await import('./commands/machine-list.ts')).listMachines,
      },
      status: { args: { most: 1 }, load: async () => (await machine()).showMachine },
      start: { load: async () => (await machine()).startMachines },
      stop: { load: async () => (await machine()).stopMachines },
      restart: { load: async () => (await machine()).restartMachines },
      kill: { args: { most: 1 }, load: async () => (await machine()).killMachine },
      wait: { args: { most: 1 }, load: async () => (await machine()).waitForMachine },
      destroy: { aliases: ['remove', 'rm'], load: async () => (await machine()).destroyMachines },
      exec: {
        args: { least: 1, most: 2 },
        load: async () => (await import('./commands/machine-exec.ts')).execOnMachine,
      },
      update: {
        args: { most: 1 },
        load: async () => (await import('./commands/machine-update.ts')).updateMachine,
      },
      clone: {
        args: { most: 1 },
        load: async () => (await import('./commands/machine-clone.ts')).cloneMachine,
      },
      leases: {
        aliases: ['lease'],
        subcommands: {
          view: { load: async () => (await import('./commands/machine-leases.ts')).viewLeases },
          clear: { load: async () => (await import('./commands/machine-leases.ts')).clearLeases },
        },
      },
    },
  },
  secrets: {
    subcommands: {
      list: {
        aliases: ['ls'],
        args: NONE,
        load: async () => (await import('./commands/secrets-list.ts')).listSecrets,
      },
      import: { args: NONE, load: async () => (await secrets()).importSecrets },
      set: { args: { least: 1 }, load: async () => (await secrets()).setSecrets },
      unset: { args: { least: 1 }, load: async () => (await secrets()).unsetSecrets },
      deploy: { args: NONE, load: async () => (await secrets()).deploySecrets },
    },
  },
  volumes: {
    aliases: ['volume', 'vol', 'v'],
    subcommands: {
      list: { aliases: ['ls'], args: NONE, load: async () => (await volumes()).listVolumes },
      create: { args: { least: 1, most: 1 }, load: async () => (await volumes()).createVolumes },
      show: { args: { most: 1 }, load: async () => (await volumes()).showVolume },
      destroy: { aliases: ['delete', 'rm'], load: async () => (await volumes()).destroyVolumes },
      snapshots: {
        aliases: ['snapshot', 'snaps'],
        subcommands: {
          list: {
            aliases: ['ls'],
            args: { most: 1 },
            load: async () => (await import('./commands/snapshots.ts')).listSnapshots,
          },
          create: {
            args: { least: 1, most: 1 },
            load: async () => (await import('./commands/snapshots.ts')).createSnapshot,
          },
        },
      },
    },
  },
  ips: {
    aliases: ['ip'],
    subcommands: {
      list: { aliases: ['ls'], args: NONE, load: async () => (await ips()).listAddresses },
      'allocate-v4': { args: NONE, load: async () => (await ips()).allocateV4 },
      'allocate-v6': { args: NONE, load: async () => (await ips()).allocateV6 },
      release: { args: { least: 1 }, load: async () => (await ips()).releaseAddresses },
    },
  },
  certs: {
    subcommands: {
      list: { args: NONE, load: async () => (await import('./commands/certs.ts')).listCertificates },
    },
  },
  config: {
    subcommands: {
      show: { aliases: ['display'], args: NONE, load: async () => (await config()).showConfig },
      save: { args: NONE, load: async () => (await config()).saveConfig },
      validate: { args: NONE, load: async () => (await config()).validateConfig },
    },
  },
};

const ROOT: Command = { subcommands: COMMANDS };

/**
 * Runs one command as flyctl v0.4.87 would.
 * @param argv the words behind `flyctl`
 * @returns the exit code: 0, 1, 3 (crash), 126 (a deadline passed) or 127 (signal)
 */
export async function runStandIn(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await runCommand(argv, surroundings);
    return 0;
  } catch (error) {
    if (error instanceof Panic) {
      surroundings.stdout(
        `\u001b[31mOops, something went wrong! Could you try that again?\u001b[0m\n\n${error.message}\n\n`,
      );
      return 3;
    }
    if (!(error instanceof CommandError)) throw error;
    if (error.details.cancelled) return 127;
    surroundings.stderr(failureText(error));
    if (error.details.usage) surroundings.stdout(error.details.usage);
    const { GITHUB_ACTIONS, FLY_GHA_ERROR_ANNOTATION } = surroundings.env;
    if (isTruthy(GITHUB_ACTIONS) && isTruthy(FLY_GHA_ERROR_ANNOTATION)) {
      surroundings.stdout(`::error title=flyctl error::${error.message.replaceAll('\n', '⏎')}\n`);
    }
    return error.details.deadline ? 126 : 1;
  }
}

async function runCommand(argv: readonly string[], surroundings: Surroundings): Promise<void> {
  const { name, command, words } = findCommand(argv);
  const { flags, args } = parseWords(name, words);
  if (flags.on('help') || !command.load) {
    surroundings.stdout(helpText(name));
    return;
  }
  checkArguments(name, command, args);
  const directory = openConfigDirectory(surroundings);
  const session = new Session(surroundings, directory, flags, args);
  if (surroundings.env.LOG_LEVEL === 'debug' && directory.hasConfig) {
    session.out(
      `\u001b[2mDEBUG\u001b[0m Loaded flyctl config from${surroundings.env.FLY_CONFIG_DIR}/config.yml\n`,
    );
  }
  if (!command.open) session.api satisfies object;
  const run = await command.load();
  try {
    await run(session);
  } finally {
    await sendMetrics(session, name);
  }
}

/** Walks down the names; words that no name matches are left to the command reached. */
function findCommand(argv: readonly string[]): { name: string; command: Command; words: string[] } {
  let command = ROOT;
  let name = '';
  const words = [...argv];
  for (let index = 0; index < words.length && command.subcommands; ) {
    const word = words[index] ?? '';
    if (word.startsWith('-')) {
      // Of the flags that may stand before a command's name only the token takes a value of its own.
      index += word === '-t' || word === '--access-token' ? 2 : 1;
      continue;
    }
    const next = subcommand(command, word);
    if (!next) {
      if (name === '') throw unknownCommand(word);
      break;
    }
    name = name === '' ? next.name : `${name} ${next.name}`;
    command = next.command;
    words.splice(index, 1);
  }
  return { name, command, words };
}

function subcommand(parent: Command, word: string): { name: string; command: Command } | undefined {
  const subcommands = parent.subcommands ?? {};
  for (const [name, command] of Object.entries(subcommands)) {
    if (name === word || command.aliases?.includes(word)) return { name, command };
  }
  return undefined;
}

function unknownCommand(word: string): CommandError {
  const close = Object.keys(COMMANDS).filter(
    (name) => editDistance(word, name) <= 2 || name.startsWith(word),
  );
  const hint =
    close.length > 0 ? `\n\nDid you mean this?\n${close.map((name) => `\t${name}\n`).join('')}` : '';
  return new CommandError(`unknown command "${word}" for "flyctl"${hint}`, {
    usage: "Run 'flyctl --help' for usage.\n\n",
  });
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function checkArguments(name: string, { args }: Command, given: readonly string[]): void {
  if (!args) return;
  const { least = 0, most = Number.POSITIVE_INFINITY } = args;
  const count = given.length;
  if (count >= least && count <= most) return;
  const usage = usageText(name);
  if (most === 0) throw new CommandError(`unknown command "${given[0]}" for "flyctl ${name}"`, { usage });
  if (most === Number.POSITIVE_INFINITY) {
    throw new CommandError(`requires at least ${least} arg(s), only received ${count}`, { usage });
  }
  if (least === 0) throw new CommandError(`accepts at most ${most} arg(s), received ${count}`, { usage });
  if (least === most) throw new CommandError(`accepts ${most} arg(s), received ${count}`, { usage });
  throw new CommandError(`accepts between ${least} and ${most} arg(s), received ${count}`, { usage });
}

/** Usage metrics go out after a command once a config.yml exists; only ever to a base URL that was named. */
async function sendMetrics({ surroundings, directory }: Session, name: string): Promise<void> {
  const { env, send } = surroundings;
  const wanted = env.FLY_SEND_METRICS === undefined ? directory.hasConfig : isTruthy(env.FLY_SEND_METRICS);
  if (!wanted || !env.FLY_METRICS_BASE_URL) return;
  const body = JSON.stringify([
    { m: `runs/${process.platform}/started`, p: null },
    { m: `runs/${process.platform}/successful`, p: null },
    {
      m: 'command/stats',
      p: { c: `flyctl ${name}`, d: 0, gc: 0, gd: 0, fc: 0, fd: 0, gpu: false, f: false },
    },
  ]);
  const url = `${env.FLY_METRICS_BASE_URL}/metrics_post`;
  const headers = { Authorization: `Bearer ${env.FLY_API_TOKEN ?? ''}`, 'Content-Type': 'application/json' };
  try {
    const reply = await send({ method: 'POST', url, headers, body }, surroundings.signal);
    if (reply.status >= 300)
      surroundings.stderr(`Warning: Metrics send issue: metrics send failed with status ${reply.status}\n`);
  } catch (error) {
    surroundings.stderr(`Warning: Metrics send issue: ${error}\n`);
  }
}

/** What flyctl takes for yes in an environment variable. */
export function isTruthy(value: string | undefined): boolean {
  return ['1', 'ok', 't', 'true'].includes((value ?? '').toLowerCase());
}
