import { Failure } from '../causes.ts';
import type { Inputs } from '../inputs.ts';
import { type Candidate, eligibleReleases, type PassedOver, sayPassedOver } from './choose.ts';
import { type FailedVersion, failedHere } from './failed-versions.ts';
import type { Unreachable } from './request.ts';
import { decideSkip, type RunningMachine, type Wanted } from './skip.ts';
import type { Deployable, Wish } from './source.ts';
import type { Upstream } from './upstream.ts';
import { compareVersions, parseVersion, type Version, withoutV } from './version.ts';

export interface SourceQuestion {
  readonly wish: Wish;
  readonly inputs: Pick<Inputs, 'minAgeMs' | 'ignoreVersions' | 'redeploy' | 'version'>;
  /** What triggered the workflow, e.g. `schedule`; empty outside of one. */
  readonly event: string;
  /** Somebody had a run of before run again. */
  readonly rerun: boolean;
  /** The machines that a deploy would change. */
  readonly machines: readonly RunningMachine[];
  /** OpenClaw version that runs, where it is known. */
  readonly running: string | null;
  readonly failed: readonly FailedVersion[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly upstream: Upstream;
}

/** What will be deployed, with all that people should be told about the choice. */
export interface Resolution {
  /** Why nothing has to be deployed, as one sentence; `null`: something has to. */
  readonly upToDate: string | null;
  /** Nothing is deployed because what is wanted failed here before: something else runs, and stays. */
  readonly held: boolean;
  readonly version: string | null;
  readonly name: string | null;
  /** What the memory of failures calls it; `null` where nobody could choose it again. */
  readonly label: string | null;
  /** Full commit of upstream that it is built from, where that is known. */
  readonly commit: string | null;
  /** In plain sentences. */
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  /** Gets it ready: sources are fetched only here. */
  obtain(): Promise<Deployable>;
}

/** One thing that may be deployed: a release of the list, or what the workflow names. */
export interface Found<T> {
  readonly version: string | null;
  /** What the memory of failures calls it. */
  readonly label: string;
  readonly reason: string;
  /** What is under that name; `null`: it could not be asked. */
  readonly thing: T | null;
}

/** So many releases without an image in a row are no delay of the build any more. */
const mostMissing = 5;

/** What images and commits have in common: the walk down the list of releases, and the rules of skipping. */
export abstract class Choice<T> {
  protected readonly question: SourceQuestion;
  protected readonly notices: string[];
  readonly #passedOver: PassedOver[] = [];

  constructor(question: SourceQuestion) {
    this.question = question;
    this.notices = [...question.wish.notes];
  }

  /** What a release brings. `missing`: certainly nothing. `unknown`: nobody can say. */
  protected abstract ask(tag: string): Promise<T | 'missing' | 'unknown'>;
  protected abstract identityOf(thing: T): string;

  /** A failure of before counts, unless a person asks: by hand, or by naming the version in what they push. */
  get #asked(): boolean {
    const { event, rerun, inputs } = this.question;
    // A run of a schedule that is run again bears its event, but no schedule does that.
    if (rerun) return true;
    if (event === 'schedule') return false;
    return event === '' || event === 'workflow_dispatch' || inputs.version !== 'latest';
  }

