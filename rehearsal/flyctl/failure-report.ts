/** What the CLI prints beside an error's message. */
interface Details {
  description?: string;
  suggestion?: string;
  docUrl?: string;
  /** `fly-request-id` of the Machines API reply behind the error. */
  requestId?: string;
  /** 32 hex digits; only `deploy` traces its calls. */
  traceId?: string;
  /** HTTP status of the Machines API reply behind the error. */
  status?: number;
  /** True when a signal, not a reply, ended the work: exit code 127 and no `Error:` line. */
  cancelled?: boolean;
  /** True when a deadline of the CLI passed: exit code 126. */
  deadline?: boolean;
  /** Help to print on stdout before the error, as cobra does for a wrong command line. */
  usage?: string;
}

/** An error that ends the command with an `Error:` line and a non-zero exit code. */
export class CommandError extends Error {
  readonly details: Details;

  constructor(message: string, details: Details = {}) {
    super(message);
    this.details = details;
  }

  /** The same error with words in front, as Go's `%w` wraps: request id, suggestion and the rest stay. */
  within(prefix: string, details: Details = {}): CommandError {
    return new CommandError(`${prefix}: ${this.message}`, { ...this.details, ...details });
  }
}

/** A crash of the CLI itself: exit code 3 and a stack trace on stdout. */
export class Panic extends Error {}

/** Wraps whatever was thrown; anything that is no CommandError is a fault of the stand-in and passes unchanged. */
export function wrapped(prefix: string, error: unknown, details: Details = {}): unknown {
  return error instanceof CommandError ? error.within(prefix, details) : error;
}

/** Runs `work`, putting `prefix` before the message of its failure. */
export async function within<T>(prefix: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw wrapped(prefix, error);
  }
}

/** The text on stderr for a failure: the message, ids, description, suggestion and link (flyctl internal/cli). */
export function failureText(error: CommandError): string {
  const { requestId, traceId, description, suggestion, docUrl } = error.details;
  let text = `Error: ${error.message}`;
  if (requestId) text += ` (Request ID: ${requestId})`;
  if (traceId) text += ` (Trace ID: ${traceId})`;
  text += '\n';
  if (description && description !== error.message) text += `${description}\n\n`;
  if (suggestion) text += `${suggestion}\n\n`;
  if (docUrl) text += `View more information at  ${docUrl}\n\n`;
  return text;
}
