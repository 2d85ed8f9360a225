/** A JSON value as it travels between states. Treated as immutable everywhere: states share their data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** Whether the value is a JSON object, not a list and not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON name of a value's type, as AWS names it in its causes. */
export function jsonTypeOf(value: Json): 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as 'boolean' | 'number' | 'string' | 'object';
}

/**
 * Plain JSON from whatever a library handed out: list flags and undefined members go, dates become ISO texts, bytes
 * become text (as Step Functions shows an S3 body). Undefined and functions give undefined.
 *
 * A number that JSON cannot carry becomes its name, `"Infinity"`: so answers AWS for `1/0`.
 */
export function toJson(value: unknown): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return value.map((item) => toJson(item) ?? null);
  if ('_jsonata_function' in value || '_jsonata_lambda' in value) return undefined;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return objectToJson(value);
}

function objectToJson(value: object): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const json = toJson(member);
    if (json !== undefined) result[key] = json;
  }
  return result;
}
