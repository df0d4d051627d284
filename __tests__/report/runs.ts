import { beginReport, type RunReport } from '../../src/report/report.ts';

const start = Date.UTC(2026, 10, 3, 3, 4, 5);

const image = (digest: string) => `ghcr.io/openclaw/openclaw@sha256:${digest.repeat(16)}`;

type Row = RunReport['timeline'][number];

const chapter = (
  name: string,
  from: number,
  to: number,
  note: string,
  outcome: Row['outcome'] = 'done',
): Row => ({ name, from, to, outcome, note, moment: false });

const moment = (...row: Parameters<typeof chapter>): Row => ({ ...chapter(...row), moment: true });

/** An update of a public app that went well; each run below differs from it in what its name says. */
const update: RunReport = {
  ...beginReport('deploy', start),
  verdict: 'healthy',
  cause: 'healthy',
  meaning: 'The gateway listens, is reachable and is logged in to Discord.',
  evidence: {
    text: '[discord] logged in to discord as 1234567890 (Claw)',
    source: 'gateway',
    at: '2026-11-03T03:04:40.000Z',
    machine: '2874d97b1e03d8',
  },
  mode: 'public',
  app: 'my-openclaw',
  org: 'personal',
  region: 'iad',
  duration: 38.4,
  listeningAfter: 12.3,
  discordAfter: 14.9,
  discord: 'logged-in',
  timeline: [
    chapter('Install flyctl', 0, 1.2, 'flyctl 0.4.105, from the tool cache, checksum verified'),
    chapter('Plan', 1.2, 3.4, 'public, OpenClaw 2026.9.6'),
    chapter('Secrets', 3.4, 5, '1 changed, 1 unchanged'),
    chapter('Keep a way back', 5, 14, 'snapshot vs_0Gk7mXbZ after 9 s'),
    chapter('Deploy and watch', 14, 36.9, 'healthy, listening after 12 s, Discord after 15 s'),
    moment('new version on the machine', 14, 20.5, 'machine 2874d97b1e03d8 has the new version (release 42)'),
    moment('gateway listens', 14, 26.3, 'gateway listens on port 3000, 5.1 s after its start'),
    moment('Discord login', 14, 28.9, 'Discord logged in'),
  ],
  version: { from: '2026.5.12', to: '2026.9.6' },
  image: { from: image('a1b2'), to: image('c3d4') },
  compareUrl: 'https://github.com/openclaw/openclaw/compare/v2026.5.12...v2026.9.6',
  release: 42,
  memoryMb: { from: 2048, to: 2048 },
  secrets: [
    { name: 'ANTHROPIC_API_KEY', state: 'unchanged' },
    { name: 'DISCORD_BOT_TOKEN', state: 'changed' },
    { name: 'OPENCLAW_GATEWAY_TOKEN', state: 'only-on-fly' },
  ],
  addresses: {
    before: [
      { type: 'shared_v4', address: '66.241.124.1' },
      { type: 'v6', address: '2a09:8280:1::1' },
    ],
    after: [
      { type: 'shared_v4', address: '66.241.124.1' },
      { type: 'v6', address: '2a09:8280:1::1' },
    ],
  },
  machines: [{ id: '2874d97b1e03d8', region: 'iad', state: 'started', memoryMb: 2048, image: image('c3d4') }],
  volume: { id: 'vol_vz8kxq', name: 'openclaw_data', sizeGb: 1 },
  snapshot: 'vs_0Gk7mXbZ',
  url: 'https://my-openclaw.fly.dev',
  urlStatus: 200,
  dashboardUrl: 'https://fly.io/apps/my-openclaw',
  access: 'public',
  lastLines: ['[gateway] http server listening (14 plugins: acpx, discord; 3.8s)', '[gateway] ready'],
  flyctlVersion: '0.4.105',
};

const heapLine = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
const lockLine = 'Gateway failed to start: gateway already running (pid 643); lock timeout after 5000ms';

const failed = {
  verdict: 'failed',
  duration: 31,
  listeningAfter: null,
  discordAfter: null,
  discord: 'unknown',
  urlStatus: null,
  timeline: [
    ...update.timeline.slice(0, 4),
    chapter('Deploy and watch', 14, 31, 'failed', 'failed'),
    ...update.timeline.slice(5, 6),
    moment('gateway exited', 14, 30.1, 'machine 2874d97b1e03d8 ended with exit code 134', 'failed'),
  ],
} satisfies Partial<RunReport>;

