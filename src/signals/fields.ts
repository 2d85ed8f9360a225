import { MalformedSignal } from './errors.ts';

/** The fields of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The form of an EC2 instance id. */
export const instanceIdForm = /^i-[0-9a-f]{8,17}$/;

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The object in a field.
 * @throws MalformedSignal
 */
export function object(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (isFields(value)) return value;
  throw new MalformedSignal(value === undefined || value === null ? `it has no ${name}` : `${name} is not an object`);
}

/**
 * The text in a field, which is not empty and has this form.
 * @throws MalformedSignal
 */
export function text(fields: Fields, name: string, form = /./): string {
  const value = fields[name];
  if (typeof value === 'string' && form.test(value)) return value;
  throw new MalformedSignal(`${name} is ${value === undefined ? 'missing' : `"${String(value)}"`}`);
}

/** The text in a field that need not be there. */
export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * The time in a field, as it is written there; in ISO 8601, or as AWS Health writes it: `Sat, 05 Jun 2016 15:10:09 GMT`.
 * @throws MalformedSignal
 */
export function time(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (Number.isNaN(Date.parse(value))) throw new MalformedSignal(`${name} is "${value}", which is no time`);
  return value;
}
