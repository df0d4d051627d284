/** What Fly makes up: each finding gets a number in the order in which it is first met. */
const MADE_UP: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['TIME', /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)?|(?<="(timestamp|expires_at)": )\d+/g],
  ['DIGEST', /sha256:[0-9a-f]{64}|\b[0-9a-f]{64}\b/g],
  ['VOLUME', /\bvol_\w+/g],
  ['RELEASE', /\brel_\w+/g],
  ['SNAPSHOT', /\bvs_\w+/g],
  ['IMAGE', /\bimg_\w+/g],
  ['ADDRESS_ID', /\bip_[0-9a-f]{12}\b/g],
  ['ULID', /\b01[0-9A-HJKMNP-TV-Z]{24}\b/g],
  ['NAME', /\b(silent-moon|bold-river)-\d+\b/g],
  ['ADDRESS', /\b(fdaa|2a09):[0-9a-f:]+|\b203\.0\.113\.\d+\b/g],
  ['MACHINE', /\b[0-9a-f]{14}\b/g],
  ['SECRET', /\b[0-9a-f]{16}\b/g],
  ['NONCE', /\b(other[0-9a-f]{8}|[0-9a-f]{14}|[0-9a-f]{12})\b/g],
  ['BUILD', /(?<="build_id":)\d+/g],
  ['ZONE', /(?<="zone": "|Zone: )[0-9a-f]{4}\b/g],
];

/** A text with everything that Fly makes up replaced by numbered words, the same for the same. */
export function anonymous(text: string): string {
  let shown = text;
  for (const [kind, pattern] of MADE_UP) {
    const met = new Map<string, string>();
    shown = shown.replaceAll(pattern, (found) => {
      if (kind === 'TIME') return kind;
      const name = met.get(found) ?? `${kind}${met.size + 1}`;
      met.set(found, name);
      return name;
    });
  }
  // Tables are as wide as what is in them.
  return shown.replaceAll(/─+/g, '─').replaceAll(/(?<=\S) {2,}| +$/gm, ' ');
}
