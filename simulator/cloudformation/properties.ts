import { templateError } from './template-error.ts';

type Values = Readonly<Record<string, unknown>>;

/** The properties of a resource, read with CloudFormation's leniency: numbers and booleans may come as text. */
export class Properties {
  readonly all: Values;
  readonly #owner: string;
  readonly #read = new Set<string>();

  /** `owner` names the resource in errors. */
  constructor(all: Values, owner: string) {
    this.all = all;
    this.#owner = owner;
  }

  /** The property as it is. */
  get(name: string): unknown {
    this.#read.add(name);
    return this.all[name];
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : String(value);
  }

  /** @throws AwsError `ValidationError` when it is missing. */
  required(name: string): string {
    const value = this.text(name);
    if (value !== undefined) return value;
    throw templateError(
      `Properties validation failed for resource ${this.#owner} with message: required key [${name}] not found`,
    );
  }

  number(name: string): number | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : Number(value);
  }

  flag(name: string): boolean | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : value === true || value === 'true';
  }

  list(name: string): readonly unknown[] {
    const value = this.get(name);
    if (value === undefined) return [];
    return Array.isArray(value) ? value : [value];
  }

  texts(name: string): string[] {
    return this.list(name).map(String);
  }

  /** A nested object; empty when it is not given. */
  nested(name: string): Properties {
    return this.#within(this.get(name) ?? {}, name);
  }

  /** A list of nested objects. */
  each(name: string): readonly Properties[] {
    return this.list(name).map((item) => this.#within(item, name));
  }

  /** A document given as an object or as text, as text. */
  document(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
  }

  /** The named properties that are given, as they are. */
  pick(...names: readonly string[]): Record<string, unknown> {
    return withoutUndefined(Object.fromEntries(names.map((name) => [name, this.get(name)])));
  }

  /** Tags, whether given as a list or as a map. */
  get tags(): Readonly<Record<string, string>> {
    const given = this.get('Tags') ?? [];
    if (!Array.isArray(given)) return given as Record<string, string>;
    return Object.fromEntries(given.map((tag: { Key: string; Value: unknown }) => [tag.Key, String(tag.Value)]));
  }

  /** Tags as a map; undefined when there are none. */
  get tagMap(): Readonly<Record<string, string>> | undefined {
    return this.tagList && this.tags;
  }

  /** Tags as `[{Key, Value}]`; undefined when there are none. */
  get tagList(): { Key: string; Value: string }[] | undefined {
    const list = Object.entries(this.tags).map(([Key, Value]) => ({ Key, Value }));
    return list.length > 0 ? list : undefined;
  }

  /** Properties that no handler has looked at: to be refused rather than ignored. */
  get unread(): readonly string[] {
    return Object.keys(this.all).filter((name) => !this.#read.has(name));
  }

  #within(value: unknown, name: string): Properties {
    return new Properties(value as Values, `${this.#owner}/${name}`);
  }
}

/** The object without members that are undefined: SDK inputs tell absent from undefined. */
export function withoutUndefined(values: Values): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** The value with the first letter of each key in lower case, at every depth, as Step Functions' API has it. */
export function lowerCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCamel);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key.charAt(0).toLowerCase() + key.slice(1),
    lowerCamel(item),
  ]);
  return Object.fromEntries(entries);
}
