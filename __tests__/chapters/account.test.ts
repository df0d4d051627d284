import { describe, expect, it } from 'vitest';
import { causeTable } from '../../src/causes.ts';
import { account } from '../../src/chapters/account.ts';
import { beginReport } from '../../src/report/report.ts';
import type { Verdict } from '../../src/watch/verdict.ts';

const died: Verdict = {
  verdict: 'failed',
  cause: 'crash-loop',
  machineId: '148ed193b95948',
  evidence: { text: 'machine 148ed193b95948 ended with exit code 7', source: 'machine', at: 0 },
  context: { app: 'claw', machineId: '148ed193b95948' },
  suspected: null,
  listening: false,
  reachable: false,
  discord: 'not-configured',
  listeningAfterMs: null,
  discordAfterMs: null,
  warnings: [],
  seen: [],
  notSeen: [],
  lastLines: ['[gateway] starting...', 'Error: boom', ' INFO Main child exited normally with code: 7'],
  machineState: 'stopped',
};

function told(change: Partial<Verdict>, more: Parameters<typeof account>[2] = {}) {
  const report = beginReport('deploy', 0);
  account(report, { ...died, ...change }, more);
  return report;
}

describe('the report of a verdict', () => {
  it.each(['exited', 'crash-loop', 'killed'] as const)(
    'tells of %s what the gateway said last, where only the machine gave evidence',
    (cause) => {
      expect(told({ cause }).evidence?.text).toBe(
        'machine 148ed193b95948 ended with exit code 7; the last words before it: Error: boom',
      );
    },
  );

  it('leaves evidence alone that explains itself', () => {
    const evidence = { text: '[gateway] no config', source: 'log', at: null } as const;
    expect(told({ evidence }).evidence?.text).toBe('[gateway] no config');
    expect(told({ cause: 'out-of-memory' }).evidence?.text).toBe(died.evidence?.text);
    expect(told({ lastLines: [] }).evidence?.text).toBe(died.evidence?.text);
  });

  it('says what is suspected behind a login that did not come, as a suspicion, with the fix for it', () => {
    const { meaning, cause, fix } = told({
      cause: 'discord-timeout',
      suspected: 'discord-plugin-missing',
    });
    expect(cause).toBe('discord-timeout');
    expect(meaning).toBe(
      `${causeTable['discord-timeout'].meaning} Suspected, not proven: ${causeTable['discord-plugin-missing'].meaning}`,
    );
    expect(fix).toEqual(causeTable['discord-plugin-missing'].fix({}));
  });

  it('suspects no missing token where the app has one', () => {
    const change = { cause: 'discord-timeout', suspected: 'discord-no-token' } as const;
    expect(told(change, { hasDiscordToken: false }).meaning).toContain('Suspected');
    const { meaning, fix } = told(change, { hasDiscordToken: true });
    expect(meaning).toBe(causeTable['discord-timeout'].meaning);
    expect(fix?.text).toBe(causeTable['discord-timeout'].fix({}).text);
  });

  it('names in the fix what only the workflow knows', () => {
    const sent = new Set(['DISCORD_BOT_TOKEN']);
    expect(told({ cause: 'discord-auth' }, { sent }).fix?.commands).toEqual([
      'gh secret set DISCORD_BOT_TOKEN',
    ]);
  });
});
