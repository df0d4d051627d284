import { readdirSync, readFileSync } from 'node:fs';
import type { Recording } from '../../rehearsal/conformance/recording.ts';

const FOLDER = new URL('../../rehearsal/conformance/recordings/', import.meta.url);

/** Every recording there is, in the order of their numbers. */
export function allRecordings(): Recording[] {
  const files = readdirSync(FOLDER);
  const recordings = files.flatMap(
    (file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recording[],
  );
  return recordings.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The environment in which the stand-in has the fault that was caught in the act. */
const FAULTY: Record<string, Record<string, string>> = {
  '243-secrets-import-503-retry-race': { FLYCTL_STANDIN_LOSE_BODY: '1' },
};

/** A recording as it is to be run again. */
export function rerun(recording: Recording): Recording {
  return { ...recording, env: { ...recording.env, ...FAULTY[recording.name] } };
}
