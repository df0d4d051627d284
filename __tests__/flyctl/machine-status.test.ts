import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMachineStatus } from '../../src/flyctl/machine-status.ts';
import { recording } from './scripted-flyctl.ts';

/** The recorded text with other events in its table. */
function withEvents(...rows: readonly string[]): string {
  const text = recording('046').stdout;
  const [head = ''] = text.split(' started │ start ');
  return `${head}${rows.join('\n')}\n\n`;
}

describe('the text of machine status', () => {
  it('tells instance, state and events, newest first', () => {
    expect(parseMachineStatus(recording('046').stdout)).toEqual({
      instanceId: '01M850H0NSQXS6JT7SG5AY8C01',
      state: 'started',
      events: [
        { type: 'start', at: Date.parse('2026-11-23T20:09:59.641Z') },
        { type: 'launch', at: Date.parse('2026-11-23T20:09:58.641Z') },
      ],
    });
  });

  it('tells exit code, OOM kill and asked-for stops of an exit', () => {
    const at = '2026-11-23T20:10:00.000Z';
    const { events } = parseMachineStatus(
      withEvents(
        ` stopped │ exit │ flyd │ ${at} │ exit_code=137,oom_killed=true,requested_stop=false `,
        ` stopped │ exit │ flyd │ ${at} │ exit_code=0,oom_killed=false,requested_stop=true `,
        ` stopped │ exit │ flyd │ ${at} │  `,
      ),
    );
    expect(events.map(({ exit }) => exit && [exit.exitCode, exit.oomKilled, exit.requestedStop])).toEqual([
      [137, true, false],
      [0, false, true],
      [null, false, false],
    ]);
  });

  it('takes no row of another table for an event', () => {
    const text = `${recording('046').stdout}\nChecks\n NAME │ STATUS │ LAST UPDATED │ OUTPUT\n a │ exit │ b │ c\n`;
    expect(parseMachineStatus(text).events).toHaveLength(2);
  });

  it('makes nothing of text that is no table', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('│', '|', '\n', ' ', 'EVENT', 'exit', 'a', '\x1b[1m') }),
        (text) => {
          expect(parseMachineStatus(text).events).toEqual([]);
        },
      ),
    );
  });
});
