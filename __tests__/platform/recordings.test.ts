import { describe, expect, it } from 'vitest';
import { startPlatform } from '../../rehearsal/platform/platform.ts';
import { recordedRuns, recordingShelf, timedLines } from '../../rehearsal/platform/recordings.ts';

describe('the lines of a recording', () => {
  it('have the times of the timing file', () => {
    expect(timedLines('a\nb\n', '    0.10  a\n   12.30  b\n')).toEqual([
      { at: 0.1, text: 'a' },
      { at: 12.3, text: 'b' },
    ]);
  });

  it('have the time of the piece with their last character where the two files cut differently', () => {
    expect(
      timedLines('abcdef\r\n\nghi\n', '    1.00  abc\n    2.00  def\n    3.00  \n    4.00  ghi\n'),
    ).toEqual([
      { at: 2, text: 'abcdef\r' },
      { at: 2, text: '' },
      { at: 4, text: 'ghi' },
    ]);
  });

  it('do not hold the stop by the recorder, which is kept as last words', () => {
    const shelf = recordingShelf();
    const stops = /received SIGTERM; shutting down|signal SIGTERM received/;
    for (const { file } of recordedRuns()) {
      const recording = shelf(file.replace(/\.log$/, ''));
      expect(recording.lines.filter((line) => stops.test(line.text))).toEqual([]);
      expect(recording.lastWords.length > 0).toBe(recording.run.stop_line !== null);
    }
  });
});

it('a row of runs.jsonl says what happened and nothing of what to conclude', () => {
  const allowed = 'alive_at_end args env exit file http listening stop_line version'.split(' ');
  for (const run of recordedRuns()) expect(Object.keys(run).sort()).toEqual(allowed);
});

it('every recorded run boots as it was: its lines in order, its end, its open port', async () => {
  const shelf = recordingShelf();
  const runs = recordedRuns();
  expect(runs).toHaveLength(241);
  const name = (index: number) => `app-${index}`;
  const platform = await startPlatform({
    speed: 0,
    seed: { apps: runs.map((_run, index) => ({ name: name(index) })) },
    boots: runs.map((run, index) => ({
      when: { app: name(index) },
      recording: run.file.replace(/\.log$/, ''),
    })),
  });
  try {
    for (const index of runs.keys()) {
      await fetch(`${platform.url}/v1/apps/${name(index)}/machines`, {
        method: 'POST',
        headers: { authorization: 'Bearer test-token' },
        body: JSON.stringify({ config: { image: 'x:1', restart: { policy: 'no' } }, region: 'iad' }),
      });
    }
    await platform.advance(120_000);
    for (const [index, run] of runs.entries()) {
      const app = platform.world.apps.get(name(index));
      const machine = [...(app?.machines.values() ?? [])][0];
      const said = app?.log.filter((line) => line.provider === 'app').map((line) => line.text) ?? [];
      const own = shelf(run.file.replace(/\.log$/, '')).lines.map((line) => line.text);
      expect(said.slice(3, 3 + own.length), run.file).toEqual(own);
      const exit = machine?.events.find((event) => event.type === 'exit')?.exit;
      const signal = { SIGKILL: 9, SIGABRT: 6 }[run.exit.signal ?? ''] ?? 0;
      const code = run.exit.code ?? 128 + signal;
      expect(exit === undefined ? null : [exit.code, exit.signal], run.file).toEqual(
        run.alive_at_end ? null : [code, signal],
      );
      const response = await fetch(`${platform.url}/v1/apps/${name(index)}/machines/${machine?.id}/ps`, {
        headers: { authorization: 'Bearer test-token' },
      });
      const sockets = run.alive_at_end
        ? ((await response.json()) as { listen_sockets: { address: string }[] }[])[0]?.listen_sockets
        : [];
      expect(sockets?.map((socket) => socket.address) ?? [], run.file).toEqual(
        run.alive_at_end && run.listening !== null
          ? run.listening.addresses.map((address) =>
              address.includes(':')
                ? `[${address}]:${run.listening?.port}`
                : `${address}:${run.listening?.port}`,
            )
          : [],
      );
    }
  } finally {
    await platform.close();
  }
});
