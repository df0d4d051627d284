import { appendFileSync } from 'node:fs';
import { causeUrl } from './docs.ts';
import { clockFace, elapsed } from './elapsed.ts';
import { block, cell, code, folded, link, prose, proseCell, table } from './markdown.ts';
import { nextSteps } from './next-steps.ts';
import { isAsBefore, isUntouched, lastSeen } from './reached.ts';
import { type RunReport, redacted } from './report.ts';
import type { secretStates } from './schema.ts';
import { visibleLines } from './visible.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** GitHub takes 1 MiB a step; a page that a phone opens at once is smaller. In bytes. */
const largest = 64_000;
/** Of one block to paste, in bytes. */
const longestFix = 12_000;
const shownLines = 30;
const shownFindings = 40;
const shownItems = 100;

const mark: Record<RunReport['verdict'], string> = {
  healthy: '✅ Healthy',
  degraded: '⚠️ Degraded',
  failed: '❌ Failed',
  skipped: '⏭️ Skipped',
  cancelled: '🛑 Cancelled',
};

interface Section {
  readonly title: string;
  readonly text: string;
  /** What goes last when not all of it fits: the higher the dearer. */
  readonly worth: number;
}

/**
 * The page of one run, as GitHub-flavoured markdown of at most 64 kB. Its first five lines say what happened,
 * what shows it, and what to do.
 * @param env the step's environment, for the address of the docs
 */
export function summary(report: RunReport, env: Env): string {
  const troubled = report.verdict !== 'healthy' && report.verdict !== 'skipped';
  const told = troubled && !isAsBefore(report);
  // Who only updates knows the way in; what is new to do comes before what happened.
  const isNews = troubled || report.nextSteps.length > 0;
  const next: Section = { title: 'What to do next', text: steps(report), worth: 7 };
  const sections: Section[] = [
    { title: 'Facts', text: facts(report), worth: 9 },
    { title: 'Rollback', text: rollback(report), worth: 8 },
    { title: 'Config findings', text: findings(report), worth: 4 },
    { title: 'Warnings', text: list(report.warnings), worth: 6 },
    { title: 'Plan', text: report.dryRun ? list(report.plan) : '', worth: 8 },
    ...(isNews ? [next] : []),
    { title: 'The end of the build', text: linesOf(report.buildLines), worth: 3 },
    { title: 'Last lines of the gateway', text: told ? linesOf(report.lastLines) : '', worth: 2 },
    { title: 'Timeline', text: timeline(report), worth: 3 },
    { title: report.dryRun ? 'What would change' : 'What changed', text: changes(report), worth: 5 },
    ...(isNews ? [] : [next]),
    { title: 'Generated config', text: generated(report), worth: 1 },
  ];
  return fitted(
    top(report, env),
    sections.filter(({ text }) => text !== ''),
  );
}

function fitted(head: string, sections: readonly Section[]): string {
  const kept = [...sections];
  const left: string[] = [];
  for (;;) {
    const body = kept.map(({ title, text }) => (title === 'Facts' ? text : `### ${title}\n\n${text}`));
    if (left.length > 0)
      body.push(`_Left out, to stay under 64 kB: ${left.join(', ')}. The JSON report has it all._`);
    const page = `${[head, ...body].join('\n\n')}\n`;
    if (kept.length === 0 || Buffer.byteLength(page) <= largest) return page;
    const least = kept.reduce((a, b) => (b.worth < a.worth ? b : a));
    kept.splice(kept.indexOf(least), 1);
    left.push(least.title);
  }
}

/** Every line stands for itself and is short, so that it is what a phone shows first. */
function top(report: RunReport, env: Env): string {
  const { fix, verdict } = report;
  const time = `${verdict === 'healthy' ? 'in' : 'after'} ${elapsed(report.duration)}`;
  const cause = `${prose(report.meaning, 500)} ([${report.cause}](${causeUrl(report.cause, env)}))`;
  const said =
    verdict === 'healthy'
      ? healthy(report)
      : [
          `**Cause** ${cause}`,
          ...evidenceLine(report),
          ...(fix || verdict !== 'skipped'
            ? [`**Fix** ${fix ? prose(fix.text, 500) : 'nothing to mend'}`]
            : []),
        ];
  const title = report.dryRun && verdict === 'skipped' ? '⏭️ Dry run' : mark[verdict];
  const lines = [`## ${title}: ${subject(report)}, ${time}`, said.join('<br>\n')];
  if (fix && fix.commands.length > 0) lines.push(block('sh', short(fix.commands.join('\n'))));
  else if (fix?.lines) lines.push('');
  if (fix?.lines) lines.push(`In ${code(fix.lines.file)}:`, block(fix.lines.language, short(fix.lines.text)));
  return lines.join('\n');
}

