import { createHash } from 'node:crypto';

/** Makes ids in the shapes that Fly uses. The same calls give the same ids, so that tests can rely on them. */
export interface Ids {
  /** So many hex digits. */
  hex(length: number): string;
  /** 26 characters, sortable by time. */
  ulid(at: number): string;
  number(below: number): number;
}

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function createIds(): Ids {
  let count = 0;
  const next = () => {
    count += 1;
    return createHash('sha256').update(`fly ${count}`).digest();
  };
  return {
    hex: (length) => next().toString('hex').slice(0, length),
    ulid(at) {
      let time = '';
      for (let left = at, digit = 0; digit < 10; digit += 1, left = Math.floor(left / 32)) {
        time = (crockford[left % 32] ?? '0') + time;
      }
      let rest = '';
      for (const byte of next().subarray(0, 16)) rest += crockford[byte % 32] ?? '0';
      return time + rest;
    },
    number: (below) => next().readUInt32BE() % below,
  };
}
