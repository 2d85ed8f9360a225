/** What of a list is wanted. */
export interface ListingQuery {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  /** Only what comes after this key (or common prefix). */
  readonly after: string;
  readonly max: number;
}

/** One page: items and common prefixes count alike. `last` is where the next page begins after, when there is one. */
export interface Listing<T> {
  readonly items: T[];
  readonly commonPrefixes: string[];
  readonly last: string | undefined;
}

/** Cuts a page out of keyed items in the order of their keys' UTF-8 bytes, rolling up what lies behind the delimiter. */
export function listPage<T extends { readonly key: string }>(all: Iterable<T>, query: ListingQuery): Listing<T> {
  const { prefix, delimiter, after, max } = query;
  const sorted = [...all].filter(({ key }) => key.startsWith(prefix)).sort((a, b) => compareKeys(a.key, b.key));
  const items: T[] = [];
  const commonPrefixes = new Set<string>();
  let last = '';
  for (const item of sorted) {
    const rolled = rolledUp(item.key, prefix, delimiter);
    if (rolled !== undefined && commonPrefixes.has(rolled)) continue;
    if (compareKeys(rolled ?? item.key, after) <= 0) continue;
    if (items.length + commonPrefixes.size >= max) return { items, commonPrefixes: [...commonPrefixes], last };
    if (rolled === undefined) items.push(item);
    else commonPrefixes.add(rolled);
    last = rolled ?? item.key;
  }
  return { items, commonPrefixes: [...commonPrefixes], last: undefined };
}

function rolledUp(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (!delimiter) return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
