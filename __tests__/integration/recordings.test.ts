import { describe, expect, it } from 'vitest';
import { playRecording, readLabels } from '../../rehearsal/recordings.ts';

/** Every thirty-first recording, so that versions and causes mix; `npm run rehearse -- --recordings` boots them all. */
const sample = readLabels().filter(({ expect: { deadline_only } }, n) => !deadline_only && n % 31 === 0);

describe('recorded gateways behind the bundle', () => {
  it.concurrent.each(sample.map((label) => [label.file, label] as const))('%s', async (_, label) => {
    const { verdict, cause } = await playRecording(label, { speed: 40 });
    expect([label.expect.cause, ...label.expect.cause_alt]).toContain(cause);
    expect(verdict).toBe(label.expect.verdict);
  });
});
