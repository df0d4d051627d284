import { describe, expect, it } from 'vitest';
import {
  decideGatewayToken,
  type GatewayTokenFacts,
  howToReadGatewayToken,
  newGatewayToken,
} from '../../src/secrets/gateway-token.ts';

const facts: GatewayTokenFacts = {
  wanted: true,
  app: 'my-app',
  hasMachine: false,
  names: ['DISCORD_BOT_TOKEN'],
  configured: false,
};

describe('the gateway token', () => {
  it('is made for an app without a machine that has none anywhere', () => {
    expect(decideGatewayToken(facts)).toEqual({ kind: 'generate' });
  });

  it.each([
    ['it is not wanted', { wanted: false }],
    ['there is one', { names: ['OPENCLAW_GATEWAY_TOKEN'] }],
    ['there is a password', { names: ['OPENCLAW_GATEWAY_PASSWORD'] }],
    ["the gateway's config settles its auth", { configured: true }],
    ['the app runs and there is one', { hasMachine: true, names: ['OPENCLAW_GATEWAY_TOKEN'] }],
    ['the app runs and it is not wanted', { hasMachine: true, wanted: false }],
  ])('is left alone when %s', (_, more) => {
    expect(decideGatewayToken({ ...facts, ...more })).toEqual({ kind: 'leave' });
  });

  it('is never made for an app that runs: a warning and the command, with no token in it', () => {
    const decision = decideGatewayToken({ ...facts, hasMachine: true });
    expect(decision).toMatchObject({
      kind: 'advise',
      message: expect.stringContaining('openclaw.json'),
      fix: { commands: [expect.stringMatching(/openssl rand -hex 32.*fly secrets import -a my-app$/)] },
    });
  });

  it('is 32 random bytes in hexadecimal', () => {
    const asked: number[] = [];
    const token = newGatewayToken((count) => {
      asked.push(count);
      return Uint8Array.from({ length: count }, (_, n) => n);
    });
    expect(asked).toEqual([32]);
    expect(token.reveal()).toBe('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
  });

  it('can be read on the machine', () => {
    expect(howToReadGatewayToken('my-app').command).toBe(
      'fly ssh console -a my-app -C "printenv OPENCLAW_GATEWAY_TOKEN"',
    );
  });
});
