import type { ProbeReading } from './facts.ts';

/** `{"ready":false,"failing":["discord"]}`; versions before 3.x answer HTML. */
export function readinessIn(readyz: ProbeReading['readyz']): {
  readonly ready: boolean;
  readonly failing: readonly string[];
  readonly suppressed: readonly string[];
  readonly uptimeMs: number;
} {
  const none = { ready: false, failing: [], suppressed: [], uptimeMs: 0 };
  if (readyz === null) return none;
  try {
    const { ready, failing, suppressed, uptimeMs } = JSON.parse(readyz.body);
    const names = (list: unknown) => (Array.isArray(list) ? list.map(String) : []);
    return {
      ready: ready === true,
      failing: names(failing),
      suppressed: names(suppressed),
      uptimeMs: typeof uptimeMs === 'number' ? uptimeMs : 0,
    };
  } catch {
    return none;
  }
}
