/**
 * Variables that flyctl may inherit. A list of what is allowed, so that no repository secret in the step's
 * environment, and no FLY_* or LOG_LEVEL of a former step, can reach the CLI: `FLY_APP`, `FLY_REGION`, `FLY_JSON`
 * and `DEPLOY_TRIGGER` change what commands do, and `LOG_LEVEL=debug` puts lines before the JSON.
 */
const inherited: readonly RegExp[] = [
  /^PATH$/i,
  /^(HOME|USER|LOGNAME|SHELL|LANG|TZ|LC_[A-Z]+)$/,
  /^(TMPDIR|TMP|TEMP)$/i,
  /^(USERPROFILE|USERNAME|HOMEDRIVE|HOMEPATH|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES)$/i,
  /^(SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|NUMBER_OF_PROCESSORS|PROCESSOR_ARCHITECTURE)$/i,
  /^(HTTP|HTTPS|ALL|NO)_PROXY$/i,
  /^SSL_CERT_(FILE|DIR)$/,
  /^DOCKER_CONFIG$/,
  // Lets the runner find a flyctl that outlived an action which was killed outright.
  /^RUNNER_TRACKING_ID$/,
  // Other hosts for the three APIs. Present but empty would break flyctl, so empty values never pass.
  /^FLY_(API|FLAPS|UIEX)_BASE_URL$/,
];

/** Off, or pinned: update and incident checks, metrics, probes, traces, colours. */
const fixed: Readonly<Record<string, string>> = {
  CI: 'true',
  NO_COLOR: '1',
  FLY_NO_UPDATE_CHECK: '1',
  FLY_NO_INCIDENTS_CHECK: '1',
  FLY_SEND_METRICS: '0',
  FLY_SYNTHETICS_AGENT: '0',
  // Spans carry the token over plain HTTP to this host; the loopback has nobody to read them.
  FLY_TRACE_COLLECTOR_URL: '127.0.0.1',
  // `deploy` alone minds it: one line of JSON with the release's number when it is through (flyctl 0.4.56 and later).
  FLY_EMIT_RELEASE_JSON: '1',
};

/**
 * The whole environment of one flyctl process.
 *
 * @param env the action's own environment, usually `process.env`
 * @param configDir becomes FLY_CONFIG_DIR: flyctl writes request bodies, secrets included, into its logs there
 */
export function flyctlEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  token: string,
  configDir: string,
): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value && inherited.some((pattern) => pattern.test(name))) passed[name] = value;
  }
  return { ...passed, ...fixed, FLY_API_TOKEN: token, FLY_CONFIG_DIR: configDir };
}
