/** How long ago, in the words of the CLI's tables. */
export function relativeTime(at: string, now: number): string {
  const time = Date.parse(at);
  const seconds = Math.floor((now - time) / 1000);
  if (Number.isNaN(time) || seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${seconds % 60}s ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m ago`;
  const date = new Date(time);
  const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  return `${month} ${date.getUTCDate()} ${String(date.getUTCFullYear()).padStart(4, '0')} ${date.toISOString().slice(11, 16)}`;
}
