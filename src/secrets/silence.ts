import { maskSecrets, redactor } from './mask.ts';
import type { SecretValue } from './value.ts';

/**
 * Everything this run must not say, in one place: told to the runner as masks, and taken out of whatever text
 * flyctl or a machine printed. Values may be added at any time; from then on both hold for them too.
 */
export class Silence {
  readonly #mask: (text: string) => void;
  readonly #said = new Set<string>();
  readonly #values: SecretValue[] = [];
  #redact: (text: string) => string = (text) => text;

  /** @param mask tells the runner to hide a text; does nothing where nobody reads commands */
  constructor(mask: (text: string) => void) {
    this.#mask = (text) => {
      if (!this.#said.has(text)) mask(text);
      this.#said.add(text);
    };
  }

  add(values: Iterable<SecretValue>): void {
    const fresh = [...values];
    if (fresh.length === 0) return;
    maskSecrets(fresh, this.#mask);
    this.#values.push(...fresh);
    this.#redact = redactor(this.#values);
  }

  /** Takes every value out of a text. */
  readonly redact = (text: string): string => this.#redact(text);

  /** The masks as they were told to the runner: an output that holds any of it is dropped by GitHub. */
  get masked(): readonly string[] {
    return [...this.#said];
  }
}