/** What the verdict is about, and what runs now where that is something else. */
function subject(report: RunReport): string {
  const { version, operation, rollback: back } = report;
  const named = (what: string | null) => `OpenClaw${what ? ` ${prose(what, 80)}` : ''}`;
  const where = report.app ? ` on ${prose(report.app, 80)}` : '';
  if (operation === 'deploy' && back?.done) {
    const of = back.replaced === null ? '' : ` of ${named(back.replaced)}`;
    return `the deploy${of}${where}, back on ${named(back.version ?? version.to)}`;
  }
  if (report.cause === 'superseded')
    return `the ${operation}${where}, where ${named(version.to)} of another release runs`;
  if (!isAsBefore(report) || (operation !== 'deploy' && operation !== 'rollback'))
    return named(version.to) + where;
  const runs = version.from === null ? '' : `, where ${named(version.from)} runs as before`;
  const of = version.to === null || version.to === version.from ? '' : ` of ${named(version.to)}`;
  return `the ${operation}${of}${where}${runs}`;
}

function evidenceLine(report: RunReport): string[] {
  const { evidence, verdict } = report;
  if (evidence) return [`**Evidence** (${evidence.source}) ${code(evidence.text, 300)}`];
  const last = lastSeen(report);
  if (verdict === 'cancelled' && last) return [`**Last seen** ${prose(last, 300)}`];
  return verdict === 'failed' || verdict === 'degraded'
    ? ['**Evidence** no line, event or reply names it']
    : [];
}

function healthy(report: RunReport): string[] {
  const { listeningAfter, discordAfter, discord, evidence } = report;
  const seen: string[] = [];
  if (listeningAfter !== null) seen.push(`listening after ${elapsed(listeningAfter)}`);
  if (discord === 'logged-in')
    seen.push(`Discord logged in${discordAfter === null ? '' : ` after ${elapsed(discordAfter)}`}`);
  if (report.urlStatus !== null) seen.push(`the URL answers with ${report.urlStatus}`);
  const lines = [`**Seen** ${seen.length > 0 ? seen.join(', ') : prose(report.meaning, 500)}`];
  if (evidence) lines.push(`**Evidence** (${evidence.source}) ${code(evidence.text, 300)}`);
  return lines;
}

/** A fix is short; what is not comes from somewhere else, and must not take the page for itself. */
function short(text: string): string {
  const lines = visibleLines(text.slice(0, 2 * longestFix));
  const cut = lines
    .slice(0, 60)
    .map((line) => (line.length > 1000 ? `${line.slice(0, 999).toWellFormed()}…` : line));
  let room = longestFix;
  const kept = cut.filter((line) => {
    room -= Buffer.byteLength(line) + 1;
    return room >= 0;
  });
  return kept.length < lines.length ? [...kept, '# …'].join('\n') : kept.join('\n');
}

function facts(report: RunReport): string {
  const items = [
    isUntouched(report) && '**nothing was changed on Fly**',
    report.dryRun ? `${report.operation}, dry run` : report.operation,
    report.mode && (report.access === 'console' ? 'private, no service' : report.mode),
    report.region && `region ${prose(report.region, 40)}`,
    report.release && `release ${report.release}`,
    report.flyctlVersion && `flyctl ${prose(report.flyctlVersion, 40)}`,
    report.url && link('gateway', report.url),
    report.dashboardUrl && link('fly.io', report.dashboardUrl),
  ];
  return items.filter(Boolean).join(' · ');
}

