/** One line of `flyctl secrets list --json`. Values cannot be read back. */
export interface SecretOnFly {
  readonly name: string;
  /** Made by the server; only ever compared with another digest of the same name. Empty where it gave none. */
  readonly digest: string;
  /** Deployed, staged, partial or unknown, in any case; `null` from a flyctl that has no such column. */
  readonly status: string | null;
}

/** What became of the secrets: names, each list sorted. */
export interface SecretChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  /** On Fly and not among those sent. */
  readonly onlyOnFly: readonly string[];
  /** Sent, and yet not in Fly's list afterwards. */
  readonly unconfirmed: readonly string[];
  /**
   * Of those sent: what the machines do not have yet, staged by this run or by an earlier one. Where all that was sent
   * had been staged before, nothing says so: a server that dates anew what is sent again leaves it like that.
   */
  readonly waiting: readonly string[];
  /** Staged before this run sent anything: by an earlier run that did not deploy, by hand, or by one that runs now. */
  readonly stagedBefore: readonly string[];
  /** Unchanged, deployed before, and called staged since they were sent again: their date moved, not their value. */
  readonly touched: readonly string[];
  /** Not sent by this run, and yet other than before: somebody else is at work on the same app. */
  readonly meanwhile: readonly string[];
}

/**
 * Compares Fly's lists from before and after an import.
 *
 * @param hasMachine without one Fly calls every secret staged (recording 108), which then says nothing
 */
export function compareSecrets(
  sent: Iterable<string>,
  before: readonly SecretOnFly[],
  after: readonly SecretOnFly[],
  hasMachine: boolean,
): SecretChanges {
  const ours = new Set(sent);
  const then = byName(before);
  const now = byName(after);
  const names = [...new Set([...ours, ...then.keys(), ...now.keys()])].sort();
  const where = (test: (name: string) => boolean) => names.filter(test);
  const wasStaged = (name: string) => hasMachine && isStaged(then.get(name));

  const confirmed = where((name) => ours.has(name) && now.has(name));
  const added = confirmed.filter((name) => !then.has(name));
  const changed = confirmed.filter((name) => then.has(name) && differ(then.get(name), now.get(name)));
  const unchanged = confirmed.filter((name) => !added.includes(name) && !changed.includes(name));
  const sentAgainBefore = confirmed.every((name) => wasStaged(name) && !isPartial(then.get(name)));
  return {
    added,
    changed,
    unchanged,
    onlyOnFly: where((name) => !ours.has(name) && now.has(name)),
    unconfirmed: where((name) => ours.has(name) && !now.has(name)),
    waiting: confirmed.filter((name) => !unchanged.includes(name) || (wasStaged(name) && !sentAgainBefore)),
    stagedBefore: where(wasStaged),
    touched: unchanged.filter((name) => hasMachine && !wasStaged(name) && isStaged(now.get(name))),
    meanwhile: where((name) => !ours.has(name) && differ(then.get(name), now.get(name))),
  };
}

/** What can be said before anything is sent: values cannot be compared, only names. */
export function foreseeSecrets(
  names: Iterable<string>,
  onFly: readonly SecretOnFly[],
): {
  readonly added: readonly string[];
  readonly sentAgain: readonly string[];
  readonly onlyOnFly: readonly string[];
} {
  const ours = new Set(names);
  const theirs = byName(onFly);
  return {
    added: [...ours].filter((name) => !theirs.has(name)).sort(),
    sentAgain: [...ours].filter((name) => theirs.has(name)).sort(),
    onlyOnFly: [...theirs.keys()].filter((name) => !ours.has(name)).sort(),
  };
}

export interface SecretRemark {
  readonly level: 'notice' | 'warning';
  readonly message: string;
}

/** What a person has to be told about the comparison, names only. */
export function remarksOn(changes: SecretChanges): readonly SecretRemark[] {
  const { added, changed, unchanged, onlyOnFly, unconfirmed, stagedBefore, touched, meanwhile } = changes;
  const sentSome = added.length + changed.length + unchanged.length > 0;
  const remarks: SecretRemark[] = [];
  const say = (level: SecretRemark['level'], names: readonly string[], words: (list: string) => string) => {
    if (names.length > 0) remarks.push({ level, message: words(listed(names)) });
  };
  say('warning', unconfirmed, (list) => `Sent, but not in Fly's list of secrets afterwards: ${list}.`);
  say(
    'warning',
    meanwhile,
    (list) =>
      `Changed on Fly during this run, by somebody else: ${list}. Is another run deploying the same app?`,
  );
  say(
    'notice',
    stagedBefore,
    (list) =>
      `Already staged when this run began, by a run that did not deploy, by one at the same time or by hand: ${list}. The next release of the app applies them.`,
  );
  say(
    'notice',
    touched,
    (list) =>
      `Unchanged, though Fly calls them staged since they were sent again: ${list}. The machine has these values already.`,
  );
  if (sentSome) {
    say(
      'notice',
      onlyOnFly,
      (list) => `On Fly, but not among the secrets of this workflow: ${list}. They stay as they are.`,
    );
  }
  return remarks;
}

function byName(secrets: readonly SecretOnFly[]): ReadonlyMap<string, SecretOnFly> {
  return new Map(secrets.map((secret) => [secret.name, secret]));
}

function isStaged(secret: SecretOnFly | undefined): boolean {
  return /^staged$/i.test(secret?.status ?? '') || isPartial(secret);
}

/** Some machines have it: so a release has brought it, and not to all of them. */
function isPartial(secret: SecretOnFly | undefined): boolean {
  return /^partial$/i.test(secret?.status ?? '');
}

function differ(then: SecretOnFly | undefined, now: SecretOnFly | undefined): boolean {
  if (then === undefined || now === undefined) return then !== now;
  if (then.digest !== '' || now.digest !== '') return then.digest !== now.digest;
  // A server without digests leaves the status: what it calls deployed is what it was.
  return isStaged(now);
}

function listed(names: readonly string[]): string {
  const most = 20;
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
