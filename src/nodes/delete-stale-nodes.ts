import type { Instances, Nodes } from './ports.ts';

/** A Node, as far as its instance goes. */
export interface NodeOfInstance {
  readonly name: string;
  readonly providerId: string;
}

interface StalePorts {
  readonly listed: { list(): Promise<readonly NodeOfInstance[]> };
  readonly instances: Pick<Instances, 'describe'>;
  readonly nodes: Pick<Nodes, 'delete'>;
  /** The instances of the cluster's groups. */
  readonly members: () => Promise<readonly string[]>;
}

/** What came of comparing Nodes with instances. */
export interface StaleNodes {
  readonly deleted: readonly string[];
  /** Instances that run and have no Node: they joined after the snapshot, and a kubelet registers only when it starts. */
  readonly withoutNode: readonly string[];
}

/**
 * Deletes Nodes whose instances are gone, after a restore has brought them back: nothing else would, where no cloud controller runs. Nodes that name no
 * instance stay, and so do those of instances that are merely off. Can run again.
 */
export async function deleteStaleNodes({ listed, instances, nodes, members }: StalePorts): Promise<StaleNodes> {
  const [list, ids] = await Promise.all([listed.list(), members()]);
  const all = list.map(({ name, providerId }) => ({ name, instanceId: providerId.split('/').at(-1) ?? '' }));
  const found = await instances.describe(
    [...new Set([...all.map(({ instanceId }) => instanceId), ...ids])].filter(isId),
  );
  const isGone = (id: string) => (found.get(id)?.state ?? 'terminated') === 'terminated';
  const stale = all.filter(({ instanceId }) => isId(instanceId) && isGone(instanceId));
  for (const { name } of stale) await nodes.delete(name);
  const withNode = new Set(all.map(({ instanceId }) => instanceId));
  return {
    deleted: stale.map(({ name }) => name),
    withoutNode: ids.filter((id) => found.get(id)?.state === 'running' && !withNode.has(id)),
  };
}

function isId(instanceId: string): boolean {
  return /^i-[0-9a-f]+$/.test(instanceId);
}
