import { inspect } from 'node:util';

const hidden = '***';

/** The value of a secret. Printed, joined, inspected or turned to JSON it is `***`; only `reveal` gives it away. */
export class SecretValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for standard input of flyctl, for masks and for looking for leaks; for nothing else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}
