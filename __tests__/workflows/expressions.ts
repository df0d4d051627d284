/**
 * The expressions of workflow files, `${{ … }}` and `if:`, as far as the workflows of this repository use them:
 * contexts, literals, `! == != && ||`, brackets, and a few functions. What is not known is an error, so that no
 * expression counts as tested that was not understood.
 *
 * https://docs.github.com/actions/reference/workflows-and-actions/expressions
 */

export type Value = string | number | boolean | null | Values | readonly Value[];
export interface Values {
  readonly [name: string]: Value;
}

export type StatusFunction = 'success' | 'failure' | 'always' | 'cancelled';

export interface Scope {
  readonly contexts: Values;
  readonly status: Readonly<Record<StatusFunction, boolean>>;
}

/** A text with `${{ }}` in it, as a step gets it. */
export function filledIn(text: unknown, scope: Scope): string {
  return String(text).replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
    words(evaluate(expression, scope)),
  );
}

/**
 * Whether a job or a step runs. Without a function that asks for the status, it runs only if all before it did well.
 */
export function holds(condition: unknown, scope: Scope): boolean {
  const text = String(condition ?? 'success()').replace(/^\$\{\{(.*)\}\}$/s, '$1');
  const asks = /\b(?:success|failure|always|cancelled)\(\)/.test(text);
  return truthy(evaluate(asks ? text : `success() && (${text})`, scope));
}

function words(value: Value): string {
  if (value === null) return '';
  return typeof value === 'object' ? 'Object' : String(value);
}

function truthy(value: Value): boolean {
  return value !== null && value !== false && value !== 0 && value !== '';
}

/** Loose as GitHub has it: case is ignored between texts, and unlike types are compared as numbers. */
function equal(one: Value, other: Value): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one.toLowerCase() === other.toLowerCase();
  if (typeof one === typeof other) return one === other;
  return Number(one ?? 0) === Number(other ?? 0);
}

const token =
  /\s*(?:(?<text>'(?:[^']|'')*')|(?<number>\d+)|(?<name>[A-Za-z_][\w-]*)|(?<sign>==|!=|&&|\|\||[!().,*]))/y;

export function evaluate(expression: string, scope: Scope): Value {
  const tokens: string[] = [];
  token.lastIndex = 0;
  for (const text = expression.trimEnd(); token.lastIndex < text.length; ) {
    const found = token.exec(text);
    if (found === null) throw new Error(`not understood: ${expression.trim()}`);
    tokens.push(found[0].trim());
  }
  let at = 0;
  const next = () => tokens[at];
  const take = (sign: string): boolean => {
    if (next() !== sign) return false;
    at += 1;
    return true;
  };
  const must = (sign: string) => {
    if (!take(sign)) throw new Error(`${sign} is missing: ${expression.trim()}`);
  };

  const or = (): Value => {
    let value = and();
    while (take('||')) {
      const other = and();
      value = truthy(value) ? value : other;
    }
    return value;
  };
  const and = (): Value => {
    let value = comparison();
    while (take('&&')) {
      const other = comparison();
      value = truthy(value) ? other : value;
    }
    return value;
  };
  const comparison = (): Value => {
    const value = unary();
    if (take('==')) return equal(value, unary());
    if (take('!=')) return !equal(value, unary());
    return value;
  };
  const unary = (): Value => (take('!') ? !truthy(unary()) : primary());
  const primary = (): Value => {
    if (take('(')) {
      const value = or();
      must(')');
      return value;
    }
    const word = next() ?? '';
    at += 1;
    if (word.startsWith("'")) return word.slice(1, -1).replaceAll("''", "'");
    if (/^\d/.test(word)) return Number(word);
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null') return null;
    if (!/^[A-Za-z_]/.test(word)) throw new Error(`not understood: ${expression.trim()}`);
    return take('(') ? call(word) : path(word);
  };
  const call = (name: string): Value => {
    const given: Value[] = [];
    while (!take(')')) {
      given.push(or());
      if (next() !== ')') must(',');
    }
    if (name in scope.status) return scope.status[name as StatusFunction];
    const [first = null, second = null] = given;
    if (name === 'toJSON') return JSON.stringify(first, null, 2);
    if (name === 'join' && Array.isArray(first)) return first.map(words).join(words(second));
    throw new Error(`the function ${name} is not known here`);
  };
  const path = (context: string): Value => {
    if (!(context in scope.contexts)) throw new Error(`the context ${context} is not known here`);
    let value: Value = scope.contexts[context] ?? null;
    let each = false;
    while (take('.')) {
      if (take('*')) {
        each = true;
        value = Object.values(value as Values);
        continue;
      }
      const name = next() ?? '';
      at += 1;
      value = each ? (value as readonly Value[]).map((one) => property(one, name)) : property(value, name);
    }
    return value;
  };

  const value = or();
  if (at < tokens.length) throw new Error(`not understood: ${expression.trim()}`);
  return value;
}

/** What is not there is nothing, as on GitHub. */
function property(value: Value, name: string): Value {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  return (value as Values)[name] ?? null;
}
