import { ApiException } from '@kubernetes/client-node';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** How a list is asked for. */
export interface PlainQuery {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** From the API server's memory, all at once, which may be a little old; otherwise as etcd has it, in pages of 500. */
  readonly mayBeStale?: boolean;
}

/**
 * What `pick` makes of each item of a list. Parsed page by page and without the generated client, so that thousands of large objects need the
 * memory of one page.
 *
 * @throws what {@link listAll} throws
 */
export function plainList<Item, T>(
  connection: KubernetesConnection,
  path: string,
  { labelSelector, fieldSelector, mayBeStale }: PlainQuery,
  pick: (item: Item) => T,
): Promise<readonly T[]> {
  return listAll(async ({ limit, _continue }) => {
    const parameters = new URLSearchParams({
      ...(mayBeStale ? { resourceVersion: '0' } : { limit: `${limit}` }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(_continue !== undefined && { continue: _continue }),
    });
    const { status, text } = await connection.get(`${path}?${parameters.toString()}`);
    if (status !== 200) throw new ApiException(status, 'The list was refused', text, {});
    const page = JSON.parse(text) as { readonly items?: readonly Item[]; readonly metadata?: { continue?: string } };
    const next = page.metadata?.continue;
    return { items: (page.items ?? []).map(pick), metadata: next === undefined ? {} : { _continue: next } };
  });
}
