import { AwsError } from '../cloud/service.ts';

export interface Filter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** What a resource says to a filter's name; undefined for a name that the resource does not know. */
export type FilterView = (name: string) => readonly string[] | undefined;

/**
 * Whether all filters fit; a filter fits when one of its values does. `*` and `?` are wildcards, as in EC2.
 * @throws AwsError `InvalidParameterValue` for a filter that the operation does not know.
 */
export function matchesFilters(filters: readonly Filter[] | undefined, view: FilterView): boolean {
  return (filters ?? []).every((filter) => {
    const name = filter.Name ?? '';
    const actual = view(name);
    if (actual === undefined) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
    return (filter.Values ?? []).some((value) => actual.some((a) => fits(value, a)));
  });
}

/** How a resource's tags answer the filters `tag:<key>`, `tag-key` and `tag-value`; undefined for another name. */
export function tagFilter(name: string, tags: ReadonlyMap<string, string>): readonly string[] | undefined {
  if (name.startsWith('tag:')) {
    const value = tags.get(name.slice(4));
    return value === undefined ? [] : [value];
  }
  if (name === 'tag-key') return [...tags.keys()];
  if (name === 'tag-value') return [...tags.values()];
  return undefined;
}

/** Tags as EC2 lists them. */
export function tagList(tags: ReadonlyMap<string, string>): { Key: string; Value: string }[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

function fits(pattern: string, value: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === value;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}
