import { describe, expect, it } from 'vitest';
import { isPresentable } from '../../src/secrets/presentable.ts';

describe('a text in place of a name', () => {
  it.each([
    'A',
    'openclaw_gateway_token',
    'OPENCLAW_GATEWAY_TOKEN',
    'OPENAI_API_KEY_2024_STAGING',
    '__proto__',
  ])('is repeated when it is a name: %s', (text) => {
    expect(isPresentable(text)).toBe(true);
  });

  it.each([
    'sk-ant-api03-x',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'deadbeef0123456789abcdef',
    'ABCDEFGHIJKLMNOP234567XYZ',
    'a b',
    '',
    'A'.repeat(101),
  ])('is not when it may be a value: %s', (text) => {
    expect(isPresentable(text)).toBe(false);
  });
});
