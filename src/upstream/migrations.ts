import recorded from './migrations.json' with { type: 'json' };
import { compareVersions, parseVersion, type Version } from './version.ts';

/** Whether an older version starts on the state that a newer one has written. */
export interface WayBack {
  /**
   * `refused`: the older version does not start. `starts`: nothing it knows has changed. `blind`: it starts, but does
   * not know the database that the newer one writes to. `unknown`: nobody recorded it.
   */
  readonly kind: 'refused' | 'starts' | 'blind' | 'unknown';
  /** One sentence for people; empty for `unknown`. */
  readonly text: string;
}

interface Schemas {
  readonly version: Version;
  /** Numbers of the shared database and of an agent's; `null`: this version has none. */
  readonly state: number | null;
  readonly agent: number | null;
}

const table: readonly Schemas[] = recorded.versions.flatMap(({ version, state, agent }) => {
  const parsed = parseVersion(version);
  return parsed === null ? [] : [{ version: parsed, state, agent }];
});

/**
 * Whether `older` can follow on `newer` without the volume as it was before. OpenClaw numbers the schema of its
 * databases, raises it when a newer version starts, and refuses a higher number than it knows (the package's own
 * docs/reference/database-schemas). Between two recorded versions the numbers lie between theirs, which often decides.
 *
 * @param older e.g. `2026.9.5`; `null` where it is not known
 */
export function wayBack(newer: string | null, older: string | null): WayBack {
  const unknown: WayBack = { kind: 'unknown', text: '' };
  const from = newer === null ? null : parseVersion(newer);
  const to = older === null ? null : parseVersion(older);
  if (from === null || to === null || compareVersions(from, to) <= 0) return unknown;
  const written = { least: lastUpTo(from), most: firstFrom(from) };
  const known = { least: lastUpTo(to), most: firstFrom(to) };
  if (written.least === null || known.least === null) return unknown;
  if (known.most?.state === null) {
    if (written.least.state === null) return unknown;
    const text = `${older} starts on the state of ${newer}, but does not know the database that ${newer} keeps it in: what came in since is not there.`;
    return { kind: 'blind', text };
  }
  // Somewhere before the first recorded database there was none: such a version may refuse, or be blind.
  if (known.least.state === null) return unknown;
  const raised = changes(known.most, written.least);
  if (raised !== '') {
    const text = `${newer} changes the state on the volume so that ${older} refuses it (${raised}): only a snapshot leads back.`;
    return { kind: 'refused', text };
  }
  if (written.most !== null && changes(known.least, written.most) === '') {
    return {
      kind: 'starts',
      text: `${older} starts on the state of ${newer}: both know the same databases.`,
    };
  }
  return unknown;
}

/** Whether `older` can follow where each of `newer` has run on the state: the worst of their answers. */
export function wayBackFromAll(newer: readonly (string | null)[], older: string | null): WayBack {
  const ways = newer.filter((version) => !isOlder(version, older)).map((version) => wayBack(version, older));
  const worst = (['refused', 'unknown', 'blind', 'starts'] as const).flatMap((kind) =>
    ways.filter((way) => way.kind === kind),
  );
  return worst[0] ?? { kind: 'unknown', text: '' };
}

function isOlder(version: string | null, than: string | null): boolean {
  const [one, other] = [version, than].map((text) => (text === null ? null : parseVersion(text)));
  return !!one && !!other && compareVersions(one, other) < 0;
}

/** The newest recorded version that is not newer than this. */
function lastUpTo(version: Version): Schemas | null {
  return table.findLast((row) => compareVersions(row.version, version) <= 0) ?? null;
}

/** The oldest recorded version that is not older than this; `null` behind the last. */
function firstFrom(version: Version): Schemas | null {
  return table.find((row) => compareVersions(row.version, version) >= 0) ?? null;
}

function changes(before: Schemas | null, after: Schemas): string {
  if (before === null) return '';
  const parts = (['state', 'agent'] as const).flatMap((name) => {
    const [from, to] = [before[name], after[name]];
    return to !== null && to > (from ?? 0) ? [`${name} schema ${from ?? 'none'} to ${to}`] : [];
  });
  return parts.join(', ');
}
