import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { migrationEvidence } from '../../src/recover/migration-evidence.ts';

describe('the log tells that state was migrated', () => {
  it.each([
    ['│  - Saved pre-migration SQLite backup:                     │', 'Saved pre-migration SQLite backup:'],
    ['│  - Migrated shared state audit event ledger → versioned message         │', 'Migrated shared state'],
    ['│  - Consolidated shared state tables (v13)                               │', '(v13)'],
    ['│  - Migrated primary device identity to SQLite.  │', 'Migrated primary device identity to SQLite.'],
    ['│  - Removed retired device identity JSON after verified SQLite import.  │', 'verified SQLite import'],
    [
      '2026-11-23T09:24:59.222+00:00 [state-migrations] Deferred state migration completed for plugin "discord".',
      '[state-migrations] Deferred state migration completed',
    ],
  ])('%s', (line, words) => {
    const evidence = migrationEvidence(line);
    expect(evidence).toContain(words);
    expect(evidence).not.toMatch(/[│]/);
  });

  it.each([
    '2026-11-23T09:24:59.222+00:00 [gateway] ready',
    '[state-migrations] Plugin "discord" data/settings upgrade is unfinished: reason="Migrated x to SQLite"',
    '2026-11-23T09:24:59.222+00:00 [discord] message: Migrated shared state, says somebody in a channel',
    '│  Migrated legacy config keys at startup:          │',
    '[gateway] requires state migration. Stop the service first.',
  ])('and no line that only speaks of it does: %s', (line) => {
    expect(migrationEvidence(line)).toBeNull();
  });

  it('in no recorded start of a version before 2026.9', () => {
    const folder = new URL('../../rehearsal/recordings/', import.meta.url);
    const told = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /^2026\.[1-5]\..*\.log$/.test(file))
      .flatMap((file) => readFileSync(new URL(file, folder), 'utf8').split('\n'))
      .filter((line) => migrationEvidence(line) !== null);
    expect(told).toEqual([]);
  });
});