export const runs = {
  healthy: update,

  'first deploy, private': {
    ...update,
    mode: 'private',
    access: 'flycast',
    url: null,
    urlStatus: null,
    version: { from: null, to: '2026.9.6' },
    image: { from: null, to: image('c3d4') },
    compareUrl: null,
    release: 1,
    snapshot: null,
    memoryMb: { from: null, to: 2048 },
    discord: 'not-expected',
    discordAfter: null,
    addresses: { before: [], after: [{ type: 'private_v6', address: 'fdaa:0:1::3' }] },
    secrets: [
      { name: 'ANTHROPIC_API_KEY', state: 'added' },
      { name: 'OPENCLAW_GATEWAY_TOKEN', state: 'generated' },
      { name: 'NPM_TOKEN', state: 'left-out' },
    ],
    overrides: [{ key: 'kill_signal', from: null, to: 'SIGTERM' }],
    findings: [
      {
        severity: 'warning',
        rule: 'memory',
        message: '1 GB of memory can run out under load; `2gb` is what the guide recommends.',
        file: 'fly.toml',
        line: 31,
        column: 1,
        lines: '[[vm]]\n  memory = "2gb"',
      },
    ],
    generatedConfig: { file: 'fly.toml', text: 'app = "my-openclaw"\nprimary_region = "iad"\n' },
    nextSteps: [
      {
        text: 'Read the gateway token, which this run made up.',
        url: null,
        commands: ['fly ssh console --app my-openclaw --command "printenv OPENCLAW_GATEWAY_TOKEN"'],
      },
    ],
  },

  'no change': {
    ...update,
    version: { from: '2026.9.6', to: '2026.9.6' },
    image: { from: image('c3d4'), to: image('c3d4') },
    compareUrl: null,
    snapshot: null,
    secrets: [{ name: 'ANTHROPIC_API_KEY', state: 'unchanged' }],
  },

  degraded: {
    ...update,
    verdict: 'degraded',
    cause: 'auth-missing',
    meaning: 'The gateway runs with a token that it made up for this start only.',
    evidence: {
      text: '[gateway] Generated a runtime token for this startup',
      source: 'gateway',
      at: null,
      machine: '2874d97b1e03d8',
    },
    fix: {
      text: 'Set a gateway token that outlives a restart.',
      commands: ['fly secrets set OPENCLAW_GATEWAY_TOKEN=$(openssl rand -hex 32) --app my-openclaw'],
      lines: null,
    },
    warnings: ['The token may not read logs: judged by machine state and probes.'],
  },

  'failed, out of memory': {
    ...update,
    ...failed,
    cause: 'out-of-memory',
    meaning: 'The gateway ran out of memory: it hit its heap limit.',
    evidence: { text: heapLine, source: 'gateway', at: null, machine: '2874d97b1e03d8' },
    fix: {
      text: 'Give the machine more memory: it has 1024 MB, set 2048 MB.',
      commands: ['fly machine update 2874d97b1e03d8 --vm-memory 2048 --yes --app my-openclaw'],
      lines: { file: 'fly.toml', language: 'toml', text: '[[vm]]\n  memory = "2048mb"' },
    },
    memoryMb: { from: 1024, to: 1024 },
    lastLines: [
      '[gateway] loading plugins',
      '<--- Last few GCs --->',
      heapLine,
      '----- Native stack trace -----',
    ],
  },

  'failed, gateway lock': {
    ...update,
    ...failed,
    cause: 'gateway-lock',
    meaning: 'Another gateway owns the state directory, or a stale lock says so.',
    evidence: { text: lockLine, source: 'gateway', at: null, machine: '2874d97b1e03d8' },
    fix: {
      text: 'If no other gateway runs, restart the machine: its lock lies in `/tmp` and goes with it.',
      commands: ['fly machine restart 2874d97b1e03d8 --app my-openclaw'],
      lines: null,
    },
    rollback: {
      done: true,
      reason: 'The former image was deployed again because `rollback-on-failure` is on.',
      image: image('a1b2'),
      version: '2026.5.12',
      replaced: '2026.9.6',
      verdict: 'healthy',
      cause: 'healthy',
      withVolume: false,
    },
    failedVersions: ['2026.9.6'],
    lastLines: [lockLine],
  },

  cancelled: {
    ...update,
    ...failed,
    verdict: 'cancelled',
    cause: 'cancelled',
    meaning: 'The run was cancelled during the deploy; what it held is released.',
    evidence: null,
    fix: { text: 'Run it again: the next run finishes what this one began.', commands: [], lines: null },
    timeline: [
      ...update.timeline.slice(0, 4),
      chapter('Deploy and watch', 14, 21, 'The job was cancelled (SIGINT).', 'failed'),
      ...update.timeline.slice(5, 6),
    ],
    snapshot: null,
  },

  skipped: {
    ...update,
    verdict: 'skipped',
    cause: 'up-to-date',
    meaning: 'The machine runs this version already.',
    evidence: {
      text: `machine 2874d97b1e03d8 runs ${image('c3d4')}`,
      source: 'machine',
      at: null,
      machine: '2874d97b1e03d8',
    },
    timeline: update.timeline.slice(0, 2),
    duration: 4,
    version: { from: '2026.9.6', to: '2026.9.6' },
    image: { from: image('c3d4'), to: image('c3d4') },
    compareUrl: null,
    snapshot: null,
    secrets: [],
    listeningAfter: null,
    discordAfter: null,
    discord: 'unknown',
    urlStatus: null,
  },
} satisfies Record<string, RunReport>;
