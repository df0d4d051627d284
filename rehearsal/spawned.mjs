/**
 * Loaded before the action (`node --import spawned.mjs?to=FILE`): writes the arguments of every process it starts
 * into FILE, one JSON array a line. The action itself runs as it would without.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';

const file = new URL(import.meta.url).searchParams.get('to');

// The channel tells of a process before it has its arguments.
subscribe('child_process', ({ process: child }) => {
  queueMicrotask(() => appendFileSync(file, `${JSON.stringify(child.spawnargs ?? [])}\n`));
});