  /** The newest release that may be deployed and can be had; never one that is older than what runs. */
  protected async newestRelease(repository: string): Promise<Found<T>> {
    const { inputs, now, running, upstream } = this.question;
    const floor = running === null ? null : parseVersion(running);
    const rules = { now, minAgeMs: inputs.minAgeMs, ignored: inputs.ignoreVersions, running: floor };
    let missing = 0;
    for await (const page of upstream.releases(repository)) {
      const { candidates, passedOver } = eligibleReleases(page, rules);
      this.#passedOver.push(...passedOver);
      for (const candidate of candidates) {
        const found = await this.#tryRelease(candidate, floor);
        if (typeof found !== 'string') return this.#tell(found);
        this.#passedOver.push({ version: candidate.version, why: found });
        if (found === noneYet) missing += 1;
        if (missing === mostMissing) throw this.#nothing(repository);
      }
      if (page.some(({ tag }) => isUpTo(tag, floor))) break;
    }
    if (running === null || floor === null) throw this.#nothing(repository);
    const thing = await this.ask(running);
    return this.#tell({
      version: withoutV(running),
      label: withoutV(running),
      reason: `${running} runs, and upstream has nothing newer that may be deployed`,
      thing: typeof thing === 'string' ? null : thing,
    });
  }

  /** @returns why it is passed over, where it is */
  async #tryRelease({ tag, version, numbers }: Candidate, floor: Version | null): Promise<Found<T> | string> {
    const asked = await this.ask(tag);
    const thing = typeof asked === 'string' ? null : asked;
    // What runs is no news, whatever became of its tag and whatever is remembered of it.
    if (floor === null || compareVersions(numbers, floor) !== 0) {
      if (asked === 'missing') return noneYet;
      const identity = thing === null ? null : this.identityOf(thing);
      if (!this.#asked && failedHere(this.question.failed, version, identity)) return 'it failed here before';
    }
    const reason = `it is the newest stable release${this.#passedOver.length > 0 ? ' that may be deployed' : ''}`;
    return { version, label: version, reason, thing };
  }

  #tell(found: Found<T>): Found<T> {
    if (this.#passedOver.length > 0) this.notices.push(`Passed over: ${sayPassedOver(this.#passedOver)}.`);
    return found;
  }

  #nothing(repository: string): Failure {
    const evidence =
      this.#passedOver.length === 0
        ? `${repository} has no stable release`
        : `passed over: ${sayPassedOver(this.#passedOver)}`;
    return new Failure('image-missing', `No release of ${repository} can be deployed: ${evidence}.`, {
      evidence,
      fix: {
        text: 'Name one as `version`, or loosen `min-age` and `ignore-versions`. A new release gets its image some time after it is published.',
        commands: [],
        lines: null,
      },
    });
  }

  /** What was named and failed here before is left alone by a schedule. One sentence; `null`: go on. */
  protected heldBack(label: string, identity: string | null): string | null {
    const { failed, running } = this.question;
    if (this.#asked || !failedHere(failed, label, identity)) return null;
    return `${label} failed here before: ${running ?? 'what runs'} stays, until ${label} changes upstream or somebody runs the workflow by hand`;
  }

  /**
   * Why nothing has to be deployed, in one clause; `null`: something has to.
   *
   * @param doubt why the registry could not say what is wanted: a run that skips has to know
   * @throws Unreachable that doubt
   */
  protected upToDate(wanted: Wanted, what: string, doubt: Unreachable | null): string | null {
    const { inputs, machines, now } = this.question;
    if (inputs.redeploy !== 'if-changed') return null;
    const { skip, reason } = decideSkip(wanted, machines, now);
    if (skip) return `${what} ${reason}`;
    if (doubt !== null) throw doubt;
    this.notices.push(`Not skipped: ${reason}.`);
    return null;
  }
}

const noneYet = 'there is nothing under its name yet';

function isUpTo(tag: string, floor: Version | null): boolean {
  const version = parseVersion(tag);
  return version !== null && floor !== null && compareVersions(version, floor) <= 0;
}

/** The version that a tag is; `null` where it is none. */
export function versionOf(tag: string | null): string | null {
  return tag !== null && parseVersion(tag) !== null ? withoutV(tag) : null;
}

/** `main (3f1c9a7d2b4e)`: a name that moves, with what it means today. */
export function named(label: string, identity: string | null): string {
  if (identity === null || versionOf(label) !== null || identity.startsWith(label)) return label;
  return `${label} (${identity.replace(/^sha256:/, '').slice(0, 12)})`;
}
