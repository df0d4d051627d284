import type { AppConfig } from './config.ts';
import { configPlace, controlUiOrigins } from './openclaw-config.ts';

/** Where OpenClaw's own images have their command line. */
const programOfImage = 'node /app/dist/index.js';

interface Step {
  readonly text: string;
  readonly url: null;
  readonly commands: string[];
}

/** What tells how much a person has to be told. */
interface WayInQuestion {
  readonly app: string;
  readonly mode: 'public' | 'private';
  readonly access: 'public' | 'flycast' | 'console';
  /** With the start command that runs. */
  readonly config: AppConfig;
  /** Names of the app's secrets. */
  readonly secretNames: readonly string[];
  /** No gateway ran here before: nobody was ever in. */
  readonly first: boolean;
  /** This run changed who can reach the app. */
  readonly changed: boolean;
}

/**
 * What stands between a person and the gateway besides its address, which every summary has: for the first visit the
 * gateway's token and the pairing of the browser; after a change of mode what does not find its way any more.
 */
export function wayIn(question: WayInQuestion): Step[] {
  const { app, mode, access, first, changed } = question;
  return [
    ...(first ? firstVisit(question) : []),
    ...(changed && !first && access !== 'console' ? [otherOrigin(app, access)] : []),
    ...(mode === 'private' && (first || changed) ? [webhooks] : []),
  ];
}

const webhooks: Step = {
  text:
    'Services that call in (webhooks) do not reach a private app. They need a tunnel from inside the machine ' +
    '(ngrok, Tailscale Funnel), or a small public app that passes them on. Discord needs none.',
  url: null,
  commands: [],
};

function otherOrigin(app: string, access: 'public' | 'flycast'): Step {
  const origin = controlUiOrigins(app, access).find((one) => /localhost|https/.test(one));
  return {
    text: `If the page says that its origin is not allowed, add \`${origin}\` to \`gateway.controlUi.allowedOrigins\` in the gateway's config.`,
    url: null,
    commands: [],
  };
}

function firstVisit({ app, access, config, secretNames }: WayInQuestion): Step[] {
  const step = (text: string, ...commands: string[]): Step => ({
    text,
    url: null,
    commands: commands.map((command) => `fly ssh console -a ${app} -C "${command}"`),
  });
  const program = programInside(config);
  if (access === 'console')
    return [step('Ask the gateway how it is doing, from inside the machine.', `${program} status`)];
  const credential = credentialOf(config, secretNames);
  return [
    ...(credential === null
      ? []
      : [step(`Paste the gateway's ${credential.what} there. The machine can tell it:`, credential.command)]),
    step(
      'If the page then asks to be paired, list what waits, and approve what is yours by its id:',
      `${program} devices list`,
      `${program} devices approve REQUEST_ID`,
    ),
  ];
}

/** Its command line looks for the gateway on the port of its environment or its config: a `--port` is in neither. */
function programInside({ gateway, env }: AppConfig): string {
  const program = gateway?.program ?? programOfImage;
  const said = [...env.keys()].some((name) => name.endsWith('_GATEWAY_PORT'));
  return gateway?.port && !said ? `env OPENCLAW_GATEWAY_PORT=${gateway.port} ${program}` : program;
}

function credentialOf(
  config: AppConfig,
  secretNames: readonly string[],
): { readonly what: string; readonly command: string } | null {
  const names = [...secretNames, ...config.env.keys()];
  for (const what of ['token', 'password']) {
    const name = names.find((one) => new RegExp(`^[A-Z0-9]+_GATEWAY_${what.toUpperCase()}$`).test(one));
    if (name !== undefined) return { what, command: `printenv ${name}` };
  }
  const place = configPlace(config);
  if (place === null || !/^[\w./-]+$/.test(place)) return null;
  return { what: 'token, which is in its config under gateway.auth,', command: `cat ${place}` };
}
