import { nearest } from '../schema/problems.ts';
import type { Cluster } from './cluster.ts';
import { ClusterMisconfigured, ClusterNotFound } from './errors.ts';
import { parseCluster } from './parse-cluster.ts';
import type { ClusterEntries, EntryText } from './ports.ts';

/** How long a warm function believes what it read, in milliseconds. */
export const REGISTRY_CACHE_MS = 60_000;

/** Every registered cluster: those that can be used, and those that cannot with what is wrong. */
export interface RegisteredClusters {
  readonly clusters: readonly Cluster[];
  readonly misconfigured: readonly ClusterMisconfigured[];
}

/** The clusters that this deployment looks after. */
export interface ClusterRegistry {
  /**
   * @throws ClusterNotFound naming the registered name most like it
   * @throws ClusterMisconfigured with every problem of the entry
   */
  get(name: string): Promise<Cluster>;
  /**
   * undefined when none of this name is registered.
   * @throws ClusterMisconfigured with every problem of the entry
   */
  find(name: string): Promise<Cluster | undefined>;
  /** All clusters. A broken entry is reported and never hides the others. */
  all(): Promise<RegisteredClusters>;
}

/** The registry over these entries. A cluster that was read is believed for {@link REGISTRY_CACHE_MS}. */
export function clusterRegistry(entries: ClusterEntries, nowMs: () => number): ClusterRegistry {
  const known = new Map<string, { readonly cluster: Cluster; readonly until: number }>();
  const find: ClusterRegistry['find'] = async (name) => {
    const cached = known.get(name);
    if (cached && nowMs() < cached.until) return cached.cluster;
    const text = await entries.read(name);
    if (text === undefined) return undefined;
    const cluster = parseCluster(name, text);
    known.set(name, { cluster, until: nowMs() + REGISTRY_CACHE_MS });
    return cluster;
  };
  return {
    find,
    async get(name) {
      const cluster = await find(name);
      if (cluster) return cluster;
      const names = (await entries.readAll()).map((entry) => entry.name);
      throw new ClusterNotFound(name, nearest(name, names));
    },
    async all() {
      const parsed = (await entries.readAll()).map(tryParse);
      return {
        clusters: parsed.flatMap((one) => (one instanceof ClusterMisconfigured ? [] : [one])),
        misconfigured: parsed.filter((one) => one instanceof ClusterMisconfigured),
      };
    },
  };
}

function tryParse(entry: EntryText): Cluster | ClusterMisconfigured {
  if ('unreadable' in entry) return new ClusterMisconfigured(entry.name, [`(the whole value): ${entry.unreadable}`]);
  try {
    return parseCluster(entry.name, entry.text);
  } catch (error) {
    if (error instanceof ClusterMisconfigured) return error;
    throw error;
  }
}
