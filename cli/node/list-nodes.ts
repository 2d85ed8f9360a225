import { s3ClaimStore } from '../../src/aws/s3-claim-store.ts';
import { s3DisruptionLedger } from '../../src/aws/s3-disruption-ledger.ts';
import { s3HealthDocuments } from '../../src/aws/s3-health-documents.ts';
import { watchedGroups } from '../../src/aws/watched-groups.ts';
import { watchedInstances } from '../../src/aws/watched-instances.ts';
import type { Claim } from '../../src/claims/ports.ts';
import type { Lease } from '../../src/disruptions/ports.ts';
import { marksAnnotation, ownerAnnotation } from '../../src/drains/names.ts';
import type { HealthDocument } from '../../src/health/health-document.ts';
import { isUnreachable } from '../../src/kubernetes/errors.ts';
import { kubernetesListedNodes } from '../../src/kubernetes/listed-nodes.ts';
import type { ListedNode } from '../../src/loadbalancers/ports.ts';
import { setting } from '../../src/runtime/settings.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { type RegisteredCluster, registeredCluster } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';

/** A node of a cluster: an instance with its Node, or one of the two. */
interface KnownNode {
  readonly nodeName: string;
  readonly instanceId: string;
  readonly groupName: string;
  readonly zone: string;
  /** Of the instance in its group, and of the Node. */
  readonly lifecycleState: string;
  readonly ready: boolean | null;
  readonly claim: Claim | null;
  readonly lease: Lease | null;
  /** What Tender has done to the Node and would undo. */
  readonly marks: string;
  readonly owner: string;
  /** What the last health pass found and does. */
  readonly health: string;
}

interface Member {
  readonly instanceId: string;
  readonly lifecycleState: string;
  readonly zone: string;
  readonly groupName: string;
}

/**
 * Prints the nodes of a cluster, and what Tender does with each now. Where the API server cannot be reached from here, the instances all the same.
 * @throws what AWS throws
 */
export async function listNodes(context: CommandContext, deployment: Deployment, cluster: string): Promise<void> {
  const registered = await registeredCluster(cluster, deployment.environment);
  const bucket = setting(deployment.environment, 'STATE_BUCKET');
  const [groups, nodes, claims, ledger, health] = await Promise.all([
    watchedGroups(registered.aws).ofCluster(cluster),
    nodesOf(context, registered),
    claimsOf(registered, bucket),
    s3DisruptionLedger(registered.home, bucket).read(cluster),
    s3HealthDocuments(registered.home, bucket).read(cluster),
  ]);
  const leases = ledger?.ledger.leases ?? [];
  const members = groups.flatMap(({ name, members: all }) => all.map((one) => ({ ...one, groupName: name })));
  const names = nodes ? new Map<string, string>() : await namesOf(registered, members);
  const known = pairsOf(members, nodes ?? []).map(([member, node]): KnownNode => {
    const instanceId = member?.instanceId ?? idOf(node);
    const lease = leases.find((one) => one.instanceId === instanceId) ?? null;
    const nodeName = node?.name ?? lease?.nodeName ?? names.get(instanceId) ?? '';
    return {
      nodeName,
      instanceId,
      groupName: member?.groupName ?? '',
      zone: member?.zone ?? node?.labels['topology.kubernetes.io/zone'] ?? '',
      lifecycleState: member?.lifecycleState ?? '',
      ready: node?.ready ?? null,
      claim: claims.find((one) => one.instanceId === instanceId) ?? null,
      lease,
      marks: node?.annotations[marksAnnotation] ?? '',
      owner: node?.annotations[ownerAnnotation] ?? '',
      health: healthOf(health.document, instanceId, nodeName),
    };
  });
  const rows = known.map((one) => ({
    node: one.nodeName || undefined,
    instance: one.instanceId || undefined,
    group: one.groupName || undefined,
    zone: one.zone || undefined,
    state: stateOf(one),
    'tender does': doesWith(one) || undefined,
  }));
  print(context, known, { kind: 'rows', rows, empty: `Cluster ${cluster} has no nodes.` });
}

async function nodesOf(
  { err, now }: CommandContext,
  registered: RegisteredCluster,
): Promise<readonly ListedNode[] | null> {
  try {
    return await kubernetesListedNodes(kubernetesOf(registered, now)).list();
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    err.write(
      'Nodes were not listed: the API server cannot be reached from here. Names are those that they should have\n',
    );
    return null;
  }
}

/** The names that Nodes of instances have, by the cluster's rule for names, where nobody could be asked which there are. */
async function namesOf(
  { aws, cluster }: RegisteredCluster,
  members: readonly Member[],
): Promise<ReadonlyMap<string, string>> {
  const ids = members.map(({ instanceId }) => instanceId);
  const instances = await watchedInstances(aws).describe(cluster.name, ids);
  const byRule = { 'private-dns': 0, 'resource-name': 0, hostname: 1, 'instance-id': 2 } as const;
  return new Map(
    instances.map(({ instanceId, nodeNames = [] }) => [
      instanceId,
      // One that is gone has no DNS names any more.
      nodeNames.length < 3 ? '' : (nodeNames[byRule[cluster.nodeNames]] ?? ''),
    ]),
  );
}

async function claimsOf({ home, cluster }: RegisteredCluster, bucket: string): Promise<readonly Claim[]> {
  const store = s3ClaimStore(home, bucket);
  const found: Claim[] = [];
  for (const instanceId of await store.list(cluster.name)) {
    const one = await store.read(cluster.name, instanceId);
    if (one) found.push(one.claim);
  }
  return found;
}

/** Members with their Nodes, then Nodes of no member. */
function pairsOf(
  members: readonly Member[],
  nodes: readonly ListedNode[],
): (readonly [Member | undefined, ListedNode | undefined])[] {
  const byId = new Map(nodes.map((node) => [idOf(node), node]));
  const ids = new Set(members.map(({ instanceId }) => instanceId));
  return [
    ...members.map((member) => [member, byId.get(member.instanceId)] as const),
    ...nodes.filter((node) => !ids.has(idOf(node))).map((node) => [undefined, node] as const),
  ];
}

/** `aws:///us-east-1a/i-0abc`. */
function idOf(node: ListedNode | undefined): string {
  return /\/(i-[0-9a-f]+)$/.exec(node?.providerId ?? '')?.[1] ?? '';
}

function stateOf({ lifecycleState, ready }: KnownNode): string {
  const said = ready === null ? [] : [ready ? 'Ready' : 'NotReady'];
  return [...said, ...(lifecycleState === '' ? ['in no group'] : [lifecycleState])].join(', ');
}

function doesWith({ claim, lease, marks, health }: KnownNode): string {
  return [
    ...(claim
      ? [
          `${claim.workflow} ${claim.owner.split(':').at(7)} ${claim.offered ? 'left it to whoever takes it' : `since ${claim.claimedAt}`}`,
        ]
      : []),
    ...(lease ? [`counts as out of service since ${lease.takenAt}: ${lease.reason}`] : []),
    ...(marks === '' ? [] : [`marked: ${marks}`]),
    ...(health === '' ? [] : [health]),
  ].join('; ');
}

function healthOf(document: HealthDocument | undefined, instanceId: string, nodeName: string): string {
  const index = document?.findings.findIndex(
    (one) => (instanceId !== '' && one.instanceId === instanceId) || (nodeName !== '' && one.nodeName === nodeName),
  );
  const [finding, decision] = [document?.findings[index ?? -1], document?.decisions[index ?? -1]];
  return finding
    ? `sick (${finding.symptoms[0].signal}): ${decision && 'words' in decision ? decision.words : ''}`
    : '';
}
