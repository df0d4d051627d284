import type { RunReport } from './report.ts';

/** Chapters that only look. */
const harmless = new Set(['Install flyctl', 'Plan', 'Look at Fly', 'Watch']);

/** Whether the run ended before it changed anything. A run that was not to change anything does not count. */
export function isUntouched({ verdict, dryRun, operation, timeline }: RunReport): boolean {
  if (dryRun || operation === 'verify' || (verdict !== 'failed' && verdict !== 'cancelled')) return false;
  return timeline.every(({ name, moment }) => moment || harmless.has(name));
}

/** Whether what ran before runs on: flyctl ended before it changed the machine, or nothing came so far. */
export function isAsBefore({ verdict, cause, image, evidence }: RunReport): boolean {
  if (verdict === 'healthy' || verdict === 'degraded' || cause === 'public-address') return false;
  return image.to === null || (image.to === image.from && evidence?.source === 'flyctl');
}

/** What was seen of the app last, in words; `null`: nothing. */
export function lastSeen({ timeline }: Pick<RunReport, 'timeline'>): string | null {
  return timeline.findLast(({ moment, note }) => moment && note !== null)?.note ?? null;
}
