import fc from 'fast-check';

/** What has meaning to the parser, to shells, to JSON or to somebody's idea of white space. */
const hurtful = [
  ...'"\'#=$\\`%&;|<>!?*{}[]() \t:,',
  '""',
  '"""',
  "'''",
  ' #',
  '\n',
  '\n\n',
  '\r',
  '\r\n',
  '\n#',
  '"\n',
  '"""\n',
  '\ufeff',
  '\u00a0',
  '\u0085',
  '\u2028',
  '\u200d',
  'é',
  'ß',
  '漢',
  '🦞',
  'export ',
  'NAME=',
  '${HOME}',
  '$(id)',
  '\\n',
  '-----BEGIN PRIVATE KEY-----',
];

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...hurtful) },
  { weight: 2, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/) },
);

const short = fc.array(piece, { maxLength: 12, size: 'max' }).map((pieces) => pieces.join(''));

/** A short text again and again, each time with something else behind it, cut at `most` bytes. */
const repeated = (most: number) =>
  fc
    .tuple(short, fc.array(piece, { minLength: 1, maxLength: 6 }), fc.nat({ max: most }))
    .map(([text, ends, size]) => {
      let out = '';
      for (let round = 0; Buffer.byteLength(out) < size; round++) {
        out += `${text}${round}${ends[round % ends.length]}`.repeat(1 + Math.floor(out.length / 64));
      }
      return Buffer.from(out)
        .subarray(0, size)
        .toString()
        .replace(/\ufffd+$/, '');
    });

/**
 * Values that hurt. Of a hundred: 75 of up to a dozen pieces, 18 of up to 1 kB, 5 of up to 8 kB and 2 of up to
 * 60 kB, sizes evenly spread.
 */
export const hurtfulValue = fc.oneof(
  { weight: 75, arbitrary: short },
  { weight: 18, arbitrary: repeated(1000) },
  { weight: 5, arbitrary: repeated(8000) },
  { weight: 2, arbitrary: repeated(60_000) },
);
