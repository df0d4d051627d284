import { describe, expect, it } from 'vitest';
import { type Address, type ModeQuestion, planMode } from '../../src/app/mode.ts';
import type { DeployPlan } from '../../src/app/plan.ts';
import { audit, settleAddresses } from '../../src/chapters/addresses.ts';
import { provideAll } from '../../src/chapters/provision.ts';
import type { Journey } from '../../src/journey.ts';
import { beginReport, type RunReport } from '../../src/report/report.ts';
import { scriptedFlyctl } from '../flyctl/scripted-flyctl.ts';

const shared: Address = { type: 'shared_v4', address: '66.241.124.10' };
const v6: Address = { type: 'v6', address: '2a09:8280:1::1' };
const flycast: Address = { type: 'private_v6', address: 'fdaa:0:1::3' };

function onAJourney(part: Partial<RunReport>, question: Partial<ModeQuestion>) {
  const report: RunReport = { ...beginReport('deploy', 0), url: 'https://claw.fly.dev', ...part };
  const said: string[] = [];
  const journey = {
    report,
    console: { warning: (text: string) => said.push(text), phase: () => {} },
    signal: new AbortController().signal,
  } as unknown as Journey;
  const mode = planMode({
    wanted: 'auto',
    privateAccess: 'flycast',
    appIsNew: false,
    addresses: [],
    hasService: true,
    namedPrivate: false,
    customHosts: [],
    ...question,
  });
  return { journey, report, said, plan: { app: 'claw', mode, appIsNew: false } as unknown as DeployPlan };
}

async function settle(part: Partial<RunReport>, question: Partial<ModeQuestion>) {
  const { journey, report, said, plan } = onAJourney(part, question);
  const flyctl = scriptedFlyctl([{}, {}]);
  await settleAddresses(journey, flyctl, plan);
  return { report, said, calls: flyctl.calls.map(({ args }) => args.join(' ')) };
}

const healthy = { verdict: 'healthy', cause: 'healthy' } as const;
const degraded = {
  verdict: 'degraded',
  cause: 'discord-auth',
  meaning: 'Discord refuses the token.',
} as const;
const toPrivate = { wanted: 'private', addresses: [shared, v6, flycast] } as const;
const toPublic = { wanted: 'public', addresses: [flycast] } as const;

it('a private app that never ran is freed of public addresses before anything runs on it', async () => {
  const { journey, plan } = onAJourney({}, { ...toPrivate, appIsNew: true });
  const flyctl = scriptedFlyctl([{}, {}]);
  const made: string[] = [];
  const whole = { ...plan, provisions: { app: null, volume: null, addresses: [] } };
  await provideAll(journey, flyctl, whole, (result) => made.push(result));
  expect(flyctl.calls.map(({ args }) => args.join(' '))).toEqual([
    'ips release 66.241.124.10 -a claw',
    'ips release 2a09:8280:1::1 -a claw',
  ]);
  expect(made).toEqual(['released 66.241.124.10 (shared_v4), released 2a09:8280:1::1 (v6)']);
});

describe('addresses change', () => {
  it.each([
    ['to private', toPrivate, ['ips release 66.241.124.10 -a claw', 'ips release 2a09:8280:1::1 -a claw']],
    ['to public', toPublic, ['ips allocate-v6 -a claw', 'ips allocate-v4 --shared -a claw']],
  ] as const)('after a healthy verdict: %s', async (_, question, expected) => {
    const { calls, said, report } = await settle(healthy, question);
    expect(calls).toEqual(expected);
    expect(said).toEqual([]);
    expect(report.url).toBe('https://claw.fly.dev');
  });

  it.each([
    ['to private', toPrivate, /^Not released yet: 66\.241\.124\.10 \(shared_v4\), 2a09:8280:1::1 \(v6\)\./],
    ['to public', toPublic, /^Not allocated yet: a public IPv6 address, a shared public IPv4 address\./],
  ] as const)('not after a degraded one, which is said: %s', async (_, question, expected) => {
    const { calls, said, report } = await settle(degraded, question);
    expect(calls).toEqual([]);
    expect(said).toEqual(report.warnings);
    expect(said[0]).toMatch(expected);
    expect(said[0]).toMatch(/only after a healthy verdict, and this one is degraded \(discord-auth\)\.$/);
  });

  it('so an app that is not public yet has no URL, and the commands to make it public', async () => {
    const { report } = await settle(degraded, toPublic);
    expect([report.url, report.access]).toEqual([null, 'unknown']);
    expect(report.nextSteps.flatMap(({ commands }) => commands)).toEqual([
      'fly ips allocate-v6 -a claw',
      'fly ips allocate-v4 --shared -a claw',
    ]);
  });

  it('but one that lacks only one of two keeps the URL that it has', async () => {
    const part = { ...degraded, addresses: { before: [v6], after: [v6] } };
    const { report } = await settle(part, { wanted: 'public', addresses: [v6] });
    expect(report.url).toBe('https://claw.fly.dev');
  });

  it('in no app that is as it should be, and nothing is said', async () => {
    const { calls, said } = await settle(degraded, { wanted: 'private', addresses: [flycast] });
    expect([calls, said]).toEqual([[], []]);
  });
});

describe('the audit', () => {
  async function audited(part: Partial<RunReport>, question: Partial<ModeQuestion>, now: readonly Address[]) {
    const { journey, report, plan } = onAJourney(part, question);
    const listed = now.map(({ type, address }) => ({ Type: type, Address: address }));
    await audit(journey, scriptedFlyctl([{ stdout: JSON.stringify(listed) }]), plan, () => {});
    return report;
  }

  it.each([
    ['told to be private', { wanted: 'private', addresses: [flycast] }],
    ['private all along', { addresses: [flycast] }],
    ['made private by hand', { addresses: [] }],
  ] as const)(
    'fails an app that is %s for an address that somebody gave it meanwhile',
    async (_, question) => {
      const report = await audited(healthy, question, [flycast, v6]);
      expect(report).toMatchObject({ verdict: 'failed', cause: 'public-address' });
      expect(report.evidence?.text).toBe('the private app has a public address: 2a09:8280:1::1 (v6)');
      expect(report.fix?.commands).toEqual(['fly ips release 2a09:8280:1::1 -a claw']);
    },
  );

  it('says of an address that waits for a healthy verdict why it is there still', async () => {
    const report = await audited(degraded, toPrivate, [shared, v6, flycast]);
    expect(report).toMatchObject({ verdict: 'failed', cause: 'public-address' });
    expect(report.meaning).toMatch(
      /go after a healthy verdict only, and this one was degraded \(discord-auth\): Discord refuses the token\.$/,
    );
    expect(report.fix?.commands).toEqual([
      'fly ips release 66.241.124.10 -a claw',
      'fly ips release 2a09:8280:1::1 -a claw',
    ]);
  });

  it.each([
    ['private ones only', healthy, { addresses: [flycast] }, [flycast]],
    ['a public app', healthy, { addresses: [v6, shared] }, [v6, shared]],
  ] as const)('lets %s pass', async (_, part, question, now) => {
    expect(await audited(part, question, now)).toMatchObject(healthy);
  });

  it('leaves what failed before as the cause', async () => {
    const failed = { verdict: 'failed', cause: 'crash-loop' } as const;
    expect(await audited(failed, toPrivate, [shared, v6])).toMatchObject(failed);
  });
});
