import type { CollectedSecrets, SecretFinding, SecretsRequest } from './collect.ts';
import { isPresentable } from './presentable.ts';
import { SecretValue } from './value.ts';

/** One line of the list. */
interface Entry {
  /** Name on Fly. */
  readonly name: string;
  /** Name of the variable that holds the value. */
  readonly source: string;
  readonly optional: boolean;
}

const nameRule = 'A name has letters, digits and underscores, and no digit first.';
const renameRule =
  'There stands the name of a variable, never a value. If it may be missing, put a ? behind it.';

/** Reads `secrets` as names, one a line; the values are variables of the step. Lines are counted from 1. */
export function readNameList(text: string, request: SecretsRequest): CollectedSecrets {
  const values = new Map<string, SecretValue>();
  const absent: string[] = [];
  const findings: SecretFinding[] = [];
  const suspects: SecretValue[] = [];
  const seen = new Set<string>();
  const wrong = (name: string | null, message: string) =>
    findings.push({ name, message: `secrets: ${message}` });
  const suspect = (written: string) => {
    if (written.length >= 6 && !isPresentable(written)) suspects.push(new SecretValue(written));
  };

  for (const [index, raw] of text.split(/\r\n|[\r\n]/).entries()) {
    const where = `line ${index + 1}`;
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim();
    if (line === '') continue;
    const entry = readEntry(line);
    if (entry === null) {
      for (const written of [line, ...line.split(/[=\s]+/)]) suspect(written);
      wrong(null, `${where} is not NAME, NAME? or FLY_NAME=GITHUB_NAME, one a line. ${nameRule}`);
      continue;
    }
    const { name, source, optional } = entry;
    const shown = isPresentable(name) ? name : null;
    const label = shown ?? `the name in ${where}`;
    if (seen.has(name)) {
      wrong(shown, `${label} is there twice, the second time in ${where}. One of the two has to go.`);
      continue;
    }
    seen.add(name);
    const value = Object.hasOwn(request.env, source) ? request.env[source] : undefined;
    if (value) {
      values.set(name, new SecretValue(value));
      continue;
    }
    suspect(name);
    suspect(source);
    if (optional) {
      if (shown) absent.push(shown);
    } else if (source !== name) {
      wrong(
        shown,
        `${label} has no value: what ${where} has behind the = is no variable of this step. ${renameRule}`,
      );
    } else {
      const name = shown ?? 'NAME';
      wrong(
        shown,
        `${label} has no value. Pass it in the env of the step (${name}: \${{ secrets.${name} }}), or write ${name}? if it may be missing.`,
      );
    }
  }
  if (seen.size === 0 && findings.length === 0) {
    wrong(null, 'there is no name in the list. Write one a line, or leave the input out.');
  }
  return {
    form: 'list',
    values,
    leftOut: [],
    absent,
    findings,
    notices: (['include', 'exclude'] as const)
      .filter((which) => request[which] !== null)
      .map((which) => `secrets-${which} does nothing here: it filters a JSON object, and secrets is a list.`),
    unspeakable: [...values.values(), ...suspects],
  };
}

function readEntry(line: string): Entry | null {
  const [, name, mark, source, lastMark] =
    /^([A-Za-z_]\w*)(\?)?(?:\s*=\s*([A-Za-z_]\w*)(\?)?)?$/.exec(line) ?? [];
  if (name === undefined) return null;
  return { name, source: source ?? name, optional: mark !== undefined || lastMark !== undefined };
}
