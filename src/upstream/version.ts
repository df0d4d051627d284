/**
 * An OpenClaw version. Releases are tagged `vYYYY.M.N`, corrections `vYYYY.M.N-1` and up; the third number counts
 * releases of the month and of its maintenance line (2026.6.35), so it is no day. Anything else behind the numbers
 * (`-beta.2`, `-slim`) makes it no stable release.
 */
export interface Version {
  /** Year, month, number, correction. */
  readonly numbers: readonly [number, number, number, number];
  /** What follows the numbers, e.g. `-beta.2`; empty for a stable release. */
  readonly rest: string;
}

/** @returns `null` for a text that does not begin as a version does */
export function parseVersion(text: string): Version | null {
  const found = /^v?(\d{4})\.(\d{1,2})\.(\d{1,4})(?:-(\d{1,3})(?![\w.]))?(-[\w.-]+)?$/.exec(text);
  if (found === null) return null;
  const [, year, month, number, correction, rest = ''] = found;
  return { numbers: [Number(year), Number(month), Number(number), Number(correction ?? 0)], rest };
}

/** A stable release, by its tag alone. */
export function parseRelease(tag: string): Version | null {
  const version = parseVersion(tag);
  return version?.rest === '' ? version : null;
}

/** Below zero where `a` is older. By number: 2026.10.1 is newer than 2026.9.6. What follows the numbers does not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `2026.9.6` for `v2026.9.6`: what image tags and people call it. */
export function withoutV(tag: string): string {
  return tag.replace(/^v(?=\d)/, '');
}
