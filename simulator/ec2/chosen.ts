import type { AwsError } from '../cloud/service.ts';

/** What a Describe is about: those that it names, or all. @throws AwsError `missing` for one that there is not */
export function chosen<T>(
  all: ReadonlyMap<string, T>,
  ids: readonly string[] | undefined,
  missing: (id: string) => AwsError,
): T[] {
  if (!ids?.length) return [...all.values()];
  return ids.map((id) => {
    const found = all.get(id);
    if (!found) throw missing(id);
    return found;
  });
}
