import { kubernetesCall, statusOf } from './errors.ts';

/** What a list call of client-node answers. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly metadata?: { readonly _continue?: string };
}

/** Where the next page begins. */
export interface PageRequest {
  readonly limit: number;
  readonly _continue?: string;
}

/** As kubectl does: small enough for the API server, few enough requests. */
const PAGE_SIZE = 500;
const MAX_RESTARTS = 3;

/**
 * All items of a list, in pages of 500. A list that took so long that its continue token expired (410) begins again.
 *
 * @throws what {@link kubernetesCall} throws
 */
export async function listAll<Item>(list: (page: PageRequest) => Promise<Page<Item>>): Promise<readonly Item[]> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await allPages(list);
    } catch (error) {
      if (statusOf(error) !== 410 || restarts >= MAX_RESTARTS) return kubernetesCall(Promise.reject(error));
    }
  }
}

async function allPages<Item>(list: (page: PageRequest) => Promise<Page<Item>>): Promise<readonly Item[]> {
  const items: Item[] = [];
  let next: string | undefined;
  do {
    const page = await list({ limit: PAGE_SIZE, ...(next !== undefined && { _continue: next }) });
    items.push(...page.items);
    next = page.metadata?._continue || undefined;
  } while (next !== undefined);
  return items;
}
