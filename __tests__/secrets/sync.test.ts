import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/causes.ts';
import type { SecretOnFly } from '../../src/secrets/plan.ts';
import { type SecretStore, secretsInvalid, syncSecrets } from '../../src/secrets/sync.ts';
import { SecretValue } from '../../src/secrets/value.ts';
import { parseImport } from './import-parser.ts';

/** Fly's secrets as the CLI leads to them; digests are the values' lengths, so that none of them is a value. */
function fly(...names: string[]) {
  const secrets = new Map<string, SecretOnFly>(
    names.map((name) => [name, { name, digest: '3', status: 'Deployed' }]),
  );
  const calls: string[] = [];
  const store: SecretStore = {
    async list() {
      calls.push('list');
      return [...secrets.values()];
    },
    async importStaged(text) {
      calls.push('import');
      for (const [name, value] of Object.entries(parseImport(text))) {
        const digest = String(value.length);
        const status = secrets.get(name)?.digest === digest ? 'Deployed' : 'Staged';
        secrets.set(name, { name, digest, status });
      }
    },
    async unsetStaged() {
      calls.push('unset');
    },
  };
  return { store, calls };
}

const values = (record: Record<string, string>) =>
  new Map(Object.entries(record).map(([name, value]) => [name, new SecretValue(value)]));

describe('the sync', () => {
  it('is a list, one import of everything, and a list', async () => {
    const { store, calls } = fly('SAME', 'OTHER', 'FOREIGN');
    const { changes, onFly } = await syncSecrets(store, {
      values: values({ SAME: 'abc', OTHER: 'longer', NEW: 'a\nb#"' }),
      hasMachine: true,
    });
    expect(calls).toEqual(['list', 'import', 'list']);
    expect(changes).toMatchObject({
      added: ['NEW'],
      changed: ['OTHER'],
      unchanged: ['SAME'],
      onlyOnFly: ['FOREIGN'],
      waiting: ['NEW', 'OTHER'],
    });
    expect(onFly.map(({ name }) => name).sort()).toEqual(['FOREIGN', 'NEW', 'OTHER', 'SAME']);
  });

  it('does not ask again for what is known already', async () => {
    const { store, calls } = fly();
    const { changes } = await syncSecrets(store, {
      values: values({ NEW: 'abc' }),
      hasMachine: false,
      before: [],
    });
    expect(calls).toEqual(['import', 'list']);
    expect(changes.added).toEqual(['NEW']);
  });

  it('imports nothing when there is nothing to send', async () => {
    const { store, calls } = fly('FOREIGN');
    const { changes } = await syncSecrets(store, { values: new Map(), hasMachine: true });
    expect(calls).toEqual(['list']);
    expect(changes.onlyOnFly).toEqual(['FOREIGN']);
  });

  it('does not begin when a value cannot be carried, and shows no value', async () => {
    const { store, calls } = fly();
    const sync = syncSecrets(store, {
      values: values({ GOOD: 'abc', BAD: 'hunter2\r\nhunter2' }),
      hasMachine: true,
    });
    const failure = await sync.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({
      code: 'secrets-invalid',
      message: expect.stringContaining('BAD has Windows'),
    });
    expect(JSON.stringify(failure) + (failure as Failure).stack).not.toContain('hunter2');
    expect(calls).toEqual([]);
  });

  it('hands on what the store throws', async () => {
    const { store } = fly();
    const broken = { ...store, importStaged: () => Promise.reject(new Failure('fly-api', 'reset')) };
    await expect(
      syncSecrets(broken, { values: values({ A: 'abc' }), hasMachine: true }),
    ).rejects.toMatchObject({
      code: 'fly-api',
    });
  });
});

describe('a failure over the input', () => {
  it('says one thing as it is', () => {
    const failure = secretsInvalid([{ name: 'A', message: 'secrets: A has no value.' }]);
    expect(failure).toMatchObject({
      code: 'secrets-invalid',
      message: 'secrets: A has no value.',
      evidence: 'secrets: A has no value.',
    });
  });

  it('says several things at once', () => {
    const failure = secretsInvalid([
      { name: 'A', message: 'secrets: A has no value.' },
      { name: null, message: 'secrets: line 2 is not right.' },
    ]);
    expect(failure.message).toMatch(/^2 secrets are not right: secrets: A has no value\. secrets: line 2/);
    expect(failure.evidence?.split('\n')).toHaveLength(2);
  });
});
