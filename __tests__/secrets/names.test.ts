import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import known from '../../src/secrets/known-names.json' with { type: 'json' };
import { nameFilter } from '../../src/secrets/names.ts';

describe('the names OpenClaw reads', () => {
  const isWanted = nameFilter(null, null);

  it.each([
    'OPENCLAW_GATEWAY_TOKEN',
    'OPENCLAW_GATEWAY_PASSWORD',
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_API_KEYS',
    'ANTHROPIC_API_KEY_12',
    'OPENAI_API_KEY',
    'GEMINI_API_KEY',
    'DISCORD_BOT_TOKEN',
    'TELEGRAM_BOT_TOKEN',
    'SLACK_APP_TOKEN',
    'BRAVE_API_KEY',
  ])('are chosen: %s', (name) => {
    expect(isWanted(name)).toBe(true);
  });

  it.each([
    'OPENCLAW_FLY_TOKEN',
    'OPENCLAW_STATE_DIR',
    'ANTHROPIC_API_KEY_CI',
    'NPM_TOKEN',
    'DISCORD_BOT_TOKEN_OLD',
    'PATH',
  ])('are chosen one by one, not by what they look like: %s is not', (name) => {
    expect(isWanted(name)).toBe(false);
  });

  it.each(Object.keys(known.heldBack))(
    'are held back where a workflow has them for something else: %s',
    (name) => {
      expect(isWanted(name)).toBe(false);
      expect(nameFilter([name], null)(name)).toBe(!/^(?:GITHUB_TOKEN|FLY_)/.test(name));
    },
  );

  it('are names, each once, with the versions they were read from', () => {
    const names = [...known.gateway, ...known.providers, ...known.channels, ...known.skills];
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[A-Z][A-Z0-9_]*$/.test(name))).toEqual([]);
    expect(known.readOn).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(known.versions).toContain('2026.9.6');
  });

  it('that are held back are all in the docs', () => {
    const docs = readFileSync(new URL('../../docs/secrets.md', import.meta.url), 'utf8');
    expect(Object.keys(known.heldBack).filter((name) => !docs.includes(`\`${name}\``))).toEqual([]);
  });
});