function rollback(report: RunReport): string {
  const { rollback: back } = report;
  if (!back) return '';
  const what = back.version ?? back.image;
  const lines = [prose(back.reason)];
  if (back.done)
    lines.push(
      `${what ? code(what) : 'The former image'} was put back${back.withVolume ? ' with its volume' : ''}: ` +
        `**${back.verdict ?? 'not judged'}**${back.cause && back.cause !== 'healthy' ? ` (${back.cause})` : ''}.`,
    );
  return lines.join('\n\n');
}

function steps(report: RunReport): string {
  return nextSteps(report)
    .map(({ text, url, commands }) => {
      const words = url ? link(text, url) : prose(text);
      const paste = commands.length > 0 ? `\n\n${block('sh', short(commands.join('\n')))}` : '';
      return `- ${words}${paste.replace(/\n(?=.)/g, '\n  ')}`;
    })
    .join('\n');
}

function list(items: readonly string[]): string {
  const more = items.length - shownItems;
  const shown = items.slice(0, shownItems).map((item) => `- ${prose(item)}`);
  return [...shown, ...(more > 0 ? [`- and ${more} more, in the log`] : [])].join('\n');
}

/** So few that their labels fit beside each other on a phone. In seconds, and as Mermaid has them. */
const ticks = [
  [5, '5second'],
  [10, '10second'],
  [30, '30second'],
  [60, '1minute'],
  [120, '2minute'],
  [300, '5minute'],
  [900, '15minute'],
] as const;

function timeline(report: RunReport): string {
  const { timeline: phases } = report;
  if (phases.length === 0) return '';
  // A wall clock within one day, which reads the same in every time zone.
  const at = (seconds: number) => new Date(Math.min(seconds, 86_399) * 1000).toISOString().slice(11, 23);
  const tags = { done: 'done, ', failed: 'crit, ', skipped: '' };
  const bars = phases.map(({ name, from, to, outcome }) => {
    const words = name.replace(/[^\p{L}\p{N} .-]/gu, ' ').trim() || 'phase';
    // A bar of no length is not drawn.
    return `  ${words} :${tags[outcome]}${at(from)}, ${at(Math.max(to, from + 0.2))}`;
  });
  const end = Math.max(...phases.map(({ to }) => to));
  const tick = ticks.find(([length]) => end / length <= 4)?.[1] ?? '1hour';
  const axis = ['  dateFormat HH:mm:ss.SSS', '  axisFormat %M:%S', `  tickInterval ${tick}`];
  const gantt = ['gantt', ...axis, ...bars].join('\n');
  const rows = phases.map(({ name, from, to, outcome, note, moment }) => {
    const sign = outcome === 'failed' ? '❌ ' : '';
    if (moment) return [clockFace(to), `${sign}${proseCell(note ?? name)}`, ''];
    const result = outcome === 'skipped' ? 'skipped' : note;
    const words = `${sign}**${proseCell(name)}**${result ? `: ${proseCell(result)}` : ''}`;
    // A narrow column breaks at any space.
    return [clockFace(from), words, elapsed(to - from).replaceAll(' ', '\u00a0')];
  });
  return `${block('mermaid', gantt)}\n\n${table(['at', 'what', 'took'], rows)}`;
}

function changes(report: RunReport): string {
  const { version, image, addresses, memoryMb } = report;
  const rows: string[][] = [];
  const row = (what: string, from: string | null, to: string | null) => {
    if (from !== to && to !== null)
      rows.push([what, from === null ? cell(to) : `${cell(from)} → ${cell(to)}`]);
  };
  // Until a machine was reached, all that is only what was meant to be.
  if (image.to !== null || report.dryRun) {
    row('OpenClaw', version.from, version.to);
    row('Image', shortImage(image.from), shortImage(image.to));
    const sizes = [memoryMb.from, memoryMb.to].map((mb) => (mb === null ? null : `${mb} MB`));
    row('Memory', sizes[0] ?? null, sizes[1] ?? null);
  }
  const [before, after] = [addresses.before, addresses.after].map((all) =>
    all.map(({ type }) => type).sort(),
  );
  if (String(before) !== String(after))
    row('Addresses', before?.join(', ') || 'none', after?.join(', ') || 'none');
  const parts = [table(['what', 'change'], rows), overrides(report)];
  if (report.compareUrl && rows.length > 0) parts.push(link('What is new upstream', report.compareUrl));
  parts.push(secrets(report));
  if (report.snapshot) parts.push(`Snapshot of the volume before the deploy: ${code(report.snapshot)}`);
  if (report.failedVersions.length > 0)
    parts.push(
      `Passed over because they failed here: ${report.failedVersions.map((v) => code(v)).join(', ')}`,
    );
  if (rows.length === 0 && image.to !== null && image.to === image.from)
    parts.unshift('The same image, memory and addresses as before.');
  return parts.filter(Boolean).join('\n\n');
}

