import { inspectedGroups } from '../../src/aws/inspected-groups.ts';
import type { Cluster } from '../../src/clusters/cluster.ts';
import { ClusterMisconfigured } from '../../src/clusters/errors.ts';
import { groupOwners } from '../../src/doctor/group-owners.ts';
import { roleTag } from '../../src/doctor/names.ts';
import type { GroupFacts } from '../../src/doctor/ports.ts';
import { homeAws, inItsAccount, openRegistry } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { EXIT } from '../errors.ts';
import { print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';

/**
 * Shows an entry with every default filled in, and the groups that carry the cluster's tag. Gives the exit status: 1 for an entry that
 * cannot be used, whose problems are shown.
 * @throws ClusterNotFound, and what AWS throws
 */
export async function showCluster(context: CommandContext, { environment }: Deployment, name: string): Promise<number> {
  const home = homeAws(environment);
  try {
    const entry = await openRegistry(home, environment).get(name);
    const groups = await inspectedGroups(inItsAccount(entry, home, environment), { cluster: name });
    show(context, entry, entry.aws.region ?? home.region, groups);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof ClusterMisconfigured)) throw error;
    const rows = error.problems.map((problem) => ({ problem }));
    print(context, { name, problems: error.problems }, { kind: 'rows', rows, empty: 'none' });
    return EXIT.failed;
  }
}

function show(context: CommandContext, entry: Cluster, region: string, groups: readonly GroupFacts[]): void {
  const owned = groups.map((group) => ({ ...group, owners: groupOwners(group) }));
  const { kubernetes, etcd, drain, updates } = entry;
  const fields = {
    name: entry.name,
    kind: entry.kind,
    region,
    account: entry.aws.accountId ?? 'of this deployment',
    'api server': kubernetes.endpoint,
    'known there by': kubernetes.auth.kind,
    'nodes join': entry.bootstrap === 'tender' ? 'with tokens that Tender gives them' : 'by themselves',
    etcd: etcd ? (etcd.endpoints?.join(', ') ?? 'port 2379 of its instances') : 'not described',
    drains: `${drain.timeoutSeconds} s, then ${drain.whenTimeIsUp}`,
    updates: `${updates.policy}, ${updates.way}`,
  };
  print(context, { entry, region, groups: owned.map(withoutUserData), problems: [] }, { kind: 'fields', fields });
  if (context.options.output !== 'table') return;
  context.out.write('\n');
  print(context, owned, {
    kind: 'rows',
    empty: `No group is tagged tender:cluster=${entry.name}. See: npx tender cluster doctor ${entry.name}`,
    rows: owned.map((group) => ({
      group: group.name,
      role: group.tags[roleTag]?.value ?? 'worker',
      size: `${group.desired} (${group.min} to ${group.max})`,
      hooks: group.hooks.map((hook) => `${hook.name} ${hook.heartbeatSeconds} s`).join(', ') || 'none',
      template: group.template ? `${group.template.id}:${group.template.version}` : 'none',
      'also acted on by': group.owners.join(', ') || 'nobody',
    })),
  });
}

/** What instances start with may hold anything; nobody needs it here. */
function withoutUserData({ template, ...group }: GroupFacts & { readonly owners: readonly string[] }) {
  if (!template) return { ...group, template };
  const { userData: _userData, ...rest } = template;
  return { ...group, template: rest };
}
