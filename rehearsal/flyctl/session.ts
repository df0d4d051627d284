import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Api } from './api.ts';
import type { Flags } from './command-line.ts';
import type { ConfigDirectory } from './config-directory.ts';
import { CommandError } from './failure-report.ts';
import type { AppConfig } from './fly-toml.ts';
import { goJson } from './go-json.ts';
import type { Surroundings } from './surroundings.ts';

/** One run of one command: its words, what is around it, and who it speaks for. */
export class Session {
  readonly surroundings: Surroundings;
  readonly directory: ConfigDirectory;
  readonly flags: Flags;
  readonly args: readonly string[];
  /** Absolute; `deploy DIRECTORY` moves it. */
  cwd: string;
  #api: Api | undefined;
  #config: Promise<AppConfig | undefined> | undefined;

  constructor(surroundings: Surroundings, directory: ConfigDirectory, flags: Flags, args: readonly string[]) {
    this.surroundings = surroundings;
    this.directory = directory;
    this.flags = flags;
    this.args = args;
    this.cwd = surroundings.cwd;
  }

  /** @throws CommandError when no token is set; the first variable that is present counts, even when empty */
  get api(): Api {
    const { env } = this.surroundings;
    const token = this.flags.text('access-token') || (env.FLY_ACCESS_TOKEN ?? env.FLY_API_TOKEN ?? '');
    const bare = token.replace(/^(Bearer|FlyV1) /i, '').trim();
    if (bare === '')
      throw new CommandError("no access token available. Please login with 'flyctl auth login'");
    this.#api ??= new Api(this.surroundings, this.directory, bare);
    return this.#api;
  }

  out(text: string): void {
    this.surroundings.stdout(text);
  }

  err(text: string): void {
    this.surroundings.stderr(text);
  }

  /** Prints a value as the CLI's --json does. */
  json(value: unknown): void {
    this.out(`${goJson(value, 4)}\n`);
  }

  sleep(ms: number): Promise<void> {
    return this.surroundings.clock.sleep(ms, this.surroundings.signal);
  }

  /** A line of flyctl's terminal logger, which writes to stdout and always in colour. */
  log(level: 'INFO' | 'WARN', text: string): void {
    this.out(`\u001b[${level === 'WARN' ? 33 : 2}m${level}\u001b[0m ${text}\n`);
  }

  /**
   * The app's name: -a, FLY_APP, else `app` of the config. Reads the config of the working directory in any case,
   * so that a broken one fails every command of an app.
   * @throws CommandError when none of them has it
   */
  async app(): Promise<string> {
    const config = await this.config();
    const name = this.flags.text('app') || this.surroundings.env.FLY_APP || config?.app;
    if (name) return name;
    throw new CommandError(
      'the config for your app is missing an app name, add an app field to the fly.toml file or specify with the -a flag',
    );
  }

  /** The app's name where it may be missing. */
  async appIfNamed(): Promise<string | undefined> {
    const config = await this.config();
    return this.flags.text('app') || this.surroundings.env.FLY_APP || config?.app || undefined;
  }

  /** The config named by -c, else the one in the working directory, else undefined. */
  config(): Promise<AppConfig | undefined> {
    this.#config ??= this.#findConfig();
    return this.#config;
  }

  async #findConfig(): Promise<AppConfig | undefined> {
    const named = this.flags.text('config');
    const candidates = named
      ? [named, join(named, 'fly.toml')]
      : ['fly.toml', 'fly.json', 'fly.yaml'].map((name) => join(this.cwd, name));
    for (const shown of candidates) {
      const file = resolve(this.cwd, shown);
      if (!existsSync(file) || statSync(file).isDirectory()) continue;
      const { loadConfig } = await import('./fly-toml.ts');
      const config = await loadConfig(file, shown);
      if (config.problem) {
        this.err(
          `\u001b[33mWARN\u001b[0m WARNING the config file at '${shown}' is not valid: ${config.problem}\n`,
        );
      }
      return config;
    }
    if (named) {
      throw new CommandError(
        `config file not found at specified path: ${named} (also tried: ${join(named, 'fly.toml')})`,
      );
    }
    return undefined;
  }
}
