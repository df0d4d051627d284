import { describe, expect, it } from 'vitest';
import { causeCodes } from '../../src/causes.ts';
import { explainFailure } from '../../src/flyctl/errors.ts';
import { completed, type Recording, recording, recordings } from './scripted-flyctl.ts';

const same = (text: string) => text;

function explained(run: Recording, redact = same) {
  return explainFailure({
    flyctl: { redact, version: '0.4.87' },
    args: run.args,
    // A run ended by a signal stands for one that was stopped at its deadline.
    completed: { ...completed(run), timedOut: run.exit === null },
    context: { app: 'my-app', org: 'personal', region: 'iad' },
  });
}

function stderr(text: string, args: readonly string[] = ['machine', 'list', '-a', 'my-app']) {
  return explained({ name: '', args, exit: 1, stdout: '', stderr: text });
}

/** Every failure that was recorded, by the cause it is mapped to. */
const causes: Record<string, string> = {
  '006-auth-whoami-no-token': 'token-invalid',
  '007-auth-whoami-empty-token': 'token-invalid',
  '008-auth-whoami-empty-access-token': 'token-invalid',
  '009-auth-whoami-wrong-token': 'token-invalid',
  '010-auth-whoami-deploy-token': 'token-rights',
  '014-apps-create-unknown-org': 'token-rights',
  '015-apps-create-taken': 'name-taken',
  '016-apps-create-wrong-token': 'token-invalid',
  '017-apps-create-deploy-token': 'token-rights',
  '024-status-json-not-found': 'app-missing',
  '025-status-json-wrong-token': 'token-invalid',
  '026-status-json-no-app': 'config-lint',
  '027-status-json-broken-toml-in-cwd': 'config-lint',
  '029-status-json-503-forever': 'fly-api',
  '030-status-json-500': 'fly-api',
  '031-status-json-429': 'rate-limited',
  '033-status-json-reset-forever': 'fly-api',
  '034-status-json-graphql-502-html': 'fly-api',
  '035-status-json-api-down': 'fly-api',
  '039-machine-list-json-not-found': 'app-missing',
  '040-machine-list-json-wrong-token': 'token-invalid',
  '041-machine-list-json-403': 'token-rights',
  '042-machine-list-json-no-token': 'token-invalid',
  '048-machine-status-not-found': 'fly-api',
  '049-machine-status-json-flag': 'flyctl-version',
  '055-machine-restart-no-id': 'flyctl-version',
  '056-machine-restart-lease-held': 'lease-held',
  '058-machine-update-memory-no-yes': 'flyctl-version',
  '059-machine-update-memory-invalid': 'inputs-invalid',
  '066-machine-exec-stopped': 'fly-api',
  '081-secrets-import-stage-single-quote-char': 'secrets-invalid',
  '083-secrets-import-empty': 'secrets-invalid',
  '084-secrets-import-comments-only': 'secrets-invalid',
  '085-secrets-import-malformed': 'secrets-invalid',
  '086-secrets-import-not-found': 'app-missing',
  '087-secrets-import-wrong-token': 'token-invalid',
  '089-secrets-import-500': 'fly-api',
  '090-secrets-import-reset': 'fly-api',
  '098-secrets-import-now-crash': 'crash-loop',
  '104-secrets-deploy-no-machines': 'app-missing',
  '114-volumes-create-no-yes': 'flyctl-version',
  '115-volumes-create-unknown-region': 'region-unknown',
  '116-volumes-create-no-region': 'region-unknown',
  '127-ips-list-not-found': 'app-missing',
  '131-ips-allocate-v4-no-yes': 'flyctl-version',
  '133-ips-release-unknown': 'fly-api',
  '134-ips-release-bad': 'fly-api',
  '138-logs-json-empty': 'fly-api',
  '139-logs-json-empty-sigterm': 'cancelled',
  '141-logs-401': 'token-rights',
  '142-logs-404': 'app-missing',
  '143-logs-500': 'fly-api',
  '144-logs-tail-json': 'fly-api',
  '153-config-show-never-deployed': 'app-missing',
  '175-deploy-no-token': 'token-invalid',
  '176-deploy-wrong-token': 'token-invalid',
  '177-deploy-403': 'token-rights',
  '178-deploy-app-not-found': 'app-missing',
  '179-deploy-config-missing': 'config-lint',
  '180-deploy-invalid-toml': 'config-lint',
  '181-deploy-invalid-config': 'config-lint',
  '182-deploy-invalid-process-group': 'config-lint',
  '183-deploy-unknown-image': 'image-missing',
  '184-deploy-crash-smoke': 'crash-loop',
  '185-deploy-crash-smoke-first': 'crash-loop',
  '186-deploy-crash-smoke-logs-401': 'crash-loop',
  '187-deploy-crash-gha-annotation': 'crash-loop',
  '191-deploy-oom-loop': 'crash-loop',
  '192-deploy-crash-max-restarts': 'crash-loop',
  '193-deploy-never-starts': 'timeout',
  '194-deploy-start-fails': 'timeout',
  '195-deploy-health-check-never': 'timeout',
  '196-deploy-health-check-never-first': 'timeout',
  '203-deploy-503-update-forever': 'fly-api',
  '204-deploy-500-update': 'fly-api',
  '205-deploy-429-update': 'rate-limited',
  '206-deploy-429-app': 'rate-limited',
  '207-deploy-429-smoke-once': 'rate-limited',
  '209-deploy-reset-update': 'fly-api',
  '210-deploy-reset-create': 'fly-api',
  '211-deploy-reset-release': 'fly-api',
  '213-deploy-release-500': 'fly-api',
  '214-deploy-release-patch-500': 'fly-api',
  '215-deploy-insufficient-capacity': 'capacity',
  '216-deploy-volume-wrong-region': 'volume-mismatch',
  '217-deploy-volume-missing-deployed': 'volume-mismatch',
  '218-deploy-volume-wrong-region-deployed': 'volume-mismatch',
  '219-deploy-mount-added': 'volume-mismatch',
  '220-deploy-mount-removed': 'volume-mismatch',
  '221-deploy-mount-renamed': 'volume-mismatch',
  '222-deploy-lease-held': 'lease-held',
  '226-deploy-500-smoke-once': 'fly-api',
  '228-deploy-host-unreachable': 'fly-api',
  '229-deploy-sigint-smoke': 'cancelled',
  '230-deploy-sigint-wait': 'cancelled',
  '231-deploy-sigint-first': 'cancelled',
  '232-deploy-sigterm-smoke': 'cancelled',
  '233-deploy-sigterm-wait': 'cancelled',
  '234-deploy-sigterm-first': 'cancelled',
  '235-deploy-sigint-twice-quick': 'cancelled',
  '236-deploy-sigint-image': 'cancelled',
  '237-machine-restart-sigterm': 'cancelled',
  '238-unknown-flag': 'flyctl-version',
  '239-unknown-flag-json': 'flyctl-version',
  '242-too-many-args': 'flyctl-version',
  '243-secrets-import-503-retry-race': 'fly-api',
  '254-deploy-sigkill-smoke': 'fly-api',
  '255-deploy-after-sigterm-first': 'lease-held',
  '265-deploy-first-detach-no-capacity': 'capacity',
  '275-deploy-detach-500-update': 'fly-api',
  '282-ips-allocate-v6-json': 'flyctl-version',
  '283-ips-allocate-v6-not-found': 'app-missing',
  '284-ips-allocate-v6-wrong-token': 'token-invalid',
  '286-ips-release-second-unknown': 'fly-api',
  '287-ips-release-second-bad': 'fly-api',
  '288-ips-release-no-args': 'flyctl-version',
  '299-volumes-create-snapshot-unknown': 'snapshot-failed',
  '309-volumes-show-json-unknown': 'volume-mismatch',
  '315-volumes-snapshots-list-unknown': 'volume-mismatch',
  '316-volumes-snapshots-create-unknown': 'snapshot-failed',
  '318-machine-destroy-started-no-force': 'fly-api',
  '321-machine-destroy-unknown': 'fly-api',
  '345-machine-exec-restarting': 'fly-api',
  '346-machine-exec-stopped-text': 'fly-api',
  '349-machine-exec-timeout-hit': 'fly-api',
  '355-machine-exec-many-args': 'flyctl-version',
  '356-machine-exec-dash-dash': 'flyctl-version',
  '358-machine-exec-no-id': 'flyctl-version',
  '363-machine-exec-unknown': 'fly-api',
  '365-machine-exec-500': 'fly-api',
  '369-deploy-file-local-missing': 'config-lint',
  '372-deploy-file-literal-bad': 'config-lint',
  '376-deploy-files-toml-missing-local': 'config-lint',
  '384-deploy-env-bad': 'config-lint',
  '404-machine-leases-view-json-no-id': 'flyctl-version',
  '405-machine-leases-view-unknown': 'fly-api',
  '407-machine-leases-clear-no-id': 'flyctl-version',
  '408-machine-leases-clear-unknown': 'fly-api',
  '415-machine-stop-wait-timeout': 'timeout',
  '419-machine-start-two': 'fly-api',
  '422-config-show-json-flag': 'flyctl-version',
  '426-deploy-remote-config-files': 'config-lint',
  '430-releases-json-not-found': 'app-missing',
  '438-secrets-unset-stage-none': 'flyctl-version',
  '440-secrets-deploy-never-deployed': 'app-missing',
  '444-deploy-kill-timeout-bad': 'config-lint',
  '447-deploy-restart-bad': 'config-lint',
  '448-deploy-restart-table': 'config-lint',
  '454-logs-json-region-other': 'fly-api',
  '455-logs-json-machine-unknown': 'fly-api',
  '465-machine-exec-three-args': 'flyctl-version',
  '482-machine-stop-wait-90-needs-70': 'timeout',
};

