import { isObject, type Json } from './json.ts';

/** The value with the first letter of every member's name in lower case, as some APIs have it. */
export function toCamelCase(value: Json): Json {
  return recase(value, (name) => name.charAt(0).toLowerCase() + name.slice(1));
}

/** The value with the first letter of every member's name in upper case, as tasks see it. */
export function toPascalCase(value: Json): Json {
  return recase(value, (name) => name.charAt(0).toUpperCase() + name.slice(1));
}

function recase(value: Json, change: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => recase(item, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [change(key), recase(member, change)]));
}
