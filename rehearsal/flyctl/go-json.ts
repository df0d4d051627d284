/** JSON values, as read from a reply. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

const HTML: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** JSON as Go's encoding/json writes it: `<`, `>` and `&` escaped. */
export function goJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, undefined, indent).replace(/[<>&\u2028\u2029]/g, (char) => HTML[char] ?? char);
}

/**
 * How a Go struct field is read and written again: undefined leaves the field out. The CLI decodes replies into
 * structs and encodes those, so unknown fields vanish, fields come in the struct's order, and `omitempty` ones
 * with a zero value are left out.
 */
export type Shape = (value: Json | undefined) => Json | undefined;

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value left out when it is Go's zero value. */
export const omitEmpty: Shape = (value) => {
  if (value === undefined || value === null || value === '' || value === 0 || value === false)
    return undefined;
  if (Array.isArray(value) && value.length === 0) return undefined;
  return value;
};

/** A value that is always written, `zero` when the reply has none. */
export const always =
  (zero: Json): Shape =>
  (value) =>
    value ?? zero;

/** A pointer: left out when null, written even when it points at a zero value. */
export const pointer: Shape = (value) => value ?? undefined;

/** A map with its keys sorted, left out when empty. */
export const sortedMap: Shape = (value) => {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** A struct: written always, and field by field. */
export const struct =
  (fields: Record<string, Shape>): Shape =>
  (value) => {
    const from = isObject(value) ? value : {};
    const to: JsonObject = {};
    for (const [key, shape] of Object.entries(fields)) {
      const item = shape(from[key]);
      if (item !== undefined) to[key] = item;
    }
    return to;
  };

/** A pointer to a struct: left out when null. */
export const optional =
  (shape: Shape): Shape =>
  (value) =>
    isObject(value) ? shape(value) : undefined;

/** A list, left out when empty. */
export const list =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.length > 0 ? value.map((item) => shape(item) ?? {}) : undefined;

/** A map of structs with its keys sorted, left out when empty. */
export const mapOf =
  (shape: Shape): Shape =>
  (value) => {
    const sorted = sortedMap(value);
    return isObject(sorted)
      ? Object.fromEntries(Object.entries(sorted).map(([key, item]) => [key, shape(item) ?? {}]))
      : undefined;
  };
