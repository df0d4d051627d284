import type { Fix } from '../causes.ts';
import { SecretValue } from './value.ts';

export const gatewayTokenName = 'OPENCLAW_GATEWAY_TOKEN';

/** Whoever sets one of these has settled how people get in; a token next to a password is one too many. */
const credentials = [gatewayTokenName, 'OPENCLAW_GATEWAY_PASSWORD'];

export interface GatewayTokenFacts {
  /** The input `generate-gateway-token`. */
  readonly wanted: boolean;
  readonly app: string;
  /** An app that has run keeps its auth in its state too, out of sight: it never gets a token from here. */
  readonly hasMachine: boolean;
  /** Names in GitHub (sent or left out by the filter), on Fly, and in `[env]` of the config. */
  readonly names: Iterable<string>;
  /** The file of `openclaw-config` says something about `gateway.auth`. */
  readonly configured: boolean;
}

export type GatewayTokenDecision =
  | { readonly kind: 'leave' }
  | { readonly kind: 'generate' }
  | { readonly kind: 'advise'; readonly message: string; readonly fix: Fix };

/** Whether a token is to be made up for this app. */
export function decideGatewayToken(facts: GatewayTokenFacts): GatewayTokenDecision {
  const names = new Set(facts.names);
  if (!facts.wanted || facts.configured || credentials.some((name) => names.has(name)))
    return { kind: 'leave' };
  if (!facts.hasMachine) return { kind: 'generate' };
  return {
    kind: 'advise',
    message: `${gatewayTokenName} is neither among the secrets nor in [env]. The gateway may have its token in openclaw.json, or another kind of auth that refuses one, so this app, which already runs, is left as it is.`,
    fix: {
      text: 'If the gateway has no token of its own, give it one; if it has, set generate-gateway-token: false.',
      commands: [`echo "${gatewayTokenName}=$(openssl rand -hex 32)" | fly secrets import -a ${facts.app}`],
      lines: null,
    },
  };
}

/** A new token: 32 random bytes as 64 hexadecimal digits. To be masked before anything else is done with it. */
export function newGatewayToken(randomBytes: (count: number) => Uint8Array): SecretValue {
  return new SecretValue(Buffer.from(randomBytes(32)).toString('hex'));
}

/** How a person gets at a token that only Fly and the machine know. For the summary. */
export function howToReadGatewayToken(app: string): { readonly text: string; readonly command: string } {
  return {
    text: `A gateway token was made for this new app and stored as the secret ${gatewayTokenName} on Fly. It is shown nowhere; the machine can tell it once it runs:`,
    command: `fly ssh console -a ${app} -C "printenv ${gatewayTokenName}"`,
  };
}
