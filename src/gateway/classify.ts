import { cleanLine, readLine, type SpokenLine } from './line.ts';
import { refusalWrappers, type Signature, signatures } from './signatures.ts';

/** A line that a row of the table knows. */
export interface Finding {
  readonly signature: Signature;
  /** The line without time stamp, as the pretty console would show it. */
  readonly text: string;
  readonly stamped: boolean;
  /** The text stood in one of the wrappers in which a gateway reports that its start has failed. */
  readonly wrapped: boolean;
  /** Addresses that the line names. */
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
  /** Names in the plugin list of a listening or ready line; `null` when it has none. */
  readonly plugins: readonly string[] | null;
}

export type Classifier = (line: string) => Finding | null;

/** Evidence that is longer than this says nothing more. */
const longestEvidence = 800;

/**
 * A classifier for a table. Rows are sorted by who says them: most lines come from a subsystem that no row
 * names, or begin with a letter that no row begins with, and are done with at once.
 */
export function classifier(table: readonly Signature[]): Classifier {
  const bySubsystem = new Map<string, Signature[]>();
  const reasons: Signature[] = [];
  for (const row of table) {
    if (row.kind === 'refusal') reasons.push(row);
    if (row.wrapped) continue;
    for (const name of row.from) bySubsystem.set(name, [...(bySubsystem.get(name) ?? []), row]);
  }
  const prefilter = new Map(
    [...bySubsystem].map(([name, rows]) => [
      name,
      new RegExp(rows.map((row) => `(?:${row.pattern.source})`).join('|')),
    ]),
  );
  const wrappers = new Map<string, RegExp[]>();
  for (const { from, pattern } of refusalWrappers)
    wrappers.set(from, [...(wrappers.get(from) ?? []), pattern]);

  return (line) => {
    const spoken = readLine(cleanLine(line));
    const { subsystem, message } = spoken;
    for (const wrapper of wrappers.get(subsystem) ?? []) {
      const wrapped = wrapper.exec(message);
      if (!wrapped) continue;
      const reason = message.slice(wrapped[0].length);
      const row = reasons.find(({ pattern }) => pattern.test(reason));
      if (row) return finding(row, spoken, true);
    }
    if (!prefilter.get(subsystem)?.test(message)) return null;
    const row = bySubsystem.get(subsystem)?.find(({ pattern }) => pattern.test(message));
    return row ? finding(row, spoken, false) : null;
  };
}

function finding(
  signature: Signature,
  { subsystem, message, stamped }: SpokenLine,
  wrapped: boolean,
): Finding {
  const text = subsystem === '' ? message : `[${subsystem}] ${message}`;
  const opens = signature.kind === 'listening' || signature.kind === 'ready';
  return {
    signature,
    text: text.length <= longestEvidence ? text : `${text.slice(0, longestEvidence - 1)}…`,
    stamped,
    wrapped,
    addresses: opens || signature.kind === 'address' ? addressesIn(message) : [],
    plugins: opens ? pluginsIn(message) : null,
  };
}

function addressesIn(message: string): Finding['addresses'] {
  return [
    ...message.matchAll(/\b(?:wss?|https?):\/\/(\[[\da-fA-F:.%]{2,50}\]|[\w.-]{1,255}):(\d{1,5})/g),
  ].map(([, host = '', port]) => ({ address: host.replace(/^\[|\]$/g, ''), port: Number(port) }));
}

/** `(7 plugins: browser, canvas; 3.3s)`; versions up to 4.9 give the number only. */
function pluginsIn(message: string): readonly string[] | null {
  const list = /\(\d+ plugins?: ([^;)]*)/.exec(message)?.[1];
  return list === undefined ? null : list.split(',').map((name) => name.trim());
}

/** The classifier with the whole table. */
export const classify: Classifier = classifier(signatures);
