/** Writes docs/causes.md from the tables that decide: causes, signatures, and the labels of the recordings. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type CauseCode, causeCodes, causeTable } from '../src/causes.ts';
import { type Signature, signatures } from '../src/gateway/signatures.ts';
import { block, code, folded, prose, table } from '../src/report/markdown.ts';

/** Where the page lies. */
export const causesFile = fileURLToPath(new URL('../docs/causes.md', import.meta.url));
const labelsFile = new URL('../rehearsal/recordings/labels.jsonl', import.meta.url);

const label = z.object({
  file: z.string(),
  expect: z.object({ cause: z.string(), evidence: z.string().nullable() }),
});

/** How a cause shows where no line of the gateway decides. */
const shown: Partial<Record<CauseCode, string>> = {
  'migrations-failed':
    'The gateway says `OpenClaw startup migrations did not complete cleanly; refusing to report the gateway ready`, or that it needs maintenance.',
  'bind-loopback':
    'The gateway says that it listens, but only on `127.0.0.1` or `[::1]`. Since 2026.4.26 the line names no address: then a look inside finds no listener on any other.',
  'out-of-memory':
    "The machine's exit event says `oom_killed`, or the exit code is 134 after one of these lines.",
  killed: "The machine's exit event: exit code 137, and `oom_killed` is not set.",
  silent:
    'The machine runs and no line says that the gateway listens; neither a look inside nor the URL could settle it.',
  'discord-no-token':
    'The gateway says `Discord bot token missing`; or nothing at all, and a look finds Discord in its config and no such secret on Fly.',
  exited: "The machine's exit event. Exit code 0 counts too: a gateway that never listened has failed.",
  'crash-loop': 'Two exit events with the same code in one deployment.',
  timeout: 'Nothing, for as long as `listen-timeout` or `timeout` allow.',
  'discord-timeout': 'Nothing about Discord, for as long as `discord-timeout` allows.',
  'port-mismatch':
    'A look inside finds the gateway on another port than `internal_port`, or the fly.toml says so.',
  'public-address': '`fly ips list` names a public address of an app that is to be private.',
  'private-unreachable': '`fly ips list` names no private address, or the app has no service behind it.',
  unverified: 'The token may read neither logs nor the inside of the machine, and there is no public URL.',
  superseded: "The machine's release or instance changes and the change is not of this run.",
  'model-key-missing': 'The gateway says `No API key found for provider`, as soon as an agent is to answer.',
  'config-lint': 'Annotations at the lines of the fly.toml, and the section Config findings of the summary.',
  'secrets-invalid': 'The message names the secret and the reason, never a value.',
  'inputs-invalid': 'The message names every input that is wrong, its value and what is allowed.',
  'token-invalid': 'flyctl says `no access token available`, or that the token is invalid or expired.',
  'token-rights': 'flyctl says `unauthorized`, `forbidden` or that the organization was not found.',
  'app-missing': 'flyctl says that it could not find the app.',
  'name-taken': 'flyctl says that the name has already been taken.',
  'region-unknown': 'flyctl says that the region was not found or is not available.',
  'plan-required': 'flyctl asks for a payment method or another plan.',
  capacity: 'flyctl says that resources are insufficient in the region.',
  'volume-mismatch': 'flyctl says that volumes are missing, or mounts differ from those of the machine.',
  'image-missing': 'flyctl or the registry says that the image or its manifest was not found.',
  'build-failed': 'The build ends with an error; its last lines are in the summary.',
  'lease-held': 'flyctl says that the lease is held, by whom and until when.',
  'rate-limited': 'HTTP status 429, again and again.',
  'upstream-unreachable': 'The message names the server that did not answer, and what it was asked.',
  'fly-api': 'HTTP status 500 or more, no answer, or an answer that cannot be read.',
  'flyctl-install': 'The message names the file, the sum that was expected and the one that came.',
  'flyctl-version': 'flyctl says `unknown flag` or `unknown command`.',
  'snapshot-failed': 'The platform refuses the snapshot, or does not say in time that it is done.',
  'up-to-date': 'The image that runs is the one that is wanted.',
  'dry-run': 'The plan is in the job log and in the summary.',
  cancelled: 'The run was stopped by hand or by a newer one.',
  internal: 'An error with a stack trace.',
};

