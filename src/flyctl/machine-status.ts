import type { ExitEvent, MachineEvent } from '../watch/facts.ts';

/** What the text of `machine status ID` tells. */
export interface MachineStatusText {
  /** `''` where the text has none. */
  readonly instanceId: string;
  readonly state: string;
  /** Newest first, as printed; empty when the machine has none. */
  readonly events: readonly MachineEvent[];
}

const ansi = /\u001b\[[0-9;]*m/g;

/**
 * Reads `machine status ID`: "State: started" lines on top, then tables whose columns are parted by `│`. The events
 * stand in the table with the columns STATE, EVENT, SOURCE, TIMESTAMP, INFO; INFO of an exit is
 * `exit_code=1,oom_killed=false,requested_stop=false` (flyctl 0.4.87).
 */
export function parseMachineStatus(text: string): MachineStatusText {
  const lines = text.replace(ansi, '').split(/\r?\n/);
  const headed = (name: string) =>
    lines
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? '';
  const events: MachineEvent[] = [];
  let columns: readonly string[] | null = null;
  for (const line of lines) {
    const cells = line.split(/[│|]/).map((cell) => cell.trim());
    if (cells.includes('EVENT') && cells.includes('TIMESTAMP')) {
      columns = cells;
    } else if (columns !== null) {
      if (cells.length < columns.length) {
        columns = null;
        continue;
      }
      const cell = (name: string) => cells[columns?.indexOf(name) ?? -1] ?? '';
      const at = Date.parse(cell('TIMESTAMP'));
      if (cell('EVENT') !== '' && !Number.isNaN(at)) {
        events.push(toEvent(cell('EVENT'), at, cell('INFO')));
      }
    }
  }
  return { instanceId: headed('Instance ID'), state: headed('State'), events };
}

function toEvent(type: string, at: number, info: string): MachineEvent {
  if (type !== 'exit') return { type, at };
  const said = new Map(
    info.split(',').map((pair): [string, string] => {
      const [name = '', value = ''] = pair.split('=');
      return [name.trim(), value.trim()];
    }),
  );
  const code = said.get('exit_code');
  const exit: ExitEvent = {
    at,
    exitCode: code !== undefined && /^-?\d+$/.test(code) ? Number(code) : null,
    signal: null,
    oomKilled: said.get('oom_killed') === 'true',
    requestedStop: said.get('requested_stop') === 'true',
    restarting: false,
  };
  return { type: 'exit', at, exit };
}
