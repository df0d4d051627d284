import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/causes.ts';
import * as commands from '../../src/flyctl/commands.ts';
import { FlyctlFailure } from '../../src/flyctl/errors.ts';
import type { Completed } from '../../src/flyctl/process.ts';
import { patientClock, recording, scriptedFlyctl } from './scripted-flyctl.ts';

/** What a command makes of one recorded reply. */
function from(name: string) {
  return scriptedFlyctl([recording(name)]);
}

describe('replies of the real flyctl', () => {
  it('give the version, as a string or in parts', async () => {
    expect(await commands.flyctlVersion(from('002'))).toBe('0.4.87');
    const parts = scriptedFlyctl([{ stdout: '{"Version":{"Major":0,"Minor":4,"Patch":105}}\n' }]);
    expect(await commands.flyctlVersion(parts)).toBe('0.4.105');
  });

  it('give who the token belongs to, and the organizations it sees', async () => {
    expect(await commands.whoami(from('004'))).toBe('dev@example.com');
    expect([...(await commands.orgsList(from('020')))]).toEqual([['personal', 'Fake Org']]);
  });

  it('give a created app', async () => {
    expect(await commands.appsCreate(from('011'), 'my-app', 'personal')).toEqual({
      name: 'my-app',
      hostname: 'my-app.fly.dev',
      org: 'personal',
    });
  });

  it('give the app with its machines', async () => {
    const app = await commands.status(from('021'), 'my-app');
    expect(app).toMatchObject({
      name: 'my-app',
      hostname: 'my-app.fly.dev',
      appUrl: 'https://my-app.fly.dev',
      org: 'personal',
      status: 'deployed',
      deployed: true,
      version: 1,
      machines: [{ id: '148ed193b95948' }],
    });
  });

  it('give an app without machines and releases', async () => {
    expect(await commands.status(from('023'), 'my-app')).toMatchObject({ version: 0, machines: [] });
  });

  it('give a machine in full', async () => {
    const [machine] = await commands.machineList(from('037'), 'my-app');
    expect(machine).toEqual({
      id: '148ed193b95948',
      name: 'silent-moon-1',
      instanceId: '01M850H00R37270JXWZRHF4R7J',
      state: 'started',
      region: 'iad',
      createdAt: Date.parse('2026-11-23T20:10:58.968Z'),
      updatedAt: Date.parse('2026-11-23T20:10:58.969Z'),
      image:
        'ghcr.io/openclaw/openclaw@sha256:f2c1bbf2fd1146d4813d2721a7edf1d33f40841e3644e5174e30ffe67da1477a',
      imageRef: 'ghcr.io/openclaw/openclaw:2026.5.12',
      imageDigest: 'sha256:f2c1bbf2fd1146d4813d2721a7edf1d33f40841e3644e5174e30ffe67da1477a',
      imageLabels: {},
      memoryMb: 2048,
      cpus: 2,
      cpuKind: 'shared',
      releaseVersion: 1,
      metadata: expect.objectContaining({ fly_process_group: 'app', fly_release_version: '1' }),
      processGroup: 'app',
      env: { NODE_ENV: 'production' },
      command: [
        'node',
        'dist/index.js',
        'gateway',
        '--allow-unconfigured',
        '--port',
        '3000',
        '--bind',
        'lan',
      ],
      internalPorts: [3000],
      files: [],
      events: [
        { type: 'start', at: 1795464598969 },
        { type: 'launch', at: 1795464597969 },
      ],
      restartPolicy: 'on-failure',
      checks: [],
      volumes: [{ id: 'vol_4qlk1n3yd2z0m8xr', name: 'data', path: '/data' }],
      hostStatus: 'ok',
    });
  });

  it('give the labels of an image', async () => {
    const [machine] = await commands.machineList(from('379'), 'my-app');
    expect(machine?.imageLabels).toMatchObject({ 'org.opencontainers.image.version': '2026.9.6' });
  });

  it.each([
    [
      'after an OOM kill',
      '043',
      { exitCode: 137, signal: 9, oomKilled: true, requestedStop: false, restarting: true },
    ],
    ['in a crash loop', '044', { exitCode: 1, signal: null, oomKilled: false, restarting: true }],
    ['after the last restart', '045', { exitCode: 1, oomKilled: false, restarting: false }],
  ])('give the exit of a machine %s, with the zero values that Go leaves out', async (_, name, exit) => {
    const [machine] = await commands.machineList(from(name), 'my-app');
    const newest = machine?.events?.find((event) => event.type === 'exit');
    expect(newest?.exit).toMatchObject(exit);
  });

  it('give no machines, and a list that carries no events at all as such', async () => {
    expect(await commands.machineList(from('038'), 'my-app')).toEqual([]);
    const bare = scriptedFlyctl([{ stdout: '[{"id":"148ed193b95948","image_ref":{},"cordoned":false}]\n' }]);
    const [machine] = await commands.machineList(bare, 'my-app');
    expect(machine).toMatchObject({
      events: null,
      state: '',
      releaseVersion: null,
      memoryMb: null,
      volumes: [],
    });
  });

  it.each([
    ['an exit of code 0', { exit_event: { exited_at: '2026-11-23T20:00:00Z' } }, { exitCode: 0 }],
    ['the second place for exits', { MonitorEvent: { exit_event: { exit_code: 78 } } }, { exitCode: 78 }],
    ['an exit that says nothing', undefined, { exitCode: null, signal: null }],
  ])('give %s', async (_, request, exit) => {
    const machine = { id: '148ed193b95948', events: [{ type: 'exit', timestamp: 1795464659581, request }] };
    const [read] = await commands.machineList(
      scriptedFlyctl([{ stdout: JSON.stringify([machine]) }]),
      'my-app',
    );
    expect(read?.events?.[0]?.exit).toMatchObject(exit);
  });

  it('give the events of one machine from its text', async () => {
    const flyctl = from('046');
    const { state, events } = await commands.machineStatusEvents(flyctl, 'my-app', '148ed193b95948');
    expect([state, events.length]).toEqual(['started', 2]);
  });

  it('give what a command inside the machine printed, with its own exit code', async () => {
    expect(await commands.machineExec(from('063'), 'my-app', 'm', 'echo hello', 10)).toEqual({
      exitCode: 0,
      stdout: 'hello\n',
      stderr: '',
    });
    expect(await commands.machineExec(from('064'), 'my-app', 'm', 'false', 10)).toMatchObject({
      exitCode: 2,
    });
    expect(await commands.machineExec(from('361'), 'my-app', 'm', 'kill -9 $$', 10)).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('give leases, and none', async () => {
    expect(await commands.leasesView(from('257'), 'my-app', ['148ed193b95948'])).toEqual([
      {
        machineId: '148ed193b95948',
        owner: 'someone@example.com',
        description: '',
        nonce: 'other026aaba4',
        expiresAt: 1795465727000,
        version: '01M850Z93JKMB664P6XYZFVHNQ',
      },
    ]);
    expect(await commands.leasesView(from('402'), 'my-app', ['148ed193b95948'])).toEqual([]);
  });

  it('give secrets of every generation', async () => {
    expect(await commands.secretsList(from('105'), 'my-app')).toEqual([
      { name: 'OPENCLAW_GATEWAY_TOKEN', digest: '447b840bda71787c', status: 'deployed' },
      { name: 'A', digest: 'f3812a0a98ef832b', status: 'staged' },
    ]);
    const middle = scriptedFlyctl([
      { stdout: '[{"name":"A","digest":"e3","created_at":"x","updated_at":"y"}]' },
    ]);
    expect(await commands.secretsList(middle, 'my-app')).toEqual([
      { name: 'A', digest: 'e3', status: 'unknown' },
    ]);
    const old = scriptedFlyctl([{ stdout: '[{"Name":"A","Digest":"e3","CreatedAt":"x"}]' }]);
    expect(await commands.secretsList(old, 'my-app')).toEqual([
      { name: 'A', digest: 'e3', status: 'unknown' },
    ]);
    expect(await commands.secretsList(from('107'), 'my-app')).toEqual([]);
  });

  it('give volumes, listed, shown and made', async () => {
    const [volume] = await commands.volumesList(from('110'), 'my-app');
    expect(volume).toEqual({
      id: 'vol_4qlk1n3yd2z0m8xr',
      name: 'data',
      state: 'created',
      sizeGb: 1,
      region: 'iad',
      attachedMachineId: '148ed193b95948',
      createdAt: Date.parse('2026-11-23T20:11:06.386Z'),
      encrypted: true,
      snapshotRetention: 5,
      hostStatus: 'ok',
    });
    expect(await commands.volumesList(from('111'), 'my-app')).toEqual([]);
    expect(await commands.volumeShow(from('306'), 'my-app', 'vol')).toMatchObject({ name: 'data' });
    const wanted = { name: 'data', region: 'iad', sizeGb: 3 };
    expect(await commands.volumesCreate(from('112'), 'my-app', wanted)).toMatchObject({
      sizeGb: 3,
      attachedMachineId: null,
    });
  });

  it('give the first of two volumes printed one after the other', async () => {
    const wanted = { name: 'data', region: 'iad', sizeGb: 1 };
    expect(await commands.volumesCreate(from('113'), 'my-app', wanted)).toMatchObject({
      id: 'vol_fcaffab89635e506',
    });
  });

  it('give snapshots, one just asked for without an id', async () => {
    expect(await commands.snapshotsList(from('310'), 'my-app', 'vol')).toEqual([]);
    expect(await commands.snapshotsList(from('312'), 'my-app', 'vol')).toMatchObject([
      { id: 'vs_old1', status: 'created', size: 1000, retentionDays: 5 },
      { id: '', status: 'waiting' },
    ]);
  });

  it('give addresses with their kind', async () => {
    expect(await commands.ipsList(from('124'), 'my-app')).toMatchObject([
      { address: '203.0.113.11', type: 'v4' },
      { address: '2a09:8280:1::1:2345:1', type: 'v6' },
      { address: 'fdaa:0:33:0:1::2', type: 'private_v6', networkOrg: 'personal' },
      { address: '66.241.124.10', type: 'shared_v4', networkOrg: '' },
    ]);
    expect(await commands.ipsList(from('125'), 'my-app')).toEqual([]);
  });

  it('give log lines with provider, machine, and an order within the millisecond', async () => {
    const lines = await commands.logsPage(from('135'), 'my-app');
    expect(lines[0]).toEqual({
      machineId: '148ed193b95948',
      provider: 'runner',
      at: Date.parse('2026-11-23T20:11:09.804Z'),
      text: 'Pulling container image ghcr.io/openclaw/openclaw:2026.5.12',
    });
    expect(lines.map((line) => line.provider)).toContain('app');
    const entry = (fraction: string) =>
      JSON.stringify({ message: 'x', timestamp: `2026-11-23T20:11:09.${fraction}Z` });
    const two = scriptedFlyctl([{ stdout: `${entry('804000100')}\n${entry('804000900')}\n` }]);
    const [first, second] = await commands.logsPage(two, 'my-app');
    expect(first?.at).toBeLessThan(second?.at ?? 0);
  });

  it('give releases newest first, and images', async () => {
    const [release] = await commands.releases(from('073'), 'my-app');
    expect(release).toMatchObject({
      version: 2,
      status: 'failed',
      imageRef: 'ghcr.io/openclaw/openclaw:2026.9.6',
      user: 'dev@example.com',
    });
    expect(await commands.releases(from('074'), 'my-app')).toEqual([]);
    expect(await commands.imageShow(from('071'), 'my-app')).toMatchObject([
      { machineId: '148ed193b95948', repository: 'ghcr.io/openclaw/openclaw', tag: '2026.5.12' },
    ]);
    expect(await commands.imageShow(from('072'), 'my-app')).toEqual([]);
  });

  it('give the config of the latest release as text', async () => {
    expect(JSON.parse(await commands.configShow(from('151'), 'my-app', 'json'))).toMatchObject({
      app: 'my-app',
    });
    expect(await commands.configShow(from('152'), 'my-app', 'toml')).toContain("app = 'my-app'");
  });

  it('are found behind the lines that LOG_LEVEL or a warning puts before them', async () => {
    expect(await commands.machineList(from('245'), 'my-app')).toHaveLength(1);
  });
});

describe('a page of logs', () => {
  it('is empty, not a failure, when the deadline passes with nothing there', async () => {
    const silent = scriptedFlyctl([{ exitCode: 127, timedOut: true }]);
    expect(await commands.logsPage(silent, 'my-app', { machineId: 'm' })).toEqual([]);
    expect(silent.calls[0]?.args).toEqual(['logs', '-a', 'my-app', '--no-tail', '--json', '-m', 'm']);
    expect(silent.calls[0]?.options.deadlineMs).toBe(5000);
  });

  it('holds what arrived before the process was stopped in the middle of a line', async () => {
    const { stdout } = recording('135');
    const whole = await commands.logsPage(from('135'), 'my-app');
    const cut = scriptedFlyctl([
      { exitCode: null, signal: 'SIGKILL', timedOut: true, stdout: stdout.slice(0, -20) },
    ]);
    expect(await commands.logsPage(cut, 'my-app')).toEqual(whole.slice(0, -1));
  });

  it('passes over an entry that does not fit', async () => {
    const odd = scriptedFlyctl([
      { stdout: '{"message":1}\n{"message":"b","timestamp":"2026-11-23T20:00:00Z"}\n' },
    ]);
    expect((await commands.logsPage(odd, 'my-app')).map((line) => line.text)).toEqual(['b']);
  });

  it('is refused to a token without the right, at the first try', async () => {
    const refused = from('141');
    await expect(commands.logsPage(refused, 'my-app')).rejects.toMatchObject({ code: 'token-rights' });
    expect(refused.calls).toHaveLength(1);
  });
});

describe('arguments', () => {
  const done = () => scriptedFlyctl([{ stdout: '{"id":"v"}' }]);
  const wanted = { name: 'data', region: 'iad', sizeGb: 3, snapshotId: 'vs_1' };
  it.each<[string, (flyctl: ReturnType<typeof done>) => Promise<unknown>, string]>([
    ['start', (f) => commands.machineStart(f, 'a', 'm'), 'machine start m -a a'],
    ['stop', (f) => commands.machineStop(f, 'a', 'm'), 'machine stop m -a a'],
    [
      'stop and wait',
      (f) => commands.machineStop(f, 'a', 'm', { signal: 'SIGTERM', timeoutSeconds: 60, waitSeconds: 60 }),
      'machine stop m -a a --signal SIGTERM --timeout 60 -w 60s',
    ],
    ['restart', (f) => commands.machineRestart(f, 'a', 'm'), 'machine restart m -a a --skip-health-checks'],
    [
      'update',
      (f) =>
        commands.machineUpdate(f, 'a', 'm', {
          memoryMb: 2048,
          command: '',
          image: 'i:1',
          restart: 'no',
          metadata: { k: 'v' },
          skipStart: true,
        }),
      'machine update m -a a -y --skip-health-checks --vm-memory 2048 -C  --image i:1 --restart no --metadata k=v --skip-start',
    ],
    ['destroy', (f) => commands.machineDestroy(f, 'a', 'm'), 'machine destroy m -a a --force'],
    ['clear a lease', (f) => commands.leasesClear(f, 'a', 'm'), 'machine leases clear m -a a'],
    ['unset', (f) => commands.secretsUnset(f, 'a', ['A', 'B']), 'secrets unset A B -a a --stage'],
    [
      'deploy secrets',
      (f) => commands.secretsDeploy(f, 'a'),
      'secrets deploy -a a --detach --dns-checks=false',
    ],
    [
      'create a volume',
      (f) => commands.volumesCreate(f, 'a', wanted),
      'volumes create data -a a -r iad -s 3 -y --json --snapshot-id vs_1',
    ],
    ['snapshot', (f) => commands.snapshotCreate(f, 'a', 'v'), 'volumes snapshots create v -a a'],
    ['allocate v4', (f) => commands.ipsAllocateV4Shared(f, 'a'), 'ips allocate-v4 --shared -a a'],
    ['allocate v6', (f) => commands.ipsAllocateV6(f, 'a'), 'ips allocate-v6 -a a'],
    ['allocate private', (f) => commands.ipsAllocatePrivate(f, 'a'), 'ips allocate-v6 --private -a a'],
    ['release', (f) => commands.ipsRelease(f, 'a', '1.2.3.4'), 'ips release 1.2.3.4 -a a'],
    ['exec', (f) => commands.machineExec(f, 'a', 'm', 'x', 9), 'machine exec m x -a a --json --timeout 9'],
  ])('of %s', async (_, command, line) => {
    const flyctl = done();
    await command(flyctl);
    expect(flyctl.calls.map(({ args }) => args.join(' '))).toEqual([line]);
  });

  it('never hold secret values, which go to standard input', async () => {
    const flyctl = done();
    await commands.secretsImport(flyctl, 'my-app', 'A="""hunter2"""\n');
    expect(flyctl.calls[0]?.args).toEqual(['secrets', 'import', '-a', 'my-app', '--stage']);
    expect(flyctl.calls[0]?.options.stdin).toBe('A="""hunter2"""\n');
  });

  it('ask nothing about the leases of no machine', async () => {
    const flyctl = done();
    expect(await commands.leasesView(flyctl, 'a', [])).toEqual([]);
    expect(flyctl.calls).toEqual([]);
  });
});

describe('a reply that does not fit', () => {
  const wrong = (stdout: string) =>
    commands.machineList(
      scriptedFlyctl([{ stdout }], { redact: (text) => text.replaceAll('hunter2', '***') }),
      'my-app',
    );

  it('is told with command, version, place, and its beginning without secrets', async () => {
    const reply = JSON.stringify([
      { id: 'a' },
      { id: 'b', state: 7, secret: 'hunter2', filler: 'x'.repeat(900) },
    ]);
    const failure = await wrong(reply).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    const { code, message, evidence } = failure as Failure;
    expect(code).toBe('fly-api');
    expect(message).toContain('flyctl 0.4.87');
    expect(message).toContain('machine list -a my-app --json');
    expect(message).toContain('1.state');
    expect(evidence).toHaveLength(500);
    expect(evidence).toContain('***');
    expect(evidence).not.toContain('hunter2');
  });

  it.each([
    ['', 'no JSON at all'],
    ['[\n    {\n        "id": "148', 'broken JSON at character 0'],
    ['"text"', 'no JSON at all'],
    ['{\n}\n', 'the whole document'],
  ])('%j: %s', async (stdout, place) => {
    await expect(wrong(stdout)).rejects.toThrow(place);
  });
});

describe('a restart', () => {
  const restart = (ended: Partial<Completed>) =>
    commands.machineRestart(scriptedFlyctl([ended]), 'my-app', 'm');

  it.each([
    [
      'crashes while it waits for the start',
      { exitCode: 3, stdout: 'Restarting machine m\nOops, something' },
    ],
    [
      'waits for the start in vain',
      {
        exitCode: 1,
        stderr: "Error: failed to restart machine m: timeout reached waiting for machine's state to change\n",
      },
    ],
  ])('is one also when flyctl %s', async (_, ended) => {
    await expect(restart(ended)).resolves.toBeUndefined();
  });

  it('is none when the order was not taken', async () => {
    const stderr =
      'Error: failed to restart machine m: could not stop machine m: failed to restart VM m: boom\n';
    await expect(restart({ exitCode: 1, stderr })).rejects.toThrow(/boom/);
  });
});

describe('second tries', () => {
  const resets = recording('033');
  const unsent = recording('243');

  it('are made by what only looks, until it gets an answer', async () => {
    const flyctl = scriptedFlyctl([
      resets,
      { stdout: '[\n    {' },
      { timedOut: true, exitCode: 127 },
      recording('037'),
    ]);
    expect(await commands.machineList(flyctl, 'my-app')).toHaveLength(1);
    expect(flyctl.calls).toHaveLength(4);
  });

  it('are limited in number even when every try fails in another way', async () => {
    const flyctl = scriptedFlyctl([resets, { stdout: '{"' }, resets]);
    await expect(commands.machineList(flyctl, 'my-app')).rejects.toMatchObject({ code: 'fly-api' });
    expect(flyctl.calls).toHaveLength(4);
  });

  it('are not made by what must not happen twice', async () => {
    const wanted = { name: 'data', region: 'iad', sizeGb: 1 };
    const acts: ((flyctl: ReturnType<typeof scriptedFlyctl>) => Promise<unknown>)[] = [
      (flyctl) => commands.volumesCreate(flyctl, 'a', wanted),
      (flyctl) => commands.appsCreate(flyctl, 'a', 'o'),
      (flyctl) => commands.ipsAllocateV6(flyctl, 'a'),
      (flyctl) => commands.ipsAllocateV4Shared(flyctl, 'a'),
      (flyctl) => commands.ipsAllocatePrivate(flyctl, 'a'),
      (flyctl) => commands.snapshotCreate(flyctl, 'a', 'v'),
      (flyctl) => commands.machineRestart(flyctl, 'a', 'm'),
      (flyctl) => commands.machineUpdate(flyctl, 'a', 'm', {}),
      (flyctl) => commands.secretsDeploy(flyctl, 'a'),
    ];
    for (const act of acts) {
      const flyctl = scriptedFlyctl([resets]);
      await expect(act(flyctl)).rejects.toBeInstanceOf(FlyctlFailure);
      expect(flyctl.calls).toHaveLength(1);
    }
  });

  it('are made by anything whose request never left', async () => {
    const flyctl = scriptedFlyctl([unsent, unsent, { stdout: '{"id":"v"}' }]);
    await commands.volumesCreate(flyctl, 'a', { name: 'data', region: 'iad', sizeGb: 1 });
    expect(flyctl.calls).toHaveLength(3);
  });

  it('are left to a caller that comes back by itself', async () => {
    const flyctl = scriptedFlyctl([resets]);
    await expect(commands.machineList(flyctl, 'my-app', { patience: null })).rejects.toMatchObject({
      passing: true,
    });
    expect(flyctl.calls).toHaveLength(1);
  });

  it('end with the run', async () => {
    const abort = new AbortController();
    const sleep = async () => {
      abort.abort();
      throw abort.signal.reason;
    };
    const flyctl = scriptedFlyctl([resets], { patience: patientClock({ sleep }) });
    const asked = commands.machineList(flyctl, 'my-app', { signal: abort.signal });
    await expect(asked).rejects.toMatchObject({ name: 'Failure', code: 'cancelled' });
  });

  it('are not made of a call that was cancelled', async () => {
    const flyctl = scriptedFlyctl([{ cancelled: true, exitCode: 127 }]);
    await expect(commands.machineList(flyctl, 'my-app')).rejects.toMatchObject({ code: 'cancelled' });
    expect(flyctl.calls).toHaveLength(1);
  });
});