/** What proves a healthy run is no cause of its own in the table. */
const healthyKinds: readonly Signature['kind'][] = ['listening', 'ready', 'discord-login'];

/** The page as text. */
export function causesPage(): string {
  return `${[
    '# Causes',
    'Every run ends with one verdict and one of these causes. The code is in the output `cause`, in the summary and in the title of the annotation; `APP`, `MACHINE` and other names in capitals stand for yours, which the summary fills in.',
    '<!-- Written by scripts/causes-doc.ts from src/causes.ts, src/gateway/signatures.ts and the recordings. -->',
    table(
      ['cause', 'in words', 'verdict'],
      causeCodes.map((name) => [
        `[${name}](#${name})`,
        causeTable[name].title,
        causeTable[name].verdict.join(', '),
      ]),
    ),
    ...causeCodes.map(chapter),
  ].join('\n\n')}\n`;
}

function chapter(name: CauseCode): string {
  const row = causeTable[name];
  const fix = row.fix({});
  const parts = [
    `## ${name}`,
    `**${row.title}.** ${prose(row.meaning)}`,
    looks(name),
    `**Fix.** ${prose(fix.text)}`,
  ];
  if (fix.commands.length > 0) parts.push(block('sh', fix.commands.join('\n')));
  if (fix.lines) parts.push(`In ${code(fix.lines.file)}:`, block(fix.lines.language, fix.lines.text));
  const patterns = recognized(name);
  if (patterns.length > 0) parts.push(folded('What is recognized, in which versions', patterns.join('\n')));
  return parts.join('\n\n');
}

function looks(name: CauseCode): string {
  const words = shown[name];
  const lines = recorded(name);
  if (lines.length === 0 && !words)
    throw new Error(`Nothing says how ${name} looks: add it to scripts/causes-doc.ts.`);
  return [
    '**How it looks.**',
    words && prose(words),
    lines.length > 0 && `In real logs:\n\n${lines.join('\n')}`,
  ]
    .filter(Boolean)
    .join(' ');
}

function recognized(name: CauseCode): string[] {
  return signatures
    .filter(({ cause, kind }) =>
      name === 'healthy' ? healthyKinds.includes(kind) : cause === name && kind !== 'recovered',
    )
    .map(
      ({ from, meaning, pattern, seen }) =>
        `- ${prose(meaning)}: ${code(readable(pattern), 2000)}${speaker(from)}${inVersions(seen)}`,
    );
}

/** One line of each wording, with the versions that worded it so. */
function recorded(name: CauseCode): string[] {
  const wordings = new Map<string, { line: string; versions: Set<string> }>();
  for (const { file, expect } of labels()) {
    if (expect.cause !== name || expect.evidence === null || !isInLog(file, expect.evidence)) continue;
    const wording = expect.evidence.replace(/\d+/g, '0');
    const found = wordings.get(wording) ?? { line: expect.evidence, versions: new Set() };
    found.versions.add(file.split('/')[0] ?? '');
    wordings.set(wording, found);
  }
  return [...wordings.values()].map(({ line, versions }) => `- ${code(line)} (${[...versions].join(', ')})`);
}

/** Where no line decided, the evidence is a sentence of ours. Lines may have been joined: their start is enough. */
function isInLog(file: string, evidence: string): boolean {
  return readFileSync(new URL(file, labelsFile), 'utf8').includes(evidence.slice(0, 30));
}

function labels(): z.infer<typeof label>[] {
  return readFileSync(labelsFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => label.parse(JSON.parse(line)));
}

/** The pattern without what every row of its kind begins with. */
function readable(pattern: RegExp): string {
  return pattern.source
    .replace(/^\^(?:\(\?:\\\[\[\^\\\]\]\{1,64\}\\\] \)\?)?/, '')
    .replace(/\\b|\\(?=[/. ])/g, '');
}

function speaker(from: readonly string[]): string {
  const names = from.filter((name) => name !== '').map((name) => `\`[${name}]\``);
  return names.length > 0 ? ` after ${names.join(' or ')}` : '';
}

function inVersions(versions: readonly string[]): string {
  return versions.length > 0 ? `, seen in ${versions.map((version) => `2026.${version}`).join(', ')}` : '';
}

if (import.meta.main) writeFileSync(causesFile, causesPage());
