import type { Pages } from '../../rehearsal/pages.ts';

/**
 * The pages of a run without what the clock, the machine and chance decide: times, ids, ports, folders; and in a
 * watch, what was seen in which order. What is left says the same in each run of a scenario, on every computer.
 */
export function steadyPages({ console, summary }: Pages): Pages {
  return { console: steady(steadyLog(console)), summary: steady(steadySummary(summary)) };
}

const phase = /^( *)(?:\d+:)?\d+:\d\d /;

/** Without quoted logs; of an open chapter only its end. Phases inside a group are said in the order of the story. */
function steadyLog(log: string): string {
  return log
    .replace(/\x1b\[\d+m/g, '')
    .split('\n')
    .filter((line) => !/^ *\| /.test(line) && !/^▾ Gateway log/.test(line))
    .filter((line) => !(phase.exec(line)?.[1] === ''))
    .filter((line) => !/^ *[\d:]+ still waiting for /.test(line))
    .map((line) => line.replace(phase, '$10:00 '))
    .join('\n');
}

/** Without the chart, the moments of a watch, and the last lines, of which there are more or less. */
function steadySummary(summary: string): string {
  return summary
    .replace(/```mermaid\n[\s\S]*?\n```\n/, '(chart)\n')
    .replace(/^\| \d+:\d\d \| (?!(?:❌ )?\*\*).*\n/gm, '')
    .replace(/^\| \d+:\d\d \|/gm, '| 0:00 |')
    .replace(/<summary>\d+ lines?<\/summary>\n\n```text\n[\s\S]*?\n```\n/g, '<summary>lines</summary>\n');
}

const time =
  /\b(?:\d+[ \u00a0]h[ \u00a0])?(?:\d+[ \u00a0]min[ \u00a0])?\d+(?:\.\d+)?[ \u00a0]s\b|\b(?:\d+[ \u00a0]h[ \u00a0])?\d+[ \u00a0]min\b/g;

function steady(text: string): string {
  return text
    .replace(time, 'SOME TIME')
    .replace(/[^\s`(]*openclaw rehearsal \w+/g, 'FOLDER')
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:PORT')
    .replace(/\bvol_[0-9a-f]{16}\b/g, 'vol_ID')
    .replace(/\bvs_[0-9a-f]{16}\b/g, 'vs_ID')
    .replace(/\b[0-9a-f]{14}\b/g, 'MACHINE')
    .replace(/@sha256:([0-9a-f]{12})[0-9a-f]{52}\b/g, '@sha256:$1…');
}