describe('the cause of a failed flyctl command', () => {
  it.each(recordings('failures').map((run) => [run.name, run] as const))('%s', (name, run) => {
    expect(explained(run).code).toBe(causes[name]);
  });

  it('names only causes that the product knows, for every recording there is', () => {
    expect(Object.keys(causes).sort()).toEqual(
      recordings('failures')
        .map((run) => run.name)
        .sort(),
    );
    for (const code of Object.values(causes)) expect(causeCodes).toContain(code);
  });
});

describe('what people read of a failure', () => {
  it('has no request ids, no trace ids, no colours and no query text', () => {
    for (const run of recordings('failures')) {
      const { message, evidence } = explained(run);
      expect(`${message}\n${evidence}`).not.toMatch(/Request ID|Trace ID|\x1b|query ?\(|mutation ?\(|\{ \w+/);
    }
  });

  it('keeps what stands behind a GraphQL query', () => {
    expect(explained(recording('024')).evidence).toBe('failed to get app: Could not find App "my-app"');
  });

  it('leaves a query alone whose end never comes', () => {
    const cut = 'Error: failed to run query { viewer { email\n';
    expect(stderr(cut).evidence).toBe('failed to run query { viewer { email');
  });

  it('leaves the original text within reach', () => {
    expect(explained(recording('024')).raw).toContain('appcompact:app(name: $appName)');
  });

  it('has secret values taken out of every part', () => {
    const redact = (text: string) => text.replaceAll('hunter2', '***');
    const run = {
      name: '',
      args: ['status', '-a', 'hunter2'],
      exit: 1,
      stdout: 'hunter2',
      stderr: 'Error: hunter2',
    };
    expect(JSON.stringify(explained(run, redact))).not.toContain('hunter2');
  });

  it('does not repeat the line that the secrets parser could not read, even where nobody knows it as a secret', () => {
    const failure = explained(recording('085'));
    expect(`${failure.message}${failure.evidence}${failure.raw}`).not.toContain('this-is-a-secret');
    expect(failure.evidence).toBe(
      'Failed to parse secrets from stdin: Secrets must be provided as NAME=VALUE pairs (a line is invalid)',
    );
  });

  it('does not take a line of the crashing app for the error of flyctl', () => {
    expect(explained(recording('184')).evidence).toBe(
      'smoke checks for 148ed193b95948 failed: the app appears to be crashing',
    );
  });

  it('does not take a line of a build for the error of flyctl', () => {
    const failure = stderr(
      '==> Building image\nError: no access token available\nError: failed to solve: exit code: 1\n',
      ['deploy'],
    );
    expect(failure.code).toBe('build-failed');
  });

  it('shows of an invalid config what is wrong with it', () => {
    expect(explained(recording('447')).evidence).toBe('invalid restart policy: sometimes');
    expect(explained(recording('180')).evidence).toContain("expected ']' to close table name");
  });

  it('shows the warning about a mount that the config dropped, not the question that followed it', () => {
    expect(explained(recording('220')).evidence).toContain(
      'has a volume mounted but app config does not specify',
    );
  });
});

describe('a build that failed', () => {
  const steps = Array.from({ length: 40 }, (_, step) => `#9 ${step}.1 step ${step}`);
  const failure = stderr(
    [
      '==> Verifying app config',
      '==> Building image',
      ...steps,
      '\x1b[31m#9 ERROR: process "/bin/sh -c pnpm build" did not complete successfully\x1b[0m',
      'Error: failed to fetch an image or build from source: error building: failed to solve: exit code: 1',
      '',
    ].join('\n'),
    ['deploy', '-a', 'my-app'],
  );

  it('carries the last lines of the build, cleaned', () => {
    expect(failure.code).toBe('build-failed');
    expect(failure.lastLines).toHaveLength(20);
    expect(failure.lastLines.at(-1)).toBe(
      '#9 ERROR: process "/bin/sh -c pnpm build" did not complete successfully',
    );
    expect(failure.lastLines[0]).toBe('#9 21.1 step 21');
  });

  it.each([
    ['the organization cannot be read', 'failed to get organization x (status 401): {}', 'token-invalid'],
    [
      'there is no builder',
      'error building: ensure depot builder failed, please try again (status 422): {"error":"no builder"}',
      'build-failed',
    ],
    ['the builder API is down', 'failed to get organization x (status 503): {}', 'fly-api'],
    ['the image does not exist', 'could not find image "ghcr.io/a/b:c"', 'image-missing'],
    ['the base image is private', 'error building: unauthorized: authentication required', 'image-missing'],
  ])('is not blamed on the build when %s', (_, tail, code) => {
    const text = `Error: failed to fetch an image or build from source: ${tail}\n`;
    expect(stderr(text, ['deploy']).code).toBe(code);
  });
});

describe('a token that may look, and no more', () => {
  it('is not called wrong when a command in the machine is refused to it', () => {
    const text =
      'Error: could not exec command on machine 148ed193b95948: failed to exec on VM 148ed193b95948: unauthorized (Request ID: x) (status 401)\n';
    const failure = stderr(text, ['machine', 'exec', '148ed193b95948', 'true']);
    expect([failure.code, failure.message]).toEqual([
      'token-rights',
      expect.stringContaining('may not run commands in the machine'),
    ]);
  });
});

describe('a lease in the way', () => {
  it('is told with machine, holder, end, and the command to clear it', () => {
    const failure = explained(recording('222'));
    expect(failure.lease).toEqual({
      machineId: '148ed193b95948',
      owner: 'someone@example.com',
      expiresAt: Date.parse('2026-11-23T20:22:13Z'),
    });
    expect(failure.message).toContain('someone@example.com until 2026-11-23T20:22:13.000Z');
    expect(failure.fix?.commands).toEqual(['fly machine leases clear 148ed193b95948 -a my-app']);
  });

  it('is told as far as known when the API words it another way', () => {
    const failure = stderr('Error: failed to get lease on VM 148ed193b95948: lease is already held\n');
    expect(failure.code).toBe('lease-held');
    expect(failure.lease).toEqual({ machineId: '148ed193b95948', owner: null, expiresAt: null });
  });

  it('is not suspected when the lease could not be asked for', () => {
    expect(stderr('Error: failed to get lease on VM 148ed193b95948: injected 500\n').code).toBe('fly-api');
  });
});

describe('whether a failure may pass', () => {
  it.each([
    ['029', true],
    ['031', true],
    ['033', true],
    ['035', true],
    ['138', true],
    ['143', true],
    ['009', false],
    ['024', false],
    ['048', false],
    ['066', false],
    ['238', false],
    ['141', false],
  ])('recording %s: %s', (name, passing) => {
    expect(explained(recording(name)).passing).toBe(passing);
  });

  it('knows the one request that never reached the API', () => {
    const unsent = recordings('failures').filter((run) => explained(run).unsent);
    expect(unsent.map((run) => run.name)).toEqual(['243-secrets-import-503-retry-race']);
  });
});

describe('a fix', () => {
  it('names the volume to create, but never more of the text than a name', () => {
    expect(explained(recording('219')).fix?.commands).toEqual([
      'fly volumes create data -a my-app -r iad -s 1 -y',
    ]);
    const hostile = stderr("Error: requires an unattached 'x; rm -rf /' volume\n");
    expect(JSON.stringify(hostile.fix)).not.toContain('rm -rf');
  });

  it('gives both commands to a token that cannot create apps', () => {
    expect(explained(recording('017')).fix?.commands).toEqual([
      'fly apps create my-app --org personal',
      'fly tokens create deploy -a my-app -x 8760h',
      'gh secret set FLY_API_TOKEN',
    ]);
  });
});
