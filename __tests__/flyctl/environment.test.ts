import { describe, expect, it } from 'vitest';
import { flyctlEnvironment } from '../../src/flyctl/environment.ts';

const asked = (env: Record<string, string | undefined>) => flyctlEnvironment(env, 'the-token', '/private');

describe('the environment of flyctl', () => {
  it('has the token and the private directory, whatever the step has', () => {
    expect(asked({ FLY_API_TOKEN: 'other', FLY_CONFIG_DIR: '/home/me/.fly' })).toMatchObject({
      FLY_API_TOKEN: 'the-token',
      FLY_CONFIG_DIR: '/private',
    });
  });

  it.each([
    'DISCORD_BOT_TOKEN',
    'INPUT_FLY-API-TOKEN',
    'GITHUB_TOKEN',
    'ACTIONS_RUNTIME_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
  ])('never has %s', (name) => {
    expect(asked({ [name]: 'secret' })).not.toHaveProperty([name]);
  });

  it.each([
    'FLY_ACCESS_TOKEN',
    'FLY_APP',
    'FLY_ORG',
    'FLY_REGION',
    'FLY_JSON',
    'FLY_LOCAL_ONLY',
    'LOG_LEVEL',
    'VERBOSE',
    'DEPLOY_TRIGGER',
    'FLY_GHA_ERROR_ANNOTATION',
    'CLICOLOR_FORCE',
  ])('has no %s, which would change what flyctl does or prints', (name) => {
    expect(asked({ [name]: 'x' })).not.toHaveProperty([name]);
  });

  it.each(['PATH', 'Path', 'HOME', 'TEMP', 'SystemRoot', 'https_proxy', 'SSL_CERT_FILE', 'FLY_API_BASE_URL'])(
    'inherits %s',
    (name) => {
      expect(asked({ [name]: 'x' })).toHaveProperty([name], 'x');
    },
  );

  it('inherits no empty base URL, which flyctl would take for an address', () => {
    expect(asked({ FLY_FLAPS_BASE_URL: '' })).not.toHaveProperty('FLY_FLAPS_BASE_URL');
  });

  it('turns metrics, traces, update checks and incident checks off', () => {
    expect(asked({ FLY_SEND_METRICS: '1', FLY_UPDATE_CHECK: '1' })).toMatchObject({
      FLY_SEND_METRICS: '0',
      FLY_TRACE_COLLECTOR_URL: '127.0.0.1',
      FLY_NO_UPDATE_CHECK: '1',
      FLY_NO_INCIDENTS_CHECK: '1',
      FLY_SYNTHETICS_AGENT: '0',
    });
    expect(asked({ FLY_UPDATE_CHECK: '1' })).not.toHaveProperty('FLY_UPDATE_CHECK');
  });
});
