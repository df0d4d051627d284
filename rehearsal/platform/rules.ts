/** What goes wrong, and what others do meanwhile: faults and triggers, matched against requests. */
import type { Fault, Trigger } from './scenario.ts';

/** What a rule can see of a request. */
export interface Asked {
  readonly method: string;
  /** With query. */
  readonly path: string;
  /** GraphQL operation, query and variables; empty elsewhere. */
  readonly graphql: string;
}

export function matches(
  rule: { method?: string | undefined; path?: string | undefined; graphql?: string | undefined },
  asked: Asked,
): boolean {
  const plain = asked.path.split('?')[0] ?? '';
  return (
    (rule.method === undefined || rule.method === asked.method) &&
    (rule.path === undefined || [asked.path, plain].some((path) => new RegExp(rule.path ?? '').test(path))) &&
    (rule.graphql === undefined || asked.graphql.includes(rule.graphql))
  );
}

/** Faults with their counts. */
export class FaultBook {
  readonly #faults: { readonly fault: Fault; skipped: number; used: number }[] = [];

  add(fault: Fault): void {
    this.#faults.push({ fault, skipped: 0, used: 0 });
  }

  /** The fault that this request gets, and one less of it; `null`: none. */
  take(asked: Asked): Fault | null {
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (entry.used >= (fault.times ?? Number.POSITIVE_INFINITY) || !matches(fault, asked)) continue;
      if (entry.skipped < (fault.skip ?? 0)) {
        entry.skipped += 1;
        continue;
      }
      entry.used += 1;
      return fault;
    }
    return null;
  }
}

/** Triggers with their counts; each fires once. */
export class TriggerBook {
  readonly #waiting: { readonly trigger: Trigger; seen: number }[];
  readonly #fire: (trigger: Trigger) => void;

  constructor(triggers: readonly Trigger[], fire: (trigger: Trigger) => void) {
    this.#waiting = triggers.filter(({ on }) => on.at === undefined).map((trigger) => ({ trigger, seen: 0 }));
    this.#fire = fire;
  }

  /** Call after the request was answered. */
  request(asked: Asked): void {
    this.#look(({ on }) => on.log === undefined && matches(on, asked));
  }

  line(text: string): void {
    this.#look(({ on }) => on.log !== undefined && text.includes(on.log));
  }

  #look(fits: (trigger: Trigger) => boolean): void {
    for (const entry of [...this.#waiting]) {
      if (!fits(entry.trigger)) continue;
      entry.seen += 1;
      if (entry.seen < (entry.trigger.on.times ?? 1)) continue;
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      this.#fire(entry.trigger);
    }
  }
}
