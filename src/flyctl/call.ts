import type * as z from 'zod/mini';
import { Failure, type FixContext } from '../causes.ts';
import { readDocuments } from './documents.ts';
import { explainFailure, FlyctlFailure } from './errors.ts';
import type { Completed, Flyctl } from './process.ts';
import { type Patience, persist } from './retry.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for each try; every command has a default of its own. */
  readonly deadlineMs?: number | undefined;
  /** Limits of trying again; `null` for a caller that comes back by itself, as the feeds do. */
  readonly patience?: Patience | null | undefined;
}

export interface Call extends CallOptions {
  /**
   * `always`: doing it twice is the same as doing it once. `unsent`: only when nothing can have reached the API,
   * which is so when the CLI's own second try went out without its body.
   */
  readonly repeat: 'always' | 'unsent';
  readonly stdin?: string | undefined;
  /** What a fix may name. */
  readonly context?: FixContext | undefined;
  /** The deadline passing is an answer, not an error. */
  readonly lateIsFine?: boolean | undefined;
}

/** Runs a command to a good end. @throws FlyctlFailure otherwise */
export async function tell(flyctl: Flyctl, args: readonly string[], call: Call): Promise<Completed> {
  const attempt = async () => {
    const completed = await flyctl.run(args, {
      stdin: call.stdin,
      // flyctl itself is through with its four tries of a question within seconds.
      deadlineMs: call.deadlineMs ?? (call.repeat === 'always' ? 20_000 : 60_000),
      signal: call.signal,
    });
    if (completed.exitCode === 0 && !completed.cancelled) return completed;
    if (completed.timedOut && call.lateIsFine) return completed;
    throw explainFailure({ flyctl, args, completed, context: call.context ?? {} });
  };
  return persevere(flyctl, attempt, call);
}

/** Runs a command whose reply is one JSON document. @throws FlyctlFailure, or Failure `fly-api` when it does not fit */
export async function ask<T>(
  flyctl: Flyctl,
  args: readonly string[],
  schema: z.ZodMiniType<T>,
  call: Call,
): Promise<T> {
  const attempt = async () => {
    const once = { ...call, patience: null };
    return replyOf(flyctl, args, schema, await tell(flyctl, args, once));
  };
  return persevere(flyctl, attempt, call);
}

async function persevere<T>(flyctl: Flyctl, attempt: () => Promise<T>, call: Call): Promise<T> {
  if (call.patience === null) return attempt();
  const passes = (error: unknown) =>
    error instanceof FlyctlFailure && (call.repeat === 'always' ? error.passing : error.unsent);
  try {
    return await persist(attempt, passes, call.patience ?? flyctl.patience, call.signal);
  } catch (error) {
    if (error instanceof Failure || !call.signal?.aborted) throw error;
    throw new Failure('cancelled', 'the run was cancelled while flyctl was to be tried again', {
      cause: error,
    });
  }
}

/** The first document of a reply as the schema has it. */
function replyOf<T>(
  flyctl: Flyctl,
  args: readonly string[],
  schema: z.ZodMiniType<T>,
  completed: Completed,
): T {
  const { documents, broken } = readDocuments(completed.stdout);
  const reply = flyctl.redact(completed.stdout);
  const misfit = (where: string, passing: boolean) =>
    new FlyctlFailure(
      'fly-api',
      // A parser quotes what it stumbled over.
      flyctl.redact(`flyctl ${flyctl.version} gave an unexpected answer to \`${args.join(' ')}\`: ${where}`),
      {
        evidence: reply.slice(0, 500) || null,
        fix: null,
        command: flyctl.redact(args.join(' ')),
        exitCode: completed.exitCode,
        raw: reply.slice(0, 20_000),
        passing,
      },
    );
  // Half a document: the pipe broke, or more came than is kept.
  if (broken !== null) throw misfit(`broken JSON at character ${broken.at}, ${broken.reason}`, true);
  if (documents.length === 0) throw misfit('no JSON at all', true);
  const parsed = schema.safeParse(documents[0]);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'the whole document' : issue.path.join('.');
  throw misfit(`${place}: ${issue?.message ?? 'does not fit'}`, false);
}
