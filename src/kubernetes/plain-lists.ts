import { ApiException } from '@kubernetes/client-node';
import { kubernetesCall, statusOf } from './errors.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** How a list is asked for. */
export interface PlainQuery {
  readonly labelSelector?: string;
  /** From the API server's memory, all at once, which may be a little old; otherwise as etcd has it, in pages of 500. */
  readonly mayBeStale?: boolean;
}

const PAGE_SIZE = 500;
const MAX_RESTARTS = 3;

/**
 * What `pick` makes of each item of a list. Parsed page by page and without the generated client, so that thousands of large objects need the
 * memory of one page.
 *
 * @throws what {@link kubernetesCall} throws
 */
export async function plainList<Item, T>(
  connection: KubernetesConnection,
  path: string,
  query: PlainQuery,
  pick: (item: Item) => T,
): Promise<readonly T[]> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await allPages(connection, path, query, pick);
    } catch (error) {
      // The token of a list that took too long.
      if (statusOf(error) !== 410 || restarts >= MAX_RESTARTS) return kubernetesCall(Promise.reject(error));
    }
  }
}

async function allPages<Item, T>(
  connection: KubernetesConnection,
  path: string,
  { labelSelector, mayBeStale }: PlainQuery,
  pick: (item: Item) => T,
): Promise<readonly T[]> {
  const picked: T[] = [];
  let next = '';
  do {
    const parameters = new URLSearchParams({
      ...(mayBeStale ? { resourceVersion: '0' } : { limit: `${PAGE_SIZE}` }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(next !== '' && { continue: next }),
    });
    const { status, text } = await connection.get(`${path}?${parameters.toString()}`);
    if (status !== 200) throw new ApiException(status, 'The list was refused', text, {});
    const page = JSON.parse(text) as { readonly items?: readonly Item[]; readonly metadata?: { continue?: string } };
    for (const item of page.items ?? []) picked.push(pick(item));
    next = page.metadata?.continue ?? '';
  } while (next !== '');
  return picked;
}
