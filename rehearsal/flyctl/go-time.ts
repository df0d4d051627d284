/** A time as Go prints what it parsed: trailing zeros of the fraction are gone, no time is year one. */
export function goTime(value: string): string {
  if (value === '') return '0001-01-01T00:00:00Z';
  return value.replace(/\.(\d*?)0+Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));
}
