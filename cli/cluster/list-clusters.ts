import { inspectedGroups } from '../../src/aws/inspected-groups.ts';
import type { Cluster } from '../../src/clusters/cluster.ts';
import type { GroupFacts } from '../../src/doctor/ports.ts';
import { homeAws, inItsAccount, openRegistry } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { EXIT } from '../errors.ts';
import { print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';

/**
 * Lists what is registered. A broken entry is listed with its problems, and hides none of the others. Gives the exit status: 1 where an
 * entry cannot be used.
 */
export async function listClusters(context: CommandContext, { environment }: Deployment): Promise<number> {
  const home = homeAws(environment);
  const { clusters, misconfigured } = await openRegistry(home, environment).all();
  const good = await Promise.all(
    clusters.map(async (cluster) => ({
      name: cluster.name,
      kind: cluster.kind as string | undefined,
      region: (cluster.aws.region ?? home.region) as string | undefined,
      endpoint: cluster.kubernetes.endpoint as string | undefined,
      ...(await groupsOf(cluster, () =>
        inspectedGroups(inItsAccount(cluster, home, environment), { cluster: cluster.name }),
      )),
    })),
  );
  const broken = misconfigured.map(({ cluster: name, problems }) => ({
    name,
    problems,
    groups: [] as string[],
    nodes: undefined,
  }));
  const all = [...good, ...broken].sort((one, other) => one.name.localeCompare(other.name));
  print(context, all, {
    kind: 'rows',
    empty: 'No cluster is registered. See: npx tender cluster adopt --help',
    rows: all.map((one) => ({
      name: one.name,
      kind: 'kind' in one ? one.kind : undefined,
      region: 'region' in one ? one.region : undefined,
      'api server': 'endpoint' in one ? one.endpoint : undefined,
      groups: one.nodes === undefined ? undefined : one.groups.length,
      nodes: one.nodes,
      problems: one.problems.join('; ') || 'none',
    })),
  });
  return broken.length > 0 ? EXIT.failed : EXIT.done;
}

/** The groups of a cluster, or why they cannot be had: that is this cluster's problem alone. */
async function groupsOf(
  { name }: Cluster,
  look: () => Promise<readonly GroupFacts[]>,
): Promise<{
  readonly groups: readonly string[];
  readonly nodes?: number | undefined;
  readonly problems: readonly string[];
}> {
  try {
    const groups = await look();
    return {
      groups: groups.map((group) => group.name),
      nodes: groups.reduce((sum, { desired }) => sum + desired, 0),
      problems: groups.length === 0 ? [`no group is tagged tender:cluster=${name}`] : [],
    };
  } catch (error) {
    return {
      groups: [],
      nodes: undefined,
      problems: [error instanceof Error ? `${error.name}: ${error.message}` : String(error)],
    };
  }
}