/** The same in each run, so nobody has to see it in each. */
function overrides({ overrides: all, image, dryRun, generatedConfig }: RunReport): string {
  const others = all.filter(({ key }) => key !== 'build.image');
  if (others.length === 0 || (image.to === null && !dryRun)) return '';
  const rows = others.map(({ key, from, to }) => [
    cell(key),
    from === null ? cell(to) : `${cell(from)} → ${cell(to)}`,
  ]);
  const settings = others.length === 1 ? '1 setting' : `${others.length} settings`;
  const file = generatedConfig ? 'the generated config' : 'the config file';
  return folded(`${settings} beyond ${file}`, table(['setting', 'value of this run'], rows));
}

/** Enough to recognize it on a phone; commands and the JSON report carry all of it. */
const shortImage = (image: string | null) =>
  image?.replace(/^.*\//, '').replace(/@sha256:([0-9a-f]{12})[0-9a-f]+$/, '@$1…') ?? null;

const stateWords: Record<(typeof secretStates)[number], string> = {
  added: 'added',
  changed: 'changed',
  generated: 'generated by this run',
  unchanged: 'unchanged',
  removed: 'removed',
  'only-on-fly': 'only on Fly, left alone',
  'left-out': 'in GitHub, left out by the filter',
};

function secrets(report: RunReport): string {
  const rows = Object.entries(stateWords).flatMap(([state, words]) => {
    const names = report.secrets.filter((secret) => secret.state === state).map(({ name }) => cell(name));
    return names.length > 0 ? [[words, names.join(' ')]] : [];
  });
  return table(['secrets', 'names'], rows);
}

function findings(report: RunReport): string {
  const items = report.findings.slice(0, shownFindings).map((finding) => {
    const where = finding.file ? `${code([finding.file, finding.line].filter(Boolean).join(':'))} ` : '';
    // The fix has them already.
    const known = report.cause === 'config-lint' && finding.severity === 'error';
    const lines =
      finding.lines && !known ? `\n\n${block('toml', short(finding.lines))}`.replace(/\n(?=.)/g, '\n  ') : '';
    return `- **${finding.severity}** ${where}${prose(finding.message)}${lines}`;
  });
  const more = report.findings.length - items.length;
  return [...items, ...(more > 0 ? [`- and ${more} more, in the log`] : [])].join('\n');
}

function linesOf(all: readonly string[]): string {
  const lines = all.flatMap((line) => visibleLines(line.slice(0, 2000))).slice(-shownLines);
  if (lines.length === 0) return '';
  const text = lines
    .map((line) => (line.length > 500 ? `${line.slice(0, 499).toWellFormed()}…` : line))
    .join('\n');
  return folded(lines.length === 1 ? '1 line' : `${lines.length} lines`, block('text', text));
}

function generated(report: RunReport): string {
  if (!report.generatedConfig) return '';
  const { file, text } = report.generatedConfig;
  const intro = `The repository has none, so this one was used. Commit it as ${code(file)} to make it yours.`;
  return `${intro}\n\n${folded('The file', block(file.endsWith('.toml') ? 'toml' : 'text', text))}`;
}

/**
 * Puts the page where the runner takes it from (GITHUB_STEP_SUMMARY). Best effort: what goes wrong is a warning.
 */
export function writeSummary(
  report: RunReport,
  to: { env: Env; redact: (text: string) => string; warn: (message: string) => void },
): void {
  try {
    const file = to.env.GITHUB_STEP_SUMMARY;
    if (!file) throw new Error('GITHUB_STEP_SUMMARY is not set');
    appendFileSync(file, summary(redacted(report, to.redact), to.env));
  } catch (error) {
    to.warn(`The summary could not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
