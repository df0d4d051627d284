import { createHash } from 'node:crypto';
import { type Fly, iso } from './fly.ts';
import type { App } from './world.ts';

/** Sets secrets; `null` takes one away. Machines get them with their next update. */
export function setSecrets(
  fly: Fly,
  app: App,
  values: Readonly<Record<string, string | null>>,
  at = fly.clock.now(),
): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === null) {
      app.secrets.delete(name);
      continue;
    }
    const digest = createHash('sha256').update(`digest ${value}`).digest('hex').slice(0, 16);
    const known = app.secrets.get(name);
    if (known === undefined) {
      app.secrets.set(name, { name, value, digest, createdAt: at, updatedAt: at });
    } else if (known.value !== value || fly.settings.touchUnchangedSecrets) {
      known.value = value;
      known.digest = digest;
      known.updatedAt = at;
    }
  }
  app.secretsVersion += 1;
}

export function listSecrets(app: App) {
  return [...app.secrets.values()].map(({ name, digest, createdAt, updatedAt }) => ({
    name,
    digest,
    created_at: iso(createdAt),
    updated_at: iso(updatedAt),
  }));
}

export function secretValues(app: App): Record<string, string> {
  return Object.fromEntries([...app.secrets.values()].map(({ name, value }) => [name, value]));
}
